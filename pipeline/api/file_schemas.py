"""What is given about the files of a run; the OpenAPI description comes from here."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from pipeline.generation.results import BulkContents


class RunFile(BaseModel):
    """A file of a bulk run; `rows` only where it is a part."""

    name: str = Field(examples=["accounts/part-00000.parquet"])
    size_bytes: int
    sha256: str
    rows: int | None


class RunFiles(BaseModel):
    """The files of a bulk run, and what a user of the tables must accept."""

    files: list[RunFile]
    warnings: list[str]

    @classmethod
    def read(cls, found: BulkContents) -> Self:
        """The description of what is in a folder."""
        return cls(files=[RunFile(**asdict(one)) for one in found.files], warnings=list(found.warnings))

"""What surfaces ask of the workbench where a table is large, and what they get back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.recipe import Recipe

PART_ROWS = 50_000
"""Rows of a part where an order names no number: some 10 MB of memory for each column of text."""


@dataclass(frozen=True)
class BulkOrder:
    """A large table to make under `out`, a folder or an fsspec URL; None comes from the settings or today.

    `workers` and `scheduler` say who makes the parts and change no byte.
    """

    dataset: str
    rows: int
    out: str
    recipe: Recipe | None = None
    seed: int = 0
    as_of: date | None = None
    shares: Shares | None = None
    format: str = "parquet"
    part_rows: int = PART_ROWS
    workers: int = 1
    scheduler: str | None = None


@dataclass(frozen=True)
class BulkResult:
    """A large table as it lies in its folder; `new_parts` were made now, the others were found complete.

    `rows_per_second` is that of the parts that were made now; `sha256` is the manifest's. `forced_rows` were
    set to the category of a share, because the model hardly draws it.
    """

    model: str
    rows: int
    parts: int
    new_parts: int
    out: str
    seed: int
    as_of: date
    seconds: float
    rows_per_second: float
    forced_rows: int
    sha256: str
    manifest: Mapping[str, Any]

    @property
    def quality(self) -> float | None:
        """Quality of the first rows against the holdout, 0–1."""
        score: float | None = self.manifest["first_rows"]["quality"]["score"]
        return score

    @property
    def privacy(self) -> str:
        """The verdict of the privacy measures: on the first rows, and on what all parts repeat."""
        return str(self.manifest["first_rows"]["privacy"]["verdict"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody must answer for who uses the table."""
        warnings = self.manifest["warnings"]
        return tuple(warnings["findings"]) if warnings else ()

    @property
    def checked(self) -> int:
        """How many checks of rules the rows of all parts have passed."""
        return sum(rule["checked"] for rule in self.manifest["validity"]["rules"])

"""What surfaces ask of the workbench, and what they get back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.dataset import DatasetSpec
from pipeline.evaluation.results import Evaluation
from pipeline.evaluation.summary import as_dict
from pipeline.exporters import ExportFormat, Provenance
from pipeline.model import ModelInfo, Sample, SampleRequest
from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.recipe import Recipe


@dataclass(frozen=True)
class GenerateRequest:
    """A table to generate; what is None comes from the dataset, the settings or the calendar.

    `seed` decides the rows, the recipe's own seed the weights, so that another seed trains nothing.
    """

    dataset: str
    rows: int
    recipe: Recipe | None = None
    seed: int = 0
    as_of: date | None = None
    shares: Shares | None = None


@dataclass(frozen=True)
class Training:
    """The outcome of a request for a fitted model; `seconds` is what this request took."""

    model: str
    synthesizer: str
    epochs: int
    seconds: float
    reused: bool


@dataclass(frozen=True)
class Generation:
    """A generated table with its evidence; `order` says what was really asked of the model."""

    spec: DatasetSpec
    model: ModelInfo
    order: SampleRequest
    sample: Sample
    evaluation: Evaluation
    seconds: Mapping[str, float]
    reused: bool

    @property
    def table(self) -> pd.DataFrame:
        """The generated rows, columns in the dataset's order."""
        return self.sample.table

    @property
    def modelled(self) -> pd.DataFrame:
        """The same rows as the synthesizer sees them."""
        return self.sample.modelled

    @property
    def rows(self) -> int:
        """How many rows were generated."""
        return self.order.rows

    @property
    def seed(self) -> int:
        """The seed of the rows."""
        return self.order.seed

    @property
    def as_of(self) -> date:
        """The date from which ages and expiries count."""
        return self.order.as_of

    @property
    def shares(self) -> Shares:
        """Shares of categories that were met, the dataset's own included."""
        return self.order.shares

    @property
    def provenance(self) -> Provenance:
        """One line on where the table comes from, for documents."""
        return Provenance(
            title=self.spec.title,
            dataset=self.spec.name,
            rows=self.rows,
            seed=self.seed,
            as_of=self.as_of,
            model=self.model.id,
            description=self.spec.description,
        )


@dataclass(frozen=True)
class ExportTarget:
    """Where a file will go, and in which format."""

    format: ExportFormat
    path: Path


@dataclass(frozen=True)
class Export:
    """A table as a file, made in `seconds`; its manifest holds no value of the real sample."""

    content: bytes
    filename: str
    mime: str
    manifest: Mapping[str, Any]
    seconds: float

    @property
    def sha256(self) -> str:
        """The checksum of the content, as hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def compute_manifest(generation: Generation, filename: str, content: bytes) -> dict[str, Any]:
    """Everything needed to judge an export, or to make it again; equal exports have equal manifests."""
    model = generation.model
    return {
        "file": filename,
        "sha256": hashlib.sha256(content).hexdigest(),
        "dataset": {"name": generation.spec.name, "fingerprint": model.dataset_fingerprint},
        "rows": generation.rows,
        "columns": [column.name for column in generation.spec.columns],
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "shares": {column: dict(shares) for column, shares in generation.shares.items()},
        "model": {"id": model.id, "recipe": model.recipe.as_dict(), "versions": dict(model.versions)},
        "evidence": as_dict(generation.evaluation),
    }

"""What surfaces ask of the workbench, and what they get back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.access.audit import Detail
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError
from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.export_gate import judge_export
from pipeline.evaluation.results import Evaluation
from pipeline.exporters import ExportFormat, Provenance
from pipeline.models.model import ModelInfo, Sample, SampleRequest
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import ColumnPlan

FILE_LIBRARIES = ("pandas", "pyarrow", "openpyxl", "python-docx", "lxml")
"""What decides the bytes of a file, beside the rows themselves."""


@dataclass(frozen=True)
class GenerateRequest:
    """A table to generate; what is None comes from the dataset, the settings or the calendar.

    `seed` decides the rows, the recipe's own seed the weights, so that another seed trains nothing.
    `model` names a stored model, which is then taken in place of the recipe's.
    `identity` is for tables that are made again: how cautious identity columns were at the time.
    """

    dataset: str
    rows: int
    recipe: Recipe | None = None
    seed: int = 0
    as_of: date | None = None
    shares: Shares | None = None
    identity: IdentityOptions | None = None
    model: str | None = None


@dataclass(frozen=True)
class Training:
    """The outcome of a request for a fitted model; `seconds` is what this request took.

    `treatments` say how each column was encoded; empty for a model that was stored without them.
    `was_stopped` where the listener ended the training before the recipe was through: such a fit is a model
    of its own, of the best epoch so far. `quality` is 0–1, that of the kept epoch.
    """

    model: str
    synthesizer: str
    epochs: int
    seconds: float
    reused: bool
    treatments: tuple[ColumnPlan, ...] = ()
    was_stopped: bool = False
    kept_epoch: int = 0
    quality: float | None = None


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
    def forced_rows(self) -> int:
        """Rows that were set to the category of a share, because the model hardly draws it."""
        return self.sample.forced_rows

    @property
    def filename(self) -> str:
        """A name without ending that tells two different tables apart."""
        return compute_filename(self.spec.name, self.rows, self.seed, self.as_of, self.model.id)

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


def compute_filename(dataset: str, rows: int, seed: int, as_of: date, model: str) -> str:
    """The name of an export, without ending: everything in it that decides the rows."""
    return f"{dataset}-{rows}-seed{seed}-{as_of.isoformat()}-{model}"


def compute_table_key(generation: Generation) -> str:
    """The same 64 hexadecimal digits for the same rows of the same model, in whatever format."""
    order = generation.order
    parts = {
        "dataset": generation.model.dataset_fingerprint,
        "model": generation.model.id,
        "rows": order.rows,
        "first_row": order.first_row,
        "total_rows": order.total_rows,
        "seed": order.seed,
        "as_of": order.as_of.isoformat(),
        "shares": [[column, list(map(list, shares.items()))] for column, shares in order.shares.items()],
        "options": order.options.model_dump(),
    }
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def compute_table_digest(table: pd.DataFrame) -> str:
    """The same 64 hexadecimal digits for the same rows, whatever made them."""
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()


def outline(generation: Generation) -> dict[str, Detail]:
    """What an audit entry says of a generated table."""
    return {
        "rows": generation.rows,
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "model": generation.model.id,
    }


def read_as_of(manifest: Path, about: str | None = None) -> date | None:
    """The `as_of` that a manifest records, or None where there is none, or one that is not `about` a file.

    DataError for a manifest that cannot be read.
    """
    try:
        described = json.loads(manifest.read_text(encoding="utf-8"))
        if about is not None and described.get("file") != about:
            return None
        return date.fromisoformat(described["as_of"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"The manifest {manifest.name} cannot be read.", "restore it, or give the date with --as-of."
        ) from error


def compute_manifest(
    generation: Generation, filename: str, content: bytes, exported_by: str
) -> dict[str, Any]:
    """Everything needed to judge an export, or to make it again; equal exports have equal manifests.

    Where findings warn, it says so and names who went on in spite of them.
    """
    model = generation.model
    warnings = judge_export(generation.evaluation).warnings
    return {
        "warnings": {"findings": list(warnings), "accepted_by": exported_by} if warnings else None,
        "file": filename,
        "sha256": hashlib.sha256(content).hexdigest(),
        "dataset": {"name": generation.spec.name, "fingerprint": model.dataset_fingerprint},
        "rows": generation.rows,
        "columns": [column.name for column in generation.spec.columns],
        "public_columns": list_public(generation.spec),
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "shares": {column: dict(shares) for column, shares in generation.shares.items()},
        "forced_rows": generation.forced_rows,
        "model": describe_model(model),
        "file_versions": {library: version(library) for library in FILE_LIBRARIES},
        "evidence": as_dict(generation.evaluation),
    }


def list_public(spec: DatasetSpec) -> list[str]:
    """The columns that an administrator declared public: real codes of theirs may leave."""
    return [column.name for column in spec.columns if column.is_public]


def describe_model(model: ModelInfo) -> dict[str, Any]:
    """What a manifest says of the model behind a table."""
    return {
        "id": model.id,
        "recipe": model.recipe.as_dict(),
        "versions": dict(model.versions),
        "epochs_trained": model.epochs_trained,
        "kept_epoch": model.kept_epoch,
        "was_stopped": model.was_stopped,
        "treatments": [_describe_treatment(plan) for plan in model.treatments],
    }


def _describe_treatment(plan: ColumnPlan) -> dict[str, Any]:
    return {
        "column": plan.column,
        "treatment": plan.treatment.value,
        "distinct": plan.distinct,
        "reason": plan.reason,
    }

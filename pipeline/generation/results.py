"""What comes of an order: a fitted model, a table with its evidence, a large table in parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.datasets.columns import Learned, list_learned
from pipeline.evaluation.figure import UNMEASURED, Figure
from pipeline.exporters.provenance import Provenance
from pipeline.generation.paths import compute_filename

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.spec import DatasetSpec
    from pipeline.evaluation.headline import Headline
    from pipeline.evaluation.results import Evaluation
    from pipeline.models.model import ModelInfo, Sample, SampleRequest
    from pipeline.synthesizers.protocol import Shares
    from pipeline.synthesizers.width import ColumnPlan


HEADLINE = ("verdict", "reason", "next_step", "figure")
"""What a manifest says first."""

SHOWN_ROWS = 5
"""The first rows of a table that a notebook shows."""

MOST_MB = 200
"""Size of the largest file that is handed out in one piece: it passes through memory as a whole."""


@dataclass(frozen=True)
class Training:
    """The outcome of a request for a fitted model; `seconds` is what this request took.

    `treatments` say how each column was encoded; empty for a model that was stored without them.
    `was_stopped` where the listener ended the training before the recipe was through: such a fit is a model
    of its own, of the best epoch so far. `reason` says why the synthesizer was taken where the recipe left it
    open, `figure` is the quality between its ends.
    """

    model: str
    synthesizer: str
    epochs: int
    seconds: float
    reused: bool
    treatments: tuple[ColumnPlan, ...] = ()
    was_stopped: bool = False
    kept_epoch: int = 0
    reason: str = ""
    figure: Figure = UNMEASURED

    @property
    def quality(self) -> float | None:
        """The score of its figure, 0–1; None where it was not measured."""
        return self.figure.score


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
        """Rows that were set to the category of a share, because the model rarely generates it."""
        return self.sample.forced_rows

    @property
    def learned(self) -> Learned:
        """Which columns were learned, and so measured, and what became of the others."""
        return list_learned(self.spec)

    @property
    def evidence(self) -> dict[str, Any]:
        """Everything that was measured, as plain values."""
        from pipeline.evaluation.as_json import as_dict

        return as_dict(self.evaluation)

    @property
    def answer(self) -> Headline:
        """The verdict of this table with its reason, next step and figure; earlier exports do not count."""
        from pipeline.evaluation.headline import compute_headline

        return compute_headline(self.evaluation)

    @property
    def filename(self) -> str:
        """A name without ending that differs for two different tables."""
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

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict, where the table comes from, and its first rows."""
        from pipeline.reports.notebook import show_verdict

        facts = {
            "order": f"{self.rows:,} rows, seed {self.seed}, as of {self.as_of.isoformat()}",
            "model": f"{self.model.id} ({self.model.recipe.synthesizer})",
            "columns": self.learned.headline,
        }
        rows = self.table.head(SHOWN_ROWS).astype(str).to_numpy().tolist()
        header = tuple(map(str, self.table.columns))
        return show_verdict(self.spec.title, self.answer, facts, header, rows)


@dataclass(frozen=True)
class BulkResult:
    """A large table as it lies in its folder; `new_parts` were made now, the others were found complete.

    `rows_per_second` is that of the parts that were made now; `sha256` is the manifest's. `forced_rows` were
    set to the category of a share, because the model rarely generates it.
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
        """The figure of the first rows, 0–1."""
        score: float | None = self.manifest["figure"]["score"]
        return score

    @property
    def privacy(self) -> str:
        """The verdict of the privacy measures: on the first rows, and on what all parts repeat."""
        return str(self.manifest["first_rows"]["privacy"]["verdict"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings that a user of the table must accept."""
        warnings = self.manifest["warnings"]
        return tuple(warnings["findings"]) if warnings else ()

    @property
    def learned(self) -> Learned | None:
        """Which columns the quality is about; None in manifests of earlier versions."""
        found = self.manifest.get("learned")
        return Learned(**found) if found else None

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values, without the manifest."""
        kept = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "manifest"}
        return {
            **kept,
            "as_of": self.as_of.isoformat(),
            "quality": self.quality,
            "validity": {"is_valid": True, "checked": self.checked, "failed": 0},
            "privacy": self.privacy,
            "learned": self.learned.count if self.learned else None,
            **{name: self.manifest[name] for name in HEADLINE},
        }

    @property
    def checked(self) -> int:
        """How many checks of rules the rows of all parts have passed."""
        return sum(rule["checked"] for rule in self.manifest["validity"]["rules"])


@dataclass(frozen=True)
class RelatedBulkResult:
    """Several large tables in a folder; `rows` by table, `new_parts` were made now, the others found there.

    `sha256` is that of the manifest, which names every file; its evidence is that of the first part.
    """

    model: str
    scale: float
    rows: Mapping[str, int]
    parts: int
    new_parts: int
    out: str
    seed: int
    as_of: date
    seconds: float
    rows_per_second: float
    sha256: str
    manifest: Mapping[str, Any] = field(repr=False)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user of the tables must accept."""
        return tuple((self.manifest["warnings"] or {}).get("findings", ()))

    @property
    def quality(self) -> float | None:
        """The mean quality of the tables of the first part, 0–1."""
        score: float | None = self.manifest["quality"]
        return score

    @property
    def privacy(self) -> str:
        """The gravest verdict of all tables: on the first part, and on what all parts repeat."""
        return str(self.manifest["privacy"])

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values without the manifest."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "manifest"}
        said = {name: self.manifest[name] for name in HEADLINE}
        own = {"rows": dict(self.rows), "as_of": self.as_of.isoformat()}
        return {**values, **own, "quality": self.quality, "privacy": self.privacy, **said}


@dataclass(frozen=True)
class BulkFile:
    """One file of a large table; `rows` is None but for parts, `sha256` what it must still have."""

    name: str
    size_bytes: int
    sha256: str
    rows: int | None = None

    @property
    def is_small(self) -> bool:
        """Whether it can be handed out in one piece."""
        return self.size_bytes <= MOST_MB * 1_000_000


@dataclass(frozen=True)
class BulkContents:
    """The files of a large table, manifest and report first, and what an export must answer for."""

    files: tuple[BulkFile, ...]
    warnings: tuple[str, ...]

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return sum(file.rows is not None for file in self.files)


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

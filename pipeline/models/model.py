"""A fitted model: synthesizer, features and identity of one dataset, with where it came from.

`raw → features → HMA → synthesizer → refinement` when fitting, `sample → render → identity` when sampling.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline import identity
from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.spec import DIFFERS, DatasetSpec, Role
from pipeline.evaluation.figure import UNMEASURED, Figure
from pipeline.evaluation.stages import StageScore
from pipeline.models.choice import Choice
from pipeline.models.grouped_identity import derive_grouped, repeat_rendered
from pipeline.models.grouping import Grouping, PartOfJob, group_rows
from pipeline.progress import Progress
from pipeline.settings import IdentityOptions
from pipeline.synthesizers import load_synthesizer
from pipeline.synthesizers.protocol import Drawn, Sampler, Shares, SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.width import ColumnPlan

if TYPE_CHECKING:
    from pipeline.models.rules.kept import KeptRules

MODEL_VERSION = "10"
"""Raised whenever our own training or encoding changes the weights or the rows of an equal recipe."""

RECIPE_LIBRARIES = (
    "sdv",
    "ctgan",
    "rdt",
    "copulas",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "faker",
)
_RENDER_STREAM = 0x72656E64
_RULES_STREAM = 0x72756C65
_PART_STREAM = 0x70617274


@dataclass(frozen=True)
class ModelInfo:
    """Where a fitted model comes from; everything that decides its weights, and how its fit went.

    `initial_rows` is the size of HMA's initial synthetic data, 0 where the synthesizer saw the real
    training rows. `versions` are those of the libraries in `RECIPE_LIBRARIES` and of our own code.
    `treatments` say how each real column was encoded, `stages` what each stage gave, `refinement` what was
    learned to choose rows by, `choice` why this synthesizer was taken where the recipe left it open,
    `figure` is the quality of its rows against the holdout between its ends, `startup_s` how long libraries
    were loaded before, in seconds; no record was kept before they existed. `id` belongs to the recipe that
    was asked for.
    """

    id: str
    dataset: str
    dataset_fingerprint: str
    recipe: Recipe
    versions: Mapping[str, str]
    created_at: str
    training_rows: int
    initial_rows: int
    epochs_trained: int
    kept_epoch: int
    seconds: float
    was_stopped: bool
    history: tuple[Progress, ...] = ()
    treatments: tuple[ColumnPlan, ...] = ()
    stages: tuple[StageScore, ...] = ()
    refinement: RefinementRecord | None = None
    choice: Choice | None = None
    figure: Figure = UNMEASURED
    startup_s: float = 0.0

    @property
    def quality(self) -> float | None:
        """The score of its figure, 0–1; None if not measured."""
        return self.figure.score

    def _repr_html_(self) -> str:
        """What a notebook shows: where the model comes from, and how each column was treated."""
        from pipeline.datasets.notebook import render_card

        facts = {
            "dataset": self.dataset,
            "synthesizer": self.recipe.synthesizer,
            "epochs": f"{self.epochs_trained:,}, kept the state of epoch {self.kept_epoch:,}",
            "quality on the holdout (0–1)": self.figure.sentence,
            "training": f"{self.training_rows:,} rows, {self.seconds:.1f} s",
        }
        rows = [(one.column, one.treatment, one.reason) for one in self.treatments]
        return render_card(f"Model {self.id}", facts, ("column", "treatment", "why"), rows)


def find_kept_quality(history: Sequence[Progress], kept_epoch: int) -> float | None:
    """The quality of the epoch that was kept, 0–1; None where it was not measured."""
    return next((one.quality for one in reversed(history) if one.epoch == kept_epoch), None)


@dataclass(frozen=True)
class SampleRequest:
    """Which rows to sample; the whole of a job has `total_rows`, of which this part begins at `first_row`.

    `headroom` as in `IdentityRequest`.
    """

    rows: int
    seed: int
    as_of: date
    shares: Shares
    options: IdentityOptions
    protected: Mapping[str, np.ndarray]
    first_row: int = 0
    total_rows: int | None = None
    headroom: float = 1.0

    @property
    def synthesizer_seed(self) -> int:
        """The seed of this part's modelled rows: the request's own, another for each later part."""
        if not self.first_row:
            return self.seed
        stream = np.random.SeedSequence([self.seed, _PART_STREAM, self.first_row])
        return int(stream.generate_state(1, np.uint64)[0] >> np.uint64(1))


@dataclass(frozen=True)
class Sample:
    """Generated rows, as synthesizers see them and as people do.

    `forced_rows` were set to the category of a share, because the model rarely generates it.
    """

    modelled: pd.DataFrame
    table: pd.DataFrame
    forced_rows: int = 0


@dataclass(frozen=True)
class FittedModel:
    """A fitted synthesizer with everything that turns its samples into whole tables."""

    info: ModelInfo
    spec: DatasetSpec
    synthesizer: Sampler
    kept: KeptRules | None = None

    def sample(self, request: SampleRequest) -> Sample:
        """Sample, render and derive whole rows; equal requests give equal rows.

        Entities of the dataset are formed within these rows: none spans two parts of a job.
        """
        shares = self.kept.translate(request.shares) if self.kept else request.shares
        drawn = self.synthesizer.draw(request.rows, request.synthesizer_seed, shares or None)
        if self.kept is not None:
            return _assemble_kept(self.kept, drawn, replace(request, shares=shares))
        return assemble(self.spec, drawn, request)


def assemble(spec: DatasetSpec, drawn: Drawn, request: SampleRequest) -> Sample:
    """Whole rows of modelled ones: rendered, dealt to entities, with derived identity columns."""
    grouping, columns = _render_grouped(spec, drawn, request)
    derived = derive_grouped(_ask_identity(spec, grouping, request, columns), grouping)
    return _put_together(spec, {**columns, **derived}, grouping.modelled, drawn)


def _assemble_kept(kept: KeptRules, drawn: Drawn, request: SampleRequest) -> Sample:
    """Whole rows of modelled ones in which rules are built in."""
    from pipeline.models.rules.single import restore_rows

    grouping, rendered = _render_grouped(kept.learned, drawn, request)
    stream = np.random.SeedSequence([request.seed, _RULES_STREAM, request.first_row])
    total = max(request.total_rows or 0, request.first_row + request.rows)
    share = kept.take_share(request.first_row, request.rows, total)
    found = restore_rows(kept, rendered, grouping, request.as_of, np.random.default_rng(stream), share)
    grouping = replace(grouping, modelled=found.modelled)
    asked = _ask_identity(kept.deriving, grouping, request, found.columns)
    columns = found.blank({**found.columns, **derive_grouped(asked, grouping)})
    return _put_together(kept.spec, columns, found.modelled, drawn)


def _render_grouped(
    spec: DatasetSpec, drawn: Drawn, request: SampleRequest
) -> tuple[Grouping, dict[str, np.ndarray | pd.Series]]:
    part = PartOfJob(request.seed, request.first_row, request.total_rows, tuple(request.shares))
    grouping = group_rows(spec, drawn.table, part)
    stream = np.random.SeedSequence([request.seed, _RENDER_STREAM, request.first_row])
    columns = features.render(spec, grouping.modelled, request.as_of, np.random.default_rng(stream))
    return grouping, repeat_rendered(columns, grouping)


def _put_together(
    spec: DatasetSpec, columns: Mapping[str, np.ndarray | pd.Series], modelled: pd.DataFrame, drawn: Drawn
) -> Sample:
    if any(rule.rule == DIFFERS for rule in spec.rules):
        # Few datasets have two sides: the others do not load this.
        from pipeline.models.keeping_apart import keep_apart

        columns, modelled = keep_apart(spec, columns, modelled)
    table = pd.DataFrame({column.name: columns[column.name] for column in spec.columns}, copy=False)
    return Sample(modelled, table, drawn.forced_rows)


def _ask_identity(
    spec: DatasetSpec, grouping: Grouping, request: SampleRequest, rendered: Collection[str]
) -> identity.IdentityRequest:
    return identity.IdentityRequest(
        columns=tuple(
            column for column in spec.columns if column.role is Role.IDENTITY and column.name not in rendered
        ),
        modelled=grouping.modelled,
        seed=request.seed,
        as_of=request.as_of,
        options=request.options,
        protected=request.protected,
        first_row=request.first_row,
        total_rows=request.total_rows,
        headroom=request.headroom,
        dataset=spec.part_of or spec.name,
        table=spec.table if spec.part_of else "",
    )


def compute_versions() -> dict[str, str]:
    """Versions of everything that decides the weights and the rows of a model."""
    libraries = _find_library_versions()
    return {"workbench_model": MODEL_VERSION, "identity_rules": identity.IDENTITY_RULES_VERSION, **libraries}


@cache
def _find_library_versions() -> dict[str, str]:
    # Found in files, and asked for with each request for a table.
    return {name: version(name) for name in RECIPE_LIBRARIES}


def compute_model_id(dataset_fingerprint: str, recipe: Recipe, stopped_after: int | None = None) -> str:
    """The id that an equal dataset, metadata, recipe and set of versions always gives (12 hex digits).

    A fit that was stopped is another model than the whole recipe's: `stopped_after` counts its epochs.
    """
    parts: dict[str, Any] = {
        "dataset": dataset_fingerprint,
        "recipe": recipe.as_dict(),
        "versions": compute_versions(),
    }
    if stopped_after is not None:
        parts["stopped_after"] = stopped_after
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def plan_kept_rules(dataset: Dataset) -> KeptRules | None:
    """How the rules of a dataset are kept; None where it has none."""
    if not dataset.spec.row_rules:
        return None
    # Most tables have no rules, and what keeps them is not loaded for those.
    from pipeline.models.rules.single import plan_kept

    return plan_kept(dataset.spec, dataset.load_raw())


def restore_model(
    info: ModelInfo, spec: DatasetSpec, state: SynthesizerState, kept: KeptRules | None = None
) -> FittedModel:
    """A fitted model from its stored parts."""
    return FittedModel(info, spec, load_synthesizer(info.recipe.synthesizer, state), kept)

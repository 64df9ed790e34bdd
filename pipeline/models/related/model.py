"""A fitted model of several tables, with where it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.errors import StoreError
from pipeline.models.model import compute_versions
from pipeline.models.related.assembly import RelatedRequest, RelatedSample, assemble_tables
from pipeline.models.related.inputs import LearnedTables
from pipeline.models.related.merging import merge_repeats
from pipeline.models.related.recipe import HMA, RelatedRecipe
from pipeline.models.stored_parts import READING_ERRORS, PartsFolder, damaged, foreign
from pipeline.progress import OnProgress
from pipeline.synthesizers.related.creation import create_related, load_related
from pipeline.synthesizers.related.protocol import DrawnTable, RelatedSynthesizer

RELATED_VERSION = "5"
"""Goes up whenever a model of several tables gives other rows for the same request."""


@dataclass(frozen=True)
class RelatedModelInfo:
    """Where a fitted model of several tables comes from; `id` is that of dataset, recipe and versions.

    `startup_s` is how long libraries were loaded before the fit, in seconds.
    """

    id: str
    dataset: str
    dataset_fingerprint: str
    recipe: RelatedRecipe
    versions: Mapping[str, str]
    created_at: str
    training_rows: Mapping[str, int]
    epochs_trained: int
    seconds: float
    was_stopped: bool = False
    startup_s: float = 0.0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The info from its stored values."""
        return cls(**{**values, "recipe": RelatedRecipe(**values["recipe"])})

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class RelatedModelSummary:
    """A stored model of several tables as lists show it."""

    info: RelatedModelInfo
    size_bytes: int


@dataclass(frozen=True)
class RelatedModel:
    """A fitted synthesizer of several tables with everything that turns its rows into whole tables."""

    info: RelatedModelInfo
    dataset: RelatedDataset
    learned: LearnedTables
    synthesizer: RelatedSynthesizer

    def sample(self, request: RelatedRequest) -> RelatedSample:
        """Whole tables; equal requests give equal tables."""
        return self.assemble(self.draw(request), request)

    def draw(self, request: RelatedRequest) -> dict[str, DrawnTable]:
        """The modelled rows of all tables, from which `assemble` makes the tables of the same request."""
        roots = request.roots or self.count_roots(request.scale)
        return merge_repeats(self.learned.plan, self.synthesizer.sample_roots(roots, request.drawn_seed))

    def assemble(self, drawn: Mapping[str, DrawnTable], request: RelatedRequest) -> RelatedSample:
        """Whole tables of drawn rows."""
        return assemble_tables(self.dataset, self.learned, drawn, request)

    def count_roots(self, scale: float) -> dict[str, int]:
        """How many rows of each root there are at a scale: 1 is the size of the whole sample."""
        held = self.learned.reference.held
        return {name: max(1, round(len(held[name]) * scale)) for name in self.synthesizer.roots}


def compute_related_id(fingerprint: str, recipe: RelatedRecipe, stopped_after: int | None = None) -> str:
    """The id that an equal dataset, recipe and set of versions always gives (12 hexadecimal digits).

    A fit that was stopped is another model: `stopped_after` counts its epochs.
    """
    parts: dict[str, Any] = {
        "dataset": fingerprint,
        "recipe": recipe.as_dict(),
        "versions": compute_related_versions(),
    }
    if stopped_after is not None:
        parts["stopped_after"] = stopped_after
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def compute_related_versions() -> dict[str, str]:
    """Versions of everything that decides the weights and the rows of a model of several tables."""
    return {**compute_versions(), "related_model": RELATED_VERSION}


def fit_related(
    dataset: RelatedDataset,
    learned: LearnedTables,
    recipe: RelatedRecipe,
    on_progress: OnProgress | None = None,
    checkpoint: Path | None = None,
) -> RelatedModel:
    """Fit the recipe on the training rows of all tables; a killed fit continues from `checkpoint`."""
    from pipeline.synthesizers.startup import load_libraries

    started_s = load_libraries(has_hma=recipe.synthesizer == HMA)
    synthesizer = create_related(recipe.synthesizer, recipe.epochs, recipe.seed, recipe.threads)
    report = synthesizer.fit(learned.list_inputs(), on_progress, checkpoint)
    stopped_after = report.epochs_trained if report.was_stopped else None
    info = RelatedModelInfo(
        id=compute_related_id(dataset.fingerprint, recipe, stopped_after),
        dataset=dataset.schema.name,
        dataset_fingerprint=dataset.fingerprint,
        recipe=recipe,
        versions=compute_related_versions(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        training_rows=learned.count_training_rows(),
        epochs_trained=report.epochs_trained,
        seconds=round(report.seconds, 3),
        was_stopped=report.was_stopped,
        startup_s=started_s,
    )
    return RelatedModel(info, dataset, learned, synthesizer)


@dataclass(frozen=True)
class RelatedModelStore:
    """The models of several tables on disk."""

    parts: PartsFolder

    def has(self, model_id: str) -> bool:
        """Whether a complete model of this id is stored."""
        return self.parts.has(model_id)

    def is_intact(self, model_id: str) -> bool:
        """Whether a model of this id is stored as this installation wrote it."""
        return self.parts.is_intact(model_id)

    def require_intact(self, model_id: str) -> None:
        """Raise ModelDamaged for a stored model that is not as this installation wrote it."""
        self.parts.require_intact(model_id)

    def save(self, model: RelatedModel) -> None:
        """Store a model; one that another process stored meanwhile is kept, a damaged one not."""
        self.parts.save(model.info.id, model.info.as_dict(), model.synthesizer.state)

    def get_info(self, model_id: str) -> RelatedModelInfo:
        """Where a stored model comes from; NotFoundError where there is none."""
        try:
            return RelatedModelInfo.from_dict(self.parts.load_info(model_id))
        except READING_ERRORS as error:
            raise damaged(model_id) from error

    def load(self, model_id: str, dataset: RelatedDataset, learned: LearnedTables) -> RelatedModel:
        """Read a model back; NotFoundError where there is none, StoreError where its files are damaged."""
        info = self.get_info(model_id)
        if info.id != model_id:
            raise foreign(model_id)
        try:
            state = self.parts.load_state(model_id)
            return RelatedModel(info, dataset, learned, load_related(info.recipe.synthesizer, state))
        except READING_ERRORS as error:
            raise damaged(model_id) from error

    def list_models(self) -> tuple[RelatedModelSummary, ...]:
        """Every readable model, the newest first; `list_damaged` has the others."""
        found = ((model_id, self._find(model_id)) for model_id in self.parts.list_ids())
        summaries = [
            RelatedModelSummary(info, self.parts.measure(model_id)) for model_id, info in found if info
        ]
        return tuple(sorted(summaries, key=lambda one: (one.info.created_at, one.info.id), reverse=True))

    def list_damaged(self) -> tuple[str, ...]:
        """Ids of models whose description cannot be read; `delete` removes them."""
        return tuple(model_id for model_id in self.parts.list_ids() if self._find(model_id) is None)

    def delete(self, model_id: str) -> None:
        """Remove a model, damaged or not; NotFoundError where there is none."""
        self.parts.delete(model_id)

    def _find(self, model_id: str) -> RelatedModelInfo | None:
        try:
            return self.get_info(model_id) if self.is_intact(model_id) else None
        except StoreError:
            return None

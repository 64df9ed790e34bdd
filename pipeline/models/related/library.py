"""Fitted models of several tables: from memory, else from disk, else made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.evaluation.related.reference import RelatedReference, load_related_reference
from pipeline.models.library import KeyedLock
from pipeline.models.related.inputs import LearnedTables, learn_tables
from pipeline.models.related.model import (
    RelatedModel,
    RelatedModelStore,
    compute_related_id,
    fit_related,
)
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.models.stored_parts import PartsFolder
from pipeline.progress import OnProgress
from pipeline.store.cache.recent import Recent
from pipeline.store.signing import Signer

_KEPT_IN_MEMORY = 2


@dataclass(frozen=True)
class RelatedLibrary:
    """Gives the fitted model of a recipe and the reference of a dataset, and makes each only once."""

    store: RelatedModelStore
    checkpoints: Path
    _locks: KeyedLock = field(default_factory=KeyedLock)
    _references: Recent[str, RelatedReference] = field(default_factory=lambda: Recent(_KEPT_IN_MEMORY))
    _learned: Recent[str, LearnedTables] = field(default_factory=lambda: Recent(_KEPT_IN_MEMORY))

    def obtain_reference(self, dataset: RelatedDataset) -> RelatedReference:
        """The real side of comparisons with a dataset."""
        key = dataset.fingerprint
        with self._locks.take(f"reference {key}"):
            known = self._references.get(key)
            return known or self._references.put(key, load_related_reference(dataset))

    def obtain_learned(self, dataset: RelatedDataset) -> LearnedTables:
        """The tables of a dataset as models learn them."""
        key = dataset.fingerprint
        with self._locks.take(f"learned {key}"):
            known = self._learned.get(key)
            return known or self._learned.put(key, learn_tables(dataset, self.obtain_reference(dataset)))

    def obtain_model(
        self, dataset: RelatedDataset, recipe: RelatedRecipe, on_progress: OnProgress | None = None
    ) -> tuple[RelatedModel, bool]:
        """The fitted model and whether it was reused; two requests for one recipe train it once."""
        model_id = compute_related_id(dataset.fingerprint, recipe)
        with self._locks.take(model_id):
            if self.store.is_intact(model_id):
                return self.store.load(model_id, dataset, self.obtain_learned(dataset)), True
            return self._fit(model_id, dataset, recipe, on_progress), False

    def _fit(
        self, model_id: str, dataset: RelatedDataset, recipe: RelatedRecipe, on_progress: OnProgress | None
    ) -> RelatedModel:
        """Fit, from the checkpoint of a fit that was killed or cancelled where there is one."""
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        checkpoint = self.checkpoints / f"related-{model_id}.npz"
        model = fit_related(dataset, self.obtain_learned(dataset), recipe, on_progress, checkpoint)
        self.store.save(model)
        if not model.info.was_stopped:
            checkpoint.unlink(missing_ok=True)
        return model


def open_related_library(home: Path) -> RelatedLibrary:
    """The library of a state folder."""
    parts = PartsFolder(home / "related-models", Signer(home / "secrets"))
    return RelatedLibrary(RelatedModelStore(parts), home / "checkpoints")

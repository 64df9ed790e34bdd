"""What the workbench holds: datasets and fitted models, and the recipes that lead from one to the other."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import AuditEvent
from pipeline.datasets.catalog import Catalog, DamagedDataset
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.source import Preview, ReadOptions
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError
from pipeline.models.library import fetch_dataset, open_library
from pipeline.models.model import FittedModel, ModelInfo
from pipeline.models.store import ModelSummary
from pipeline.settings import Settings
from pipeline.store.database import Database
from pipeline.store.mirror import Mirror
from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.device import settle_device
from pipeline.synthesizers.protocol import OnProgress
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.context import Access, needs

_NO_OPTIONS = ReadOptions()


class Holdings(Access):
    """Datasets and fitted models, as one actor may see and change them."""

    def __init__(
        self,
        settings: Settings | None = None,
        actor: Actor | None = None,
        database: Database | None = None,
    ) -> None:
        super().__init__(settings, actor, database)
        home = self.settings.state_folder
        self._catalog = Catalog(home / "datasets", self.settings.uploads)
        self._mirror = Mirror(self.settings.store.url, home)
        self._library = open_library(home, self._mirror)

    def act_as(self, actor: Actor) -> Self:
        """The same workbench, models in memory included, for somebody else."""
        other = copy.copy(self)
        other.actor = actor
        return other

    @needs(AccountRole.VIEWER)
    def list_datasets(self) -> tuple[DatasetSpec, ...]:
        """Every dataset, built-in ones first; reads no table."""
        return self._catalog.list()

    @needs(AccountRole.VIEWER)
    def list_damaged_datasets(self) -> tuple[DamagedDataset, ...]:
        """Registered datasets that cannot be read any more; `remove_dataset` removes them."""
        return self._catalog.list_damaged()

    @needs(AccountRole.VIEWER)
    def get_dataset(self, name: str) -> DatasetSpec:
        """One dataset's description; NotFoundError where there is none of that name."""
        return self._catalog.get(name).spec

    @needs(AccountRole.ANALYST)
    def preview_table(self, file: Path, options: ReadOptions = _NO_OPTIONS) -> Preview:
        """The first rows of a file, what was guessed about it, and what could be chosen instead."""
        return self._catalog.preview(file, options)

    @needs(AccountRole.ANALYST)
    def add_dataset(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
    ) -> DatasetSpec:
        """Register a table; its columns are detected unless metadata (SDV format) says what they are.

        DataError where the name is taken or the table cannot be read, MetadataError where the two disagree.
        """
        added = self._catalog.add(name, files, metadata, options)
        self._mirror.push(f"datasets/{name}", added.fingerprint)
        spec = added.spec
        self._record(AuditEvent.DATASET_ADDED, spec.name, columns=len(spec.columns))
        return spec

    @needs(AccountRole.ANALYST)
    def remove_dataset(self, name: str) -> None:
        """Remove a registered dataset; NotFoundError where there is none, DataError for a built-in one."""
        self._catalog.remove(name)
        self._mirror.remove(f"datasets/{name}")
        self._record(AuditEvent.DATASET_REMOVED, name)

    @needs(AccountRole.VIEWER)
    def fetch_dataset(self, name: str) -> None:
        """Bring a dataset up to date with the store of `store.url`, if there is one that holds it."""
        fetch_dataset(self._catalog, self._mirror, name)

    def list_synthesizers(self) -> tuple[str, ...]:
        """Names that a recipe may use."""
        return SYNTHESIZERS

    def default_recipe(self, **changes: Any) -> Recipe:
        """The configured recipe with changes (None: no change); only `ctgan` has HMA before it by default.

        DataError for a synthesizer that there is not.
        """
        chosen = {key: value for key, value in changes.items() if value is not None}
        recipe = {**self.settings.training.model_dump(), **chosen}
        if recipe["synthesizer"] not in SYNTHESIZERS:
            raise DataError(
                f'There is no synthesizer "{recipe["synthesizer"]}".',
                f"choose one of {', '.join(SYNTHESIZERS)}.",
            )
        return Recipe(**recipe)

    def _settle_recipe(self, recipe: Recipe | None) -> Recipe:
        """The recipe of a request, or the configured one, with its device decided."""
        return settle_device(recipe or self.default_recipe())

    @needs(AccountRole.VIEWER)
    def list_models(self) -> tuple[ModelSummary, ...]:
        """Every fitted model, the newest first."""
        return self._library.store.list_models()

    @needs(AccountRole.VIEWER)
    def list_damaged_models(self) -> tuple[str, ...]:
        """Ids of stored models that cannot be read any more; `delete_model` removes them."""
        return self._library.store.list_damaged()

    @needs(AccountRole.VIEWER)
    def get_model(self, model_id: str) -> ModelInfo:
        """Where one fitted model comes from; NotFoundError where there is none of that id."""
        self._library.has_model(model_id)
        return self._library.store.get_info(model_id)

    @needs(AccountRole.ANALYST)
    def delete_model(self, model_id: str) -> None:
        """Delete a fitted model; the next request for its recipe trains again. NotFoundError for none."""
        self._library.forget_model(model_id)
        self._record(AuditEvent.MODEL_DELETED, model_id)

    def _obtain_model(
        self, dataset: Dataset, recipe: Recipe, on_progress: OnProgress | None
    ) -> tuple[FittedModel, bool]:
        model, reused = self._library.obtain_model(dataset, recipe, on_progress)
        if not reused:
            self._record(
                AuditEvent.MODEL_TRAINED,
                model.info.id,
                dataset=dataset.spec.name,
                synthesizer=recipe.synthesizer,
                epochs=model.info.epochs_trained,
                seed=recipe.seed,
            )
        return model, reused

"""The use cases of several related tables: register, describe, train, generate, export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets.source import ReadOptions
from pipeline.generation.paths import prepare_state
from pipeline.generation.related.making import check_scale, make_related
from pipeline.generation.related.results import RelatedGeneration, RelatedTraining
from pipeline.generation.table import Stopwatch
from pipeline.models.related.assembly import RelatedRequest
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.generation.orders import RelatedOrder
    from pipeline.models.related.model import RelatedModel, RelatedModelInfo
    from pipeline.progress import OnProgress

_NO_OPTIONS = ReadOptions()


class RelatedService:
    """Datasets of several tables, as one actor may use them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @needs(AccountRole.VIEWER)
    def list(self) -> tuple[RelatedSchema, ...]:
        """The schemas of every dataset of several tables."""
        return self.context.stores.related.list()

    @needs(AccountRole.VIEWER)
    def get(self, name: str) -> RelatedSchema:
        """The schema of one dataset; NotFoundError where there is none."""
        return self.context.stores.related.get(name).schema

    @needs(AccountRole.VIEWER)
    def has(self, name: str) -> bool:
        """Whether there is a dataset of several tables of that name."""
        return any(schema.name == name for schema in self.context.stores.related.list())

    @needs(AccountRole.ANALYST)
    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
    ) -> RelatedSchema:
        """Register several tables with their keys, found or given; nothing is left behind on any failure."""
        added = self.context.stores.related.add(name, files, metadata, options)
        return self._record_added(added)

    @needs(AccountRole.ANALYST)
    def remove(self, name: str) -> None:
        """Remove a dataset; NotFoundError where there is none, DataError for a built-in one."""
        self.context.stores.related.remove(name)
        self.context.record(AuditEvent.DATASET_REMOVED, name)

    @needs(AccountRole.VIEWER)
    def list_models(self) -> tuple[RelatedModelInfo, ...]:
        """Every fitted model of several tables, the newest first."""
        return self.context.stores.related_models.store.list()

    @needs(AccountRole.ANALYST)
    def train(
        self, dataset: str, recipe: RelatedRecipe | None = None, on_progress: OnProgress | None = None
    ) -> RelatedTraining:
        """Fit a model of all tables, or find the one that an equal request has fitted."""
        watch = Stopwatch()
        found = self.context.stores.related.get(dataset)
        model, reused = self._obtain(found, recipe or self._default_recipe(), on_progress)
        watch.lap("train")
        info = model.info
        return RelatedTraining(
            info.id,
            info.recipe.synthesizer,
            info.epochs_trained,
            watch.seconds["train"],
            reused,
            info.was_stopped,
        )

    @needs(AccountRole.ANALYST)
    def generate(self, order: RelatedOrder, on_progress: OnProgress | None = None) -> RelatedGeneration:
        """Train where needed, sample all tables with their keys and measure them."""
        as_of = order.as_of or self.context.clock()
        check_scale(order.scale, as_of)
        dataset, watch = self.context.stores.related.get(order.dataset), Stopwatch()
        model, reused = self._obtain(dataset, order.recipe or self._default_recipe(), on_progress)
        watch.lap("train")
        reference = self.context.stores.related_models.obtain_reference(dataset)
        generation = make_related(model, reference, self._ask(order), reused, watch, on_progress)
        self.context.record(
            AuditEvent.TABLE_GENERATED,
            order.dataset,
            rows=sum(generation.rows.values()),
            seed=order.seed,
            as_of=as_of.isoformat(),
            model=model.info.id,
        )
        return generation

    def _ask(self, order: RelatedOrder) -> RelatedRequest:
        return RelatedRequest(
            seed=order.seed,
            as_of=order.as_of or self.context.clock(),
            options=order.identity or self.context.settings.identity,
            scale=order.scale,
        )

    def _default_recipe(self) -> RelatedRecipe:
        return RelatedRecipe(threads=self.context.settings.training.threads)

    def _obtain(
        self, dataset: RelatedDataset, recipe: RelatedRecipe, on_progress: OnProgress | None
    ) -> tuple[RelatedModel, bool]:
        """The fitted model of a recipe, and whether it was there already; a training is recorded."""
        prepare_state(self.context.settings.state_folder)
        model, reused = self.context.stores.related_models.obtain_model(dataset, recipe, on_progress)
        if not reused:
            self.context.record(
                AuditEvent.MODEL_TRAINED,
                model.info.id,
                dataset=dataset.schema.name,
                synthesizer=recipe.synthesizer,
                epochs=model.info.epochs_trained,
                seed=recipe.seed,
            )
        return model, reused

    def _record_added(self, added: RelatedDataset) -> RelatedSchema:
        schema = added.schema
        columns = sum(len(table.columns) for table in schema.tables)
        self.context.record(AuditEvent.DATASET_ADDED, schema.name, columns=columns)
        return schema

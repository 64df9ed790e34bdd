"""What is decided and checked about a run of several tables before it is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.generation.orders import RelatedOrder, RelatedTrainOrder
from pipeline.generation.related.making import check_scale
from pipeline.generation.table import check_seed
from pipeline.models.related.model import compute_related_id
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.memory import estimate_file_mb
from pipeline.runs.records import NewRun
from pipeline.runs.states import RunKind, RunLane

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.datasets.related.catalog import RelatedCatalog
    from pipeline.models.related.model import RelatedModelStore
    from pipeline.settings import Settings

    AnyRelatedOrder = RelatedTrainOrder | RelatedOrder


@dataclass(frozen=True)
class RelatedPreparation:
    """Completes and checks orders for several tables, in the name of the acting user."""

    settings: Settings
    actor: Actor
    catalog: RelatedCatalog
    store: RelatedModelStore
    today: date

    def complete(self, order: AnyRelatedOrder) -> AnyRelatedOrder:
        """The order with everything decided that would depend on when it is done."""
        order = replace(order, recipe=order.recipe or RelatedRecipe(threads=self.settings.training.threads))
        if isinstance(order, RelatedTrainOrder):
            return order
        return replace(order, as_of=order.as_of or self.today, identity=self.settings.identity)

    def describe(self, order: AnyRelatedOrder) -> NewRun:
        """The order, checked, as the table of runs takes it, with the memory that it will take."""
        dataset = self.catalog.get(order.dataset)
        self._check(order)
        recipe = order.recipe or RelatedRecipe()
        is_fitted = self.store.has(compute_related_id(dataset.fingerprint, recipe))
        files = [str(single.table_path) for name in dataset.schema.by_name if (single := dataset.table(name))]
        scale = order.scale if isinstance(order, RelatedOrder) else 1.0
        return NewRun(
            kind=RunKind(order.kind),
            dataset=dataset.schema.name,
            owner=self.actor.name,
            source=self.actor.source,
            lane=RunLane.SHORT if is_fitted and isinstance(order, RelatedOrder) else RunLane.LONG,
            order=order,
            epochs=0 if is_fitted else recipe.epochs,
            estimated_memory_mb=round(estimate_file_mb(*files) * max(1.0, scale), 1),
        )

    def _check(self, order: AnyRelatedOrder) -> None:
        if isinstance(order, RelatedOrder):
            check_scale(order.scale, order.as_of or self.today)
            check_seed(order.seed)

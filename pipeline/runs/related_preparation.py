"""What is decided and checked about a run of several tables before it is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.errors import AccessError
from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder, RelatedTrainOrder
from pipeline.generation.related.making import check_scale
from pipeline.generation.table import check_seed
from pipeline.models.related.model import compute_related_id
from pipeline.models.related.recipe import configure_related
from pipeline.runs.memory import estimate_file_mb
from pipeline.runs.records import NewRun
from pipeline.runs.states import RunKind, RunLane

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.datasets.related.catalog import RelatedCatalog
    from pipeline.generation.related.bulk.planner import SetPlanner
    from pipeline.models.related.model import RelatedModelStore
    from pipeline.runs.estimates import Estimate
    from pipeline.runs.orders import AnyRelatedOrder
    from pipeline.runs.store import RunStore
    from pipeline.settings import Settings


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
        order = replace(order, recipe=order.recipe or configure_related(self.settings.training))
        match order:
            case RelatedBulkOrder():
                return self._complete_bulk(order)
            case RelatedOrder():
                return replace(order, as_of=order.as_of or self.today, identity=self.settings.identity)
        return order

    def describe(self, order: AnyRelatedOrder) -> NewRun:
        """The order, checked, as the table of runs takes it, with the memory that it will take."""
        dataset = self.catalog.get(order.dataset)
        at_once = self._check(order)
        recipe = order.recipe or configure_related(self.settings.training)
        is_fitted = self.store.is_intact(compute_related_id(dataset.fingerprint, recipe))
        files = [str(single.table_path) for name in dataset.schema.by_name if (single := dataset.table(name))]
        return NewRun(
            kind=RunKind(order.kind),
            dataset=dataset.schema.name,
            owner=self.actor.name,
            source=self.actor.source,
            lane=RunLane.SHORT if is_fitted and isinstance(order, RelatedOrder) else RunLane.LONG,
            order=order,
            epochs=0 if is_fitted else recipe.epochs,
            estimated_memory_mb=round(estimate_file_mb(*files) * max(1.0, at_once), 1),
        )

    def estimate(self, order: AnyRelatedOrder, runs: RunStore) -> Estimate:
        """What an order takes, in seconds, by earlier `runs`; it is not checked."""
        from pipeline.runs.related_past import PastRelatedRuns

        dataset = self.catalog.get(order.dataset)
        recipe = order.recipe or configure_related(self.settings.training)
        is_fitted = self.store.is_intact(compute_related_id(dataset.fingerprint, recipe))
        rows = sum(dataset.count_rows(table.name) for table in dataset.schema.tables)
        training_rows = round(rows * (1.0 - dataset.schema.holdout_fraction))
        past = PastRelatedRuns(runs, self.store)
        tables = len(dataset.schema.tables)
        return past.estimate(order, None if is_fitted else recipe, rows, tables, training_rows)

    @property
    def _bulk(self) -> SetPlanner:
        from pipeline.generation.related.bulk.planner import SetPlanner

        return SetPlanner(self.settings, self.catalog, self.today)

    def _complete_bulk(self, order: RelatedBulkOrder) -> RelatedBulkOrder:
        """Only local users name folders of the machine; others get one among its exports."""
        if order.out and not self.actor.is_local:
            raise AccessError("The folder of large tables cannot be set here.", "omit `out`.")
        return self._bulk.settle(order)

    def _check(self, order: AnyRelatedOrder) -> float:
        """Refuse what can be known to fail; how many times the sample is in memory at a time."""
        if isinstance(order, RelatedTrainOrder):
            return 1.0
        check_seed(order.seed)
        if isinstance(order, RelatedBulkOrder):
            return order.scale / self._bulk.plan(order).job.parts
        check_scale(order.scale, order.as_of or self.today)
        return order.scale

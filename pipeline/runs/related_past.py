"""What earlier runs of several tables took, as estimates read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import WorkbenchError
from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder
from pipeline.runs.estimates import (
    Estimate,
    PastRelated,
    estimate_related_bulk_s,
    estimate_related_s,
    estimate_related_training_s,
)
from pipeline.runs.past import list_done
from pipeline.runs.records import RelatedBulkSummary, RelatedSummary, Run
from pipeline.runs.states import RunKind

if TYPE_CHECKING:
    from pipeline.models.related.model import RelatedModelStore
    from pipeline.models.related.recipe import RelatedRecipe
    from pipeline.runs.orders import AnyRelatedOrder
    from pipeline.runs.store import RunStore

_TRAIN = "train"


@dataclass(frozen=True)
class PastRelatedRuns:
    """Estimates by the newest runs of several tables that are done, whoever ordered them."""

    store: RunStore
    models: RelatedModelStore

    def estimate(
        self,
        order: AnyRelatedOrder,
        recipe: RelatedRecipe | None,
        rows: int,
        tables: int,
        training_rows: int,
    ) -> Estimate:
        """Seconds of an order for a set of `rows` in `tables`; `recipe` is None where the model is there."""
        past = [
            one
            for kind in (RunKind.RELATED, RunKind.RELATED_TRAIN)
            for run in list_done(self.store, kind)
            if (one := self._read(run))
        ]
        table_s, is_known = self._estimate_tables(order, rows, tables, past)
        if recipe is None:
            return Estimate(0.0, table_s, is_known)
        training_s, is_measured = estimate_related_training_s(recipe, training_rows, past)
        return Estimate(training_s, table_s, is_measured)

    def _estimate_tables(
        self, order: AnyRelatedOrder, rows: int, tables: int, past: list[PastRelated]
    ) -> tuple[float, bool]:
        if isinstance(order, RelatedOrder):
            seconds = estimate_related_s(round(rows * order.scale), tables, past)
            return seconds, any(one.rows for one in past)
        if not isinstance(order, RelatedBulkOrder):
            return 0.0, False
        made = [run.result for run in list_done(self.store, RunKind.RELATED_BULK, order.dataset)]
        rates = [
            one.rows_per_second for one in made if isinstance(one, RelatedBulkSummary) and one.rows_per_second
        ]
        return estimate_related_bulk_s(round(rows * order.scale), tables, rates), bool(rates)

    def _read(self, run: Run) -> PastRelated | None:
        result = run.result
        if not isinstance(result, RelatedSummary) or run.model is None:
            return None
        try:
            info = self.models.get_info(run.model)
        except WorkbenchError:
            return None
        table_s = sum(seconds for stage, seconds in result.seconds.items() if stage != _TRAIN)
        # A run that trains alone keeps no stages.
        trained_s = result.seconds.get(_TRAIN, run.seconds or 0.0) - info.startup_s
        return PastRelated(
            info.recipe,
            sum(info.training_rows.values()),
            info.epochs_trained,
            None if result.reused else max(trained_s, 0.0),
            sum(result.rows.values()),
            table_s,
            max(len(result.rows), 1),
        )

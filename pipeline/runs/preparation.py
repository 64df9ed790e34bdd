"""What is decided and checked about a run before it is taken: its order, its lane, its memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.datasets import features
from pipeline.errors import AccessError, DataError, StoreError
from pipeline.generation.orders import (
    PART_ROWS,
    BulkOrder,
    GenerateOrder,
    RelatedBulkOrder,
    RelatedOrder,
    RelatedTrainOrder,
)
from pipeline.generation.table import TablePlanner, check_seed
from pipeline.models.model import compute_model_id
from pipeline.runs.memory import (
    compute_reserved_mb,
    estimate_file_mb,
    estimate_table_mb,
    estimate_training_mb,
    require_memory,
)
from pipeline.runs.orders import AnyRelatedOrder, EvaluateOrder, Order, TrainOrder, find_recipe
from pipeline.runs.records import NewRun
from pipeline.runs.states import RunKind, RunLane
from pipeline.synthesizers import configure_recipe
from pipeline.synthesizers.recipe import settle_device

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.datasets.catalog import Catalog
    from pipeline.datasets.dataset import Dataset
    from pipeline.generation.bulk.orders import BulkPlanner
    from pipeline.models.library import Library
    from pipeline.runs.estimates import Estimate
    from pipeline.runs.past import PastRuns
    from pipeline.runs.related_preparation import RelatedPreparation
    from pipeline.runs.store import RunStore
    from pipeline.settings import Settings
    from pipeline.synthesizers.recipe import Recipe

_LOG = logging.getLogger(__name__)
TableOrder = TrainOrder | GenerateOrder | EvaluateOrder | BulkOrder
"""What is ordered of one table."""
UPLOADS_FOLDER = "uploads"
"""Folder of the state folder where surfaces put the tables that an evaluation run reads."""


@dataclass(frozen=True)
class RunPreparation:
    """Completes and checks orders for runs, in the name of the acting user."""

    settings: Settings
    actor: Actor
    catalog: Catalog
    library: Library
    store: RunStore
    today: date
    open_related: Callable[[], RelatedPreparation]

    @property
    def is_local(self) -> bool:
        """Whether a user of the machine gives the orders, and not an account."""
        return self.actor.is_local

    def complete(self, order: Order) -> Order:
        """The order with everything decided that would depend on when it is done."""
        match order:
            case TrainOrder():
                return replace(order, recipe=self._settle_recipe(order.recipe, order.dataset))
            case GenerateOrder():
                recipe = self._find_recipe(order.model) if order.model else order.recipe
                as_of, identity = order.as_of or self.today, self.settings.identity
                return replace(
                    order, recipe=self._settle_recipe(recipe, order.dataset), as_of=as_of, identity=identity
                )
            case BulkOrder():
                return self._complete_bulk(order)
            case EvaluateOrder():
                return order
            case RelatedTrainOrder() | RelatedOrder() | RelatedBulkOrder():
                return self.open_related().complete(order)

    def prepare(self, order: Order) -> NewRun:
        """The order, checked, as the table of runs takes it; JobError where it would not fit in memory."""
        if isinstance(order, AnyRelatedOrder):
            return self._admit(self.open_related().describe(order))
        dataset = self.catalog.get(order.dataset)
        self._check(order)
        is_fitted = self._is_fitted(order, dataset)
        is_short = isinstance(order, EvaluateOrder) or (isinstance(order, GenerateOrder) and is_fitted)
        new = self._describe(order, dataset, is_short)
        new = replace(new, estimated_s=self._estimate_s(order, is_fitted))
        return self._admit(replace(new, estimated_memory_mb=self._estimate(order, is_fitted)))

    def prepare_local(self, order: Order) -> NewRun:
        """An order that begins at once in this process; JobError where it would not fit in memory."""
        if isinstance(order, AnyRelatedOrder):
            return self._admit(self.open_related().describe(order), is_local=True)
        dataset = self.catalog.get(order.dataset)
        is_fitted = self._is_fitted(order, dataset)
        estimated_mb = self._estimate(order, is_fitted)
        new = self._describe(order, dataset, is_short=False)
        return self._admit(replace(new, estimated_memory_mb=estimated_mb), is_local=True)

    def estimate(self, *orders: TrainOrder | GenerateOrder | BulkOrder) -> tuple[Estimate, ...]:
        """What each order takes, in seconds; they are not checked."""
        from pipeline.runs.past import PastRuns

        past = PastRuns(self.store, self.library)
        return tuple(self._estimate_time(order, past) for order in orders)

    def estimate_related(self, order: AnyRelatedOrder) -> Estimate:
        """What an order for several tables takes, in seconds; it is not checked."""
        return self.open_related().estimate(order, self.store)

    def estimate_evaluation(self, dataset: str, rows: int) -> Estimate:
        """What measuring everything of a table of so many rows takes, in seconds."""
        from pipeline.runs.past import PastRuns

        reference = self.library.obtain_reference(self.catalog.get(dataset))
        return PastRuns(self.store, self.library).estimate_evaluation(reference, rows)

    def _estimate_time(self, order: TrainOrder | GenerateOrder | BulkOrder, past: PastRuns) -> Estimate:
        dataset = self.catalog.get(order.dataset)
        reference = self.library.obtain_reference(dataset)
        # The folder of a large table does not matter here.
        known = replace(order, recipe=self._settle_recipe(order.recipe, order.dataset))
        recipe = None if self._is_fitted(known, dataset) else known.recipe
        if isinstance(order, BulkOrder):
            return past.estimate_bulk(recipe, reference, order.rows)
        return past.estimate(recipe, reference, order.rows if isinstance(order, GenerateOrder) else 0)

    def is_fitted(self, order: TrainOrder | GenerateOrder) -> bool:
        """Whether the model of an order is there already."""
        return self._is_fitted(self.complete(order), self.catalog.get(order.dataset))

    def _estimate_s(self, order: Order, is_fitted: bool) -> float | None:
        """None where nothing is known of such orders, or nothing is left to do."""
        if not isinstance(order, TrainOrder | GenerateOrder) or (is_fitted and isinstance(order, TrainOrder)):
            return None
        (estimate,) = self.estimate(order)
        return round(estimate.total_s, 1)

    def _admit(self, new: NewRun, is_local: bool = False) -> NewRun:
        """The run; JobError where it would not fit in memory beside the others."""
        self._require_memory(new.estimated_memory_mb or 0.0, None if is_local else new.lane)
        return new

    def fail_orphaned_runs(self) -> None:
        """Mark local runs of ended processes, if the database accepts it now; otherwise others do."""
        try:
            self.store.fail_orphaned_runs()
        except StoreError:
            _LOG.warning("Runs of processes that have ended could not be marked yet.", exc_info=True)

    @property
    def _bulk(self) -> BulkPlanner:
        from pipeline.generation.bulk.orders import BulkPlanner

        return BulkPlanner(self.settings, self.catalog, self.library, self.today)

    def _settle_recipe(self, recipe: Recipe | None, dataset: str) -> Recipe:
        if recipe is None:
            is_own = not self.catalog.get(dataset).spec.is_builtin
            recipe = configure_recipe(self.settings.training, is_own)
        return settle_device(recipe)

    def _find_recipe(self, model: str) -> Recipe:
        self.library.fetch_model(model)
        return self.library.store.get_info(model).recipe

    def _complete_bulk(self, order: BulkOrder) -> BulkOrder:
        """Only local users name folders of the machine; others get one among its exports."""
        if order.out and not self.is_local:
            raise AccessError("The folder of a large table cannot be set here.", "omit `out`.")
        return self._bulk.settle(order)

    def _is_fitted(self, order: Order, dataset: Dataset) -> bool:
        recipe = find_recipe(order)
        if recipe is None or (isinstance(order, GenerateOrder) and order.model is not None):
            return True
        return self.library.store.is_intact(compute_model_id(dataset.fingerprint, recipe))

    def _describe(self, order: Order, dataset: Dataset, is_short: bool) -> NewRun:
        recipe = find_recipe(order)
        return NewRun(
            kind=RunKind(order.kind),
            dataset=dataset.spec.name,
            owner=self.actor.name,
            source=self.actor.source,
            lane=RunLane.SHORT if is_short else RunLane.LONG,
            order=order,
            epochs=0 if is_short or recipe is None else recipe.epochs,
        )

    def _check(self, order: TableOrder) -> None:
        """Refuse what can be known to fail; planning a table, whole or in parts, checks its shares too."""
        self._check_numbers(order)
        match order:
            case GenerateOrder():
                TablePlanner(self.settings, self.catalog, self.library).plan(order, self.today)
            case BulkOrder():
                self._bulk.plan(order)
            case EvaluateOrder():
                self._check_files(order)

    def _check_numbers(self, order: Order) -> None:
        if isinstance(order, GenerateOrder | BulkOrder | EvaluateOrder) and order.as_of is not None:
            features.check_as_of(order.as_of)
        recipe = find_recipe(order)
        own = order.seed if isinstance(order, GenerateOrder | BulkOrder) else 0
        check_seed(min(own, recipe.seed if recipe else 0))

    def _check_files(self, order: EvaluateOrder) -> None:
        for path in filter(None, (order.file, order.holdout)):
            self._check_file(Path(path))
        if not order.file:
            raise DataError("An evaluation requires a table.", "name its file.")

    def _check_file(self, path: Path) -> None:
        """Only local users name files of the machine; others give tables through their surface."""
        uploads = (self.settings.state_folder / UPLOADS_FOLDER).resolve()
        if not self.is_local and not path.resolve().is_relative_to(uploads):
            raise AccessError(f"{path.name} is not an uploaded table.", "upload the table.")
        if not path.is_file():
            raise DataError(f"There is no file {path.name}.", "upload the table again.")

    def _require_memory(self, estimated_mb: float, lane: RunLane | None = None) -> None:
        """Raise JobError where a run of a lane, or of this process, would not fit beside the open ones."""
        self.fail_orphaned_runs()
        limits = self.settings.runs
        beside = {RunLane.LONG: limits.long_at_once, RunLane.SHORT: limits.short_at_once}
        if lane is not None:
            beside[lane] -= 1
        open_runs = self.store.list_open_here(has_engine=not self.settings.dask.scheduler)
        require_memory(estimated_mb, limits.memory_mb, compute_reserved_mb(open_runs, beside))

    def _estimate(self, order: TableOrder, is_fitted: bool) -> float:
        if isinstance(order, EvaluateOrder):
            return round(estimate_file_mb(*filter(None, (order.file, order.holdout))), 1)
        reference = self.library.obtain_reference(self.catalog.get(order.dataset))
        training_mb = 0.0 if is_fitted or not order.recipe else estimate_training_mb(reference, order.recipe)
        return round(max(training_mb, estimate_table_mb(reference, _count_rows(order))), 1)


def _count_rows(order: TrainOrder | GenerateOrder | BulkOrder) -> int:
    """Rows that are in memory at a time: of a table in parts those of one part."""
    match order:
        case GenerateOrder():
            return order.rows
        case BulkOrder():
            return min(order.rows, order.part_rows or PART_ROWS)
        case TrainOrder():
            return 0

"""What is decided and checked about a run before it is taken: its order, its lane, its memory."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.errors import AccessError, DataError, StoreError
from pipeline.generation.bulk.request import PART_ROWS
from pipeline.generation.given_shares import check_shares
from pipeline.generation.table import TableMaking
from pipeline.models.model import compute_model_id
from pipeline.runs.memory import (
    compute_reserved_mb,
    estimate_file_mb,
    estimate_table_mb,
    estimate_training_mb,
    require_memory,
)
from pipeline.runs.orders import RunOrder
from pipeline.runs.records import NewRun
from pipeline.runs.states import LOCAL, RunKind, RunLane
from pipeline.runs.store import RunStore
from pipeline.workbench.bulk import BulkDesk

_LOG = logging.getLogger(__name__)
UPLOADS_FOLDER = "uploads"
"""Folder of the state folder where surfaces put the tables that an evaluation run reads."""


class RunPreparation(BulkDesk, TableMaking):
    """Completes and checks orders for runs, in the name of whoever gives them."""

    @property
    def _runs(self) -> RunStore:
        return RunStore(self._stores.database)

    @property
    def _is_local(self) -> bool:
        return self.actor.source == LOCAL

    def _complete(self, order: RunOrder) -> RunOrder:
        """The order with everything decided that would depend on when it is done."""
        if order.kind is RunKind.BULK:
            return self._complete_bulk(order)
        is_table = order.kind is RunKind.GENERATE
        if order.model is not None:
            order = replace(order, recipe=self.get_model(order.model).recipe)
        is_trained = order.recipe is not None or order.kind is not RunKind.EVALUATE
        recipe = self._settle_recipe(order.recipe) if is_trained else None
        as_of = order.as_of or (date.today() if is_table else None)
        identity = self.settings.identity if is_table else None
        return replace(order, recipe=recipe, as_of=as_of, identity=identity)

    def _complete_bulk(self, order: RunOrder) -> RunOrder:
        """Only local users name folders of the machine; others get one among its exports."""
        if order.out and not self._is_local:
            raise AccessError("The folder of a large table cannot be chosen here.", "leave `out` away.")
        settled = self._settle_bulk(order.as_bulk())
        return replace(
            order,
            recipe=settled.recipe,
            as_of=settled.as_of,
            out=settled.out,
            format=settled.format,
            part_rows=settled.part_rows,
        )

    def _prepare_run(self, order: RunOrder) -> NewRun:
        """The order, checked, as the table of runs takes it; JobError where it would not fit in memory."""
        dataset = self._catalog.get(order.dataset)
        self._check_order(order)
        is_fitted = self._is_fitted(order, dataset)
        is_short = order.kind is RunKind.EVALUATE or (order.kind is RunKind.GENERATE and is_fitted)
        new = self._describe_run(order, dataset, is_short)
        estimated_mb = self._estimate(order, is_fitted)
        self._require_memory(estimated_mb, new.lane)
        return replace(new, estimated_memory_mb=estimated_mb)

    def _prepare_local(self, order: RunOrder) -> NewRun:
        """An order that begins at once in this process; JobError where it would not fit in memory."""
        dataset = self._catalog.get(order.dataset)
        estimated_mb = self._estimate(order, self._is_fitted(order, dataset))
        self._require_memory(estimated_mb)
        return replace(self._describe_run(order, dataset, is_short=False), estimated_memory_mb=estimated_mb)

    def _is_fitted(self, order: RunOrder, dataset: Dataset) -> bool:
        if order.recipe is None or order.model is not None:
            return True
        return self._library.store.has(compute_model_id(dataset.fingerprint, order.recipe))

    def _describe_run(self, order: RunOrder, dataset: Dataset, is_short: bool) -> NewRun:
        return NewRun(
            kind=order.kind,
            dataset=dataset.spec.name,
            owner=self.actor.name,
            source=self.actor.source,
            lane=RunLane.SHORT if is_short else RunLane.LONG,
            order=order.as_plain(),
            group=order.group,
            epochs=0 if is_short or order.recipe is None else order.recipe.epochs,
        )

    def _check_order(self, order: RunOrder) -> None:
        """Refuse what can be known to fail; planning a table, whole or in parts, checks its shares too."""
        if order.as_of is not None:
            features.check_as_of(order.as_of)
        if min(order.seed, order.recipe.seed if order.recipe else 0) < 0:
            raise DataError("A seed is below 0.", "choose 0 or any number above.")
        if order.kind is RunKind.GENERATE:
            self._plan_table(order.as_request())
        elif order.kind is RunKind.BULK:
            self._plan_bulk(order.as_bulk())
        elif order.kind is RunKind.EVALUATE:
            self._check_files(order)
        elif order.shares and order.recipe:
            reference = self._library.obtain_reference(self._catalog.get(order.dataset))
            check_shares(order.shares, reference, order.recipe.synthesizer)

    def _check_files(self, order: RunOrder) -> None:
        for path in filter(None, (order.file, order.holdout)):
            self._check_file(Path(path))
        if not order.file:
            raise DataError("An evaluation needs a table.", "name its file.")

    def _check_file(self, path: Path) -> None:
        """Only local users name files of the machine; others give tables through their surface."""
        uploads = (self.settings.state_folder / UPLOADS_FOLDER).resolve()
        if not self._is_local and not path.resolve().is_relative_to(uploads):
            raise AccessError(f"{path.name} is no uploaded table.", "upload the table.")
        if not path.is_file():
            raise DataError(f"There is no file {path.name}.", "upload the table again.")

    def _require_memory(self, estimated_mb: float, lane: RunLane | None = None) -> None:
        """Raise JobError where a run of a lane, or of this process, would not fit beside the open ones."""
        self._bury_orphans()
        limits = self.settings.runs
        beside = {RunLane.LONG: limits.long_at_once, RunLane.SHORT: limits.short_at_once}
        if lane is not None:
            beside[lane] -= 1
        open_runs = self._runs.list_open_here(has_engine=not self.settings.dask.scheduler)
        require_memory(estimated_mb, limits.memory_mb, compute_reserved_mb(open_runs, beside))

    def _bury_orphans(self) -> None:
        """Mark local runs of dead processes, if the database takes it now: somebody else will, if not."""
        try:
            self._runs.bury_orphans()
        except StoreError:
            _LOG.warning("Runs of processes that have ended could not be marked yet.", exc_info=True)

    def _estimate(self, order: RunOrder, is_fitted: bool) -> float:
        if order.kind is RunKind.EVALUATE:
            return round(estimate_file_mb(*filter(None, (order.file, order.holdout))), 1)
        reference = self._library.obtain_reference(self._catalog.get(order.dataset))
        training_mb = 0.0 if is_fitted or not order.recipe else estimate_training_mb(reference, order.recipe)
        return round(max(training_mb, estimate_table_mb(reference, self._count_rows(order))), 1)

    def _count_rows(self, order: RunOrder) -> int:
        """Rows that are in memory at a time: of a table in parts those of one part."""
        rows = order.rows or 0
        return min(rows, order.part_rows or PART_ROWS) if order.kind is RunKind.BULK else rows

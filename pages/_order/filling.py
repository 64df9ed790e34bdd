"""The form of a table, or of a large one, shows the order of a run, so that it is ordered with changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages._order.bulk_form import fill_bulk_order
from pages._order.table_form import fill_order
from pipeline.generation.orders import BulkOrder, GenerateOrder

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def fill_table_form(workbench: Workbench, run: Run) -> list[str]:
    """Have the form show what a run was ordered with; gives what it has no fields for."""
    dataset = next((one for one in workbench.datasets.list() if one.name == run.dataset), None)
    if dataset is not None and isinstance(run.order, GenerateOrder):
        return fill_order(workbench, dataset, run, run.order)
    if dataset is not None and isinstance(run.order, BulkOrder):
        return fill_bulk_order(workbench, dataset, run, run.order)
    return [f"the dataset {run.dataset}, which was removed"] if dataset is None else []

"""The forms of several tables show the order of a run, so that it is ordered with changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages._related.bulk_form import fill_bulk_order
from pages._related.order import fill_order
from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def fill_set_form(_workbench: Workbench, run: Run) -> list[str]:
    """Have the form show what a run was ordered with; gives what it has no fields for."""
    if isinstance(run.order, RelatedOrder):
        return fill_order(run.order)
    return fill_bulk_order(run.order) if isinstance(run.order, RelatedBulkOrder) else []

"""A large table as a run: its order, its folder, its progress, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bulk.plan import BulkOrder
from pipeline.requests import compute_filename
from pipeline.run_orders import RunOrder
from pipeline.run_outcomes import Outcome
from pipeline.synthesizers.protocol import OnProgress, Progress, Stage

if TYPE_CHECKING:
    from pipeline.bulk.engine import BulkProgress, OnBulkProgress
    from pipeline.bulk_desk import BulkResult

FORMAT = "parquet"
"""The format of parts where an order names none."""
_EVERY_S = 1.0


def read_bulk_order(order: RunOrder) -> BulkOrder:
    """The order of a run that is complete, as `Workbench.bulk` takes it."""
    return BulkOrder(
        dataset=order.dataset,
        rows=order.rows or 0,
        out=order.out or "",
        recipe=order.recipe,
        seed=order.seed,
        as_of=order.as_of,
        shares=order.shares,
        format=order.format or FORMAT,
    )


def name_folder(exports: Path, order: RunOrder, model: str) -> str:
    """The folder of a large table: the same for an equal order, so that it finds the parts that are there."""
    if order.as_of is None:
        raise ValueError("An order without a date decides no rows.")
    name = compute_filename(order.dataset, order.rows or 0, order.seed, order.as_of, model)
    return str(exports.resolve() / f"{name}-{order.format or FORMAT}")


def report_rows(on_progress: OnProgress, clock: Callable[[], float] = time.monotonic) -> OnBulkProgress:
    """Hand rows on as progress, about once a second, since parts may end many times a second."""
    next_s = clock()

    def report(progress: BulkProgress) -> None:
        nonlocal next_s
        if clock() < next_s and progress.parts < progress.total_parts:
            return
        next_s = clock() + _EVERY_S
        on_progress(Progress(Stage.SAMPLE, progress.rows, progress.total_rows, progress.seconds))

    return report


def describe_bulk(done: BulkResult) -> Outcome:
    """A large table in its folder."""
    quality = done.manifest.get("first_rows", {}).get("quality", {}).get("score")
    result = {
        "model": done.model,
        "rows": done.rows,
        "parts": done.parts,
        "new_parts": done.new_parts,
        "out": done.out,
        "seed": done.seed,
        "as_of": done.as_of.isoformat(),
        "rows_per_second": done.rows_per_second,
        "sha256": done.sha256,
    }
    return Outcome(model=done.model, quality=quality, result=result)

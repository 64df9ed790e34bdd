"""`bulk`: a table of any size, in parts."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import options, values
from pipeline.cli.interrupt import catch_interrupt
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    print_findings,
    print_forced,
    print_ignored,
    print_json,
    print_pairs,
)
from pipeline.evaluation.score_text import format_percent

if TYPE_CHECKING:
    from pipeline.generation.bulk.engine import BulkProgress
    from pipeline.generation.bulk.request import BulkResult
    from pipeline.runs.orders import RunOrder
    from pipeline.synthesizers.protocol import OnProgress
    from pipeline.workbench.workbench import Workbench

_EVERY_S = 1.0


def register(app: typer.Typer) -> None:
    """Put the command of this module on the command line."""
    app.command("bulk")(bulk)


@options.takes_recipe("--train-seed")
def bulk(
    dataset: options.Dataset,
    changes: dict[str, Any],
    rows: options.BulkRows,
    out: options.BulkOut,
    fmt: options.BulkFormat = "parquet",
    scheduler: options.Scheduler = None,
    seed: options.Seed = 0,
    as_of: options.AsOf = None,
    share: options.Share = None,
    workers: options.Workers = None,
    part_rows: options.PartRows = 50_000,
    as_json: Json = False,
) -> None:
    """Generate a table of any size as Parquet or CSV parts with a manifest; repeat it to complete it."""
    from pipeline.runs.orders import RunOrder
    from pipeline.runs.states import RunKind
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    recipe, shares = workbench.default_recipe(**changes), values.parse_shares(share)
    print_ignored(recipe, changes)
    date = values.parse_date(as_of)
    order = RunOrder(RunKind.BULK, dataset, recipe, rows, seed, date, shares, fmt, out, part_rows)
    done = _make(workbench, order, workers or 1, _choose_cluster(workbench, scheduler, workers))
    print_forced(done)
    print_findings(done.warnings)
    (print_json if as_json else print_pairs)(_describe(done, brief=not as_json))


def _choose_cluster(workbench: Workbench, scheduler: str | None, workers: int | None) -> str | None:
    """The address that was given, else the configured one."""
    # Processes of this machine that were asked for are not to be passed over for a configured cluster.
    return scheduler or (workbench.settings.dask.scheduler if workers is None else "") or None


def _make(workbench: Workbench, order: RunOrder, workers: int, cluster: str | None) -> BulkResult:
    from pipeline.runs.outcomes import describe_bulk

    def work(order: RunOrder, report: OnProgress) -> BulkResult:
        planned = replace(order.as_bulk(), workers=workers, scheduler=cluster)
        return workbench.bulk(planned, _RatePrinter(report), on_training=report)

    with catch_interrupt() as is_interrupted:
        return workbench.record_run(order, work, describe_bulk, ProgressPrinter(is_interrupted))


class _RatePrinter:
    """Rows done and rows a second on stderr, about once a second; everything goes on to `report`."""

    def __init__(self, report: OnProgress) -> None:
        from pipeline.generation.bulk.engine import report_rows

        self._pass_on = report_rows(report)
        self._next = 0.0

    def __call__(self, progress: BulkProgress) -> None:
        self._pass_on(progress)
        now = time.monotonic()
        if now < self._next and progress.parts < progress.total_parts:
            return
        self._next = now + _EVERY_S
        print(
            f"  {progress.rows:,} of {progress.total_rows:,} rows, {progress.parts:,} of "
            f"{progress.total_parts:,} parts, {progress.rows_per_second:,.0f} rows a second",
            file=sys.stderr,
            flush=True,
        )


def _describe(done: BulkResult, brief: bool) -> dict[str, Any]:
    from pipeline.runs.outcomes import describe_bulk

    told, first = describe_bulk(done).result, done.manifest["first_rows"]
    if brief:
        return {
            **told,
            "quality": f"{format_percent(done.quality)} of the first {first['rows']:,} rows",
            "validity": f"{done.checked:,} checks passed, none failed",
            "privacy": f"{done.privacy} (identity overlap 0)",
        }
    findings = first["privacy"]["findings"]
    return {**told, "privacy": {"identity_overlap": 0, "verdict": done.privacy, "findings": findings}}

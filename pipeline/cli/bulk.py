"""`bulk`: a table of any size, in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import options
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    catch_interrupt,
    print_findings,
    print_forced,
    print_ignored,
    print_json,
    print_pairs,
)
from pipeline.evaluation.score_text import format_percent

if TYPE_CHECKING:
    from pipeline.generation.results import BulkResult
    from pipeline.workbench.workbench import Workbench


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
    from pipeline.generation.orders import BulkOrder
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    recipe, shares = workbench.models.default_recipe(dataset, **changes), options.parse_shares(share)
    print_ignored(recipe, changes)
    date = options.parse_date(as_of)
    cluster = _choose_cluster(workbench, scheduler, workers)
    order = BulkOrder(dataset, rows, out, recipe, seed, date, shares, fmt, part_rows, workers or 1, cluster)
    with catch_interrupt() as is_interrupted:
        done = workbench.runs.perform(order, ProgressPrinter(is_interrupted))
    print_forced(done)
    print_findings(done.warnings)
    (print_json if as_json else print_pairs)(_describe(done, brief=not as_json))


def _choose_cluster(workbench: Workbench, scheduler: str | None, workers: int | None) -> str | None:
    """The address that was given, else the configured one."""
    # Processes of this machine that were asked for are not to be passed over for a configured cluster.
    return scheduler or (workbench.settings.dask.scheduler if workers is None else "") or None


def _describe(done: BulkResult, brief: bool) -> dict[str, Any]:
    values, first = done.as_plain(), done.manifest["first_rows"]
    if brief:
        return {
            **values,
            "learned": done.learned.sentence if done.learned else None,
            "quality": f"{format_percent(done.quality)} of the first {first['rows']:,} rows",
            "validity": f"{done.checked:,} checks passed, none failed",
            "privacy": f"{done.privacy} (identity overlap 0)",
        }
    findings = first["privacy"]["findings"]
    learned = done.learned.as_dict() if done.learned else None
    return {
        **values,
        "learned": learned,
        "privacy": {"identity_overlap": 0, "verdict": done.privacy, "findings": findings},
    }

"""`bulk`: a table of any size, or several, in parts."""

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
    shorten_headline,
)
from pipeline.cli.related import choose_recipe
from pipeline.cli.related_bulk import bulk_related, refuse_bulk_of_one_table, require_rows
from pipeline.evaluation.figure import Figure
from pipeline.generation.results import HEADLINE

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
    out: options.BulkOut,
    rows: options.BulkRows = None,
    fmt: options.BulkFormat = "parquet",
    scheduler: options.Scheduler = None,
    seed: options.Seed = 0,
    as_of: options.AsOf = None,
    share: options.Share = None,
    workers: options.Workers = None,
    part_rows: options.PartRows = None,
    scale: options.Scale = None,
    part_roots: options.PartRoots = None,
    as_json: Json = False,
) -> None:
    """Generate tables of any size as Parquet or CSV parts with a manifest; repeat it to complete them."""
    from pipeline.generation.orders import PART_ROWS, BulkOrder, RelatedBulkOrder
    from pipeline.workbench.workbench import Workbench

    workbench, date = Workbench(), options.parse_date(as_of)
    cluster = _choose_cluster(workbench, scheduler, workers)
    if workbench.related.has(dataset):
        refuse_bulk_of_one_table(rows, part_rows, share)
        recipe_of_all = choose_recipe(workbench, changes)
        size = 1.0 if scale is None else scale
        wanted = RelatedBulkOrder(
            dataset, out, size, recipe_of_all, seed, date, fmt, part_roots, workers or 1, cluster
        )
        bulk_related(workbench, wanted, as_json)
        return
    recipe, shares = workbench.models.default_recipe(dataset, **changes), options.parse_shares(share)
    rows = require_rows(rows, scale, part_roots)
    print_ignored(recipe, changes)
    size_of_part = part_rows or PART_ROWS
    order = BulkOrder(
        dataset, rows, out, recipe, seed, date, shares, fmt, size_of_part, workers or 1, cluster
    )
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
        said = {name: value for name, value in values.items() if name not in HEADLINE}
        return {
            **said,
            **shorten_headline(values),
            "learned": done.learned.sentence if done.learned else None,
            "quality": f"{values['figure']['sentence']} of the first {first['rows']:,} rows",
            "validity": f"{done.checked:,} checks passed, none failed",
            "privacy": f"{done.privacy} (identity overlap 0)",
        }
    findings = first["privacy"]["findings"]
    learned = done.learned.as_dict() if done.learned else None
    return {
        **values,
        **Figure.from_dict(values["figure"]).as_quality(),
        "learned": learned,
        "privacy": {"identity_overlap": 0, "verdict": done.privacy, "findings": findings},
    }

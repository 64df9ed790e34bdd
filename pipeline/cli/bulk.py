"""`bulk`: a table of any size, in parts."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.output import Json, ProgressPrinter, describe_score, print_json, print_pairs

if TYPE_CHECKING:
    from pipeline.bulk.engine import BulkProgress
    from pipeline.bulk_desk import BulkResult

_EVERY_S = 1.0


def register(app: typer.Typer) -> None:
    """Put the command of this module on the command line."""
    app.command("bulk")(bulk)


def bulk(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset; `datasets` lists them.")],
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many records.")],
    out: Annotated[str, typer.Option("--out", help="Folder or URL for the parts.")],
    fmt: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Address of a Dask cluster that makes the parts.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the rows.")] = 0,
    as_of: options.AsOf = None,
    share: Annotated[
        list[str] | None, typer.Option("--share", help="COLUMN=VALUE:FRACTION, met exactly; can be repeated.")
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=256, help="Processes of this machine that make parts.")
    ] = 1,
    part_rows: Annotated[
        int, typer.Option("--part-rows", min=1, help="Most records in a part; changes the records.")
    ] = 50_000,
    synthesizer: options.Synthesizer = None,
    epochs: options.Epochs = None,
    hma: options.Hma = None,
    train_seed: Annotated[
        int | None, typer.Option("--train-seed", min=0, help="Seed of the weights (0).")
    ] = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    time_budget: options.TimeBudget = None,
    threads: options.Threads = None,
    as_json: Json = False,
) -> None:
    """Generate a table of any size as Parquet or CSV parts with a manifest; repeat it to complete it."""
    from pipeline.bulk.plan import BulkOrder
    from pipeline.workbench import Workbench

    workbench = Workbench()
    recipe = workbench.default_recipe(
        synthesizer=synthesizer,
        epochs=epochs,
        use_hma=hma,
        seed=train_seed,
        batch_size=batch_size,
        patience=patience,
        time_budget_s=time_budget,
        threads=threads,
    )
    order = BulkOrder(
        dataset=dataset,
        rows=rows,
        out=out,
        recipe=recipe,
        seed=seed,
        as_of=options.parse_date(as_of),
        shares=options.parse_shares(share or []),
        format=fmt,
        part_rows=part_rows,
        workers=workers,
        scheduler=scheduler,
    )
    done = workbench.bulk(order, _RatePrinter(), on_training=ProgressPrinter())
    (print_json if as_json else print_pairs)(_describe(done, brief=not as_json))


class _RatePrinter:
    """Rows done and rows a second on stderr, about once a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, progress: BulkProgress) -> None:
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
    first, validity = done.manifest["first_rows"], done.manifest["validity"]
    quality, privacy = first["quality"], first["privacy"]
    checked = sum(rule["checked"] for rule in validity["rules"])
    values = {
        "model": done.model,
        "rows": done.rows,
        "parts": done.parts,
        "new_parts": done.new_parts,
        "out": done.out,
        "seed": done.seed,
        "as_of": done.as_of.isoformat(),
        "sha256": done.sha256,
        "seconds": done.seconds,
        "rows_per_second": done.rows_per_second,
    }
    if brief:
        return {
            **values,
            "quality": f"{describe_score(quality['score'])} of the first {first['rows']:,} rows",
            "validity": f"{checked:,} checks passed, none failed",
            "privacy": f"{privacy['verdict']} (identity overlap 0)",
        }
    summary = {"is_valid": True, "checked": checked, "failed": 0}
    overlap = {"identity_overlap": 0, "verdict": privacy["verdict"], "findings": privacy["findings"]}
    return {**values, "quality": quality["score"], "validity": summary, "privacy": overlap}

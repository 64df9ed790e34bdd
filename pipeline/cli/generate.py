"""`train` and `generate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import options
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    catch_interrupt,
    print_forced,
    print_ignored,
    print_json,
    print_pairs,
    print_stopped,
    print_treatments,
    print_warnings,
    shorten_evidence,
)
from pipeline.cli.related import (
    choose_recipe,
    generate_related,
    read_target,
    refuse_of_one_table,
    train_related,
)

if TYPE_CHECKING:
    from pipeline.generation.manifest import Export
    from pipeline.generation.orders import GenerateOrder
    from pipeline.generation.results import Generation, Training
    from pipeline.workbench.workbench import Workbench


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("train")(train)
    app.command("generate")(generate)


@options.takes_recipe("--seed")
def train(dataset: options.Dataset, changes: dict[str, Any], as_json: Json = False) -> None:
    """Fit a model, or find the one that an equal command has fitted."""
    from pipeline.runs.orders import TrainOrder
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    if workbench.is_related(dataset):
        train_related(workbench, dataset, changes, as_json)
        return
    recipe = workbench.models.default_recipe(dataset, **changes)
    print_ignored(recipe, changes)
    with catch_interrupt() as is_interrupted:
        done = workbench.runs.perform(TrainOrder(dataset, recipe), ProgressPrinter(is_interrupted))
    print_treatments(done.treatments)
    _print_training(done, as_json)
    if done.was_stopped:
        print_stopped(done)
        raise typer.Exit(1)


@options.takes_recipe("--train-seed")
def generate(
    dataset: options.Dataset,
    changes: dict[str, Any],
    rows: options.Rows = None,
    fmt: options.Format = None,
    out: options.Out = None,
    seed: options.Seed = 0,
    as_of: options.AsOf = None,
    share: options.Share = None,
    report: options.WithHtml = True,
    word: options.WithWord = False,
    bundle: options.WithBundle = False,
    full: options.Full = False,
    plain: options.Plain = False,
    model: options.Model = None,
    scale: options.Scale = None,
    dialect: options.Dialect = None,
    into: options.Into = None,
    into_schema: options.IntoSchema = None,
    append: options.Append = False,
    dry_run: options.DryRun = False,
    as_json: Json = False,
) -> None:
    """Generate a synthetic table, or several related ones, as files with their evidence beside them."""
    from pipeline.generation.orders import GenerateOrder, RelatedOrder
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    if workbench.is_related(dataset):
        refuse_of_one_table(rows, share, word, bundle, full, bool(model))
        database = read_target(into, into_schema, append)
        recipe_of_all = choose_recipe(workbench, changes)
        wanted = RelatedOrder(
            dataset, 1.0 if scale is None else scale, recipe_of_all, seed, options.parse_date(as_of)
        )
        generate_related(workbench, wanted, fmt, out, dialect, database, dry_run, plain, as_json)
        return
    # First, since the options that are missing depend on what the dataset is.
    recipe, shares = workbench.models.default_recipe(dataset, **changes), options.parse_shares(share)
    rows = options.require_one_table(rows, scale, dialect, into, dry_run)
    print_ignored(recipe, changes)
    order = GenerateOrder(dataset, rows, recipe, seed, options.parse_date(as_of), shares, model=model)
    target = workbench.tables.prepare_export(order, fmt, out)
    generation = _make(workbench, replace(order, format=target.format.value), full)
    reports = options.choose_reports(report, word)
    export = workbench.exports.save(generation, target.format, target.path, reports, bundle, plain)
    print_warnings(export)
    described = _describe_export(generation, export, target.path, brief=not as_json)
    (print_json if as_json else print_pairs)(described)


def _print_training(done: Training, as_json: bool) -> None:
    values = {
        "model": done.model,
        "synthesizer": done.synthesizer,
        "epochs": done.epochs,
        "seconds": round(done.seconds, 3),
        "reused": done.reused,
        **({"reason": done.reason} if done.reason else {}),
    }
    if as_json:
        treatments = [plan.as_dict() for plan in done.treatments]
        print_json({**values, **done.figure.as_quality(), "treatments": treatments})
    else:
        print_pairs({**values, "quality": done.figure.sentence})


def _make(workbench: Workbench, order: GenerateOrder, is_full: bool) -> Generation:
    with catch_interrupt() as is_interrupted:
        printer = ProgressPrinter(is_interrupted)
        generation = workbench.runs.perform(order, printer)
        print_forced(generation)
        if is_full:
            generation = workbench.evidence.evaluate_fully(generation, on_progress=printer)
    return generation


def _describe_export(generation: Generation, export: Export, path: Path, brief: bool) -> dict[str, Any]:
    # The manifest also knows what the table repeats together with earlier exports.
    measured, learned = export.manifest["evidence"], generation.learned
    parts = ("verdict", "reason", "next_step", "figure", "findings", "quality", "validity", "privacy")
    scores = {part: measured[part] for part in parts}
    seconds = {**generation.seconds, "export": export.seconds}
    return {
        "model": generation.model.id,
        **({"chosen": choice.reason} if (choice := generation.model.choice) else {}),
        "rows": generation.rows,
        "columns": [column.name for column in generation.spec.columns],
        "path": str(path),
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "forced_rows": generation.forced_rows,
        "learned": learned.sentence if brief else learned.as_dict(),
        "sha256": export.sha256,
        "seconds": round(sum(seconds.values()), 2) if brief else seconds,
        **(shorten_evidence(measured) if brief else scores),
    }

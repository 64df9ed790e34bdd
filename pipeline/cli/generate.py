"""`train` and `generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import options, values
from pipeline.cli.evidence import shorten_evidence
from pipeline.cli.interrupt import catch_interrupt
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    print_forced,
    print_ignored,
    print_json,
    print_pairs,
    print_stopped,
    print_treatments,
    print_warnings,
)

if TYPE_CHECKING:
    from pipeline.generation.request import Export, GenerateRequest, Generation, Training
    from pipeline.workbench.workbench import Workbench


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("train")(train)
    app.command("generate")(generate)


@options.takes_recipe("--seed")
def train(dataset: options.Dataset, changes: dict[str, Any], as_json: Json = False) -> None:
    """Fit a model, or find the one that an equal command has fitted."""
    from pipeline.runs.orders import RunOrder
    from pipeline.runs.outcomes import describe_training
    from pipeline.runs.states import RunKind
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    recipe = workbench.default_recipe(**changes)
    print_ignored(recipe, changes)
    with catch_interrupt() as is_interrupted:
        done = workbench.record_run(
            RunOrder(RunKind.TRAIN, dataset, recipe),
            lambda order, report: workbench.train(dataset, order.recipe, report),
            describe_training,
            ProgressPrinter(is_interrupted),
        )
    print_treatments(done.treatments)
    _print_training(done, as_json)
    if done.was_stopped:
        print_stopped(done)
        raise typer.Exit(1)


@options.takes_recipe("--train-seed")
def generate(
    dataset: options.Dataset,
    changes: dict[str, Any],
    rows: options.Rows,
    fmt: options.Format = None,
    out: options.Out = None,
    seed: options.Seed = 0,
    as_of: options.AsOf = None,
    share: options.Share = None,
    report: options.WithHtml = True,
    word: options.WithWord = False,
    bundle: options.WithBundle = False,
    full: options.Full = False,
    as_json: Json = False,
) -> None:
    """Generate a synthetic table as a file, its evidence in a manifest and a report beside it."""
    from pipeline.generation.request import GenerateRequest
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    recipe, shares = workbench.default_recipe(**changes), values.parse_shares(share)
    print_ignored(recipe, changes)
    request = GenerateRequest(dataset, rows, recipe, seed, values.parse_date(as_of), shares)
    target = workbench.plan_export(request, fmt, out)
    generation = _make(workbench, request, target.format.value, full)
    reports = values.choose_reports(report, word)
    export = workbench.save(generation, target.format, target.path, reports, bundle)
    print_warnings(export)
    described = _describe_export(generation, export, target.path, brief=not as_json)
    (print_json if as_json else print_pairs)(described)


def _print_training(done: Training, as_json: bool) -> None:
    told = {
        "model": done.model,
        "synthesizer": done.synthesizer,
        "epochs": done.epochs,
        "seconds": round(done.seconds, 3),
        "reused": done.reused,
    }
    if as_json:
        print_json({**told, "treatments": [plan.as_dict() for plan in done.treatments]})
    else:
        print_pairs(told)


def _make(workbench: Workbench, request: GenerateRequest, fmt: str, is_full: bool) -> Generation:
    from pipeline.runs.orders import describe_request
    from pipeline.runs.outcomes import describe_generation

    with catch_interrupt() as is_interrupted:
        generation = workbench.record_run(
            describe_request(request, fmt),
            lambda order, report: workbench.generate(order.as_request(), report),
            describe_generation,
            ProgressPrinter(is_interrupted),
        )
    print_forced(generation)
    return workbench.examine(generation) if is_full else generation


def _describe_export(generation: Generation, export: Export, path: Path, brief: bool) -> dict[str, Any]:
    from pipeline.evaluation.as_json import as_dict

    measured = as_dict(generation.evaluation)
    scores = {part: measured[part] for part in ("quality", "validity", "privacy")}
    seconds = {**generation.seconds, "export": export.seconds}
    return {
        "model": generation.model.id,
        "rows": generation.rows,
        "columns": [column.name for column in generation.spec.columns],
        "path": str(path),
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "forced_rows": generation.forced_rows,
        "sha256": export.sha256,
        "seconds": round(sum(seconds.values()), 2) if brief else seconds,
        **(shorten_evidence(measured) if brief else scores),
    }

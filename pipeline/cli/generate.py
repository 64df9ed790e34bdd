"""`train`, `generate` and `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.interrupt import catch_interrupt
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    print_forced,
    print_json,
    print_pairs,
    print_stopped,
    print_treatments,
    print_warnings,
)
from pipeline.evaluation.score_text import format_percent

if TYPE_CHECKING:
    from pipeline.requests import Export, GenerateRequest, Generation, Training
    from pipeline.workbench import Workbench

Dataset = Annotated[str, typer.Argument(help="Name of a dataset; `datasets` lists them.")]


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("train")(train)
    app.command("generate")(generate)
    app.command("evaluate")(evaluate)


@options.takes_recipe("--seed")
def train(dataset: Dataset, changes: dict[str, Any], as_json: Json = False) -> None:
    """Fit a model, or find the one that an equal command has fitted."""
    from pipeline.run_orders import RunOrder
    from pipeline.run_outcomes import describe_training
    from pipeline.store.run_states import RunKind
    from pipeline.workbench import Workbench

    workbench = Workbench()
    recipe = workbench.default_recipe(**changes)
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
    dataset: Dataset,
    changes: dict[str, Any],
    rows: Annotated[int, typer.Option("--rows", help="How many records.")],
    fmt: Annotated[
        str | None,
        typer.Option("--format", help="csv, excel, json, word or parquet (by --out's ending, or csv)."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File or existing folder to write to.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the rows.")] = 0,
    as_of: options.AsOf = None,
    share: Annotated[
        list[str] | None, typer.Option("--share", help="COLUMN=VALUE:FRACTION, met exactly; can be repeated.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write the report beside the file, as HTML.")
    ] = True,
    word: Annotated[bool, typer.Option("--word", help="Write the report as a Word document too.")] = False,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="Write file, manifest and reports once more as one ZIP.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Measure everything before, as evaluate does; up to a minute.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Generate a synthetic table as a file, its evidence in a manifest and a report beside it."""
    from pipeline.requests import GenerateRequest
    from pipeline.workbench import Workbench

    workbench = Workbench()
    recipe, shares = workbench.default_recipe(**changes), options.parse_shares(share or [])
    request = GenerateRequest(dataset, rows, recipe, seed, options.parse_date(as_of), shares)
    target = workbench.plan_export(request, fmt, out)
    generation = _make(workbench, request, target.format.value)
    print_forced(generation)
    if full:
        generation = workbench.examine(generation)
    reports = options.choose_reports(report, word)
    export = workbench.save(generation, target.format, target.path, reports, bundle)
    print_warnings(export)
    (print_json if as_json else print_pairs)(
        _describe_export(generation, export, target.path, brief=not as_json)
    )


def evaluate(
    dataset: Dataset,
    file: Annotated[Path, typer.Argument(help="A table with the dataset's columns, from any tool.")],
    as_of: options.AsOf = None,
    holdout: Annotated[
        Path | None,
        typer.Option("--holdout", help="Real rows nobody trained on, in place of the dataset's own."),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="Modelled column that synthetic rows should teach.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Report to write as one HTML file that works offline.")
    ] = None,
    word: Annotated[Path | None, typer.Option("--word", help="Report to write as a Word document.")] = None,
    as_json: Json = False,
) -> None:
    """Measure quality, validity and privacy of any table against a dataset; takes a minute."""
    from pipeline.evaluation.summary import as_dict
    from pipeline.run_orders import RunOrder
    from pipeline.run_outcomes import describe_evaluation
    from pipeline.store.run_states import RunKind
    from pipeline.workbench import Workbench

    workbench, when = Workbench(), options.parse_date(as_of)
    reports = options.plan_reports(html, word)
    path, held = str(file.resolve()), str(holdout.resolve()) if holdout else None
    subject = workbench.record_run(
        RunOrder(RunKind.EVALUATE, dataset, as_of=when, file=path, holdout=held, target=target),
        lambda _order, _report: workbench.assess(dataset, file, when, holdout, target),
        lambda subject: describe_evaluation(subject.evaluation),
    )
    for one in reports:
        workbench.save_report(subject, one)
    measured = as_dict(subject.evaluation)
    if as_json:
        print_json(measured)
    else:
        print_pairs({**_brief(measured), **({"report": ", ".join(map(str, reports))} if reports else {})})


def _print_training(done: Training, as_json: bool) -> None:
    values = {
        "model": done.model,
        "synthesizer": done.synthesizer,
        "epochs": done.epochs,
        "seconds": round(done.seconds, 3),
        "reused": done.reused,
    }
    if as_json:
        print_json({**values, "treatments": [plan.as_dict() for plan in done.treatments]})
    else:
        print_pairs(values)


def _make(workbench: Workbench, request: GenerateRequest, fmt: str) -> Generation:
    from pipeline.run_orders import describe_request
    from pipeline.run_outcomes import describe_generation

    with catch_interrupt() as is_interrupted:
        return workbench.record_run(
            describe_request(request, fmt),
            lambda order, report: workbench.generate(order.as_request(), report),
            describe_generation,
            ProgressPrinter(is_interrupted),
        )


def _describe_export(generation: Generation, export: Export, path: Path, brief: bool) -> dict[str, Any]:
    from pipeline.evaluation.summary import as_dict

    measured = as_dict(generation.evaluation)
    evidence = (
        _brief(measured) if brief else {key: measured[key] for key in ("quality", "validity", "privacy")}
    )
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
        **evidence,
    }


def _brief(measured: dict[str, Any]) -> dict[str, str]:
    quality, validity, privacy = measured["quality"], measured["validity"], measured["privacy"]
    shapes, trends = (format_percent(quality[part]) for part in ("column_shapes", "column_pair_trends"))
    return {
        "quality": f"{format_percent(quality['score'])} (column shapes {shapes}, pair trends {trends}; "
        f"{quality['measured']} of {quality['total']} measured)",
        "validity": f"{format_percent(validity['score'])} of {len(validity['rules'])} rules' checks pass",
        "privacy": f"{privacy['verdict']} (identity overlap {sum(privacy['overlap'].values())})",
        **_brief_likeness(measured),
    }


def _brief_likeness(measured: dict[str, Any]) -> dict[str, str]:
    """What only a full evaluation holds."""
    brief = {}
    if "baselines" in measured:
        scores = measured["baselines"]["scores"]
        brief["baselines"] = "; ".join(f"{one['item']} {one['sentence']}" for one in scores)
    for part in ("detection", "utility"):
        if part in measured:
            brief[part] = measured[part]["finding"]
    if "coverage" in measured:
        brief["coverage"] = format_percent(measured["coverage"]["score"])
    return brief

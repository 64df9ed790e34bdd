"""`train`, `generate` and `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    describe_score,
    print_json,
    print_pairs,
    print_treatments,
)

if TYPE_CHECKING:
    from pipeline.requests import Export, Generation

Dataset = Annotated[str, typer.Argument(help="Name of a dataset; `datasets` lists them.")]


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("train")(train)
    app.command("generate")(generate)
    app.command("evaluate")(evaluate)


def train(
    dataset: Dataset,
    synthesizer: options.Synthesizer = None,
    epochs: options.Epochs = None,
    hma: options.Hma = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed of the weights (0).")] = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    time_budget: options.TimeBudget = None,
    threads: options.Threads = None,
    as_json: Json = False,
) -> None:
    """Fit a model, or find the one that an equal command has fitted."""
    from pipeline.run_orders import RunOrder
    from pipeline.run_outcomes import describe_training
    from pipeline.store.run_states import RunKind
    from pipeline.workbench import Workbench

    workbench = Workbench()
    recipe = workbench.default_recipe(
        synthesizer=synthesizer,
        epochs=epochs,
        use_hma=hma,
        seed=seed,
        batch_size=batch_size,
        patience=patience,
        time_budget_s=time_budget,
        threads=threads,
    )
    done = workbench.record_run(
        RunOrder(RunKind.TRAIN, dataset, recipe),
        lambda _, report: workbench.train(dataset, recipe, report),
        describe_training,
        ProgressPrinter(),
    )
    values = {
        "model": done.model,
        "synthesizer": done.synthesizer,
        "epochs": done.epochs,
        "seconds": round(done.seconds, 3),
        "reused": done.reused,
    }
    print_treatments(done.treatments)
    if as_json:
        print_json({**values, "treatments": [plan.as_dict() for plan in done.treatments]})
    else:
        print_pairs(values)


def generate(
    dataset: Dataset,
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
    """Generate a synthetic table as a file, its evidence in a manifest beside it."""
    from pipeline.requests import GenerateRequest
    from pipeline.run_orders import describe_request
    from pipeline.run_outcomes import describe_generation
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
    request = GenerateRequest(
        dataset, rows, recipe, seed, options.parse_date(as_of), options.parse_shares(share or [])
    )
    target = workbench.plan_export(request, fmt, out)
    generation = workbench.record_run(
        describe_request(request, target.format.value),
        lambda order, report: workbench.generate(order.as_request(), report),
        describe_generation,
        ProgressPrinter(),
    )
    export = workbench.save(generation, target.format, target.path)
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
    from pipeline.workbench import Workbench

    workbench = Workbench()
    reports = options.plan_reports(html, word)
    subject = workbench.assess(dataset, file, options.parse_date(as_of), holdout, target)
    for path in reports:
        workbench.save_report(subject, path)
    measured = as_dict(subject.evaluation)
    if as_json:
        print_json(measured)
    else:
        print_pairs({**_brief(measured), **({"report": ", ".join(map(str, reports))} if reports else {})})


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
        "sha256": export.sha256,
        "seconds": round(sum(seconds.values()), 2) if brief else seconds,
        **evidence,
    }


def _brief(measured: dict[str, Any]) -> dict[str, str]:
    quality, validity, privacy = measured["quality"], measured["validity"], measured["privacy"]
    shapes, trends = (describe_score(quality[part]) for part in ("column_shapes", "column_pair_trends"))
    return {
        "quality": f"{describe_score(quality['score'])} (column shapes {shapes}, pair trends {trends}; "
        f"{quality['measured']} of {quality['total']} measured)",
        "validity": f"{describe_score(validity['score'])} of {len(validity['rules'])} rules' checks pass",
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
        brief["coverage"] = describe_score(measured["coverage"]["score"])
    return brief

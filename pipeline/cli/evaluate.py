"""`evaluate`: the evidence of any table."""

from __future__ import annotations

import typer

from pipeline.cli import options
from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    catch_interrupt,
    print_json,
    print_pairs,
    shorten_evidence,
)


def register(app: typer.Typer) -> None:
    """Put the command of this module on the command line."""
    app.command("evaluate")(evaluate)


def evaluate(
    dataset: options.Dataset,
    file: options.File,
    as_of: options.AsOf = None,
    holdout: options.Holdout = None,
    target: options.Target = None,
    html: options.HtmlFile = None,
    word: options.WordFile = None,
    as_json: Json = False,
) -> None:
    """Measure quality, validity and privacy of any table against a dataset; takes a minute."""
    from pipeline.runs.orders import EvaluateOrder
    from pipeline.workbench.workbench import Workbench

    workbench, when = Workbench(), options.parse_date(as_of)
    reports = options.plan_reports(workbench, html, word)
    path, held = str(file.resolve()), str(holdout.resolve()) if holdout else None
    order = EvaluateOrder(dataset, path, when, held, target)
    with catch_interrupt() as is_interrupted:
        subject = workbench.runs.perform(order, ProgressPrinter(is_interrupted))
    for one in reports:
        workbench.evidence.save_report(subject, one)
    if as_json:
        print_json(subject.as_dict())
    else:
        written = {"report": ", ".join(map(str, reports))} if reports else {}
        print_pairs({"learned": subject.learned.sentence, **shorten_evidence(subject.as_dict()), **written})

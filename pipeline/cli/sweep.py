"""`sweep`: train a dataset with several settings and compare quality against time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.output import (
    QUALITY_HEADINGS,
    Json,
    ProgressPrinter,
    catch_interrupt,
    print_ignored,
    print_json,
    print_table,
    tell_figure,
)

if TYPE_CHECKING:
    from pipeline.workbench.sweeps import Trial


def register(app: typer.Typer) -> None:
    """Put the command of this module on the command line."""
    app.command("sweep")(sweep)


@options.takes_recipe("--seed", without=("epochs", "synthesizer"))
def sweep(
    dataset: options.Dataset,
    changes: dict[str, Any],
    epochs: Annotated[str, typer.Option("--epochs", help="Numbers of epochs to compare, as 10,30,70.")],
    synthesizer: Annotated[
        str | None, typer.Option("--synthesizer", help="Which synthesizer learns the data; several as a,b.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train each candidate, or find its model, and show quality against time."""
    from pipeline.workbench.sweeps import parse_epochs, plan_recipes, run_sweep
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    names = _split(synthesizer) or [workbench.models.default_recipe(dataset).synthesizer]
    recipes = plan_recipes(workbench, names, parse_epochs(epochs), **changes)
    for recipe in {one.synthesizer: one for one in recipes}.values():
        print_ignored(recipe, {**changes, "epochs": epochs})
    with catch_interrupt() as is_interrupted:
        trials = run_sweep(workbench, dataset, recipes, ProgressPrinter(is_interrupted))
    _print_sweep(trials, as_json)
    if is_interrupted():
        raise typer.Exit(1)


def _split(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _print_sweep(trials: Sequence[Trial], as_json: bool) -> None:
    from pipeline.workbench.sweeps import advise

    sentence = advise(trials).sentence
    if as_json:
        print_json({"runs": [_describe(trial) for trial in trials], "advice": sentence})
    else:
        _print_trials(trials)
        print(f"\n{sentence}")


def _print_trials(trials: Sequence[Trial]) -> None:
    print_table(
        ("MODEL", "SYNTHESIZER", "EPOCHS", "KEPT", "SECONDS", *QUALITY_HEADINGS),
        [
            (
                trial.key,
                trial.recipe.synthesizer,
                trial.epochs,
                trial.kept_epoch,
                f"{trial.seconds:.1f}",
                *tell_figure(trial.figure),
            )
            for trial in trials
        ],
    )


def _describe(trial: Trial) -> dict[str, Any]:
    return {
        "model": trial.key,
        "synthesizer": trial.recipe.synthesizer,
        "epochs": trial.epochs,
        "kept_epoch": trial.kept_epoch,
        "seconds": round(trial.seconds, 3),
        **trial.figure.as_quality(),
    }

"""A sweep: one dataset trained with several settings, to see what more epochs or another synthesizer gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.errors import DataError, NotFoundError
from pipeline.runs.advice import advise
from pipeline.runs.orders import find_recipe
from pipeline.runs.states import RunKind, RunStatus
from pipeline.runs.trials import (
    Trial,
    chart_curves,
    chart_quality,
    find_trained,
    read_model_trial,
    read_trial,
)
from pipeline.synthesizers.recipe import AUTO, OF_ONE_SYNTHESIZER, Recipe

if TYPE_CHECKING:
    from pipeline.progress import OnProgress
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

__all__ = [
    "MOST_CANDIDATES",
    "MOST_EPOCHS",
    "Trial",
    "advise",
    "chart_curves",
    "chart_quality",
    "complete_trials",
    "find_trained",
    "find_training",
    "parse_epochs",
    "plan_recipes",
    "read_trial",
    "run_sweep",
]

MOST_EPOCHS = 10_000
MOST_CANDIDATES = 20
_CTGAN_ONLY = ("generator_rate", "discriminator_rate")


def parse_epochs(text: str) -> tuple[int, ...]:
    """Numbers of epochs from "10, 30, 70", ascending, each once; DataError names what is no such number."""
    numbers = {_parse_number(part.strip()) for part in text.split(",") if part.strip()}
    if not numbers:
        raise DataError("No number of epochs was given.", "write one, or several with commas: 10, 30, 70.")
    return tuple(sorted(numbers))


def plan_recipes(
    workbench: Workbench, synthesizers: Sequence[str], epochs: Sequence[int], **changes: Any
) -> tuple[Recipe, ...]:
    """A recipe of each synthesizer with each number of epochs; `changes` hold for all, None is no change.

    A synthesizer without epochs has one recipe. Learning rates are those of ctgan's networks and change
    nothing in the recipes of others; where the synthesizer is left open, what only one of them reads
    changes nothing either. DataError for an unknown synthesizer, none at all, or more than
    `MOST_CANDIDATES` recipes.
    """
    planned = (
        workbench.models.default_recipe(synthesizer=name, epochs=number, **_suit(name, changes))
        for name in synthesizers
        for number in epochs
    )
    recipes = tuple(dict.fromkeys(planned))
    if not 1 <= len(recipes) <= MOST_CANDIDATES:
        raise DataError(
            f"A sweep trains 1 to {MOST_CANDIDATES} candidates; this one has {len(recipes)}.",
            "choose a synthesizer and fewer numbers of epochs.",
        )
    return recipes


def find_training(workbench: Workbench, dataset: str, recipe: Recipe) -> Run | None:
    """The run that trains the model of a recipe now, or has trained it; None where a training is needed.

    Of several the first one, which trained; None too where the model was deleted or the dataset has changed.
    """
    wanted = workbench.models.compute_id(dataset, recipe)
    is_stored = workbench.models.is_stored(wanted)
    for run in reversed(workbench.runs.list(kind=RunKind.TRAIN, dataset=dataset)):
        if run.status is RunStatus.DONE and is_stored and run.model == wanted:
            return run
        known = None if run.status.is_final else find_recipe(run.order)
        if known and workbench.models.compute_id(dataset, known) == wanted:
            return run
    return None


def complete_trials(
    workbench: Workbench, runs: Sequence[Run], trials: Mapping[str, Trial]
) -> dict[str, Trial]:
    """The trials of runs by id, with one for each run that found its model: that says how it was trained.

    A model that another of the runs trained, or found, counts once.
    """
    known = {run.model for run in runs if run.id in trials}
    found = dict(trials)
    for run in runs:
        if run.status is RunStatus.DONE and run.model and run.model not in known:
            known.add(run.model)
            if trial := _find_model_trial(workbench, run.model):
                found[run.id] = replace(trial, key=run.id, title=run.title)
    return {run.id: found[run.id] for run in runs if run.id in found}


def run_sweep(
    workbench: Workbench, dataset: str, recipes: Sequence[Recipe], on_progress: OnProgress | None = None
) -> tuple[Trial, ...]:
    """Train each recipe in turn, or find the model that an equal one has trained, in the given order.

    Each training is noted among the runs, all of them in one group; one that is stopped is the last.
    """
    done = workbench.runs.perform_sweep(dataset, recipes, on_progress)
    return tuple(
        read_model_trial(workbench.models.get(one.model), 0.0 if one.reused else one.seconds) for one in done
    )


def _find_model_trial(workbench: Workbench, model: str) -> Trial | None:
    try:
        return read_model_trial(workbench.models.get(model))
    except NotFoundError:
        # It was deleted since.
        return None


def _suit(synthesizer: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes that a recipe of this synthesizer takes."""
    if synthesizer == "ctgan":
        return changes
    dropped = OF_ONE_SYNTHESIZER if synthesizer == AUTO else _CTGAN_ONLY
    return {name: value for name, value in changes.items() if name not in dropped}


def _parse_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_EPOCHS:
        raise DataError(
            f'"{text}" is not a valid number of epochs.',
            f"write whole numbers from 1 to {MOST_EPOCHS:,}, with commas between them: 10, 30, 70.",
        )
    return int(text)

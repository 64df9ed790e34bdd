"""Several trainings of one order as code that gives the same again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.runs.orders import TrainOrder
from pipeline.synthesizers.recipe import Recipe, has_epochs
from pipeline.workbench.code_text import OrderCode, join_command, list_options, name_arguments, write_curl
from pipeline.workbench.order_code import list_settings, write_code

_ONE_BY_ONE = "# The API takes one training at a time; these wait in its queue, and run one after the other."


def write_sweep_code(dataset: str, recipes: Sequence[Recipe]) -> OrderCode | None:
    """The trainings of each synthesizer with each number of epochs; None where some are left out.

    The API has no such order: the request is a sequence, one for each training.
    """
    if len(recipes) == 1:
        return write_code(TrainOrder(dataset, recipes[0]))
    names = list(dict.fromkeys(recipe.synthesizer for recipe in recipes))
    lengths = sorted({recipe.epochs for recipe in recipes if has_epochs(recipe.synthesizer)})
    if len(recipes) != sum(len(lengths) if has_epochs(name) else 1 for name in names):
        return None
    lengths = lengths or [recipes[0].epochs]
    settings = _merge_settings(recipes)
    epochs = ",".join(map(str, lengths))
    command = join_command(
        "sweep",
        dataset,
        "--epochs",
        epochs,
        "--synthesizer",
        ",".join(names),
        *list_options(settings, "seed"),
    )
    curl = "\n".join(
        [
            _ONE_BY_ONE,
            *(write_curl("train", {"dataset": dataset, "recipe": list_settings(one)}) for one in recipes),
        ]
    )
    return OrderCode(command, _write_python(dataset, names, lengths, settings), curl)


def _merge_settings(recipes: Sequence[Recipe]) -> dict[str, Any]:
    """The settings that some recipe has of its own; they hold for all that read them."""
    merged = dict[str, Any]()
    for recipe in recipes:
        merged = {**list_settings(recipe), **merged}
    return {name: value for name, value in merged.items() if name not in ("synthesizer", "epochs")}


def _write_python(
    dataset: str, names: Sequence[str], lengths: Sequence[int], settings: dict[str, Any]
) -> str:
    given = f"{list(names)!r}, {list(lengths)!r}"
    return "\n".join(
        [
            "from pipeline import Workbench",
            "from pipeline.workbench.sweeps import advise, plan_recipes, run_sweep",
            "",
            "workbench = Workbench()",
            f"recipes = plan_recipes(workbench, {given}, {name_arguments(settings)})",
            f"trials = run_sweep(workbench, {dataset!r}, recipes)",
            "print(advise(trials).sentence)",
        ]
    )

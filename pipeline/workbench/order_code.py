"""An order as code that gives the same again: a command, Python, and a request to the API."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedOrder
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.orders import Order, TrainOrder, UnknownOrder
from pipeline.synthesizers.recipe import AUTO, OF_ONE_SYNTHESIZER, Recipe, list_unread

_IMPORTS = "from datetime import date"
_ENDINGS = {"excel": "xlsx", "word": "docx"}
_SWITCHES = {"use_hma": "hma", "refine": "refine"}
_OPTIONS = {"time_budget_s": "time-budget"}
_ALWAYS = ("synthesizer", "epochs", "seed")
"""Settings that are written whatever they are: their defaults are the server's."""


@dataclass(frozen=True)
class OrderCode:
    """The same order in three forms; one that does not know it is empty.

    The request reads the API's address and the token from WORKBENCH and TOKEN.
    """

    command: str
    python: str
    curl: str


def write_code(order: Order | UnknownOrder) -> OrderCode | None:
    """The order as code; None for what cannot be given again so, such as the table of a stopped training."""
    match order:
        case TrainOrder(recipe=Recipe() as recipe):
            return _write_training(order, recipe)
        case GenerateOrder(recipe=Recipe() as recipe, model=None):
            return _write_table(order, recipe)
        case BulkOrder(recipe=Recipe() as recipe):
            return _write_bulk(order, recipe)
        case RelatedOrder():
            return _write_tables(order)
    return None


def list_settings(recipe: Recipe) -> dict[str, Any]:
    """The settings of a recipe that a reader must give: those that are not the synthesizer's defaults."""
    usual = Recipe(synthesizer=recipe.synthesizer)
    unread = set(list_unread(recipe.synthesizer)) | (
        OF_ONE_SYNTHESIZER if recipe.synthesizer == AUTO else set()
    )
    return {
        name: value
        for name, value in recipe.as_dict().items()
        if name not in unread and (name in _ALWAYS or value != getattr(usual, name))
    }


def _write_training(order: TrainOrder, recipe: Recipe) -> OrderCode:
    settings = list_settings(recipe)
    command = _join_command("train", order.dataset, *_list_options(settings, "seed"))
    python = _write_python(
        "TrainOrder", "pipeline.runs.orders", f"{order.dataset!r}, recipe", order.dataset, settings
    )
    return OrderCode(command, python, _write_curl("train", {"dataset": order.dataset, "recipe": settings}))


def _write_table(order: GenerateOrder, recipe: Recipe) -> OrderCode:
    settings = list_settings(recipe)
    parts = [*_list_rows(order), *_list_options(settings, "train-seed")]
    command = _join_command("generate", order.dataset, *parts, *_list_format(order.format))
    given = f"{order.dataset!r}, {order.rows}, recipe, {order.seed}{_name_date(order)}{_name_shares(order)}"
    python = _write_python("GenerateOrder", "pipeline.generation.orders", given, order.dataset, settings)
    export = f'workbench.exports.export(made, "{order.format or "csv"}")'
    python += f'\nPath("{_name_file(order)}").write_bytes({export}.content)'
    body = {
        "dataset": order.dataset,
        "rows": order.rows,
        "format": order.format or "csv",
        "seed": order.seed,
        **({"as_of": order.as_of.isoformat()} if order.as_of else {}),
        **({"shares": order.shares} if order.shares else {}),
        "recipe": settings,
    }
    return OrderCode(command, python, _write_curl("generate", body))


def _write_bulk(order: BulkOrder, recipe: Recipe) -> OrderCode:
    settings = list_settings(recipe)
    out = order.out or f"{order.dataset}-parts"
    parts = [*_list_rows(order), "--out", out, "--format", order.format, "--part-rows", str(order.part_rows)]
    command = _join_command("bulk", order.dataset, *parts, *_list_options(settings, "train-seed"))
    given = (
        f"{order.dataset!r}, {order.rows}, {out!r}, recipe, {order.seed}{_name_date(order)}"
        f"{_name_shares(order)}, format={order.format!r}, part_rows={order.part_rows}"
    )
    python = _write_python("BulkOrder", "pipeline.generation.orders", given, order.dataset, settings)
    return OrderCode(command, python, "")


def _write_tables(order: RelatedOrder) -> OrderCode:
    recipe = order.recipe or RelatedRecipe()
    when = ["--as-of", order.as_of.isoformat()] if order.as_of else []
    options = ["--scale", f"{order.scale:g}", "--seed", str(order.seed), *when]
    settings = {"synthesizer": recipe.synthesizer, "epochs": recipe.epochs, "seed": recipe.seed}
    command = _join_command("generate", order.dataset, *options, *_list_options(settings, "train-seed"))
    lines = [
        *([_IMPORTS, ""] if order.as_of else []),
        "from pipeline import Workbench",
        "from pipeline.generation.orders import RelatedOrder",
        "from pipeline.models.related.recipe import RelatedRecipe",
        "",
        f"recipe = RelatedRecipe({_name_arguments(settings)})",
        f"order = RelatedOrder({order.dataset!r}, {order.scale!r}, recipe, {order.seed}{_name_date(order)})",
        "made = Workbench().runs.perform(order)",
    ]
    body = {
        "scale": order.scale,
        "seed": order.seed,
        **({"as_of": order.as_of.isoformat()} if order.as_of else {}),
        "epochs": recipe.epochs,
    }
    # The API trains by its own settings otherwise.
    is_plain = recipe == RelatedRecipe(epochs=recipe.epochs)
    curl = _write_curl(f"related/{order.dataset}/generate", body) if is_plain else ""
    return OrderCode(command, "\n".join(lines), curl)


def _write_python(kind: str, module: str, given: str, dataset: str, settings: Mapping[str, Any]) -> str:
    lines = [
        *([_IMPORTS] if "date(" in given else []),
        *(["from pathlib import Path", ""] if kind == "GenerateOrder" else [""]),
        "from pipeline import Workbench",
        f"from {module} import {kind}",
        "",
        "workbench = Workbench()",
        f"recipe = workbench.models.default_recipe({dataset!r}, {_name_arguments(settings)})",
        f"made = workbench.runs.perform({kind}({given}))",
    ]
    return "\n".join(lines).lstrip()


def _name_arguments(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _name_date(order: GenerateOrder | BulkOrder | RelatedOrder) -> str:
    if order.as_of is None:
        return ""
    return f", as_of=date({order.as_of.year}, {order.as_of.month}, {order.as_of.day})"


def _name_shares(order: GenerateOrder | BulkOrder) -> str:
    return f", shares={_copy_shares(order)!r}" if order.shares else ""


def _copy_shares(order: GenerateOrder | BulkOrder) -> dict[str, dict[Any, float]]:
    return {column: dict(parts) for column, parts in (order.shares or {}).items()}


def _name_file(order: GenerateOrder) -> str:
    return f"{order.dataset}.{_ENDINGS.get(order.format or 'csv', order.format or 'csv')}"


def _list_rows(order: GenerateOrder | BulkOrder) -> list[str]:
    when = ["--as-of", order.as_of.isoformat()] if order.as_of else []
    shares = [
        word
        for column, parts in _copy_shares(order).items()
        for value, share in parts.items()
        for word in ("--share", f"{column}={value}:{share:g}")
    ]
    return ["--rows", str(order.rows), "--seed", str(order.seed), *when, *shares]


def _list_format(fmt: str | None) -> list[str]:
    return ["--format", fmt] if fmt else []


def _list_options(settings: Mapping[str, Any], seed: str) -> list[str]:
    """Settings of a recipe as options of the command line, which calls its seed `seed`."""
    words: list[str] = []
    for name, value in settings.items():
        if name in _SWITCHES:
            words.append(f"--{'' if value else 'no-'}{_SWITCHES[name]}")
        elif isinstance(value, bool):
            words += [f"--{name}"] if value else []
        else:
            option = seed if name == "seed" else _OPTIONS.get(name, name.replace("_", "-"))
            words += [f"--{option}", str(value)]
    return words


def _join_command(*words: str) -> str:
    return shlex.join(["python", "-m", "pipeline", *words])


def _write_curl(path: str, body: Mapping[str, Any]) -> str:
    sent = shlex.quote(json.dumps(body, ensure_ascii=False, default=dict))
    file = " -OJ" if path == "generate" else ""
    return (
        f'curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"{file} \\\n'
        f'     -d {sent} \\\n     "$WORKBENCH/{path}"'
    )

"""An order as code that gives the same again: a command, Python, and a request to the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.generation.orders import BulkOrder, GenerateOrder
from pipeline.runs.orders import AnyRelatedOrder, Order, TrainOrder, UnknownOrder
from pipeline.synthesizers.recipe import AUTO, OF_ONE_SYNTHESIZER, Recipe, list_unread
from pipeline.workbench.code_text import (
    IMPORTS,
    OrderCode,
    join_command,
    list_date,
    list_format,
    list_options,
    name_arguments,
    name_date,
    write_curl,
)
from pipeline.workbench.related_order_code import write_related_code

_ENDINGS = {"excel": "xlsx", "word": "docx"}
_ALWAYS = ("synthesizer", "epochs", "seed")
"""Settings that are written whatever they are: their defaults are the server's."""


def write_code(order: Order | UnknownOrder) -> OrderCode | None:
    """The order as code; None for what cannot be given again so, such as the evaluation of a file."""
    match order:
        case TrainOrder(recipe=Recipe() as recipe):
            return _write_training(order, recipe)
        case GenerateOrder(model=str() as model):
            return _write_table(order, {}, model)
        case GenerateOrder(recipe=Recipe() as recipe):
            return _write_table(order, list_settings(recipe))
        case BulkOrder(recipe=Recipe() as recipe):
            return _write_bulk(order, recipe)
    return write_related_code(order) if isinstance(order, AnyRelatedOrder) else None


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
    command = join_command("train", order.dataset, *list_options(settings, "seed"))
    python = _write_python(
        "TrainOrder", "pipeline.runs.orders", f"{order.dataset!r}, recipe", order.dataset, settings
    )
    return OrderCode(command, python, write_curl("train", {"dataset": order.dataset, "recipe": settings}))


def _write_table(order: GenerateOrder, settings: Mapping[str, Any], model: str | None = None) -> OrderCode:
    """A table by the settings of a recipe, or of one `model`: no recipe leads to a stopped one."""
    trained = ["--model", model] if model else list_options(settings, "train-seed")
    command = join_command(
        "generate", order.dataset, *_list_rows(order), *trained, *list_format(order.format)
    )
    taken = f"seed={order.seed}, model={model!r}" if model else f"recipe=recipe, seed={order.seed}"
    given = f"{order.dataset!r}, {order.rows}, {taken}{name_date(order.as_of)}{_name_shares(order)}"
    python = _write_python("GenerateOrder", "pipeline.generation.orders", given, order.dataset, settings)
    export = f'workbench.exports.export(made, "{order.format or "csv"}")'
    python += f'\nPath("{_name_file(order)}").write_bytes({export}.content)'
    body = {**_describe_rows(order), "format": order.format or "csv"}
    return OrderCode(
        command,
        python,
        write_curl("generate", {**body, **({"model": model} if model else {"recipe": settings})}),
    )


def _describe_rows(order: GenerateOrder | BulkOrder) -> dict[str, Any]:
    return {
        "dataset": order.dataset,
        "rows": order.rows,
        "seed": order.seed,
        **({"as_of": order.as_of.isoformat()} if order.as_of else {}),
        **({"shares": order.shares} if order.shares else {}),
    }


def _write_bulk(order: BulkOrder, recipe: Recipe) -> OrderCode:
    settings = list_settings(recipe)
    out = order.out or f"{order.dataset}-parts"
    parts = [*_list_rows(order), "--out", out, "--format", order.format, "--part-rows", str(order.part_rows)]
    command = join_command("bulk", order.dataset, *parts, *list_options(settings, "train-seed"))
    given = (
        f"{order.dataset!r}, {order.rows}, {out!r}, recipe, {order.seed}{name_date(order.as_of)}"
        f"{_name_shares(order)}, format={order.format!r}, part_rows={order.part_rows}"
    )
    python = _write_python("BulkOrder", "pipeline.generation.orders", given, order.dataset, settings)
    body = {**_describe_rows(order), "format": order.format, "part_rows": order.part_rows, "recipe": settings}
    return OrderCode(command, python, write_curl("bulk", body))


def _write_python(kind: str, module: str, given: str, dataset: str, settings: Mapping[str, Any]) -> str:
    lines = [
        *([IMPORTS] if "date(" in given else []),
        *(["from pathlib import Path", ""] if kind == "GenerateOrder" else [""]),
        "from pipeline import Workbench",
        f"from {module} import {kind}",
        "",
        "workbench = Workbench()",
        *(
            [f"recipe = workbench.models.default_recipe({dataset!r}, {name_arguments(settings)})"]
            if settings
            else []
        ),
        f"made = workbench.runs.perform({kind}({given}))",
    ]
    return "\n".join(lines).lstrip()


def _name_shares(order: GenerateOrder | BulkOrder) -> str:
    return f", shares={_copy_shares(order)!r}" if order.shares else ""


def _copy_shares(order: GenerateOrder | BulkOrder) -> dict[str, dict[Any, float]]:
    return {column: dict(parts) for column, parts in (order.shares or {}).items()}


def _name_file(order: GenerateOrder) -> str:
    return f"{order.dataset}.{_ENDINGS.get(order.format or 'csv', order.format or 'csv')}"


def _list_rows(order: GenerateOrder | BulkOrder) -> list[str]:
    shares = [
        word
        for column, parts in _copy_shares(order).items()
        for value, share in parts.items()
        for word in ("--share", f"{column}={value}:{share:g}")
    ]
    return ["--rows", str(order.rows), "--seed", str(order.seed), *list_date(order.as_of), *shares]

"""Orders of several tables as code that gives the same again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder, RelatedTrainOrder
from pipeline.models.related.recipe import RelatedRecipe
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

if TYPE_CHECKING:
    from pipeline.runs.orders import AnyRelatedOrder

_ALWAYS = ("synthesizer", "epochs", "seed")
"""Settings that are written whatever they are: their defaults are the server's."""


def write_related_code(order: AnyRelatedOrder) -> OrderCode:
    """The order as code; a training has no request, since the API trains with the first tables."""
    settings = _list_settings(order.recipe or RelatedRecipe())
    match order:
        case RelatedTrainOrder():
            command = join_command("train", order.dataset, *list_options(settings, "seed"))
            return OrderCode(command, _write_python(order, f"{order.dataset!r}, recipe", settings), "")
        case RelatedOrder():
            return _write_tables(order, settings)
        case RelatedBulkOrder():
            return _write_bulk(order, settings)


def _write_tables(order: RelatedOrder, settings: Mapping[str, Any]) -> OrderCode:
    command = join_command(
        "generate",
        order.dataset,
        *_list_size(order),
        *list_options(settings, "train-seed"),
        *list_format(order.format),
    )
    fmt = f", format={order.format!r}" if order.format else ""
    given = f"{order.dataset!r}, {order.scale!r}, recipe, {order.seed}{name_date(order.as_of)}{fmt}"
    body = {**_describe_size(order, settings), **({"format": order.format} if order.format else {})}
    curl = write_curl(f"related/{order.dataset}/generate", body)
    return OrderCode(command, _write_python(order, given, settings), curl)


def _write_bulk(order: RelatedBulkOrder, settings: Mapping[str, Any]) -> OrderCode:
    out = order.out or f"{order.dataset}-parts"
    parts = [] if order.part_roots is None else ["--part-roots", str(order.part_roots)]
    command = join_command(
        "bulk",
        order.dataset,
        *_list_size(order),
        "--out",
        out,
        "--format",
        order.format,
        *parts,
        *list_options(settings, "train-seed"),
    )
    given = (
        f"{order.dataset!r}, {out!r}, {order.scale!r}, recipe, {order.seed}{name_date(order.as_of)}, "
        f"format={order.format!r}" + ("" if order.part_roots is None else f", part_roots={order.part_roots}")
    )
    roots = {} if order.part_roots is None else {"part_roots": order.part_roots}
    body = {**_describe_size(order, settings), "format": order.format, **roots}
    curl = write_curl(f"related/{order.dataset}/bulk", body)
    return OrderCode(command, _write_python(order, given, settings), curl)


def _list_settings(recipe: RelatedRecipe) -> dict[str, Any]:
    usual = RelatedRecipe(recipe.synthesizer).as_dict()
    return {
        name: value for name, value in recipe.as_dict().items() if name in _ALWAYS or value != usual[name]
    }


def _list_size(order: RelatedOrder | RelatedBulkOrder) -> list[str]:
    return ["--scale", f"{order.scale:g}", "--seed", str(order.seed), *list_date(order.as_of)]


def _describe_size(order: RelatedOrder | RelatedBulkOrder, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the bodies of both requests have; the seed of the weights is `train_seed` there."""
    named = {"train_seed" if name == "seed" else name: value for name, value in settings.items()}
    when = {"as_of": order.as_of.isoformat()} if order.as_of else {}
    return {"scale": order.scale, "seed": order.seed, **when, **named}


def _write_python(order: AnyRelatedOrder, given: str, settings: Mapping[str, Any]) -> str:
    kind = type(order).__name__
    # A run of several tables keeps no file; a large one writes its parts itself.
    saves = [
        "workbench.related_tables.save(made, workbench.related_tables.plan_export(order, order.format, None))"
    ]
    return "\n".join(
        [
            *([IMPORTS, ""] if "date(" in given else []),
            "from pipeline import Workbench",
            f"from pipeline.generation.orders import {kind}",
            "from pipeline.models.related.recipe import RelatedRecipe",
            "",
            f"recipe = RelatedRecipe({name_arguments(settings)})",
            f"order = {kind}({given})",
            "workbench = Workbench()",
            "made = workbench.runs.perform(order)",
            *(saves if isinstance(order, RelatedOrder) else []),
        ]
    )

"""What a synthesizer was made for, as plain values of its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.recipe import Recipe


def describe_setup(columns: tuple[ModelledColumn, ...], recipe: Recipe) -> dict[str, Any]:
    """Columns and recipe as JSON-able values; `read_setup` gives them back."""
    return {
        "columns": [{"name": column.name, "kind": column.kind.value} for column in columns],
        "recipe": recipe.as_dict(),
    }


def read_setup(values: Mapping[str, Any]) -> tuple[tuple[ModelledColumn, ...], Recipe]:
    """Columns and recipe of a state's values."""
    columns = (ModelledColumn(column["name"], ModelledType(column["kind"])) for column in values["columns"])
    return tuple(columns), Recipe(**values["recipe"])

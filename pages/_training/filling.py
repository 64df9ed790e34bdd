"""What the form of a training shows of recipes that were saved, or ordered before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.synthesizers.recipe import Recipe, has_epochs, reads

_SWITCHES = ("use_hma", "refine")
_UNASKED = ("threads", "device", "upstream")


def lay_out_recipes(recipes: Sequence[Recipe], fields: Sequence[str]) -> dict[str, Any]:
    """What the fields show of one recipe, or of all recipes of a sweep."""
    lengths = sorted({recipe.epochs for recipe in recipes if has_epochs(recipe.synthesizer)})
    return {
        **_lay_out(recipes, fields),
        "synthesizers": list(dict.fromkeys(recipe.synthesizer for recipe in recipes)),
        "lengths": ", ".join(map(str, lengths or [recipes[0].epochs])),
    }


def list_unasked(recipe: Recipe, default: Recipe) -> list[str]:
    """The settings of a recipe for which the form has no fields, where they are not the configured ones."""
    return [
        f"the setting {name} {getattr(recipe, name)}"
        for name in _UNASKED
        if getattr(recipe, name) != getattr(default, name)
    ]


def _lay_out(recipes: Sequence[Recipe], fields: Sequence[str]) -> dict[str, Any]:
    """What the fields show of recipes: what the first one that reads a setting says of it."""
    shown = dict[str, Any]()
    for name in fields:
        readers = [recipe for recipe in recipes if reads(recipe.synthesizer, name)]
        if not readers:
            continue
        is_usual = name in _SWITCHES and all(
            getattr(recipe, name) == getattr(Recipe(synthesizer=recipe.synthesizer), name)
            for recipe in readers
        )
        shown[name] = None if is_usual else getattr(readers[0], name)
    return shown

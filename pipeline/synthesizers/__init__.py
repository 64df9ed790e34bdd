"""Synthesizers by name; each is imported when it is asked for, since torch and SDV take seconds to load."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import DataError, TrainingError
from pipeline.settings import TrainingDefaults
from pipeline.synthesizers.protocol import DEPENDENCIES_KEY, Sampler, Synthesizer, SynthesizerState
from pipeline.synthesizers.recipe import AUTO, OF_ONE_SYNTHESIZER, Recipe
from pipeline.synthesizers.refinement.record import STATE_KEY

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "ctgan": "pipeline.synthesizers.ctgan.ctgan:CTGAN",
        "autoregressive": "pipeline.synthesizers.autoregressive.synthesizer:Autoregressive",
        "tvae": "pipeline.synthesizers.sdv_synthesizers:TVAE",
        "copulagan": "pipeline.synthesizers.sdv_synthesizers:CopulaGAN",
        "gaussian_copula": "pipeline.synthesizers.sdv_synthesizers:GaussianCopula",
    }
)
"""Name → module and class."""

SYNTHESIZERS: tuple[str, ...] = tuple(_CLASSES)
"""The synthesizers that there are; a recipe may name one of them, or `auto`."""


def configure_recipe(defaults: TrainingDefaults, is_own: bool = False, **changes: Any) -> Recipe:
    """The configured recipe with changes (None: no change); only `ctgan` has HMA before it by default.

    `is_own` is a table that is not built in: its synthesizer is that of `own_tables`, unless a change means
    something for one synthesizer only. DataError for a synthesizer that there is not.
    """
    chosen = {key: value for key, value in changes.items() if value is not None}
    recipe = {key: value for key, value in defaults.model_dump().items() if key != "own_tables"}
    if is_own and not chosen.keys() & OF_ONE_SYNTHESIZER:
        recipe["synthesizer"] = defaults.own_tables
    if chosen.get("synthesizer") == AUTO and (named := sorted(chosen.keys() & OF_ONE_SYNTHESIZER)):
        raise DataError(
            f"The recipe leaves the synthesizer open and sets {', '.join(named)}.",
            "name a synthesizer, or omit these settings.",
        )
    recipe |= chosen
    if recipe["synthesizer"] not in (AUTO, *SYNTHESIZERS):
        known = ", ".join((AUTO, *SYNTHESIZERS))
        raise DataError(f'There is no synthesizer "{recipe["synthesizer"]}".', f"choose one of {known}.")
    return Recipe(**recipe)


def create_synthesizer(name: str, columns: tuple[ModelledColumn, ...], recipe: Recipe) -> Synthesizer:
    """A synthesizer that is not fitted yet; TrainingError for an unknown name or a wrong recipe."""
    synthesizer: Synthesizer = _class_of(name)(columns, recipe)
    return synthesizer


def load_synthesizer(name: str, state: SynthesizerState) -> Sampler:
    """A fitted synthesizer from its state, with its dependencies and its refinement where it has them."""
    synthesizer: Sampler = _class_of(name).from_state(state)
    if DEPENDENCIES_KEY in state.values:
        from pipeline.synthesizers.consistent import restore_consistent

        synthesizer = restore_consistent(synthesizer, state)
    if STATE_KEY not in state.values:
        return synthesizer
    from pipeline.synthesizers.refinement.refined import restore_refined

    return restore_refined(synthesizer, state)


def _class_of(name: str) -> Any:
    if name not in _CLASSES:
        raise TrainingError(f'There is no synthesizer "{name}".', f"use one of: {', '.join(_CLASSES)}.")
    module, _, attribute = _CLASSES[name].partition(":")
    return getattr(import_module(module), attribute)

"""The synthesizers for several tables, by name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from pipeline.errors import TrainingError
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.related.protocol import RelatedSynthesizer

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "autoregressive": "pipeline.synthesizers.related.synthesizer:RelatedAutoregressive",
        "hma": "pipeline.synthesizers.related.hma:RelatedHma",
    }
)


def create_related(name: str, epochs: int, seed: int, threads: int) -> RelatedSynthesizer:
    """A synthesizer for several tables that is not fitted yet; TrainingError for an unknown name."""
    recipe = Recipe("autoregressive", epochs=epochs, use_hma=False, seed=seed, threads=threads)
    synthesizer: RelatedSynthesizer = _class_of(name)(recipe)
    return synthesizer


def load_related(name: str, state: SynthesizerState) -> RelatedSynthesizer:
    """A fitted synthesizer for several tables from its state."""
    synthesizer: RelatedSynthesizer = _class_of(name).from_state(state)
    return synthesizer


def _class_of(name: str) -> Any:
    if name not in _CLASSES:
        raise TrainingError(f'"{name}" does not learn several tables.', f"use one of {', '.join(_CLASSES)}.")
    module, _, attribute = _CLASSES[name].partition(":")
    return getattr(import_module(module), attribute)

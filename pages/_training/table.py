"""Past trainings as a table that can be sorted by any column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._rows import describe_quality, lay_out_quality
from pages._runs.text import STATUSES
from pipeline.synthesizers.recipe import AUTO, has_epochs
from pipeline.workbench.sweeps import find_trained

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.sweeps import Trial

_SETTINGS = ("use_hma", "refine", "batch_size", "seed", "patience", "time_budget_s", "keep")
_RATES = ("generator_rate", "discriminator_rate")


def show_table(runs: Sequence[Run], trials: Mapping[str, Trial]) -> None:
    """A row for each training, the newest first, with what it reached, what it took, and its settings."""
    st.caption("Select a column header to sort by it. A run that found its model trained nothing itself.")
    st.dataframe(
        [_lay_out(run, trials.get(run.id)) for run in runs],
        key="trainings",
        hide_index=True,
        placeholder="–",
        column_config=_describe_columns(),
    )


def _describe_columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    reached = {
        "run": text("Run", pinned=True),
        "synthesizer": text("Synthesizer"),
        **describe_quality(),
        "status": text("Status"),
        "seconds": number("Training, s", format="%.1f"),
        "epochs": number("Epochs trained", format="%d"),
        "asked": number("Epochs asked", format="%d"),
        "kept": number("Kept epoch", format="%d"),
    }
    return {**reached, **_describe_settings(), **_describe_work()}


def _describe_settings() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "use_hma": st.column_config.CheckboxColumn("HMA first"),
        "refine": st.column_config.CheckboxColumn("Refined"),
        "batch_size": number("Batch, rows", format="%d"),
        "seed": number("Seed", format="%d"),
        "patience": number("Patience, epochs", format="%d"),
        "time_budget_s": number("Budget, s", format="%.0f"),
        "generator_rate": number("Generator rate", format="%.6f"),
        "discriminator_rate": number("Discriminator rate", format="%.6f"),
        "keep": text("Keeps"),
    }


def _describe_work() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "epochs_s": number("Epochs alone, s", format="%.1f"),
        "memory": number("Memory at most, MB", format="%.0f"),
        "ordered": st.column_config.DatetimeColumn("Ordered, UTC", format="YYYY-MM-DD HH:mm", timezone="UTC"),
        "model": text("Model"),
    }


def _lay_out(run: Run, trial: Trial | None) -> dict[str, Any]:
    recipe = find_trained(run)
    return {
        "run": run.title or run.id[:6],
        "synthesizer": recipe.synthesizer if recipe else None,
        **lay_out_quality((trial or run).figure),
        "status": STATUSES[run.status],
        "seconds": trial.seconds if trial else run.seconds,
        "epochs": trial.epochs if trial else 0,
        "asked": recipe.epochs if recipe and has_epochs(recipe.synthesizer) else None,
        "kept": trial.kept_epoch if trial else None,
        **_read_settings(recipe),
        "epochs_s": trial.epoch_seconds if trial else 0.0,
        "memory": run.peak_memory_mb,
        "ordered": run.created_at,
        "model": run.model,
    }


def _read_settings(recipe: Recipe | None) -> dict[str, Any]:
    """The settings of a training, None for what says nothing of it: most where no synthesizer was taken."""
    if recipe is None:
        known: tuple[str, ...] = ()
    elif recipe.synthesizer == AUTO:
        known = ("batch_size", "seed")
    else:
        known = (*_SETTINGS, *(_RATES if recipe.synthesizer == "ctgan" else ()))
    return {name: getattr(recipe, name) if name in known else None for name in (*_SETTINGS, *_RATES)}

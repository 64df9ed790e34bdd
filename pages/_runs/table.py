"""Runs as a table: one row each, sortable by every column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._rows import describe_quality, lay_out_quality, select_rows
from pages._runs.text import KINDS, STATUSES, name_work
from pipeline.runs.orders import find_recipe
from pipeline.synthesizers.recipe import has_epochs
from pipeline.workbench.sweeps import find_trained

if TYPE_CHECKING:
    from pipeline.runs.records import Run


def select_runs(runs: Sequence[Run]) -> list[Run]:
    """Show runs, and give those that are selected."""
    known = {run.id: run for run in runs}
    rows = {run.id: _lay_out(run) for run in runs}
    return [known[one] for one in select_rows("runs_table", rows, _describe_columns())]


def _describe_columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "status": text("Status", width="small"),
        "kind": text("Kind"),
        "name": text("Name", width="medium"),
        "dataset": text("Dataset"),
        "synthesizer": text("Synthesizer"),
        "epochs": number("Epochs", format="%d"),
        **describe_quality(),
        "verdict": text("Verdict", width="small"),
        "seconds": number("Work, s", format="%.1f"),
        "owner": text("Owner"),
        "created": st.column_config.DatetimeColumn("Ordered, UTC", format="YYYY-MM-DD HH:mm", timezone="UTC"),
        "tags": st.column_config.ListColumn("Tags"),
    }


def _lay_out(run: Run) -> dict[str, Any]:
    recipe = find_trained(run) or find_recipe(run.order)
    return {
        "status": STATUSES[run.status],
        "kind": KINDS[run.kind],
        "name": run.title or name_work(run),
        "dataset": run.dataset,
        "synthesizer": recipe.synthesizer_label if recipe else None,
        "epochs": recipe.epochs if recipe and has_epochs(recipe.synthesizer) else None,
        **lay_out_quality(run.figure),
        "verdict": run.verdict,
        "seconds": run.seconds,
        "owner": run.owner,
        "created": run.created_at,
        "tags": list(run.tags),
    }

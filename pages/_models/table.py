"""Models as a table: one row each, sortable by every column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._models.names import name_model, name_synthesizer
from pages._rows import describe_quality, lay_out_quality, select_rows

if TYPE_CHECKING:
    from pipeline.workbench.labels import NamedModel


def select_models(models: Sequence[NamedModel]) -> list[NamedModel]:
    """Show models, and give those that are selected."""
    known = {model.summary.info.id: model for model in models}
    rows = {one: _lay_out(model) for one, model in known.items()}
    return [known[one] for one in select_rows("models_table", rows, _describe_columns())]


def _describe_columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "name": text("Name", width="medium"),
        **describe_quality(),
        "dataset": text("Dataset"),
        "synthesizer": text("Synthesizer"),
        "epochs": number("Epochs", format="%d", help="Trained; of several tables, those ordered for each."),
        "size": number("Size, MB", format="%.1f"),
        "owner": text("Trained by"),
        "trained": st.column_config.DatetimeColumn("Trained, UTC", format="YYYY-MM-DD HH:mm", timezone="UTC"),
        "seconds": number("Training, s", format="%.1f"),
        "run": text("Run"),
        "tags": st.column_config.ListColumn("Tags"),
    }


def _lay_out(model: NamedModel) -> dict[str, Any]:
    info = model.summary.info
    return {
        "name": model.labels.title or name_model(model),
        **lay_out_quality(model.figure),
        "dataset": info.dataset,
        "synthesizer": name_synthesizer(model),
        "epochs": info.recipe.epochs if model.is_related else info.epochs_trained,
        "size": model.summary.size_bytes / 1e6,
        "owner": model.owner,
        "trained": datetime.fromisoformat(info.created_at),
        "seconds": info.seconds,
        "run": model.run.id[:6] if model.run else None,
        "tags": list(model.labels.tags),
    }

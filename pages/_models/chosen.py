"""What is selected in the table of models: one model with its card, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._beside import show_beside
from pages._models.cards import show_model
from pages._models.names import name_model_shortly
from pages._server.services import may_order
from pipeline.runs.states import RunStatus
from pipeline.workbench.model_comparison import compare_models, find_model_pair

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.labels import NamedModel
    from pipeline.workbench.workbench import Workbench

_MOST_RUNS = 1_000


def show_chosen(workbench: Workbench, models: Sequence[NamedModel]) -> None:
    """The card of one model; of several their comparison."""
    if len(models) == 1:
        show_model(workbench, models[0])
    elif models:
        st.subheader(f"{len(models)} models side by side")
        if may_order():
            _offer_together(workbench, models)
        st.caption(
            "Quality is that of the training against held-out rows; verdict and privacy "
            "are those of the newest table that was made with a model, and empty without one."
        )
        show_beside(
            [name_model_shortly(model) for model in models],
            [model.figure for model in models],
            compare_models(models, _list_done(workbench)),
            "compared_models",
        )


def _list_done(workbench: Workbench) -> Sequence[Run]:
    return workbench.runs.list(status=RunStatus.DONE, limit=_MOST_RUNS)


def _offer_together(workbench: Workbench, models: Sequence[NamedModel]) -> None:
    """What can be done with several models at once."""
    with st.container(horizontal=True, vertical_alignment="center", key="models_together"):
        if pair := find_model_pair(models):
            keys = [f"model:{model.summary.info.id}" for model in pair]
            st.page_link(
                "quality.py",
                label="Compare their samples",
                icon=":material/monitoring:",
                query_params={"dataset": pair[0].summary.info.dataset, "table": keys[0], "beside": keys[1]},
            )
        with st.popover(f"Delete {len(models)} models", icon=":material/delete:", key="ask_delete_models"):
            st.write(f"Delete these {len(models)} models permanently? Identical orders train them again.")
            if st.button("Yes, delete", key="delete_models", type="primary"):
                workbench.models.delete(*(model.summary.info.id for model in models))
                st.rerun()

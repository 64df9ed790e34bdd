"""Which trainings a page is about, and how new ones are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import show_error
from pages._runs.link import find_linked_run
from pages._server.services import get_actor
from pages._training.charts import add_to_curves
from pipeline.errors import WorkbenchError
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunKind

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.workbench import Workbench


def find_linked_training(workbench: Workbench) -> Run | None:
    """The training of the link that led here, or None."""
    linked = find_linked_run(workbench)
    return linked if linked is not None and linked.kind is RunKind.TRAIN else None


def find_latest_dataset(workbench: Workbench) -> str:
    """The dataset that the account has trained last, or nothing."""
    runs = workbench.runs.list(kind=RunKind.TRAIN, owner=get_actor().name, limit=1)
    return runs[0].dataset if runs else ""


def send_trainings(workbench: Workbench, dataset: str, recipes: Sequence[Recipe]) -> None:
    """Queue a training, or a sweep of several, and draw the page again with them in the chart."""
    try:
        if len(recipes) == 1:
            runs: tuple[Run, ...] = (workbench.runs.submit(TrainOrder(dataset, recipes[0])),)
        else:
            runs = workbench.runs.submit_sweep(dataset, recipes)
    except WorkbenchError as refusal:
        show_error(refusal)
        return
    add_to_curves(runs)
    # A reload then shows this dataset again.
    st.query_params.from_dict({"dataset": dataset})
    st.rerun()

"""The generated tables of a run, made once for all reruns of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from pipeline.generation.related.results import RelatedGeneration
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

MOST_SETS = 4
"""Sets of tables that the server keeps in memory; older ones are sampled again when they are opened."""
PREVIEW_ROWS = 50


@dataclass(frozen=True)
class MadeTables:
    """Generated tables with their evidence, and the first rows of each as files will hold them."""

    generation: RelatedGeneration
    preview: Mapping[str, Mapping[str, Sequence[str]]]


def open_tables(workbench: Workbench, run: Run) -> MadeTables:
    """The tables of a run that is done and that the actor has been given; NotFoundError without its model."""
    return _make(run.id, run.attempt, workbench)


@st.cache_resource(max_entries=MOST_SETS, show_spinner="Opening the tables …")
def _make(run_id: str, attempt: int, _workbench: Workbench) -> MadeTables:
    generation = _workbench.related_tables.open(run_id)
    return MadeTables(generation, _workbench.related_tables.preview(generation, PREVIEW_ROWS))

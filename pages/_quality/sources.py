"""From a choice on the Quality page to a report: opened from memory, or measured with visible progress."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._quality.choice import UPLOAD, Choice
from pages._uploads import ask_file, forget_files, saved_uploads
from pipeline.progress import PartProgress, Progress

if TYPE_CHECKING:
    from pipeline.reports import Report
    from pipeline.workbench.workbench import Workbench

_UPLOADS = "quality_uploads"


def open_report(workbench: Workbench, choice: Choice, table: str, side: str) -> Report | None:
    """The report on one of the chosen tables; None while there is no file to measure."""
    if table == UPLOAD:
        return _open_upload(workbench, choice, side)
    return _open_known(workbench, choice, table, side)


def _open_known(workbench: Workbench, choice: Choice, table: str, side: str) -> Report:
    kind, _, name = table.partition(":")
    report = {"run": workbench.runs.report, "model": workbench.evidence.report_model}[kind]
    with _Progress(side) as progress:
        return report(name, choice.is_full, choice.target, progress.update)


def _open_upload(workbench: Workbench, choice: Choice, side: str) -> Report | None:
    places = st.columns(3)
    number = st.session_state.get(_UPLOADS, 0)
    file = ask_file(places[0], "Table to evaluate", ["csv", "xlsx", "parquet"], key=f"{side}_file_{number}")
    holdout = ask_file(
        places[1],
        "Real rows in place of the holdout",
        ["csv", "xlsx", "parquet"],
        key=f"{side}_holdout_{number}",
    )
    as_of = places[2].date_input("Ages and expiries count from", date.today(), key=f"{side}_as_of")
    if file is None:
        st.info(
            f"To evaluate, upload a table with the columns of {escape(choice.dataset.title)}, from any tool; "
            "or choose a run or a model above.",
            icon=":material/upload_file:",
        )
        return None
    with saved_uploads(file, holdout) as (path, held), _Progress(side) as progress:
        report = workbench.evidence.report_file
        return report(choice.dataset.name, path, as_of, held, choice.target, progress.update)


class _Progress:
    """Says how far a measurement is; whatever is clicked meanwhile ends it at its next step."""

    def __init__(self, side: str) -> None:
        self._side = side
        self._place = st.empty()

    def __enter__(self) -> _Progress:
        with self._place.container(border=True):
            self._bar = st.progress(0.0, "Evaluating …")
            st.button(
                "Cancel",
                key=f"{self._side}_cancel",
                icon=":material/stop_circle:",
                on_click=_cancel,
                args=(self._side,),
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._place.empty()

    def update(self, progress: Progress) -> None:
        """Show which part of an evaluation has ended."""
        if isinstance(progress, PartProgress):
            self._bar.progress(progress.part.share, f"Evaluating … {progress.part} is done")


def _cancel(side: str) -> None:
    """Ask for less, and for another file: the next run would begin the same measurement again."""
    number = st.session_state.get(_UPLOADS, 0)
    forget_files(*(st.session_state.get(f"{side}_{kind}_{number}") for kind in ("file", "holdout")))
    st.session_state["quality_measure_"] = "quick"
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1

"""What a finished run of large tables shows: the verdict and the files first, then how it was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.bulk_files import show_files
from pages._runs.text import describe_end
from pages._sharing.share import offer_share
from pages._verdict import show_verdict
from pipeline.evaluation.results import Verdict
from pipeline.reports import VERDICT_WORDS
from pipeline.runs.records import BulkSummary, RelatedBulkSummary

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def show_bulk_result(workbench: Workbench, run: Run) -> None:
    """The verdict, the files and where they lie, and the other figures of a run that is done."""
    if headline := workbench.approvals.conclude(run):
        show_verdict(headline)
    show_files(workbench, run)
    show_folder(run)
    if isinstance(run.result, BulkSummary):
        _show_judgement(run, run.result)
    offer_share(workbench, run)


def show_folder(run: Run) -> None:
    """Where the files of a large table lie."""
    if run.folder:
        st.caption("Folder on the server")
        st.code(run.folder, language=None, wrap_lines=True)


def _show_judgement(run: Run, made: BulkSummary) -> None:
    st.subheader("How this was judged")
    figures = {
        "Rows": f"{made.rows or 0:,}",
        "Files of rows": f"{made.parts or 0:,}",
        "Rules": "all hold" if made.validity.get("is_valid") else "see the report",
        "Privacy": VERDICT_WORDS[Verdict(made.privacy)] if made.privacy else "see the report",
    }
    # On a phone the halves come under each other, and two of two stay in a row.
    places = [place for half in st.columns(2) for place in half.columns(2, wrap=False)]
    for place, (label, value) in zip(places, figures.items(), strict=True):
        place.metric(label, value, border=True)
    if isinstance(made, RelatedBulkSummary) and made.tables:
        st.caption(escape(", ".join(f"{rows:,} rows of {name}" for name, rows in made.tables.items()) + "."))
    st.caption(
        "Quality and privacy were measured on the first rows, rules and identifying columns on every row; "
        "the report among the files has all of it."
    )
    origin = f"Seed {made.seed}, ages and expiries as of {made.as_of}. Run {run.id}."
    st.caption(escape(f"{describe_end(run, is_judged=True)} {origin}"))

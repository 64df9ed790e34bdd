"""What a run of several tables shows: its progress, then verdict, evidence, rows and the file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._findings import is_answered_for
from pages._related.formats import DIALECTS, FORMATS
from pages._related.layout import lay_out_measured_relations, lay_out_measured_tables
from pages._related.made import PREVIEW_ROWS, MadeTables, open_tables
from pages._runs.bulk_result import show_bulk_result
from pages._runs.ending import offer_repeat, show_ending
from pages._runs.link import find_linked_run, find_newest
from pages._runs.progress import follow_run
from pages._runs.text import name_run
from pages._server.services import defer
from pages._sharing.approval import show_approval
from pages._sharing.share import offer_share
from pages._verdict import show_verdict
from pipeline.errors import NotFoundError
from pipeline.reports import VERDICT_WORDS
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.evaluation.export_check import ExportCheck
    from pipeline.generation.related.results import RelatedGeneration
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_KINDS = (RunKind.RELATED, RunKind.RELATED_BULK)


def find_run(workbench: Workbench) -> Run | None:
    """The run of the link that led here, else the newest one of the account for several tables, else None."""
    linked = find_linked_run(workbench)
    if linked is not None and linked.kind in _KINDS:
        return linked
    if linked is not None:
        st.warning(f"Run {escape(linked.id)} has no tables to show here: see the Runs page.")
    return find_newest(workbench, _KINDS)


def show_run(workbench: Workbench, run: Run, is_named: bool = False) -> None:
    """The status of a run, or what it made, under its name unless it `is_named` already."""
    if not run.status.is_final:
        follow_run(run.id)
        return
    if not is_named:
        st.subheader(escape(name_run(run)))
    if run.status is not RunStatus.DONE:
        show_ending(run)
        return
    if run.kind is RunKind.RELATED_BULK:
        show_bulk_result(workbench, run)
        return
    try:
        made = open_tables(workbench, run)
    except NotFoundError as lost:
        show_error(lost)
        offer_repeat(run)
        return
    headline, check = workbench.related_tables.conclude(made.generation)
    show_verdict(headline)
    _show_download(workbench, made.generation, run, check)
    show_approval(workbench, run)
    _show_rows(made)
    _show_judgement(made.generation, run)
    _show_evidence(made.generation)
    offer_share(workbench, run)


def _show_judgement(generation: RelatedGeneration, run: Run) -> None:
    """The other figures, every reason, and where the tables come from."""
    evidence = generation.evidence
    st.subheader("How this was judged")
    figures = {
        "Rows in all tables": f"{sum(generation.rows.values()):,}",
        "Keys and rules": "all hold" if evidence.is_valid else "broken",
        "Verdict": VERDICT_WORDS[evidence.verdict],
    }
    for place, (label, value) in zip(st.columns(3), figures.items(), strict=True):
        place.metric(label, value, border=True)
    st.markdown(f"**{escape(generation.headline)}** The quality covers the learned columns only.")
    for reason in evidence.reasons:
        st.markdown(f"- {escape(reason)}")
    st.caption(
        f"Model {generation.model.id}, scale {generation.request.scale:g}, seed {generation.request.seed}, "
        f"ages and expiries as of {generation.as_of.isoformat()}. Run {run.id}."
    )


def _show_evidence(generation: RelatedGeneration) -> None:
    st.subheader("Evidence")
    st.caption(
        "Each table by itself: likeness to the real sample, 0–1, higher is better. The floor is that of "
        "shuffled columns, the ceiling that of real rows that were held out."
    )
    st.dataframe(
        lay_out_measured_tables(generation),
        hide_index=True,
        key="related_measured_tables",
        alt="Scores of each table",
    )
    if not generation.evidence.relations:
        return
    st.caption(
        "Each foreign key, 0–1: the share of rows that have their parent; how far apart the numbers of "
        "children are from real ones, 0 is alike; how well columns go with those of the parent, 1 is best; "
        "and how well a classifier tells children from real ones, where an AUC of 0.5 is guessing. The "
        "ceiling is the AUC of other real rows, the floor that of children dealt to random parents."
    )
    st.dataframe(
        lay_out_measured_relations(generation.evidence),
        hide_index=True,
        key="related_measured_relations",
        alt="Scores of each foreign key",
    )


def _show_rows(made: MadeTables) -> None:
    st.subheader("Preview")
    rows = made.generation.rows
    for tab, name in zip(st.tabs([escape(name) for name in rows], key="related_preview"), rows, strict=True):
        with tab:
            st.caption(f"The first {min(PREVIEW_ROWS, rows[name])} of {rows[name]:,} rows.")
            st.dataframe(
                made.preview[name],
                hide_index=True,
                height=280,
                key=f"related_rows_{name}",
                alt=f"Rows of {name}",
            )


def _show_download(workbench: Workbench, generation: RelatedGeneration, run: Run, check: ExportCheck) -> None:
    if not check.is_open:
        st.error("\n\n".join(("These tables cannot be downloaded.", *map(escape, check.obstacles))))
        return
    if check.warnings and not is_answered_for(check.warnings, f"related_answered_{run.id}"):
        return
    fmt, dialect = _ask_format(getattr(run.order, "format", None))
    target = workbench.related_tables.plan_download(generation, fmt, dialect)
    st.download_button(
        "Download",
        defer(partial(_read, generation, fmt, dialect)),
        target.path.name,
        key="related_download",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )


def _ask_format(ordered: str | None) -> tuple[str, str | None]:
    """The format, that of the order first, and the dialect of a script."""
    formats = list(FORMATS)
    first, second = st.columns(2)
    fmt: str = first.selectbox(
        "Format of the file",
        formats,
        formats.index(ordered) if ordered in formats else 0,
        key="related_download_format",
        format_func=FORMATS.__getitem__,
    )
    if fmt != "sql":
        return fmt, None
    dialect: str = second.selectbox(
        "Database", list(DIALECTS), key="related_dialect", format_func=DIALECTS.__getitem__
    )
    return fmt, dialect


def _read(generation: RelatedGeneration, fmt: str, dialect: str | None, workbench: Workbench) -> bytes:
    """The file of the tables for the user of the click; each download is recorded."""
    target = workbench.related_tables.plan_download(generation, fmt, dialect)
    return workbench.related_tables.export(generation, target).content

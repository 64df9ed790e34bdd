"""What a finished run shows: the verdict and the files first, then the rows, then how it was judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._findings import is_answered_for
from pages._order.made_table import MadeTable
from pages._server.services import defer
from pages._verdict import show_verdict
from pipeline.evaluation.score_text import format_score
from pipeline.exporters import ExportFormat
from pipeline.generation.manifest import BUNDLE_MIME
from pipeline.generation.paths import MANIFEST_SUFFIX
from pipeline.reports import VERDICT_WORDS, explain_to_auditor
from pipeline.runs.records import GenerateSummary
from pipeline.synthesizers.recipe import name_recipe

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.evaluation.export_check import ExportCheck
    from pipeline.evaluation.headline import Headline
    from pipeline.generation.results import Generation
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

PREVIEW_ROWS = 100
_LABELS = {
    ExportFormat.CSV: "CSV",
    ExportFormat.EXCEL: "Excel",
    ExportFormat.JSON: "JSON",
    ExportFormat.WORD: "Word",
    ExportFormat.PARQUET: "Parquet",
}


def show_owner(generation: Generation, chosen: DatasetSpec | None) -> None:
    """Whose results these are, where the form is above them, and maybe set to another dataset."""
    title = generation.spec.title
    if chosen is not None:
        st.subheader(escape(f"{title}, {generation.rows:,} rows"))
    if chosen is not None and generation.spec.name != chosen.name:
        st.warning(
            f"These results belong to the dataset {escape(title)}; the form above is set to "
            f"{escape(chosen.title)}. Press Generate to make a table of it.",
            icon=":material/swap_horiz:",
        )


def show_answer(table: MadeTable, headline: Headline, check: ExportCheck) -> None:
    """The verdict, and below it the files; what must stay has none."""
    show_verdict(headline)
    _show_downloads(table, check)


def show_judgement(generation: Generation, run: Run, headline: Headline) -> None:
    """The other figures, and where the table comes from."""
    evaluation = generation.evaluation
    st.subheader("How this was judged")
    figures = {
        "Rows": f"{generation.rows:,}",
        "sdmetrics score, 0–1": format_score(evaluation.quality.score),
        "Validity, 0–1": format_score(evaluation.validity.score),
        "Privacy": VERDICT_WORDS[evaluation.privacy.verdict],
    }
    # On a phone the halves come under each other, and two of two stay in a row.
    places = [place for half in st.columns(2) for place in half.columns(2, wrap=False)]
    for place, (label, value) in zip(places, figures.items(), strict=True):
        place.metric(label, value, border=True)
    st.markdown(f"**{escape(generation.learned.headline)}** The quality covers the learned columns only.")
    with st.expander("Explain to an auditor", icon=":material/gavel:", key="explained"):
        st.write(escape(explain_to_auditor(evaluation, generation.learned, headline)))
    _show_origin(generation, run)


def show_preview(table: MadeTable, may_leave: bool) -> None:
    """The first rows as they will be exported; of a table that must stay no button saves them."""
    st.subheader("Preview")
    st.caption(f"The first {min(PREVIEW_ROWS, table.generation.rows)} of {table.generation.rows:,} rows.")
    with st.container(key="first_rows" if may_leave else "first_rows_kept"):
        st.dataframe(table.preview(PREVIEW_ROWS), key="preview", hide_index=True, height=280)


def _show_downloads(table: MadeTable, check: ExportCheck) -> None:
    """A button for each format, all from the same rows; each click is recorded."""
    if not check.is_open:
        st.error("\n\n".join(("This table cannot be downloaded.", *map(escape, check.obstacles))))
        return
    if check.warnings and not is_answered_for(check.warnings, "answered_for"):
        return
    name = table.generation.filename
    with st.container(horizontal=True, key="downloads"):
        for fmt, label in _LABELS.items():
            st.download_button(
                f"Download {label}" if fmt is ExportFormat.CSV else label,
                defer(partial(_read, MadeTable.read_file, table, fmt)),
                f"{name}{fmt.suffix}",
                fmt.mime,
                key=f"download_{fmt.value}",
                icon=":material/download:",
                type="primary" if fmt is ExportFormat.CSV else "secondary",
                on_click="ignore",
            )
        with st.popover("Table and evidence (ZIP)", icon=":material/folder_zip:", key="bundles"):
            _show_bundles(table, name)
        with st.popover("Manifest (JSON)", icon=":material/receipt_long:", key="manifests"):
            _show_manifests(table, name)


def _show_origin(generation: Generation, run: Run) -> None:
    model = generation.model
    is_reused = isinstance(run.result, GenerateSummary) and run.result.reused
    origin = "reused" if is_reused else "newly trained"
    seconds = f"; {run.seconds:.1f} seconds of work" if run.seconds is not None else ""
    st.caption(
        f"Dataset {generation.spec.name}. Model {model.id} ({origin}, "
        f"{name_recipe(model.recipe, model.epochs_trained)}), seed {generation.seed}, "
        f"ages and expiries as of {generation.as_of.isoformat()}{seconds}. Run {run.id}."
    )
    if model.choice:
        st.caption(escape(f"Chosen by trial: {model.choice.reason}"))
    if generation.forced_rows:
        st.caption(
            f"{generation.forced_rows:,} rows were set to the category of a share, because the model "
            "rarely generates it; their other columns may not fit it."
        )


def _show_bundles(table: MadeTable, name: str) -> None:
    st.caption("The table, its manifest and its report, which works offline, in one file.")
    for fmt, label in _LABELS.items():
        make = defer(partial(_read, MadeTable.read_bundle, table, fmt))
        _offer(f"{label} with evidence", make, f"{name}{fmt.suffix}.zip", BUNDLE_MIME, f"bundle_{fmt.value}")


def _show_manifests(table: MadeTable, name: str) -> None:
    st.caption("Recipe, seed, versions, scores and the checksum of the file; no value of the real sample.")
    for fmt, label in _LABELS.items():
        make = defer(partial(_read, MadeTable.read_manifest, table, fmt))
        file = f"{name}{fmt.suffix}{MANIFEST_SUFFIX}"
        _offer(f"Manifest of the {label} file", make, file, "application/json", f"manifest_{fmt.value}")


def _read(
    read: Callable[[MadeTable, ExportFormat], bytes],
    table: MadeTable,
    fmt: ExportFormat,
    workbench: Workbench,
) -> bytes:
    """A file of the table for the user of the click, by one of its methods."""
    return read(table.act_with(workbench), fmt)


def _offer(words: str, make: Callable[[], bytes], file: str, mime: str, key: str) -> None:
    st.download_button(words, make, file, mime, key=key, on_click="ignore", width="stretch")

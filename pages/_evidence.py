"""What is shown of a generated table before anybody may download it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pipeline.evaluation.results import Evaluation, Privacy, Quality, Validity, Verdict
from pipeline.exporters import ExportFormat

if TYPE_CHECKING:
    from pipeline.requests import Export, Generation
    from pipeline.workbench import Workbench

PREVIEW_ROWS = 100
_VERDICTS = {
    Verdict.PASS: (
        "Pass",
        "No protected value of the real sample appears; rows repeat real ones no more than chance explains.",
    ),
    Verdict.LOOK: ("Look", "Nothing forbidden was found, but read the findings before you share the table."),
    Verdict.FAIL: ("Fail", "A protected value of the real sample appears; the table cannot be downloaded."),
}
_LABELS = {
    ExportFormat.CSV: "CSV",
    ExportFormat.EXCEL: "Excel",
    ExportFormat.JSON: "JSON",
    ExportFormat.WORD: "Word",
    ExportFormat.PARQUET: "Parquet",
}


def show_summary(generation: Generation) -> None:
    """The verdicts in one row, and where the table comes from."""
    evaluation = generation.evaluation
    columns = st.columns(4)
    columns[0].metric("Rows", f"{generation.rows:,}", border=True)
    columns[1].metric("Quality, 0–1", format_score(evaluation.quality.score), border=True)
    columns[2].metric("Validity, 0–1", format_score(evaluation.validity.score), border=True)
    columns[3].metric("Privacy", _VERDICTS[evaluation.privacy.verdict][0], border=True)
    origin = "reused" if generation.reused else "newly trained"
    st.caption(
        f"Model {generation.model.id} ({origin}, {generation.model.recipe.synthesizer}, "
        f"{generation.model.epochs_trained} epochs), seed {generation.seed}, ages and expiries as of "
        f"{generation.as_of.isoformat()}; {sum(generation.seconds.values()):.1f} seconds."
    )


def show_preview(generation: Generation) -> None:
    """The first rows as they will be exported."""
    dates = generation.table.select_dtypes("datetime").columns
    st.subheader("Preview")
    st.caption(f"The first {min(PREVIEW_ROWS, generation.rows)} of {generation.rows:,} rows.")
    st.dataframe(
        generation.table.head(PREVIEW_ROWS),
        key="preview",
        hide_index=True,
        height=280,
        column_config={name: st.column_config.DateColumn(format="YYYY-MM-DD") for name in dates},
    )


def show_evidence(workbench: Workbench, generation: Generation) -> None:
    """Charts, scores, rules and privacy, a tab each."""
    st.subheader("Evidence")
    evaluation = generation.evaluation
    charts, quality, validity, privacy = st.tabs(["Charts", "Quality", "Validity", "Privacy"])
    with charts:
        _show_charts(workbench, generation)
    with quality:
        _show_quality(evaluation.quality)
    with validity:
        _show_validity(evaluation.validity)
    with privacy:
        _show_privacy(evaluation.privacy)


def show_downloads(workbench: Workbench, generation: Generation) -> None:
    """A button for each format, all from the same rows; what must not leave has none."""
    st.subheader("Download")
    if not is_downloadable(generation.evaluation):
        st.error("This table fails a check and cannot be downloaded.", icon=":material/block:")
        return
    exports: dict[ExportFormat, Export] = st.session_state.setdefault("exports", {})

    def export(fmt: ExportFormat) -> bytes:
        if fmt not in exports:
            exports[fmt] = workbench.export(generation, fmt.value)
        return exports[fmt].content

    name = f"{generation.spec.name}-{generation.rows}-seed{generation.seed}"
    with st.container(horizontal=True):
        for fmt, label in _LABELS.items():
            st.download_button(
                label,
                lambda fmt=fmt: export(fmt),
                f"{name}{fmt.suffix}",
                fmt.mime,
                key=f"download_{fmt.value}",
                icon=":material/download:",
                on_click="ignore",
            )


def is_downloadable(evaluation: Evaluation) -> bool:
    """Whether nothing forbids the table to leave."""
    return evaluation.validity.is_valid and evaluation.privacy.verdict is not Verdict.FAIL


def format_score(score: float | None) -> str:
    """A score of 0–1 cut, not rounded, to three places, so that only a perfect one reads 1.000."""
    return "not measured" if score is None else f"{int(score * 1000) / 1000:.3f}"


def _show_charts(workbench: Workbench, generation: Generation) -> None:
    if "charts" not in st.session_state:
        st.session_state["charts"] = workbench.plot_columns(generation)
    drawn = st.session_state["charts"]
    if not drawn:
        st.info("This dataset has no modelled column to draw.")
        return
    names = [str(name) for name in generation.modelled.columns]
    for tab, name, chart in zip(st.tabs(names), names, drawn, strict=True):
        with tab:
            st.plotly_chart(chart.figure, key=f"chart_{name}", config={"displaylogo": False})
            st.caption(escape(chart.caption))


def _show_quality(quality: Quality) -> None:
    st.write(
        f"Statistical likeness to the real sample, 0–1, higher is better; {quality.measured} of "
        f"{quality.total} measures taken with sdmetrics {quality.sdmetrics_version}."
    )
    columns = st.columns(3)
    columns[0].metric("Column shapes, 0–1", format_score(quality.column_shapes), border=True)
    columns[1].metric("Pair trends, 0–1", format_score(quality.column_pair_trends), border=True)
    columns[2].metric("Strong pairs only, 0–1", format_score(quality.strong_pair_trends), border=True)
    _show_rows(
        [
            {"column": score.column, "measure": score.metric, "score, 0–1": format_score(score.score)}
            for score in quality.columns
        ]
    )
    _show_rows(
        [
            {
                "pair": f"{pair.first} and {pair.second}",
                "measure": pair.metric,
                "score, 0–1": format_score(pair.score),
                "strong in the real rows": pair.is_strong,
            }
            for pair in quality.pairs
        ]
    )
    _show_rows([{"not measured": one.item, "why": one.reason} for one in quality.skipped])


def _show_validity(validity: Validity) -> None:
    broken = len(validity.failures)
    st.write(f"{len(validity.rules) - broken} of {len(validity.rules)} rules hold for every row.")
    _show_rows(
        [
            {
                "column": rule.column,
                "rule": rule.description,
                "rows checked": rule.checked,
                "rows failed": rule.failed,
            }
            for rule in validity.rules
        ]
    )


def _show_privacy(privacy: Privacy) -> None:
    word, meaning = _VERDICTS[privacy.verdict]
    st.write(f"**{word}.** {meaning}")
    for finding in privacy.findings:
        st.markdown(f"- {escape(finding)}")
    columns = st.columns(2)
    columns[0].metric("Rows that equal a training row, 0–1", format_score(privacy.copies_share), border=True)
    columns[1].metric(
        "The same among held-out real rows, 0–1", format_score(privacy.baseline_share), border=True
    )
    _show_rows([{"column": name, "rows with a real value": count} for name, count in privacy.overlap.items()])


def _show_rows(rows: list[Mapping[str, object]] | list[dict[str, object]]) -> None:
    if rows:
        wide = st.column_config.TextColumn(width="large")
        st.dataframe(rows, hide_index=True, column_config={"rule": wide, "why": wide})

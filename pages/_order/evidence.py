"""What is shown of a generated table before its download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages._errors import escape
from pages._order.made_table import MadeTable
from pipeline.evaluation.results import ColumnScore, PairScore, Privacy, Quality, Validity, Verdict
from pipeline.evaluation.score_text import format_score
from pipeline.reports import VERDICT_WORDS, percent

_MEANINGS = {
    Verdict.PASS: "No protected value of the real sample appears; rows repeat real ones no more than "
    "chance explains.",
    Verdict.LOOK: "Nothing forbidden was found, but read the findings before you share the table.",
    Verdict.FAIL: "The table repeats protected values or comes too close to real rows: read why.",
}


def show_evidence(table: MadeTable) -> None:
    """Charts, scores, rules and privacy, a tab each."""
    st.subheader("Evidence")
    evaluation = table.generation.evaluation
    charts, quality, validity, privacy = st.tabs(["Charts", "Quality", "Validity", "Privacy"], key="evidence")
    with charts:
        _show_charts(table)
    with quality:
        _show_quality(evaluation.quality)
    with validity:
        _show_validity(evaluation.validity)
    with privacy:
        _show_privacy(evaluation.privacy)


def _show_charts(table: MadeTable) -> None:
    if not table.charts:
        st.info("This dataset has no modelled column to draw.")
        return
    names = [str(name) for name in table.generation.modelled.columns]
    tabs = st.tabs(names, key=f"charts_{table.generation.spec.name}")
    for tab, name, chart in zip(tabs, names, table.charts, strict=True):
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
    _show_rows("column_scores", [_lay_out_column(score) for score in quality.columns])
    _show_rows("pair_scores", [_lay_out_pair(pair) for pair in quality.pairs])
    _show_sentences([{"not measured": one.item, "why": one.reason} for one in quality.skipped])


def _lay_out_column(score: ColumnScore) -> dict[str, object]:
    return {"column": score.column, "measure": score.metric, "score, 0–1": format_score(score.score)}


def _lay_out_pair(pair: PairScore) -> dict[str, object]:
    return {
        "pair": f"{pair.first} and {pair.second}",
        "measure": pair.metric,
        "score, 0–1": format_score(pair.score),
        "strong in the real rows": pair.is_strong,
    }


def _show_validity(validity: Validity) -> None:
    broken = len(validity.failures)
    st.write(f"{len(validity.rules) - broken} of {len(validity.rules)} rules hold for every row.")
    _show_sentences(
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
    st.write(f"**{VERDICT_WORDS[privacy.verdict]}.** {_MEANINGS[privacy.verdict]}")
    for finding in privacy.findings:
        st.markdown(f"- {escape(finding)}")
    columns = st.columns(2)
    columns[0].metric("Rows that equal a training row", percent(privacy.copies_share, 2), border=True)
    columns[1].metric("The same among held-out real rows", percent(privacy.baseline_share, 2), border=True)
    _show_rows(
        "overlap",
        [{"column": name, "rows with a real value": count} for name, count in privacy.overlap.items()],
    )


def _show_rows(key: str, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        st.dataframe(rows, hide_index=True, key=key)


def _show_sentences(rows: Sequence[Mapping[str, object]]) -> None:
    # Unlike a data frame, a table breaks its lines, so that no sentence is cut on a narrow screen.
    if rows:
        texts = [{name: escape(str(value)) for name, value in row.items()} for row in rows]
        st.table(texts, hide_index=True, border="horizontal")

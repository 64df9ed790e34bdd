"""The one verdict of what was made, as every page shows it: why, what next, and the figure as a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pipeline.evaluation.results import Verdict
from pipeline.reports import VERDICT_WORDS, draw_mark

if TYPE_CHECKING:
    from pipeline.evaluation.figure import Figure
    from pipeline.evaluation.headline import Headline

_BOXES = {Verdict.PASS: st.success, Verdict.LOOK: st.warning, Verdict.FAIL: st.error}
_ICONS = {
    Verdict.PASS: ":material/check_circle:",
    Verdict.LOOK: ":material/visibility:",
    Verdict.FAIL: ":material/cancel:",
}


def show_verdict(headline: Headline, text: str = "") -> None:
    """The verdict in its colour with reason and next step, or a `text` that holds both; then the figure."""
    said = text or f"{headline.reason} {headline.next_step}"
    words = f"**{VERDICT_WORDS[headline.verdict]}.** {escape(said)}"
    _BOXES[headline.verdict](words, icon=_ICONS[headline.verdict])
    show_figure(headline.figure)


def show_figure(figure: Figure, subject: str = "this table") -> None:
    """The quality in words, and as a mark between floor and ceiling where these were measured."""
    st.markdown(f"**Quality** (likeness to the real table, 0–1): {escape(figure.sentence)}")
    if drawing := draw_mark(figure, subject):
        st.html(drawing)

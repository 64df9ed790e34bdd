"""How reports and generated tables show themselves in a notebook: the verdict first, then what led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from pipeline.datasets.notebook import render_card
from pipeline.reports.mark import draw_mark
from pipeline.reports.wording import VERDICT_WORDS

if TYPE_CHECKING:
    from pipeline.evaluation.headline import Headline


def show_verdict(
    title: str,
    answer: Headline,
    facts: Mapping[str, object],
    header: Sequence[str] = (),
    rows: Sequence[Sequence[object]] = (),
) -> str:
    """A measured table under its verdict, in the words of the pages."""
    said = f"{escape(answer.reason)} {escape(answer.next_step)}"
    verdict = f"<p><strong>{VERDICT_WORDS[answer.verdict]}.</strong> {said}</p>"
    lead = f"{verdict}<p>Quality: {escape(answer.figure.sentence)}</p>{draw_mark(answer.figure)}"
    return render_card(title, facts, header, rows, lead)

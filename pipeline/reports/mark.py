"""The figure of a headline as a mark between floor and ceiling: one drawing for pages and reports.

It is HTML with styles of its own and no script: text keeps its size on a phone, and takes the colours of
the page around it.
"""

from __future__ import annotations

from pipeline.evaluation.figure import Figure
from pipeline.evaluation.score_text import format_score

_MARGIN = 0.15
"""Room beside the outermost of the three, as a part of the distance between them."""

_DRAWING = """\
<div role="img" aria-label="Quality {sentence}" style="max-width: 34rem; line-height: 1.35">
<div style="position: relative; height: 1.5em"><strong style="position: absolute; left: {score:.1f}%; \
transform: translateX(-{score:.1f}%); white-space: nowrap">this table {score_text}</strong></div>
<div style="position: relative; height: 1.1em">
<div style="position: absolute; inset: 0.4em 0; border-radius: 0.2em; \
background: currentColor; opacity: 0.2"></div>
<div style="position: absolute; top: 0.3em; bottom: 0.3em; left: {start:.1f}%; width: {width:.1f}%; \
min-width: 2px; border-radius: 0.2em; background: #3b82c4"></div>
<div style="position: absolute; top: 0; bottom: 0; left: {score:.1f}%; width: 5px; margin-left: -2.5px; \
border-radius: 2px; background: currentColor"></div>
</div>
{ends}
</div>
"""
_APART = """\
<div style="display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: 0.875em">
<span>floor: independent columns {floor}</span><span>ceiling: other real rows {ceiling}</span></div>"""
_TOGETHER = """\
<div style="text-align: {side}; font-size: 0.875em">\
floor: independent columns {floor}, ceiling: other real rows {ceiling}</div>"""
_LEAST_APART = 45.0
"""Ends that are closer, in percent of the drawing, share one label on their side of it."""


def draw_mark(figure: Figure) -> str:
    """A bar from floor to ceiling with the score on it; empty where one of the three was not measured."""
    score, floor, ceiling = figure.score, figure.floor, figure.ceiling
    if score is None or floor is None or ceiling is None:
        return ""
    low, high = min(score, floor, ceiling), max(score, floor, ceiling)
    # An untelling range is drawn as small as it is: two scores a spread of chance apart are at its ends.
    room = max(high - low, figure.chance, 1e-6)
    left = (low + high - room) / 2 - _MARGIN * room
    places = [100 * (one - left) / (room * (1 + 2 * _MARGIN)) for one in (score, floor, ceiling)]
    start, width = min(places[1:]), abs(places[2] - places[1])
    named = {"floor": format_score(floor), "ceiling": format_score(ceiling)}
    side = "right" if start + width / 2 > 50 else "left"
    ends = _APART if width > _LEAST_APART and floor < ceiling else _TOGETHER
    return _DRAWING.format(
        sentence=figure.sentence,
        score=places[0],
        start=start,
        width=width,
        score_text=format_score(score),
        ends=ends.format(side=side, **named),
    )

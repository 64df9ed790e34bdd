"""The figure of a headline as a mark between floor and ceiling: one drawing for pages and reports.

It is HTML with styles of its own and no script: text keeps its size on a phone, and takes the colours of
the page around it.
"""

from __future__ import annotations

from base64 import b64encode

from pipeline.evaluation.figure import Figure
from pipeline.evaluation.score_text import format_score

_MARGIN = 0.15
"""Room beside the outermost of the three, as a part of the distance between them."""

_DRAWING = """\
<div role="img" aria-label="Quality {sentence}" style="max-width: 34rem; line-height: 1.35">
<div style="position: relative; height: 1.5em"><strong style="position: absolute; left: {score:.1f}%; \
transform: translateX(-{score:.1f}%); white-space: nowrap">{subject} {score_text}</strong></div>
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


_CELL = """\
<svg xmlns="http://www.w3.org/2000/svg" width="96" height="24" viewBox="0 0 96 24">\
<rect x="0" y="9" width="96" height="6" rx="3" fill="#8a8f9a" fill-opacity="0.3"/>\
<rect x="{start:.1f}" y="7" width="{width:.1f}" height="10" rx="3" fill="#3b82c4"/>\
<rect x="{score:.1f}" y="1" width="4" height="22" rx="1.5" fill="#14181f" \
stroke="#ffffff" stroke-width="1.5"/>\
</svg>"""
"""Cells of tables are pictures: they take no colour of the page, so that these are seen on any."""


def draw_mark(figure: Figure, subject: str = "this table") -> str:
    """A bar from floor to ceiling with the score on it; empty where one of the three was not measured."""
    places = _place(figure)
    if places is None:
        return ""
    score, start, width = places
    named = {"floor": format_score(figure.floor), "ceiling": format_score(figure.ceiling)}
    side = "right" if start + width / 2 > 50 else "left"
    is_apart = width > _LEAST_APART and (figure.floor or 0.0) < (figure.ceiling or 0.0)
    return _DRAWING.format(
        sentence=figure.sentence,
        subject=subject,
        score=score,
        start=start,
        width=width,
        score_text=format_score(figure.score),
        ends=(_APART if is_apart else _TOGETHER).format(side=side, **named),
    )


def draw_cell(figure: Figure) -> str | None:
    """The same drawing without words, as the address of a picture for a cell of a table; None likewise."""
    places = _place(figure)
    if places is None:
        return None
    score, start, width = (0.96 * one for one in places)
    drawn = _CELL.format(score=score - 2.0, start=start, width=max(width, 2.0))
    return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"


def _place(figure: Figure) -> tuple[float, float, float] | None:
    """Where the score lies, where the range from floor to ceiling begins, and how wide it is, in percent."""
    score, floor, ceiling = figure.score, figure.floor, figure.ceiling
    if score is None or floor is None or ceiling is None:
        return None
    low, high = min(score, floor, ceiling), max(score, floor, ceiling)
    # An untelling range is drawn as small as it is: two scores a spread of chance apart are at its ends.
    room = max(high - low, figure.chance, 1e-6)
    left = (low + high - room) / 2 - _MARGIN * room
    places = [100 * (one - left) / (room * (1 + 2 * _MARGIN)) for one in (score, floor, ceiling)]
    return places[0], min(places[1:]), abs(places[2] - places[1])

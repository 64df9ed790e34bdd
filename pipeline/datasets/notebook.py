"""How results show themselves in a notebook: a title, facts, a drawing and rows, as HTML without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_CARD = """\
<div style="max-width: 52rem">
<h4 style="margin: 0.4em 0">{title}</h4>
{lead}{facts}{rows}
</div>"""
_LEFT = 'style="text-align: left; vertical-align: top"'
_MOST_ROWS = 60


def render_card(
    title: str,
    facts: Mapping[str, object],
    header: Sequence[str] = (),
    rows: Sequence[Sequence[object]] = (),
    lead: str = "",
) -> str:
    """One result as HTML; every text is escaped but `lead`, which is HTML of ours."""
    told = "".join(
        f"<tr><th {_LEFT}>{_text(name)}</th><td {_LEFT}>{_text(one)}</td></tr>" for name, one in facts.items()
    )
    return _CARD.format(
        title=_text(title), lead=lead, facts=f"<table>{told}</table>", rows=_render_rows(header, rows)
    )


def _render_rows(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th {_LEFT}>{_text(one)}</th>" for one in header)
    body = "".join(
        f"<tr>{''.join(f'<td {_LEFT}>{_text(one)}</td>' for one in row)}</tr>" for row in rows[:_MOST_ROWS]
    )
    more = len(rows) - _MOST_ROWS
    note = f"<p>… and {more:,} more</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def _text(value: object) -> str:
    return escape(str(value))

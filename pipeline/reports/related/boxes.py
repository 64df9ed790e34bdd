"""Tables of a drawn schema as boxes: their names, rows and key columns, and the space that these take."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from pipeline.datasets.related.schema import RelatedSchema

BOX_WIDTH, LOOP_WIDTH = 244, 22
_HEAD, _LINE, _FOOT = 44, 18, 8
_MOST_LINES = 8
_LONGEST_NAME, _LONGEST_KEY = 23, 25
_TAG_WIDTH = 30


@dataclass(frozen=True)
class KeyLine:
    """A column of a key: PK or FK (both where it is), and the table that it refers to."""

    tag: str
    column: str
    parent: str = ""


def list_key_lines(schema: RelatedSchema, table: str) -> list[KeyLine]:
    """The columns of the primary key and of every foreign key of a table, in that order."""
    foreign: dict[str, list[str]] = {}
    for relation in schema.list_relations(table):
        for column in relation.columns:
            foreign.setdefault(column, []).append(relation.parent)
    own = schema.get(table).primary_key
    lines = [KeyLine("PFK" if name in foreign else "PK", name, _join(foreign.get(name))) for name in own]
    return lines + [KeyLine("FK", name, _join(found)) for name, found in foreign.items() if name not in own]


def compute_height(schema: RelatedSchema, table: str) -> int:
    """The height of the box of a table."""
    lines = min(len(list_key_lines(schema, table)), _MOST_LINES + 1)
    return _HEAD + (lines * _LINE + _FOOT if lines else 0)


def draw_box(schema: RelatedSchema, table: str, rows: int, x: float, y: float) -> str:
    """The box of a table at its upper left corner; every text is escaped, and shortened where it is long."""
    lines = list_key_lines(schema, table)
    kind = "box public" if schema.get(table).is_public else "box"
    parts = [
        f"<g><title>{escape(table)}</title>"
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" '
        f'height="{compute_height(schema, table)}" rx="8"/>',
        _text("name", x + 12, y + 19, _shorten(table, _LONGEST_NAME)),
        _text("rows", x + 12, y + 36, _describe_rows(schema, table, rows)),
        *_draw_lines(lines, x, y),
        "</g>",
    ]
    return "".join(parts)


def _draw_lines(lines: list[KeyLine], x: float, y: float) -> Iterator[str]:
    if lines:
        yield f'<path class="rule" d="M{x:g} {y + _HEAD:g}h{BOX_WIDTH}"/>'
    for place, line in enumerate(lines[:_MOST_LINES]):
        base = y + _HEAD + 16 + place * _LINE
        column = _shorten(line.column, _LONGEST_KEY)
        room = _LONGEST_KEY - _measure(column) - 2
        target = f"→ {_shorten(line.parent, room)}" if line.parent and room >= 3 else ""
        yield _text("tag", x + 12, base, line.tag)
        yield (
            f'<text class="key" x="{x + 12 + _TAG_WIDTH:g}" y="{base:g}">{escape(column)}'
            f'<tspan class="to" dx="5">{escape(target)}</tspan></text>'
        )
    if len(lines) > _MOST_LINES:
        base = y + _HEAD + 16 + _MOST_LINES * _LINE
        yield _text("rows", x + 12, base, f"{len(lines) - _MOST_LINES} more")


def _describe_rows(schema: RelatedSchema, table: str, rows: int) -> str:
    text = f"{rows:,} row" if rows == 1 else f"{rows:,} rows"
    return f"{text}, public" if schema.get(table).is_public else text


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _join(parents: list[str] | None) -> str:
    return ", ".join(dict.fromkeys(parents or ()))


def _shorten(text: str, longest: int) -> str:
    """A text that takes no more room than so many letters."""
    if _measure(text) <= longest:
        return text
    kept = ""
    for letter in text:
        if _measure(kept + letter) > longest - 1:
            break
        kept += letter
    return f"{kept}…"


def _measure(text: str) -> int:
    """The width of a text in letters; those of Chinese, Japanese and Korean take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)

"""What the cells of a column say about a pattern: names of months, padding, fractions, offsets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.date_shapes import day_word, month_word
from pipeline.datasets.forms.moments import Wording, read_moments
from pipeline.datasets.forms.month_names import FULL_NAMES, SHORT_NAMES, case_of, month_numbers
from pipeline.datasets.forms.patterns import directives, match_shape, parse_pattern
from pipeline.datasets.forms.zone_names import choose_zone, day_language

MOST_SHAPES = 3000
"""Shapes that are looked at; a column with more of them is one of words."""

_USUAL_DIGITS = 0.95


class Names(NamedTuple):
    """The directive (b short, B full), language and case that the names of months fit best."""

    directive: str = "b"
    language: str = "en"
    case: str = "title"


def names_of_months(cells: Cells) -> Names:
    """The language in which the most cells have a name of a month."""
    words = Counter[str]()
    for code, shape in enumerate(cells.shapes[:MOST_SHAPES]):
        word = month_word(shape.decode())
        if word:
            words[word] += cells.count(code)
    if not words:
        days = Counter[str]()
        for code, shape in enumerate(cells.shapes[:MOST_SHAPES]):
            days[day_word(shape.decode())] += cells.count(code)
        del days[""]
        return Names(language=day_language(days), case=case_of(days)) if days else Names()
    tables = [("b", language) for language in SHORT_NAMES] + [("B", language) for language in FULL_NAMES]
    known = {table: month_numbers(*table) for table in tables}
    fits = {t: sum(n for word, n in words.items() if word.lower() in known[t]) for t in tables}
    directive, language = max(tables, key=lambda table: fits[table])
    return Names(directive, language, case_of(words))


def without_digits(pattern: str) -> str:
    """A pattern with nine digits in its fraction, whatever the shape had."""
    return re.sub("%[1-9]f", "%9f", pattern)


def finish_pattern(cells: Cells, pattern: str, language: str) -> str:
    """The pattern with padding and digits of a fraction as most cells have them."""
    matched = list(_matched(cells, pattern, language))
    parts = []
    for token in parse_pattern(pattern):
        if token.name == "f":
            parts.append(f"%{_digits(cells, matched)}f")
        elif token.name in ("d", "m", "H", "I", "V") and _is_unpadded(cells, token.name, matched):
            parts.append("%-" + token.name)
        else:
            parts.append(token.text)
    return "".join(parts)


def offset_of(cells: Cells, pattern: str, wording: Wording) -> tuple[str, bool]:
    """The most frequent offset as it is written ("" without one), and whether there are others."""
    if "z" not in directives(pattern):
        return "", False
    moments = read_moments(cells, pattern, wording)
    texts, minutes_seen = Counter[str](), set[int]()
    for code, spans in _matched(cells, pattern, wording.language):
        rows = cells.rows[code][moments.is_read[cells.rows[code]]]
        style = cells.shapes[code][slice(*spans["z"])].decode()
        for minutes, count in zip(*np.unique(moments.offsets[rows], return_counts=True), strict=True):
            texts[_offset_text(style, int(minutes))] += int(count)
            minutes_seen.add(int(minutes))
    return (texts.most_common(1)[0][0] if texts else "Z"), len(minutes_seen) > 1


def zone_of(cells: Cells, pattern: str, language: str) -> str:
    """The time zone that is written, "" without one."""
    if "Z" not in directives(pattern):
        return ""
    names = Counter[str]()
    for code, spans in _matched(cells, pattern, language):
        names[cells.shapes[code][slice(*spans["Z"])].decode()] += cells.count(code)
    return choose_zone(names) if names else "UTC"


def _offset_text(style: str, minutes: int) -> str:
    if style in ("Z", "z"):
        return style
    digits = f"{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"[: style.count("9")]
    return style[0] + (f"{digits[:2]}:{digits[2:]}" if ":" in style else digits)


def _matched(cells: Cells, pattern: str, language: str) -> Iterator[tuple[int, dict[str, tuple[int, int]]]]:
    for code, shape in enumerate(cells.shapes[:MOST_SHAPES]):
        spans = match_shape(shape, pattern, language)
        if spans is not None:
            yield code, spans


def _digits(cells: Cells, matched: list[tuple[int, dict[str, tuple[int, int]]]]) -> int:
    """The usual number of digits of a fraction, or the most where there is no usual one."""
    counts = Counter[int]()
    for code, spans in matched:
        counts[spans["f"][1] - spans["f"][0]] += cells.count(code)
    if not counts:
        return 6
    usual, often = counts.most_common(1)[0]
    return usual if often >= _USUAL_DIGITS * counts.total() else max(counts)


def _is_unpadded(cells: Cells, name: str, matched: list[tuple[int, dict[str, tuple[int, int]]]]) -> bool:
    """Whether numbers below ten stand without a zero more often than with one."""
    bare = padded = 0
    for code, spans in matched:
        start, end = spans[name]
        if end - start == 1:
            bare += cells.count(code)
        else:
            padded += int(cells.is_zero_at(code, start).sum())
    return bare > padded

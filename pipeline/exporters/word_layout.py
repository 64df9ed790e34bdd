"""How wide the columns of a Word table are, in which font size and on which paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.exporters.columns import Column

TWIPS_PER_POINT = 20
MARGIN = 720
CELL_PADDING = 60
_FONT_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0)
_LETTER, _TABLOID = (15_840, 12_240), (24_480, 15_840)
# Em per character: those of DejaVu Sans, which is wider than Arial and replaces it where it is missing.
_EM = dict.fromkeys("iljI.,:;'|![] ", 0.35) | dict.fromkeys('ftr()-/"', 0.42)
_EM |= dict.fromkeys("abcdeghknopqsuvxyz_", 0.6) | dict.fromkeys("mwMW@%", 1.0)
_EM_OTHERWISE = 0.68
_BOLD = 1.25
# Breaking a line between words leaves a part of it empty.
_HALF_A_TEXT = 0.55
_MEASURED = 20


@dataclass(frozen=True)
class TableLayout:
    """Font size in points; width and height of the paper and widths of the columns in twips (1/1440 inch)."""

    font_size: float
    paper: tuple[int, int]
    widths: tuple[int, ...]


@dataclass(frozen=True)
class _Demand:
    """What a column needs, in em.

    `content` leaves the words of the cells whole, `word` the heading too, with `text` nothing wraps.
    """

    content: float
    word: float
    text: float

    @property
    def two_lines(self) -> float:
        return max(self.word, self.text * _HALF_A_TEXT)


def compute_layout(columns: Sequence[Column]) -> TableLayout:
    """Choose the largest font with which no text takes more than two lines, else no word is broken.

    The paper is US Letter as long as words fit on it, then Tabloid; where even that is too narrow,
    headings break and at last all columns shrink in proportion.
    """
    demands = [_compute_demand(column) for column in columns]
    in_two_lines, in_words = [demand.two_lines for demand in demands], [demand.word for demand in demands]
    in_content = [demand.content for demand in demands]
    choices = ((_LETTER, in_two_lines), (_LETTER, in_words), (_TABLOID, in_words), (_TABLOID, in_content))
    for paper, needs in choices:
        for font_size in _FONT_SIZES:
            if sum(needs) <= _available_em(paper, font_size, len(columns)):
                return _lay_out(needs, demands, font_size, paper)
    return _lay_out(in_content, demands, _FONT_SIZES[-1], _TABLOID)


def _available_em(paper: tuple[int, int], font_size: float, column_count: int) -> float:
    return (paper[0] - 2 * MARGIN - column_count * 2 * CELL_PADDING) / (font_size * TWIPS_PER_POINT)


def _compute_demand(column: Column) -> _Demand:
    heading = _measure(column.name) * _BOLD
    content = _measure_widest(" ".join(column.texts).split()) or _EM_OTHERWISE
    return _Demand(content, max(content, heading), max(_measure_widest(column.texts), heading))


def _measure_widest(texts: Iterable[str]) -> float:
    """The widest of the longest texts in em; measuring all of them would take longer than the export.

    A set would be shorter, but its order, and with it the choice among equal lengths, changes from
    one process to the next.
    """
    longest = sorted(dict.fromkeys(texts), key=len)[-_MEASURED:]
    return max(map(_measure, longest), default=0.0)


def _measure(text: str) -> float:
    return sum(_EM.get(character, _EM_OTHERWISE) for character in text)


def _lay_out(
    needs: Sequence[float], demands: Sequence[_Demand], font_size: float, paper: tuple[int, int]
) -> TableLayout:
    """Give each column its need, share the rest by what would still wrap, then fill the line."""
    available = _available_em(paper, font_size, len(needs))
    wishes = [demand.text - need for demand, need in zip(demands, needs, strict=True)]
    rest = max(available - sum(needs), 0.0)
    share = min(rest / sum(wishes), 1.0) if sum(wishes) else 0.0
    shared = [need + wish * share for need, wish in zip(needs, wishes, strict=True)]
    twips_per_em = (paper[0] - 2 * MARGIN - len(needs) * 2 * CELL_PADDING) / sum(shared)
    return TableLayout(font_size, paper, tuple(int(em * twips_per_em) + 2 * CELL_PADDING for em in shared))

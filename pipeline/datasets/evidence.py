"""Whether a row is a record of the table or belongs to its header, by what its columns hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from pipeline.datasets.parsing import MISSING_NUMBER_WORDS

Row = tuple[str | None, ...]
"""The cells of a row as stripped text; None where a cell is blank."""

_MOST = 0.9  # of a column's cells make its kind
_FEW_CATEGORIES = 0.5  # distinct cells to cells: below, values come back
_FEWEST_CELLS = 4
_LONGEST_VALUE = 100  # characters: no number and no date is longer, and patterns take long for such texts
_UNIT = r"(?:[$€£¥%]|[A-Z]{3}|Rs\.?)"
_NUMBER = re.compile(
    rf"\(?[-+]?{_UNIT}?\s?[-+]?(?:\d[\d.,'\u00a0\u202f ]*|[.,]\d+)(?:[eE][-+]?\d+)?\s?[-+]?{_UNIT}?\)?"
)
_DATE = re.compile(
    r"\d{1,4}[-/. ](?:\d{1,2}|[^\W\d_]{3,9}\.?)[-/. ]\d{2,4}(?:[T ,].*\d.*)?"
    r"|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}|\d{1,2}:\d{2}(?::\d{2}.*)?(?: ?[AP]M)?|\d{4}[-/]\d{2}|\d{4}-?Q\d"
)  # fmt: skip
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W\d_]+")


def is_value(cell: str) -> bool:
    """Whether a cell is a number, a date or a time, which no name of a column is."""
    return len(cell) <= _LONGEST_VALUE and bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


@dataclass(frozen=True)
class _Profile:
    """What the cells of one column have in common."""

    is_value: bool
    has_digit: bool
    has_at: bool
    categories: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()

    @classmethod
    def learn(cls, cells: Sequence[str]) -> Self:
        counts = Counter(cells)
        repeats = len(cells) >= _FEWEST_CELLS and len(counts) <= _FEW_CATEGORIES * len(cells)
        return cls(
            is_value=_are_most(cells, is_value),
            has_digit=_are_most(cells, lambda cell: bool(_DIGIT.search(cell))),
            has_at=_are_most(cells, lambda cell: "@" in cell),
            categories=frozenset(counts) if repeats else frozenset(),
            patterns=frozenset(map(_pattern, cells)),
        )

    def score(self, cell: str) -> tuple[float, float]:
        """Points of a cell for a record, and for a header."""
        if self.is_value:
            return (1.0, 0.0) if is_value(cell) else (0.0, 0.0 if _is_no_value(cell) else 1.0)
        if self.has_at:
            return (1.0, 0.0) if "@" in cell else (0.0, 1.0)
        if self.has_digit:
            return (
                (1.0, 0.0) if _pattern(cell) in self.patterns else (0.0, 0.0 if _DIGIT.search(cell) else 1.0)
            )
        if self.categories:
            return (1.0, 0.0) if cell in self.categories else (0.0, 0.5)
        return 0.0, 0.0


@dataclass(frozen=True)
class Evidence:
    """Points for a row being a record and for it being a header."""

    record: float
    header: float

    @property
    def is_record(self) -> bool:
        """Whether the row is a record beyond doubt."""
        return self.record > 0 and self.record >= 2 * self.header

    @property
    def is_header(self) -> bool:
        """Whether the row is a header beyond doubt."""
        return self.header > 0 and self.header >= 2 * self.record

    @property
    def is_mixed(self) -> bool:
        """Whether some cells are like those below and others are not."""
        return not (self.is_record or self.is_header) and self.record + self.header > 0


def score_row(row: Row, below: Sequence[Row]) -> Evidence:
    """Evidence for a row from the rows below it; rows equal to it, such as a header again, do not count."""
    others = [other for other in below if other != row]
    scores = [
        _Profile.learn(cells).score(cell)
        for place, cell in enumerate(row)
        if cell is not None and (cells := _column(others, place))
    ]
    return Evidence(sum(record for record, _ in scores), sum(header for _, header in scores))


def count_value_columns(row: Row, below: Sequence[Row]) -> int:
    """In how many columns of numbers and dates the row has a word in the place of a value."""
    return sum(
        bool(cells := _column(below, place)) and _Profile.learn(cells).is_value and not is_value(cell)
        for place, cell in enumerate(row)
        if cell is not None and not _is_no_value(cell)
    )


def looks_like_people(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row of words reads like those below it and some of them are words in twos: names."""
    pairs = [
        (cell, cells)
        for place, cell in enumerate(row)
        if cell is not None and (cells := _column(below, place))
    ]
    alike = all(_share_wording(cell, cells) for cell, cells in pairs)
    return bool(pairs) and alike and any(len(_wording(cell)) > 1 for cell, _ in pairs)


def counts_up(row: Row) -> bool:
    """Whether the numbers of a row go up by one from cell to cell, as years and positions in a header do."""
    numbers = [int(cell) for cell in row if cell is not None and re.fullmatch(r"\d{1,4}", cell)]
    words = [cell for cell in row if cell is not None and not is_value(cell)]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) >= 2 and steps == {1} and (bool(words) or numbers[0] in (0, 1))


def names_periods(row: Row, below: Sequence[Row]) -> bool:
    """Whether the values of a row are years in order, or dates or quarters, above columns of other values."""
    columns = [(cell, _column(below, place)) for place, cell in enumerate(row) if cell and is_value(cell)]
    cells = [cell for cell, _ in columns]
    is_year = [bool(_YEAR.fullmatch(cell)) for cell in cells]
    if len(set(cells)) < max(2, len(cells)) or not all(map(_is_period, cells)):
        return False
    is_ordered = cells in (sorted(cells), sorted(cells, reverse=True))
    return (is_ordered or not any(is_year)) and not any(_are_periods(below) for _, below in columns)


def _is_period(cell: str) -> bool:
    return bool(_YEAR.fullmatch(cell) or (_DATE.fullmatch(cell) and ":" not in cell))


def _are_periods(cells: Sequence[str]) -> bool:
    return not cells or sum(map(_is_period, cells)) > (1 - _MOST) * len(cells)


def _column(rows: Sequence[Row], place: int) -> list[str]:
    return [cell for row in rows if place < len(row) and (cell := row[place]) is not None]


def _are_most(cells: Sequence[str], is_so: Callable[[str], bool]) -> bool:
    return sum(map(is_so, cells)) >= _MOST * len(cells)


def _share_wording(cell: str, others: Sequence[str]) -> bool:
    wording = _wording(cell)
    return _are_most(others, lambda other: _wording(other) == wording)


def _pattern(cell: str) -> str:
    """AC-00123 as A-9: runs of letters and of digits by kind, everything else as it is."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", cell))


def _wording(cell: str) -> tuple[str, ...]:
    """How the words of a cell begin: Marc Dubois as (A, A)."""
    return tuple("A" if word[0].isupper() else "a" for word in _WORDS.findall(cell))


def _is_no_value(cell: str) -> bool:
    return cell.lower() in MISSING_NUMBER_WORDS or not _WORDS.search(cell)

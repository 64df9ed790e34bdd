"""Where the table stands among the first rows of a file: what is above it, its header, its first record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import pandas as pd

from pipeline.datasets.evidence import (
    Evidence,
    Row,
    count_value_columns,
    counts_up,
    is_value,
    looks_like_people,
    names_periods,
    score_row,
)
from pipeline.datasets.formulas import restore_formula
from pipeline.datasets.source import NO_HEADER, ReadOptions, SourceFormat
from pipeline.errors import DataError

HEAD_ROWS = 300
"""How many rows are looked at to find the table."""

_MOST_ABOVE = 60  # rows above a table, and rows of a header together
_LIKE_WIDTH = 0.6  # of the table's columns: a row so wide above it is a header of the wrong width


@dataclass(frozen=True)
class Merged:
    """Cells of a row, or of `height` rows, that are shown as one; all counts from 0."""

    row: int
    first: int
    last: int
    height: int = 1


@dataclass(frozen=True)
class Layout:
    """Rows count from 0 in what was given. `header` is the last row of the header, None where there is none.

    `skipped` counts the rows with content above header and table.
    """

    width: int
    names: tuple[str, ...]
    first: int
    header: int | None = None
    header_rows: int = 0
    skipped: int = 0

    @property
    def is_neutral(self) -> bool:
        """Whether the columns have neutral names because nothing names them."""
        return self.header is None


@dataclass(frozen=True, eq=False)
class RawTable:
    """The records of a file or sheet under the names of its header, and how they stood there."""

    cells: pd.DataFrame
    source: SourceFormat
    layout: Layout
    findings: tuple[str, ...] = ()


def neutral_names(width: int) -> tuple[str, ...]:
    """column_1, column_2, …"""
    return tuple(f"column_{place}" for place in range(1, width + 1))


def find_layout(
    rows: Sequence[Row],
    file: str,
    options: ReadOptions,
    known: Sequence[str] = (),
    merged: Sequence[Merged] = (),
) -> Layout:
    """Find the table among the first rows of a file (after `skip_rows`; blank ones have no cell).

    `known` are columns that are expected: the row that holds them all is the header. Raises DataError,
    naming the option, where the first row could be a header or a record.
    """
    if isinstance(options.header, int):
        return _layout_at(rows, options.header - 1, file)
    width = usual_width(rows)
    if options.header == NO_HEADER:
        first = next((place for place, row in enumerate(rows) if row and len(row) == width), 0)
        return _without_header(rows, first, width)
    if known:
        place = find_names(rows, known)
        if place is not None:
            return _layout_at(rows, place, file)
    return _guess(rows, width, file, merged)


def find_names(rows: Sequence[Row], known: Sequence[str]) -> int | None:
    """The first row that holds all of some names, as they are or with the apostrophe of an export."""
    wanted = set(known)
    for place, row in enumerate(rows):
        if row and wanted <= {restore_formula(cell) for cell in row if cell is not None}:
            return place
    return None


def usual_width(rows: Sequence[Row]) -> int:
    """How many cells most rows have; the first where several widths are as frequent."""
    counts = Counter(len(row) for row in rows if row)
    return max(counts, key=lambda width: counts[width], default=0)


def _layout_at(rows: Sequence[Row], place: int, file: str) -> Layout:
    if place >= len(rows) or not rows[place]:
        raise DataError(
            f"{file} has no header in row {place + 1}.", "give the row of the header with --header, or none."
        )
    names = tuple(cell or "" for cell in rows[place])
    return Layout(len(names), names, place + 1, place, 1, _count_filled(rows[:place]))


def _without_header(rows: Sequence[Row], first: int, width: int) -> Layout:
    return Layout(width, neutral_names(width), first, skipped=_count_filled(rows[:first]))


def _guess(rows: Sequence[Row], width: int, file: str, merged: Sequence[Merged]) -> Layout:
    candidates = _find_candidates(rows, width)
    if not candidates:
        return _layout_at(rows, 0, file)
    start = candidates[0]
    odd = _odd_header(rows, start, width, candidates)
    if odd is not None:
        return _fit_header(rows, odd, width, candidates, file)
    sample = [rows[place] for place in _later(candidates)]
    evidence = score_row(rows[start], sample)
    if not (evidence.is_header or counts_up(rows[start]) or names_periods(rows[start], sample)):
        if evidence.is_record:
            return _without_header(rows, start, width)
        _refuse_doubt(rows[start], sample, evidence, file, start)
    last = _last_of_header(rows, candidates, sample, merged)
    top = _top_of_header(rows, start, last, width, merged)
    names = _join_names(rows[top : last + 1], width, [item for item in merged if top <= item.row < last], top)
    return Layout(width, names, last + 1, last, last + 1 - top, _count_filled(rows[:top]))


def _find_candidates(rows: Sequence[Row], width: int) -> list[int]:
    """Rows that can be the header or a record: of the usual width, and filled as most are."""
    full = [place for place, row in enumerate(rows) if row and len(row) == width]
    filled = sorted(_filled(rows[place]) for place in full[len(full) // 2 :])
    least = max(1, ceil(0.6 * filled[len(filled) // 2])) if filled else 1
    return [
        place
        for place in full
        if (_filled(rows[place]) >= least or _lacks_one(rows[place])) and not _is_title(rows, place)
    ]


def _is_title(rows: Sequence[Row], place: int) -> bool:
    """Whether a row holds one text over all columns; over two, it may be a header that lacks a name."""
    row = rows[place]
    if len(row) < 2 or _filled(row) > 1 or row[0] is None:
        return False
    below = next((other for other in rows[place + 1 :] if other), ())
    return len(row) > 2 or not any(cell is not None and is_value(cell) for cell in below)


def _lacks_one(row: Row) -> bool:
    """Whether only one cell is blank, as in a header over row numbers."""
    return _filled(row) == len(row) - 1 > 0


def _later(candidates: list[int]) -> list[int]:
    """The candidates that are records for sure, what may be above them left out."""
    return candidates[max(1, min(len(candidates) // 3, _MOST_ABOVE)) :]


def _odd_header(rows: Sequence[Row], start: int, width: int, candidates: list[int]) -> int | None:
    """The row right above the first full one, where it names columns and is not as wide as the table."""
    place = start - 1
    if place < 0 or len(candidates) < 2:
        return None
    row = rows[place]
    is_wide = len(row) != width and len(row) >= max(2, ceil(_LIKE_WIDTH * width)) and _filled(row) >= 2
    return place if is_wide and not any(cell is not None and is_value(cell) for cell in row) else None


def _fit_header(rows: Sequence[Row], place: int, width: int, candidates: list[int], file: str) -> Layout:
    """The header of a table whose rows end in a separator, or whose header alone does."""
    row = rows[place]
    below = [rows[candidate] for candidate in candidates]
    is_short = len(row) == width - 1 and not any(other[-1] for other in below)
    is_long = len(row) > width and not any(row[width:])
    if not (is_short or is_long):
        raise DataError(
            f"{file}, row {place + 1}: the header has {len(row)} fields, the rows below have {width}.",
            "name every column once, or skip the row with --skip-rows.",
        )
    names = tuple(cell or "" for cell in (*row, None)[:width])
    return Layout(width, names, place + 1, place, 1, _count_filled(rows[:place]))


def _refuse_doubt(row: Row, sample: Sequence[Row], evidence: Evidence, file: str, place: int) -> None:
    is_doubtful = evidence.is_mixed or (not evidence.header and looks_like_people(row, sample))
    if is_doubtful:
        raise DataError(
            f"{file}, row {place + 1}: this row could be a header or a record.",
            f"say which: --header {place + 1} or --header none.",
        )


def _last_of_header(
    rows: Sequence[Row], candidates: list[int], sample: Sequence[Row], merged: Sequence[Merged]
) -> int:
    """The last row of a header: a second full one has words in two columns of values, or groups above it."""
    grouped = {item.row for item in merged if item.last - item.first + 1 < len(rows[candidates[0]])}
    last = candidates[0]
    for place in candidates[1:_MOST_ABOVE]:
        row = rows[place]
        has_value = any(cell is not None and is_value(cell) for cell in row)
        if place != last + 1 or has_value or row == rows[last]:
            break
        if last not in grouped and count_value_columns(row, sample) < 2:
            break
        last = place
    return last


def _top_of_header(rows: Sequence[Row], start: int, last: int, width: int, merged: Sequence[Merged]) -> int:
    """The first row of a header: rows of group names right above its full rows belong to it."""
    top = start
    while top > 0 and _is_group_row(rows, top - 1, width, merged, rows[last]):
        top -= 1
    return top


def _is_group_row(rows: Sequence[Row], place: int, width: int, merged: Sequence[Merged], names: Row) -> bool:
    row = rows[place]
    if len(row) != width or _filled(row) == 0 or any(cell is not None and is_value(cell) for cell in row):
        return False
    spans = [item for item in merged if item.row == place]
    if any(item.last - item.first + 1 < width for item in spans):
        return True
    filled = [at for at, cell in enumerate(row) if cell is not None]
    has_gap = any(after - before > 1 for before, after in pairwise(filled))
    present = [name for name in names if name is not None]
    return (len(filled) > 1 and has_gap) or len(set(present)) < len(present)


def _join_names(header: Sequence[Row], width: int, merged: Sequence[Merged], top: int) -> tuple[str, ...]:
    """Names of a header in several rows: those of groups stand over all of their columns."""
    levels = [
        _spread(row, header[level + 1], [item for item in merged if item.row == top + level])
        for level, row in enumerate(header[:-1])
    ]
    parts = [[row[place] for row in (*levels, header[-1])] for place in range(width)]
    return tuple(" ".join(dict.fromkeys(part for part in column if part)) for column in parts)


def _spread(row: Row, below: Row, spans: Sequence[Merged]) -> Row:
    """A row of group names with each name over its columns: as merged, or up to the next name."""
    spread = list(row)
    for span in spans:
        spread[span.first : span.last + 1] = [row[span.first]] * (span.last - span.first + 1)
    if spans:
        return tuple(spread)
    for place in range(1, len(spread)):
        if spread[place] is None and below[place] is not None and below[place - 1] is not None:
            spread[place] = spread[place - 1]
    return tuple(spread)


def _filled(row: Row) -> int:
    return sum(cell is not None for cell in row)


def _count_filled(rows: Sequence[Row]) -> int:
    return sum(any(cell is not None for cell in row) for row in rows)

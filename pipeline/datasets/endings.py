"""Rows of a file that are no records: totals and notes at the end, blank rows, a header that stands again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pipeline.datasets.layout import Layout

_LAST_ROWS = 30  # may be totals and notes
_SAMPLE_ROWS = 500
_FEWEST_SUMMED = 10  # numbers whose sum is no coincidence
_SPARSE = 0.6  # of the cells that a record usually fills
_LONGEST_WORD = 60
_TOTAL = re.compile(
    r"(?:\W*(?:grand|sub|end|zwischen|gesamt|net|column|report)?[ -]?"
    r"(?:totals?|totale|totaux|totaal|total général|sum|sums|summe|gesamt|insgesamt|somme|suma|soma|razem"
    r"|celkem|összesen|toplam|itogo|итого|всего|合計)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_NOTE = re.compile(
    r"[*(#†‡\-=_]|(?:note|source|quelle|hinweis|stand|generated|created|erstellt|exported|printed|report|"
    r"end of|ende|page|seite|\d+ (?:rows?|records?|zeilen|datensätze))\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")


def drop_non_records(cells: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out what is no record; `cells` holds Python values, missing ones None. Say what was left out."""
    cells, blank = _drop_blank_rows(cells)
    cells, again = _drop_headers(cells)
    totals, notes = _count_endings(cells)
    findings = (
        (blank, "One row without any value was", f"{blank} rows without any value were"),
        (again, "One row that repeats the header was", f"{again} rows that repeat the header were"),
        (totals, "The last row holds totals and was", f"{totals} rows of totals at the end were"),
        (notes, "A note below the table was", f"{notes} rows of notes below the table were"),
    )
    kept = cells.iloc[: len(cells) - totals - notes]
    return kept, tuple(f"{one if count == 1 else many} left out." for count, one, many in findings if count)


def has_value(values: pd.Series) -> bool:
    """Whether a column has any value; the first rows answer that for most."""
    return bool(values.head(_SAMPLE_ROWS).notna().any() or values.notna().any())


def is_ending(record: Sequence[str], width: int, is_apart: bool) -> bool:
    """Whether a record of the wrong width, among the last of a text file, is a total or a note.

    `is_apart` says that a blank line is before it. A record that was cut off is neither.
    """
    filled = [cell.strip() for cell in record if cell.strip()]
    if not filled:
        return True
    if len(record) > width:
        return False
    if any(_is_total_word(cell) for cell in filled):
        return True
    has_words = len(_LETTER.findall(filled[0])) > 1
    return len(filled) == 1 and width > 1 and (is_apart or bool(_NOTE.match(filled[0]))) and has_words


def _drop_blank_rows(cells: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    if cells.shape[1] < 2:
        return cells, 0
    is_filled = np.zeros(len(cells), dtype=bool)
    for place in range(cells.shape[1]):
        open_rows = np.flatnonzero(~is_filled)
        if not len(open_rows):
            return cells, 0
        is_filled[open_rows] = cells.iloc[open_rows, place].notna().to_numpy()
    if is_filled.all():
        return cells, 0
    inner = is_filled[: np.flatnonzero(is_filled)[-1] + 1] if is_filled.any() else is_filled[:0]
    return cells.loc[is_filled], int((~inner).sum())


def _drop_headers(cells: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Leave out rows that repeat the names of the columns, as in files that were put together."""
    names = [str(name).strip() for name in cells.columns]
    if cells.empty or not any(names):
        return cells, 0
    place = next(place for place, name in enumerate(names) if name)
    candidates = np.flatnonzero((cells.iloc[:, place] == names[place]).to_numpy())
    is_again = np.zeros(len(cells), dtype=bool)
    is_again[[row for row in candidates if _repeats(cells.iloc[row], names)]] = True
    return (cells.loc[~is_again], int(is_again.sum())) if is_again.any() else (cells, 0)


def _repeats(row: pd.Series, names: Sequence[str]) -> bool:
    return all((cell if cell is not None else "") == name for cell, name in zip(row, names, strict=True))


def _count_endings(cells: pd.DataFrame) -> tuple[int, int]:
    """How many of the last rows are totals, and how many are notes."""
    body = cells.iloc[max(0, len(cells) - _LAST_ROWS - _SAMPLE_ROWS) : -1]
    fills = body.notna().sum(axis=1).to_numpy()
    if not len(fills):
        return 0, 0
    usual, totals, notes = float(np.median(fills)), 0, 0
    has_single = bool((fills[:-_LAST_ROWS] <= 1).any())
    while totals + notes < min(_LAST_ROWS, len(cells) - 1):
        rest = cells.iloc[: len(cells) - totals - notes]
        if _is_total(rest, usual):
            totals += 1
        elif not has_single and _is_note(rest.iloc[-1], usual):
            notes += 1
        else:
            break
    return totals, notes


def _is_note(row: pd.Series, usual: float) -> bool:
    filled = [cell for cell in row if cell is not None]
    is_text = len(filled) == 1 and isinstance(filled[0], str) and len(_LETTER.findall(filled[0])) > 1
    return is_text and usual >= 3 and row.iloc[0] is not None


def _is_total(cells: pd.DataFrame, usual: float) -> bool:
    """Whether the last row sums up the others: by its word, or because its numbers are the columns' sums."""
    row = cells.iloc[-1]
    filled = int(row.notna().sum())
    words = [place for place, cell in enumerate(row) if isinstance(cell, str) and _is_total_word(cell)]
    is_new = [place for place in words if (cells.iloc[:-1, place] != row.iloc[place]).all()]
    is_sparse = filled < usual and (filled <= max(1.0, _SPARSE * usual) or _has_new_gap(cells))
    if words and not is_new:
        return False
    if words and is_sparse:
        return True
    return bool(is_new or is_sparse) and filled > 0 and _sums_up(cells, row, set(words))


def _has_new_gap(cells: pd.DataFrame) -> bool:
    """Whether the last row is blank in a column in which those before it never are."""
    above = cells.iloc[-_SAMPLE_ROWS - 1 : -1]
    return any(
        above.iloc[:, place].notna().all() for place, cell in enumerate(cells.iloc[-1]) if cell is None
    )


def _is_total_word(cell: str) -> bool:
    return len(cell) <= _LONGEST_WORD and bool(_TOTAL.fullmatch(cell.strip()))


def _sums_up(cells: pd.DataFrame, row: pd.Series, words: set[int]) -> bool:
    """Whether each filled cell of the last row, words apart, is the sum of the cells above it."""
    places = [place for place, cell in enumerate(row) if cell is not None and place not in words]
    return bool(places) and all(_is_sum(cells.iloc[:, place]) for place in places)


def _is_sum(column: pd.Series) -> bool:
    for decimal in (".", ","):
        numbers = _read_numbers(column, decimal)
        total = numbers[-1]
        above = numbers[:-1][~np.isnan(numbers[:-1])]
        if (
            len(above) >= _FEWEST_SUMMED
            and total
            and abs(above.sum() - total) <= max(0.01, 1e-6 * abs(total))
        ):
            return True
    return False


def _read_numbers(column: pd.Series, decimal: str) -> np.ndarray:
    """Numbers of a column whatever their units; NaN where a cell is none."""
    if not any(isinstance(cell, str) for cell in column.iloc[-2:]):
        return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    texts = column.astype("string").str.replace(rf"[^\d\-{decimal}]", "", regex=True)
    if not texts.str.contains(r"\d", regex=True).iloc[-1]:
        return np.array([np.nan, np.nan])
    return pd.to_numeric(texts.str.replace(",", "."), errors="coerce").to_numpy(dtype=float)


def say_layout(layout: Layout | None) -> tuple[str, ...]:
    """What was skipped above the table, and how its header was read."""
    if layout is None:
        return ()
    said = []
    if layout.skipped:
        lines = "One line was" if layout.skipped == 1 else f"{layout.skipped} lines were"
        said.append(f"{lines} skipped above the {'table' if layout.is_neutral else 'header'}.")
    if layout.is_neutral:
        row = layout.first + 1
        said.append(
            f"Nothing names the columns: they are called column_1 to column_{layout.width}. "
            f"If row {row} names them, say --header {row}."
        )
    if layout.header_rows > 1:
        said.append(f"The header takes {layout.header_rows} rows, whose names were joined.")
    return tuple(said)


def say_dropped(columns: int) -> tuple[str, ...]:
    """How many columns without name and value were left out."""
    if not columns:
        return ()
    what = (
        "An empty column without a name was"
        if columns == 1
        else f"{columns} empty columns without names were"
    )
    return (f"{what} left out, as separators at the end of every line make them.",)


def say_empty(cells: pd.DataFrame) -> tuple[str, ...]:
    """The columns without a value in any row, by their places."""
    empty = [place for place, name in enumerate(cells, start=1) if not has_value(cells[name])]
    return tuple(f"Column {place} has no value in any row." for place in empty)

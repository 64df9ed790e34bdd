"""Columns of a workbook whose values are in cells of several kinds: 0.29 beside the text "70%", a date
beside its serial number. They are read as numbers, or as dates, and each kind comes back at its rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.cell_sizes import choose_size
from pipeline.datasets.cell_types import kind_of, type_cells, write_cell
from pipeline.datasets.forms import DateForm, Hints, Learned, NumberForm, form_from_dict
from pipeline.datasets.source import ReadOptions, SourceFormat
from pipeline.datasets.written import find_turns
from pipeline.errors import DataError

NUMBER, TEXT = "number", "text"
_DAYS = frozenset({"date", "datetime"})
_PERCENT = 100


@dataclass(frozen=True)
class CellMix:
    """How some of a column's values are held otherwise than as cells of its type.

    `cells` is "text", or "number" beside dates; `form` is how values are written in them, and `share` (0-1)
    the part of all values that are in such cells. What `form` reads is `divisor` times the value: 100 where
    "70%" stands beside 0.29.
    """

    cells: str
    form: Mapping[str, Any]
    share: float
    divisor: int = 1

    def read(self, cells: pd.Series) -> pd.Series:
        """The values of cells, missing where they are not in the form."""
        values = form_from_dict(self.form).read(cells.map(write_cell)).values
        return values / self.divisor if self.divisor > 1 else values

    def write(self, values: pd.Series) -> pd.Series:
        """Values as the cells of a workbook hold them: text, or numbers."""
        given = (values.astype(float) * self.divisor).round(10) if self.divisor > 1 else values
        texts = form_from_dict(self.form).write(given)
        return pd.to_numeric(texts).astype(object) if self.cells == NUMBER else texts

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML."""
        found = {"cells": self.cells, "form": dict(self.form), "share": self.share}
        return found | ({"divisor": self.divisor} if self.divisor > 1 else {})


Mixes = tuple[CellMix, ...]


@dataclass(frozen=True)
class Sheet:
    """What helps to read the columns of a sheet: number formats, and days that its serials are behind.

    `known` are the mixes of a dataset whose like is read, None where they are learned.
    """

    hints: Hints
    formats: Mapping[str, str]
    days_behind: int = 0
    known: Mapping[str, Sequence[Mapping[str, Any]]] | None = None

    @classmethod
    def of(
        cls, options: ReadOptions, formats: Mapping[str, str], days_behind: int, likely: SourceFormat | None
    ) -> Self:
        """What is known of a sheet that is read by `options`, as one like that of `likely`."""
        hints = Hints(decimal=options.decimal, day_first=options.day_first, missing=options.missing)
        return cls(hints, formats, days_behind, None if likely is None else likely.mixes)


def read_mixes(source: Mapping[str, Sequence[Mapping[str, Any]]], name: str) -> Mixes:
    """The mixes of a column in a `SourceFormat.mixes`."""
    return tuple(CellMix(**one) for one in source.get(name, ()))


def type_columns(raw: pd.DataFrame, sheet: Sheet) -> tuple[pd.DataFrame, dict[str, str], dict[str, Mixes]]:
    """The columns of a sheet as by `settle_cells`, and their types and mixes by name."""
    columns = [settle_cells(raw.iloc[:, at], sheet) for at in range(raw.shape[1])]
    cells = pd.DataFrame(dict(enumerate(column for column, *_ in columns))).set_axis(raw.columns, axis=1)
    named = [(str(name), kind, mixes) for name, (_, kind, mixes) in zip(raw, columns, strict=True) if name]
    types = {name: kind for name, kind, _ in named if kind}
    return cells, types, {name: mixes for name, _, mixes in named if mixes}


def settle_cells(values: pd.Series, sheet: Sheet) -> tuple[pd.Series, str, Mixes]:
    """A column of Python values with its type, as by `type_cells`, and how some of its values are held.

    DataError where percentages or thousands beside numbers can be read in two ways.
    """
    mixes = read_mixes(sheet.known or {}, str(values.name))
    if not mixes and (sheet.known is not None or values.dropna().map(type).nunique() < 2):
        return *type_cells(values), ()
    kinds = values.map(kind_of, na_action="ignore")
    if sheet.known is None:
        mixes = _learn(values, kinds, sheet) if _are_mixed(set(kinds.dropna())) else ()
    if not mixes:
        return *type_cells(values), ()
    column, kind = type_cells(_read(values, kinds, mixes, sheet.days_behind))
    return column, kind if kind in _DAYS else "mixed", mixes


def split_cells(values: pd.Series, mixes: Mixes) -> tuple[pd.Series, pd.Series]:
    """Values without those that are in cells of other kinds by the shares of `mixes`, and these cells.

    The cells are None where there is none; rows are taken evenly. A value that rounding to a form would move
    out of the range of the values stays.
    """
    rows = np.flatnonzero(values.notna())
    turns = find_turns(len(rows))
    others = pd.Series([None] * len(values), values.index, dtype=object, name=values.name)
    # With gaps, whole numbers would become 7.0.
    kept = values.astype("Int64") if pd.api.types.is_integer_dtype(values) else values.copy()
    start = 0.0
    for one in mixes:
        taken = rows[(turns >= start) & (turns < start + one.share)]
        start += one.share
        cells = one.write(values.iloc[taken])
        is_within = one.read(cells).between(values.min(), values.max()).to_numpy()
        taken = taken[is_within]
        others.iloc[taken] = cells[is_within].to_numpy(dtype=object)
        kept.iloc[taken] = None
    return kept, others


def _are_mixed(kinds: set[str]) -> bool:
    return kinds <= {*_DAYS, NUMBER, TEXT} and not kinds <= _DAYS and len(kinds) > 1


def say_mixed(mixes: Mapping[str, Mixes]) -> tuple[str, ...]:
    """One sentence for each column whose values are in cells of several kinds."""
    return tuple(_say(name, found) for name, found in mixes.items())


def _say(name: str, mixes: Mixes) -> str:
    parts = [f"{max(1, round(one.share * 100))} % of its values are {one.cells} cells" for one in mixes]
    fractions = any(one.divisor == _PERCENT for one in mixes)
    taken = ", and numbers beside percentages are taken for fractions (0.5 is 50 %)" if fractions else ""
    return f'Column "{name}" holds its values in several ways: {" and ".join(parts)}{taken}.'


def _read(values: pd.Series, kinds: pd.Series, mixes: Mixes, days_behind: int) -> pd.Series:
    """The column with the values that its mixes hold in place of their cells."""
    read = values.astype(object).copy()
    for one in mixes:
        cells = values[kinds == one.cells]
        found = one.read(cells).dropna()
        if one.cells == NUMBER and one.form.get("pattern") == "excel":
            found += timedelta(days=days_behind)
        read[found.index] = _as_python(found)
    return read


def _as_python(found: pd.Series) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(found):
        return list(pd.DatetimeIndex(found).to_pydatetime())
    return [int(one) if float(one).is_integer() and abs(one) < 2**53 else float(one) for one in found]


def _learn(values: pd.Series, kinds: pd.Series, sheet: Sheet) -> Mixes:
    """The mixes of a column; none where its cells are not all of one meaning."""
    texts, numbers = values[kinds == TEXT], values[kinds == NUMBER]
    written = _learn_form(texts, sheet.hints)
    days = int(kinds.isin(_DAYS).sum())
    if days or (written is not None and isinstance(written.form, DateForm)):
        serials = _learn_form(numbers, replace(sheet.hints, serial=True))
        dated = {TEXT: written, NUMBER: serials}
        forms = [(at, one) for at, one in dated.items() if one is not None and isinstance(one.form, DateForm)]
        is_told = numbers.empty or NUMBER in dict(forms)
        if not is_told or any(one.is_ambiguous for _, one in forms):
            return ()
        return _share([CellMix(at, one.form.as_dict(), 0.0) for at, one in forms], values, kinds, days)
    if written is None or not isinstance(written.form, NumberForm):
        return ()
    shows_percent = "%" in sheet.formats.get(str(values.name), "")
    form, divisor = choose_size(written, texts, numbers.astype(float), shows_percent)
    mix = CellMix(TEXT, form.as_dict(), 0.0, divisor)
    _refuse_other_numbers(mix, texts)
    return _share([mix], values, kinds, len(numbers))


def _learn_form(cells: pd.Series, hints: Hints) -> Learned | None:
    from pipeline.datasets.forms import learn_form

    return learn_form(cells.map(write_cell), hints) if len(cells) else None


def _share(mixes: Sequence[CellMix], values: pd.Series, kinds: pd.Series, typed: int) -> Mixes:
    """The mixes with their shares of all values; odd cells, such as "n/a", are no values."""
    counts = [int(one.read(values[kinds == one.cells]).notna().sum()) for one in mixes]
    total = typed + sum(counts)
    return tuple(
        replace(one, share=round(count / total, 4)) for one, count in zip(mixes, counts, strict=True) if count
    )


def _refuse_other_numbers(mix: CellMix, texts: pd.Series) -> None:
    """DataError for text that `mix` does not read, and that would be a number of another size without it."""
    odd = texts[mix.read(texts).isna()]
    others = int(pd.to_numeric(odd, errors="coerce").notna().sum())
    if others:
        raise DataError(
            f'Column "{texts.name}" holds numbers as text in {others:,} of {len(texts):,} cells of text, '
            "written otherwise than the rest of them.",
            "hold them as numbers in the workbook, or write all of them in one way.",
        )

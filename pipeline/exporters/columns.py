"""A data frame as columns of plain Python values, so that every format treats every dtype alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.errors import ExportError

if TYPE_CHECKING:
    import pandas as pd


_NO_WORDS: Mapping[str, pd.Series] = MappingProxyType({})


class ColumnKind(StrEnum):
    """What a column holds; anything mixed or unknown is text."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"


@dataclass(frozen=True)
class Column:
    """One column, its values by kind and None where missing.

    They are str, int, float, bool, date, datetime, time or timedelta. `words` are the texts of cells that
    hold none of the kind, by row from 0, or numbers among dates; their values are None.
    """

    name: str
    kind: ColumnKind
    values: list[Any]
    words: Mapping[int, str | int | float] = field(default_factory=dict)

    @cached_property
    def texts(self) -> list[str]:
        """The text of every cell: dates in ISO 8601, missing values empty."""
        if self.kind is ColumnKind.TEXT:
            return [value or "" for value in self.values]
        renderers: dict[ColumnKind, Callable[[Any], str]] = {
            ColumnKind.DATETIME: datetime.isoformat,
            ColumnKind.DURATION: _write_duration,
        }
        render = renderers.get(self.kind, str)
        texts = ["" if value is None else render(value) for value in self.values]
        for row, word in self.words.items():
            texts[row] = str(word)
        return texts


def _write_duration(value: timedelta) -> str:
    """A duration as pandas writes it, which `pandas.Timedelta` reads."""
    seconds, sign = abs(value).total_seconds(), "-" if value < timedelta() else ""
    days, rest = divmod(int(seconds), 86_400)
    fraction = f".{abs(value).microseconds:06d}" if value.microseconds else ""
    return f"{sign}{days} days {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}{fraction}"


_KINDS = {
    "integer": ColumnKind.INTEGER,
    "floating": ColumnKind.NUMBER,
    "mixed-integer-float": ColumnKind.NUMBER,
    "decimal": ColumnKind.NUMBER,
    "boolean": ColumnKind.BOOLEAN,
    "date": ColumnKind.DATE,
    "datetime": ColumnKind.DATETIME,
    "datetime64": ColumnKind.DATETIME,
    "time": ColumnKind.TIME,
    "timedelta": ColumnKind.DURATION,
    "timedelta64": ColumnKind.DURATION,
}

_CONVERTERS: dict[ColumnKind, Callable[[Any], Any]] = {
    ColumnKind.TEXT: str,
    ColumnKind.INTEGER: int,
    ColumnKind.NUMBER: float,
    ColumnKind.BOOLEAN: bool,
    ColumnKind.DATE: lambda value: value,
    ColumnKind.TIME: lambda value: value,
    ColumnKind.DURATION: lambda value: timedelta(microseconds=value.value // 1000),
}


def read_columns(table: pd.DataFrame, words: Mapping[str, pd.Series] = _NO_WORDS) -> tuple[Column, ...]:
    """Take a table apart, its index left out; raise ExportError without columns or with names used twice.

    `words` holds, by column, the texts of cells that are missing in the table because they are no value of
    the column's type, or the numbers of such cells, None elsewhere.
    """
    names = [str(name) for name in table.columns]
    if not names:
        raise ExportError("The table has no columns.", "export a table with at least one column.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ExportError(f'Column "{twice}" appears more than once.', "rename one of the columns.")
    columns = (_read_column(str(name), series) for name, series in table.items())
    return tuple(
        _add_words(column, words[column.name]) if column.name in words else column for column in columns
    )


def _add_words(column: Column, words: pd.Series) -> Column:
    """The column with words in its missing cells; as text where it is text."""
    found = {row: word for row, word in enumerate(words.where(words.notna(), None)) if word is not None}
    if column.kind is not ColumnKind.TEXT:
        return replace(column, words=found)
    texts = {row: str(word) for row, word in found.items()}
    return replace(column, values=[texts.get(row, value) for row, value in enumerate(column.values)])


def _read_column(name: str, series: pd.Series) -> Column:
    from pandas.api.types import infer_dtype

    plain = series.astype(object)
    # Without values the dtype decides, except for categories, where it says nothing.
    typed = plain if series.dtype == "category" else series
    kind = _KINDS.get(infer_dtype(typed, skipna=True), ColumnKind.TEXT)
    cells = [
        None if missing else value
        for value, missing in zip(plain.tolist(), plain.isna().tolist(), strict=True)
    ]
    if kind is ColumnKind.DATETIME:
        return _read_datetimes(name, cells)
    return Column(name, kind, _convert(cells, _CONVERTERS[kind]))


def _read_datetimes(name: str, cells: list[Any]) -> Column:
    """Whole days are dates; moments with a time zone are text, since Excel has no zones."""
    import pandas as pd

    moments = _convert(cells, lambda value: pd.Timestamp(value).to_pydatetime(warn=False))
    present = [moment for moment in moments if moment is not None]
    if any(moment.tzinfo for moment in present):
        return Column(name, ColumnKind.TEXT, _convert(moments, datetime.isoformat))
    if all(moment == datetime(moment.year, moment.month, moment.day) for moment in present):
        return Column(name, ColumnKind.DATE, _convert(moments, datetime.date))
    return Column(name, ColumnKind.DATETIME, moments)


def _convert(cells: list[Any], converter: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else converter(value) for value in cells]

"""Raw modelled columns ↔ clean columns of plain numbers and category codes, and back with the same dtypes.

A clean table holds float64 columns without gaps and int64 columns of codes, so that any synthesizer
can learn it. A numeric column with missing cells becomes two: an indicator of its own, which is
learned like a category, and the numbers, whose gaps are filled with draws from the observed values,
so that filling changes neither the shape of the column nor adds a spike to it. One without any value
becomes a category, the missing cell, since whatever a synthesizer made of numbers would be invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding

ColumnEncoding = CategoryEncoding | NumberEncoding | DatetimeEncoding

_ENCODINGS: Mapping[str, type[ColumnEncoding]] = {
    kind.__name__: kind for kind in (CategoryEncoding, NumberEncoding, DatetimeEncoding)
}


@dataclass(frozen=True)
class Field:
    """One column of a clean table: codes below `cardinality`, or numbers where that is None."""

    name: str
    cardinality: int | None

    @property
    def is_discrete(self) -> bool:
        """Whether the field holds codes."""
        return self.cardinality is not None


@dataclass(frozen=True)
class TableEncoding:
    """How each modelled column of a table becomes clean fields; learned from the training rows."""

    columns: tuple[ColumnEncoding, ...]

    @classmethod
    def learn(cls, table: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> Self:
        """Learn dtypes, categories, ranges and rounding; DataError where a column does not fit its kind."""
        _require_columns(table, columns)
        return cls(tuple(_learn_column(table[column.name], column) for column in columns))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns of the clean table, an indicator of missing cells before its numbers."""
        return tuple(field for column in self.columns for field in self._fields_of(column))

    @property
    def categories(self) -> dict[str, CategoryEncoding]:
        """The categorical columns by name."""
        return {column.name: column for column in self.columns if isinstance(column, CategoryEncoding)}

    def clean(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Give the clean table of `table`; `rng` fills the gaps of numeric columns."""
        arrays: dict[str, np.ndarray] = {}
        for column in self.columns:
            arrays.update(self._clean_column(column, table[column.name], rng))
        return pd.DataFrame(arrays)

    def restore(self, clean: Mapping[str, np.ndarray] | pd.DataFrame) -> pd.DataFrame:
        """Give the modelled columns of a clean table, in the dtypes and ranges of the training rows."""
        return pd.DataFrame({column.name: self._restore_column(column, clean) for column in self.columns})

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return {"columns": [{"encoding": type(column).__name__, **asdict(column)} for column in self.columns]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The encoding again from `as_dict`, also after a round trip through JSON."""
        columns = ({**column} for column in values["columns"])
        return cls(tuple(_ENCODINGS[column.pop("encoding")].from_dict(column) for column in columns))

    def _fields_of(self, column: ColumnEncoding) -> list[Field]:
        if isinstance(column, CategoryEncoding):
            return [Field(column.name, len(column.categories))]
        numbers = Field(column.name, None)
        return [Field(self._indicator(column.name), 2), numbers] if column.has_missing else [numbers]

    def _clean_column(
        self, column: ColumnEncoding, series: pd.Series, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        if isinstance(column, CategoryEncoding):
            return {column.name: column.codes(series)}
        numbers = column.numbers(series)
        if not column.has_missing:
            return {column.name: numbers}
        missing = np.isnan(numbers)
        return {
            self._indicator(column.name): missing.astype(np.int64),
            column.name: _fill_gaps(numbers, missing, rng),
        }

    def _restore_column(
        self, column: ColumnEncoding, clean: Mapping[str, np.ndarray] | pd.DataFrame
    ) -> pd.Series:
        content = np.asarray(clean[column.name])
        if isinstance(column, CategoryEncoding):
            return column.values(content)
        missing = np.asarray(clean[self._indicator(column.name)]) == 1 if column.has_missing else None
        return column.values(content, missing)

    def _indicator(self, name: str) -> str:
        names = {column.name for column in self.columns}
        indicator = f"{name} is missing"
        while indicator in names:
            indicator += "?"
        return indicator


def _require_columns(table: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> None:
    if not columns:
        raise DataError("There is no modelled column to learn.", "give at least one column a modelled type.")
    absent = [column.name for column in columns if column.name not in table.columns]
    if absent:
        raise DataError(
            f'The table has no column "{absent[0]}".',
            "give the synthesizer the columns that it was made for.",
        )
    if table.empty:
        raise DataError("The table has no rows to learn from.", "give at least one training row.")


def _learn_column(series: pd.Series, column: ModelledColumn) -> ColumnEncoding:
    if column.kind not in (ModelledType.NUMERICAL, ModelledType.DATETIME):
        return CategoryEncoding.learn(series)
    kind = NumberEncoding if column.kind is ModelledType.NUMERICAL else DatetimeEncoding
    learned = kind.learn(series)
    return CategoryEncoding.learn(series) if series.isna().all() else learned


def _fill_gaps(numbers: np.ndarray, missing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    filled = numbers.copy()
    filled[missing] = rng.choice(numbers[~missing], int(missing.sum()))
    return filled

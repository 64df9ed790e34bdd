"""Raw modelled columns ↔ clean columns of plain numbers and category codes, and back with the same dtypes.

A clean table holds float64 columns without gaps and int64 columns of codes, so that any synthesizer
can learn it. Its numbers are no row's own: each is drawn anew among ten rows or more near it, unless ten rows
share it (`cells.redraw`), so that whatever a synthesizer stores of them identifies nobody. A numeric column
with missing cells becomes two: an indicator of its own, which is learned like a category, and the numbers,
whose gaps are filled with draws like those of other rows, which changes neither the shape of the column nor
adds a spike to it. One without any value becomes a category, the missing cell, since whatever a synthesizer
made of numbers would be invented.

Where plans are given, rare categories are filled like gaps, and a column of very many categories becomes
two: a bucket and a place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.synthesizers.bounded_categories import BoundedCategoryEncoding, CodeGrid
from pipeline.synthesizers.cells import redraw
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.width import ColumnPlan, Treatment, plan_columns, require_repeating

ColumnEncoding = CategoryEncoding | BoundedCategoryEncoding | NumberEncoding | DatetimeEncoding

_ENCODINGS: Mapping[str, type[ColumnEncoding]] = {
    kind.__name__: kind
    for kind in (CategoryEncoding, BoundedCategoryEncoding, NumberEncoding, DatetimeEncoding)
}
_BOUNDED = (Treatment.FOLDED, Treatment.SPLIT)


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
    def learn(
        cls, table: pd.DataFrame, columns: tuple[ModelledColumn, ...], plans: tuple[ColumnPlan, ...] = ()
    ) -> Self:
        """Learn dtypes, categories, ranges and rounding; DataError where a column does not fit its kind.

        A column whose plan folds or splits it is bounded; the others keep every category.
        """
        require_columns(table, columns)
        treatments = {plan.column: plan.treatment for plan in plans}
        return cls(
            tuple(
                _learn_column(table[column.name], column, treatments.get(column.name)) for column in columns
            )
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns of the clean table, an indicator of missing cells before its numbers."""
        return tuple(field for column in self.columns for field in self._fields_of(column))

    @property
    def categories(self) -> dict[str, CategoryEncoding]:
        """The categorical columns by name, with the categories that can be sampled."""
        bounded = (column for column in self.columns if isinstance(column, BoundedCategoryEncoding))
        plain = (column for column in self.columns if isinstance(column, CategoryEncoding))
        return {
            **{column.name: column for column in plain},
            **{column.name: column.known for column in bounded},
        }

    @property
    def steps(self) -> dict[str, float]:
        """The distance between neighbouring values of each numeric column; 0 where it is not rounded."""
        return {
            column.name: column.step
            for column in self.columns
            if isinstance(column, NumberEncoding | DatetimeEncoding)
        }

    def grid_of(self, name: str) -> CodeGrid:
        """How the category numbers of a categorical column are written as codes."""
        return CodeGrid(len(self.categories[name].categories), name in self._split_names)

    def code_names(self, name: str) -> tuple[str, ...]:
        """The fields that hold the codes of a categorical column."""
        if name not in self._split_names:
            return (name,)
        return self._derive(name, "bucket"), self._derive(name, "place")

    def clean(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Give the clean table of `table`; `rng` draws its numbers."""
        arrays: dict[str, np.ndarray] = {}
        for column in self.columns:
            arrays.update(self._clean_column(column, table[column.name], rng))
        return pd.DataFrame(arrays)

    def merge(self, clean: pd.DataFrame) -> pd.DataFrame:
        """The clean table with the two codes of every split column as one column of category numbers."""
        merged = clean
        for name in self._split_names:
            numbers = self._category_numbers(name, clean)
            merged = merged.drop(columns=list(self.code_names(name))).assign(**{name: numbers})
        return merged

    def restore(self, clean: Mapping[str, np.ndarray] | pd.DataFrame) -> pd.DataFrame:
        """Give the modelled columns of a clean or merged table, in the learned dtypes and ranges."""
        return pd.DataFrame({column.name: self._restore_column(column, clean) for column in self.columns})

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return {"columns": [{"encoding": type(column).__name__, **asdict(column)} for column in self.columns]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The encoding again from `as_dict`, also after a round trip through JSON."""
        columns = ({**column} for column in values["columns"])
        return cls(tuple(_ENCODINGS[column.pop("encoding")].from_dict(column) for column in columns))

    @property
    def _split_names(self) -> tuple[str, ...]:
        return tuple(
            column.name
            for column in self.columns
            if isinstance(column, BoundedCategoryEncoding) and column.is_split
        )

    def _fields_of(self, column: ColumnEncoding) -> list[Field]:
        if isinstance(column, CategoryEncoding):
            return [Field(column.name, len(column.categories))]
        if isinstance(column, BoundedCategoryEncoding):
            names = self.code_names(column.name)
            return [Field(name, size) for name, size in zip(names, column.grid.sizes, strict=True)]
        numbers = Field(column.name, None)
        return [Field(self._indicator(column.name), 2), numbers] if column.has_missing else [numbers]

    def _clean_column(
        self, column: ColumnEncoding, series: pd.Series, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        if isinstance(column, CategoryEncoding):
            return {column.name: column.codes(series)}
        if isinstance(column, BoundedCategoryEncoding):
            codes = column.grid.split(column.numbers(series, rng))
            return dict(zip(self.code_names(column.name), codes, strict=True))
        numbers = column.numbers(series)
        drawn = redraw(numbers, column.step, rng)
        if not column.has_missing:
            return {column.name: drawn}
        return {self._indicator(column.name): np.isnan(numbers).astype(np.int64), column.name: drawn}

    def _restore_column(
        self, column: ColumnEncoding, clean: Mapping[str, np.ndarray] | pd.DataFrame
    ) -> pd.Series:
        if isinstance(column, CategoryEncoding | BoundedCategoryEncoding):
            return column.values(self._category_numbers(column.name, clean))
        missing = np.asarray(clean[self._indicator(column.name)]) == 1 if column.has_missing else None
        return column.values(np.asarray(clean[column.name]), missing)

    def _category_numbers(self, name: str, clean: Mapping[str, np.ndarray] | pd.DataFrame) -> np.ndarray:
        """The category numbers of a column, which a merged table holds already."""
        if name in clean:
            return np.asarray(clean[name])
        codes = (np.asarray(clean[part]) for part in self.code_names(name))
        return self.grid_of(name).merge(tuple(codes))

    def _indicator(self, name: str) -> str:
        return self._derive(name, "is missing")

    def _derive(self, name: str, ending: str) -> str:
        """The name of a field that stands beside or for a column; no other column has it."""
        names = {column.name for column in self.columns}
        derived = f"{name} {ending}"
        while derived in names:
            derived += "?"
        return derived


def learn_unsplit(table: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> TableEncoding:
    """The encoding in which a column has one code, however many categories it has, and rare ones none."""
    require_columns(table, columns)
    plans = plan_columns(table, columns, max_categories=None, number_width=1)
    require_repeating(plans)
    return TableEncoding.learn(table, columns, plans)


def require_columns(table: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> None:
    """Raise DataError where there is no column to learn, none of that name, or no row."""
    require_named(table, columns)
    if table.empty:
        raise DataError("The table has no rows to learn from.", "give at least one training row.")


def require_named(table: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> None:
    """Raise DataError where there is no column to learn, or none of that name."""
    if not columns:
        raise DataError("There is no modelled column to learn.", "give at least one column a modelled type.")
    absent = [column.name for column in columns if column.name not in table.columns]
    if absent:
        raise DataError(
            f'The table has no column "{absent[0]}".',
            "give the synthesizer the columns that it was made for.",
        )


def _learn_column(
    series: pd.Series, column: ModelledColumn, treatment: Treatment | None = None
) -> ColumnEncoding:
    if treatment in _BOUNDED:
        return BoundedCategoryEncoding.learn(series, is_split=treatment is Treatment.SPLIT)
    if column.kind not in (ModelledType.NUMERICAL, ModelledType.DATETIME):
        return CategoryEncoding.learn(series)
    kind = NumberEncoding if column.kind is ModelledType.NUMERICAL else DatetimeEncoding
    learned = kind.learn(series)
    return CategoryEncoding.learn(series) if series.isna().all() else learned

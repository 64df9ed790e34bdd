"""Types for columns that come from no database, from what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, SqlType

_LENGTHS = (8, 16, 32, 64, 128, 255, 1_000, 4_000)
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{1,6}")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_CLOCK = r"[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_MOMENT = re.compile(_DAY.pattern + _CLOCK)
_ZONED = re.compile(_DAY.pattern + _CLOCK + r"([+-]\d\d:\d\d|Z)")
_BOOLEAN = re.compile(r"True|False")
_MOST_INTEGER = 2**31
_EXACT_FLOAT = 2**53
_MOST_DECIMALS = 6


def infer_types(schema: RelatedSchema, tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, SqlType]]:
    """A type for each column, by table: the declared one, else that of its parent's key, else by its values.

    Columns of keys are required. Text gets a length with room, since keys of some dialects need one.
    """
    found = {
        table.name: {
            name: table.types.get(name) or infer_type(tables[table.name][name]) for name in table.columns
        }
        for table in schema.tables
    }
    for _ in schema.tables:  # a key may be handed down several times
        for one in schema.relations:
            _hand_down(schema, one.child, one.columns, found, found[one.parent], one.parent_columns)
    for table in schema.tables:
        _require(table, found[table.name])
    return found


def infer_type(cells: pd.Series) -> SqlType:
    """The narrowest type that holds all cells of a column."""
    present = cells.dropna()
    if pd.api.types.is_bool_dtype(cells):
        return SqlType("BOOLEAN")
    if pd.api.types.is_integer_dtype(cells):
        return _type_integers(present)
    if pd.api.types.is_float_dtype(cells):
        return _type_floats(present, has_gaps=len(present) < len(cells))
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return SqlType("TIMESTAMP WITH TIME ZONE")
    if pd.api.types.is_datetime64_any_dtype(cells):
        return SqlType("DATE" if (present == present.dt.normalize()).all() else "TIMESTAMP")
    return _type_texts(present.map(str))


def infer_text(cells: pd.Series) -> SqlType:
    """The type of a column that is text whatever its values look like: codes of digits may begin with 0."""
    return _type_by_length(cells.dropna().map(str).unique().tolist())


def _type_integers(present: pd.Series) -> SqlType:
    is_small = present.empty or max(abs(int(present.min())), abs(int(present.max()))) < _MOST_INTEGER
    return SqlType("INTEGER" if is_small else "BIGINT")


def _type_floats(present: pd.Series, has_gaps: bool) -> SqlType:
    if present.empty or not present.abs().lt(_EXACT_FLOAT).all():
        return SqlType("DOUBLE PRECISION")
    if has_gaps and (present == present.round()).all():
        return _type_integers(present)
    numbers = [Decimal(repr(float(one))) for one in present.unique()]
    scale = max(-int(one.normalize().as_tuple().exponent) for one in numbers)
    if scale > _MOST_DECIMALS:
        return SqlType("DOUBLE PRECISION")
    return _type_decimals(numbers, max(scale, 0))


def _type_decimals(numbers: list[Decimal], scale: int) -> SqlType:
    whole = max(len(str(abs(int(one)))) for one in numbers)
    # Room for larger numbers: a table that is generated anew may hold some.
    return SqlType("NUMERIC", precision=max(whole + 2, 10) + scale, scale=scale)


def _type_texts(texts: pd.Series) -> SqlType:
    distinct = texts.unique().tolist()
    if not distinct:
        return SqlType("VARCHAR", 255)
    for pattern, name in (
        (_BOOLEAN, "BOOLEAN"),
        (_DAY, "DATE"),
        (_MOMENT, "TIMESTAMP"),
        (_ZONED, "TIMESTAMP WITH TIME ZONE"),
    ):
        if all(map(pattern.fullmatch, distinct)):
            return SqlType(name)
    if all(map(_INTEGER.fullmatch, distinct)):
        return _type_integers(pd.Series([int(one) for one in distinct]))
    if all(map(_DECIMAL.fullmatch, distinct)):
        return _type_decimals(
            [Decimal(one) for one in distinct], max(len(one.partition(".")[2]) for one in distinct)
        )
    return _type_by_length(distinct)


def _type_by_length(texts: Sequence[str]) -> SqlType:
    longest = max(map(len, texts), default=_LENGTHS[-1] + 1)
    length = next((one for one in _LENGTHS if longest <= one), None)
    return SqlType("TEXT") if length is None else SqlType("VARCHAR", length)


def _hand_down(
    schema: RelatedSchema,
    child: str,
    columns: tuple[str, ...],
    found: dict[str, dict[str, SqlType]],
    parent: Mapping[str, SqlType],
    parent_columns: tuple[str, ...],
) -> None:
    declared = schema.get(child).types
    for column, held in zip(columns, parent_columns, strict=True):
        if column not in declared:
            found[child][column] = replace(parent[held], is_required=False, checks=())


def _require(table: RelatedTable, types: dict[str, SqlType]) -> None:
    for column in table.primary_key:
        types[column] = replace(types[column], is_required=True)

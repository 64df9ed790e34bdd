"""A table whose SDV metadata is given, read by it: sdtypes decide the types, cells the forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipeline.datasets.detection.typing import TypedTable, type_table
from pipeline.datasets.forms import Hints, Learned, learn_form, vote_decimal
from pipeline.datasets.forms.patterns import directives
from pipeline.datasets.forms.strptime import strptime_pattern
from pipeline.datasets.parsing import (
    ISO_DATE,
    as_text,
    guess_date_format,
    parse_numbers,
    to_dates,
    to_numbers,
)
from pipeline.datasets.sdtypes import is_open
from pipeline.datasets.typed import describe_form, to_model
from pipeline.errors import DataError, MetadataError

_FORMS = {"numerical": ("number", "time", "duration"), "datetime": ("date", "period")}


@dataclass(frozen=True)
class GivenTable:
    """A table with the types of its sdtypes, and sentences on patterns of dates that do not fit."""

    typed: TypedTable
    findings: tuple[str, ...] = ()


def read_given(
    cells: pd.DataFrame, described: Mapping[str, Mapping[str, Any]], table: str, hints: Hints
) -> GivenTable:
    """Numbers and dates by the forms of their cells, where all cells fit and the metadata says nothing else.

    Columns that are left open are read as without metadata. MetadataError for a column that is not what its
    sdtype says.
    """
    opened = [name for name in map(str, cells) if is_open(described[name])]
    typed = type_table(cells[opened], hints)
    learned = _learn(cells, described, hints)
    columns: dict[str, pd.Series] = {}
    forms, findings = dict(typed.forms), []
    for name in map(str, cells):
        if name in opened:
            columns[name] = typed.table[name]
            continue
        values, is_other = _read(cells[name], described[name], table, learned.get(name))
        if values is not None:
            columns[name] = values
            continue
        one = learned[name]
        columns[name], forms[name] = to_model(one.values, one.form), one
        findings += [_say_other(name, described[name])] if is_other else []
    read = pd.DataFrame(columns, index=cells.index, copy=False)
    return GivenTable(TypedTable(read, typed.words, forms), tuple(findings))


def date_format(texts: pd.Series, described: Mapping[str, Any]) -> str:
    """The pattern that the metadata gives for dates, or one that all of them fit."""
    return str(described.get("datetime_format") or guess_date_format(texts) or ISO_DATE)


def _learn(
    cells: pd.DataFrame, described: Mapping[str, Mapping[str, Any]], hints: Hints
) -> dict[str, Learned]:
    """The forms of columns of text that are numbers or dates by their sdtype, where every cell is one."""
    names = [
        name for name in map(str, cells) if described[name]["sdtype"] in _FORMS and _is_text(cells[name])
    ]
    found = {name: learn_form(cells[name], _add_order(hints, described[name])) for name in names}
    decimal = hints.decimal or vote_decimal(one for one in found.values() if one is not None)
    for name, one in found.items():
        if one is not None and one.is_ambiguous and decimal:
            found[name] = learn_form(
                cells[name], replace(_add_order(hints, described[name]), decimal=decimal)
            )
    return {
        name: one
        for name, one in found.items()
        if one is not None
        and one.form.kind in _FORMS[described[name]["sdtype"]]
        and describe_form(one.form)
        and not (one.is_ambiguous or one.odd.any())
    }


def _is_text(values: pd.Series) -> bool:
    return bool(pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values))


def _add_order(hints: Hints, described: Mapping[str, Any]) -> Hints:
    """The hints with the order of day and month that a given pattern has; numbers may be dates then."""
    if described["sdtype"] != "datetime":
        return hints
    names = [name for name in directives(str(described.get("datetime_format", ""))) if name in "dm"]
    day_first = names[0] == "d" if len(names) == 2 else hints.day_first
    return replace(hints, day_first=day_first, serial=True)


def _read(
    cells: pd.Series, described: Mapping[str, Any], table: str, one: Learned | None
) -> tuple[pd.Series | None, bool]:
    """The values of a column by its metadata, or None for those of its form, and whether that is another."""
    if one is None:
        return _read_as(cells, described, table), False
    given = described.get("datetime_format")
    if given is None or strptime_pattern(one.form) == str(given).replace("%-", "%"):
        return None, False
    try:
        values = _read_as(cells, described, table)
    except MetadataError:
        return None, True
    return (None if values.equals(one.values) else values), False


def _read_as(cells: pd.Series, described: Mapping[str, Any], table: str) -> pd.Series:
    """A column with the type of its sdtype: numbers, dates, or text."""
    texts = as_text(cells)
    where = f'Table "{table}": column "{cells.name}"'
    try:
        if described["sdtype"] == "numerical":
            numbers = parse_numbers(texts)
            return to_numbers(texts, where) if numbers is None else numbers
        if described["sdtype"] == "datetime":
            return to_dates(cells, where, date_format(texts, described))
    except DataError as error:
        raise MetadataError(
            error.message, "correct the column's sdtype in the metadata, or those rows."
        ) from error
    return texts


def _say_other(name: str, described: Mapping[str, Any]) -> str:
    return (
        f'Column "{name}" is not written in the form {described["datetime_format"]} of the metadata; '
        "it was read by the form that its cells have."
    )

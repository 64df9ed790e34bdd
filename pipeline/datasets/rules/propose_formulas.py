"""Proposes columns that are sums, differences or products of two or three others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.candidates import list_dates, list_decimals, list_numbers
from pipeline.datasets.rules.expression import quote
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import are_equal, as_steps, count_decimals

_MOST_OF_THREE = 14
"""Columns of a table up to which three are tried together; there are too many threes of more."""
_FIRST_ROWS = 40
_LEAST_VALUES = 5
_LEAST_TELLING = 20
"""Rows in which no term is 0 (of a product: 0 or 1), so that every one of them matters."""
_MOST_DECIMALS_OF_DATES = 5


class _Columns:
    """Columns of a table as floats, their decimals, which of them are dates, and which are only read.

    Categories that are written with decimals, as a fee of 10.00 or 25.00, are read; no formula decides them.
    """

    def __init__(self, table: str, given: RuleTables) -> None:
        dates, numbers = list_dates(table, given), list_numbers(table, given)
        self.dates, self.read = frozenset(dates), frozenset(list_decimals(table, given))
        order = given.schema.get(table).columns
        self.names = sorted((*dates, *numbers, *self.read), key=order.index)
        self.values = {name: as_steps(given.column(table, name)) for name in self.names}
        self.decimals = {
            name: _MOST_DECIMALS_OF_DATES if name in self.dates else count_decimals(given.column(table, name))
            for name in self.names
        }


def propose_formulas(table: str, given: RuleTables) -> list[RelatedRule]:
    """One formula at most for each column: of two others before three, sums before products."""
    columns = _Columns(table, given)
    found: dict[str, RelatedRule] = {}
    widths = (2, 3) if len(columns.names) <= _MOST_OF_THREE else (2,)
    for width in widths:
        for rule in (*_find_sums(table, columns, width), *_find_products(table, columns, width)):
            if rule.columns[0] not in found and not _needs(found, rule.columns[1:], rule.columns[0]):
                found[rule.columns[0]] = rule
    return list(found.values())


def _needs(found: dict[str, RelatedRule], inputs: Sequence[str], decided: str) -> bool:
    """Whether inputs are themselves computed from the decided column."""
    return any(
        name == decided or (name in found and _needs(found, found[name].columns[1:], decided))
        for name in inputs
    )


def _find_sums(table: str, columns: _Columns, width: int) -> Iterator[RelatedRule]:
    """The last column of some as a sum or difference of the others."""
    for names in combinations(columns.names, width + 1):
        decided = next((name for name in reversed(names) if name not in columns.read), "")
        terms = tuple(name for name in names if name != decided)
        dates = [name for name in names if name in columns.dates]
        if len(dates) not in (0, 2):
            continue
        if dates and decided in columns.dates:
            # A number of days between two dates is decided by them.
            decided = next((name for name in names if name not in columns.dates), decided)
            terms = tuple(name for name in names if name != decided)
        if not decided:
            continue
        for signs in product((1.0, -1.0), repeat=width):
            if _is_sensible(signs, terms, columns) and _is_sum(decided, terms, signs, columns):
                yield RelatedRule(
                    "formula", table, (decided, *terms), options={"expression": _write(terms, signs)}
                )
                break


def _is_sensible(signs: Sequence[float], terms: Sequence[str], columns: _Columns) -> bool:
    """Not all signs are minus, and dates are subtracted from each other."""
    dates = [sign for sign, name in zip(signs, terms, strict=True) if name in columns.dates]
    return 1.0 in signs and (not dates or sum(dates) == 0)


def _write(terms: Sequence[str], signs: Sequence[float]) -> str:
    """An expression that starts with a term that is added."""
    ordered = sorted(zip(signs, terms, strict=True), key=lambda pair: -pair[0])
    text = "".join(f" {'+' if sign > 0 else '-'} {quote(name)}" for sign, name in ordered)
    return text.removeprefix(" + ")


def _is_sum(decided: str, terms: Sequence[str], signs: Sequence[float], columns: _Columns) -> bool:
    parts = [columns.values[name] for name in terms]
    head = slice(0, _FIRST_ROWS)
    for rows in (head, slice(None)):
        total = sum(sign * part[rows] for sign, part in zip(signs, parts, strict=True))
        if not _agrees(columns.values[decided][rows], np.asarray(total), columns.decimals[decided]):
            return False
    is_telling = np.all([part != 0 for part in parts], axis=0) & (columns.values[decided] != 0)
    return _tells(columns.values[decided], np.asarray(total), is_telling)


def _find_products(table: str, columns: _Columns, width: int) -> Iterator[RelatedRule]:
    """A column as the product of others, wherever it stands in the table."""
    numbers = [name for name in columns.names if name not in columns.dates]
    for decided in (name for name in numbers if name not in columns.read):
        others = [name for name in numbers if name != decided]
        for terms in combinations(others, width):
            if _is_product(decided, terms, columns):
                expression = " * ".join(map(quote, terms))
                yield RelatedRule("formula", table, (decided, *terms), options={"expression": expression})


def _is_product(decided: str, terms: Sequence[str], columns: _Columns) -> bool:
    parts = [columns.values[name] for name in terms]
    for rows in (slice(0, _FIRST_ROWS), slice(None)):
        total = np.prod([part[rows] for part in parts], axis=0)
        if not _agrees(columns.values[decided][rows], total, columns.decimals[decided]):
            return False
    is_telling = np.all([(part != 0) & (np.abs(part) != 1) for part in parts], axis=0)
    return _tells(columns.values[decided], total, is_telling)


def _agrees(values: np.ndarray, computed: np.ndarray, decimals: int) -> bool:
    known = ~np.isnan(values) & ~np.isnan(computed)
    return bool(known.any() and are_equal(values[known], computed[known], decimals).all())


def _tells(values: np.ndarray, computed: np.ndarray, is_telling: np.ndarray) -> bool:
    """Whether enough rows speak for a formula and its results differ."""
    known = ~np.isnan(values) & ~np.isnan(computed)
    enough = np.count_nonzero(is_telling & known) >= _LEAST_TELLING
    return bool(enough and len(np.unique(values[known])) >= _LEAST_VALUES)

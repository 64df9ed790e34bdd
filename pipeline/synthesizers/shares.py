"""Shares of categories in a sample: what was asked for, as exact whole numbers of rows.

Each column with shares splits into groups: one for every named category and one for all the others
together, whose rows keep their natural proportions. Several columns give a table of cells, fitted to the
shares and otherwise as close as possible to how the columns depend on each other (iterative proportional
fitting, Deming and Stephan 1940), and rounded so that every column's counts are exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.shares import find_share_fault
from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError, SamplingError
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.width import FEWEST_ROWS, count_categories

RANGES_BY = "autoregressive"
"""The synthesizer that supports shares of numbers and dates."""

_CATEGORICAL = (ModelledType.CATEGORICAL, ModelledType.BOOLEAN)
_MOST_SWEEPS = 200
_BETWEEN = ".."
_INDEPENDENCE = 0.01
"""Weight of independence in the fitted table, in rows: no cell that a share may need is ever impossible."""


@dataclass(frozen=True)
class ShareTarget:
    """The shares of one column: its groups by code, and the fraction of the rows in each group.

    The named categories are groups 0, 1, …, in order; the last group holds all other codes.
    """

    column: str
    group_of_code: np.ndarray
    fractions: np.ndarray

    def codes_of(self, group: int) -> np.ndarray:
        """The codes of one group."""
        return np.flatnonzero(self.group_of_code == group)


def read_range(column: str, label: str, encoding: NumberEncoding | DatetimeEncoding) -> tuple[float, float]:
    """The ends of a share of a number or date, as "30..40", "..40" or "30", as the encoding counts them.

    SamplingError where an end is no number or no date.
    """
    start, between, end = label.partition(_BETWEEN)
    low = _read_end(column, start, encoding) if start.strip() else -math.inf
    if not between:
        return low, low
    return low, _read_end(column, end, encoding) if end.strip() else math.inf


def _read_end(column: str, text: str, encoding: NumberEncoding | DatetimeEncoding) -> float:
    """A value of the column as its encoding counts it, not moved into the learned range."""
    try:
        if isinstance(encoding, DatetimeEncoding):
            instant = pd.Timestamp(text.strip())
            return (instant.value // 1_000 - encoding.origin_us) / encoding.grain_us
        return float(text)
    except ValueError as error:
        kind = "date" if isinstance(encoding, DatetimeEncoding) else "number"
        raise SamplingError(
            f'Column "{column}": {text.strip()!r} is no {kind}.', "write a value, or a range such as 30..40."
        ) from error


def check_shares(
    shares: Shares,
    dataset: str,
    columns: tuple[ModelledColumn, ...],
    training: pd.DataFrame,
    synthesizer: str,
) -> None:
    """Raise DataError where shares name an unknown column or category, or add up to more than 1.

    Ranges of numbers and dates, which `autoregressive` alone can give, are checked against its own cells.
    """
    categorical = [column.name for column in columns if column.kind in _CATEGORICAL]
    modelled = {column.name for column in columns}
    for column, parts in shares.items():
        if column in modelled.difference(categorical) and synthesizer == RANGES_BY:
            continue
        if column not in categorical:
            raise DataError(
                f'Shares were requested for "{column}", which is not a categorical column of {dataset}.',
                f"choose one of {', '.join(categorical) or 'none: this dataset has no such column'}; only "
                f"{RANGES_BY} supports shares of numbers and dates.",
            )
        counts = count_categories(training[column])
        _check_parts(column, parts, known=set(counts.index[counts >= FEWEST_ROWS].astype(str)))


def resolve_shares(
    shares: Shares, categories: Mapping[str, CategoryEncoding], columns: tuple[str, ...]
) -> tuple[ShareTarget, ...]:
    """Check shares against the columns of a model; raise SamplingError naming column and category."""
    return tuple(
        _resolve_column(column, wanted, categories, columns) for column, wanted in shares.items() if wanted
    )


def apportion(fractions: np.ndarray, rows: int) -> np.ndarray:
    """Whole numbers that sum to `rows`, by largest remainder; `fractions` sum to 1."""
    # Nine digits hide float dust, which would otherwise decide between remainders that are equal.
    ideal = np.round(np.asarray(fractions, dtype=np.float64) * rows, 9)
    counts = np.floor(ideal).astype(np.int64)
    order = np.argsort(counts - ideal, kind="stable")
    counts[order[: rows - int(counts.sum())]] += 1
    return counts


def plan_cells(targets: tuple[ShareTarget, ...], observed: tuple[np.ndarray, ...], rows: int) -> np.ndarray:
    """Rows for each cell, shape (groups of the first target, groups of the second, …).

    `observed` holds the group of each row of an unconditioned sample, one array a target. The sums over
    all axes but one equal `apportion` of that target exactly.
    """
    margins = [apportion(target.fractions, rows) for target in targets]
    shape = tuple(len(margin) for margin in margins)
    cells = np.ravel_multi_index(observed, shape)
    joint = np.bincount(cells, minlength=math.prod(shape)).reshape(shape).astype(np.float64)
    return _round_to_margins(_fit_margins(_smooth(joint), margins), margins)


def _resolve_column(
    column: str,
    wanted: Mapping[Any, float],
    categories: Mapping[str, CategoryEncoding],
    columns: tuple[str, ...],
) -> ShareTarget:
    encoding = categories.get(column)
    if encoding is None:
        raise _unknown_column(column, categories, columns)
    codes: list[int] = []
    for category in wanted:
        code = encoding.code_of(category)
        if code is None:
            raise _unknown_category(column, category, encoding)
        codes.append(code)
    size = len(encoding.categories)
    if fault := find_share_fault(wanted, is_complete=len(set(codes)) == size):
        raise SamplingError(f'Column "{column}": {fault.message}.', fault.hint)
    # Two labels may name one category.
    fractions: dict[int, float] = {}
    for code, share in zip(codes, wanted.values(), strict=True):
        fractions[code] = fractions.get(code, 0.0) + float(share)
    return _target(column, fractions, size)


def _target(column: str, fractions: Mapping[int, float], size: int) -> ShareTarget:
    total = math.fsum(fractions.values())
    group_of_code = np.full(size, len(fractions), dtype=np.int64)
    group_of_code[list(fractions)] = np.arange(len(fractions))
    groups = [*fractions.values()] + ([max(0.0, 1 - total)] if len(fractions) < size else [])
    return ShareTarget(column, group_of_code, np.array(groups) / math.fsum(groups))


def _unknown_column(
    column: str, categories: Mapping[str, CategoryEncoding], columns: tuple[str, ...]
) -> SamplingError:
    known = ", ".join(categories) or "none"
    if column in columns:
        return SamplingError(
            f'Column "{column}" is not categorical, so its values have no shares.',
            f"give shares to a categorical column: {known}.",
        )
    return SamplingError(f'There is no modelled column "{column}".', f"give shares to one of: {known}.")


def _unknown_category(column: str, category: Any, encoding: CategoryEncoding) -> SamplingError:
    known = [str(value) for value in encoding.categories if value is not None]
    listed = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    return SamplingError(
        f'Column "{column}" has no category {category!r} to request: it is unknown or too rare.',
        f"use one of: {listed}; categories of fewer than {FEWEST_ROWS} training rows are protected.",
    )


def _smooth(joint: np.ndarray) -> np.ndarray:
    """The joint counts with a touch of independence, so that every cell is possible."""
    independent = np.full(joint.shape, _INDEPENDENCE)
    for axis in range(joint.ndim):
        margin = joint.sum(axis=_others(joint.ndim, axis)) + 0.5
        independent = independent * _along(margin / margin.sum(), axis, joint.ndim)
    return joint + independent


def _fit_margins(table: np.ndarray, margins: list[np.ndarray]) -> np.ndarray:
    for _ in range(_MOST_SWEEPS):
        before = table
        for axis, margin in enumerate(margins):
            sums = table.sum(axis=_others(table.ndim, axis))
            table = table * _along(margin / np.maximum(sums, np.finfo(float).tiny), axis, table.ndim)
        if np.abs(table - before).max() < 1e-9:
            break
    return table


def _round_to_margins(table: np.ndarray, margins: list[np.ndarray]) -> np.ndarray:
    """Whole numbers near `table` with exactly these margins: floors, then units to the largest fractions.

    The units left over are the same number along every axis, so that whatever the fractions do not place
    can be paired freely.
    """
    counts = np.floor(table + 1e-9).astype(np.int64)
    _take_off_excess(counts, margins)
    left = [margin - counts.sum(axis=_others(table.ndim, axis)) for axis, margin in enumerate(margins)]
    fractions = (table - counts).ravel()
    for cell in np.argsort(-fractions, kind="stable")[: np.count_nonzero(fractions > 1e-12)]:
        _place_unit(counts, left, np.unravel_index(cell, table.shape))
    while left[0].sum() > 0:
        _place_unit(counts, left, tuple(int(np.argmax(units)) for units in left))
    return counts


def _take_off_excess(counts: np.ndarray, margins: list[np.ndarray]) -> None:
    """Lower the largest cells where floors pass a margin, which a fit that has not converged can leave."""
    for axis, margin in enumerate(margins):
        excess = counts.sum(axis=_others(counts.ndim, axis)) - margin
        for group in np.flatnonzero(excess > 0):
            plane = np.moveaxis(counts, axis, 0)[group]
            for _ in range(excess[group]):
                plane[np.unravel_index(np.argmax(plane), plane.shape)] -= 1


def _place_unit(counts: np.ndarray, left: list[np.ndarray], cell: tuple[Any, ...]) -> None:
    if all(units[group] > 0 for units, group in zip(left, cell, strict=True)):
        counts[cell] += 1
        for units, group in zip(left, cell, strict=True):
            units[group] -= 1


def _others(dimensions: int, axis: int) -> tuple[int, ...]:
    return tuple(other for other in range(dimensions) if other != axis)


def _along(values: np.ndarray, axis: int, dimensions: int) -> np.ndarray:
    return values.reshape([-1 if other == axis else 1 for other in range(dimensions)])


def _check_parts(column: str, parts: Mapping[Any, float], known: Set[str]) -> None:
    """DataError where a category is none of those known, or the shares cannot fill the rows."""
    given = {str(value) for value in parts}
    if unknown := sorted(given - known):
        raise DataError(
            f'Column "{column}" has no category {", ".join(unknown)} to request: unknown, or too rare.',
            f"choose among {', '.join(sorted(known)[:20])}; categories of fewer than {FEWEST_ROWS} training "
            "rows are protected.",
        )
    total = sum(parts.values())
    if total > 1 + 1e-9 or (total < 1 - 1e-9 and given == known):
        raise DataError(
            f'The shares of "{column}" add up to {100 * total:.6g}% of the rows.',
            "make them add up to 100% (1.0), or name fewer categories.",
        )

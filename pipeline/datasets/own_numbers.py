"""Numbers that belong to single people: an income or a place that comes back in all rows of its owner.

Such a value stands in many rows, and yet is one person's: who has a value is counted in people, not in rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.entities import find_leader
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role

FEWEST_HOLDERS = 10
"""A value that as many people have is nobody's own."""

_SPARSE = 50  # times as many steps in the range as values: below, chance repeats values anyway
FEWEST_VALUES = 20
_FEWEST_ALONE, _ROWS_ALONE = 50, 3.0  # values, and rows each, where no column says whose they are
_MOST_ROWS_OF_ONE, _MOST_UNEVEN = 0.1, 1.5
_MOST_ENDING = 0.4  # of the values end in the same digit, as prices do
_LARGEST = 2.0**53


@dataclass(frozen=True, eq=False)
class OwnNumbers:
    """Values that few people have, as whole numbers of `step`, ascending, and how many people have each.

    A number of the column is the whole number times `step` / 10^`decimals`.
    """

    values: np.ndarray
    holders: np.ndarray
    step: int
    decimals: int

    def read(self, numbers: pd.Series) -> np.ndarray:
        """Numbers in steps, float64: fractions of a step and missing ones equal none of `values`."""
        plain = pd.to_numeric(numbers, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(np.round(plain * 10.0**self.decimals) / self.step)

    def write(self, steps: np.ndarray) -> np.ndarray:
        """Numbers of whole steps."""
        return np.asarray(np.round(steps * self.step / 10.0**self.decimals, self.decimals))


def find_own_numbers(spec: DatasetSpec, column: ColumnSpec, raw: pd.DataFrame) -> OwnNumbers | None:
    """The values of a measure of the raw table that fewer than `FEWEST_HOLDERS` people have.

    None where they are no longer told from chance, where people prefer some of them, or the column is public.
    """
    if column.role is Role.IDENTITY or column.is_public or column.kind != ModelledType.NUMERICAL:
        return None
    decimals = int(column.options.get("decimals", 0))
    numbers = pd.to_numeric(raw[column.name], errors="coerce")
    scaled = np.round(numbers.to_numpy(dtype=np.float64, na_value=np.nan) * 10.0**decimals)
    is_told = np.isfinite(scaled) & (np.abs(scaled) < _LARGEST)
    whose = find_whose(spec, column.name, raw)
    if whose is None and not (decimals and _come_back(scaled[is_told])):
        return None
    values, codes = np.unique(scaled[is_told].astype(np.int64), return_inverse=True)
    holders = count_holders(codes, codes if whose is None else pd.factorize(raw[whose])[0][is_told])
    own = (holders > 0) & (holders < FEWEST_HOLDERS)
    return _as_own(values[own], holders[own], values, decimals)


def _as_own(own: np.ndarray, holders: np.ndarray, values: np.ndarray, decimals: int) -> OwnNumbers | None:
    if len(own) < FEWEST_VALUES:
        return None
    step = max(1, int(np.gcd.reduce(np.abs(values))))
    if int(own[-1] - own[0]) // step < _SPARSE * len(own):
        return None
    return OwnNumbers(own // step, holders, step, decimals)


def find_whose(spec: DatasetSpec, name: str, raw: pd.DataFrame) -> str | None:
    """The column that tells apart the people in whose rows a column stays the same."""
    entity = next((one for one in spec.entities if name in one.constant), None)
    leader = entity and find_leader(entity, spec.columns)
    return leader.name if leader and leader.name in raw else None


def count_holders(values: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """How many people have each of the values 0, 1, ...; `owners` has a code for each row, -1 for none."""
    pairs = np.unique(np.column_stack([values, owners])[owners >= 0], axis=0)
    return np.bincount(pairs[:, 0], minlength=int(values.max(initial=-1)) + 1)


def are_even(counts: np.ndarray) -> bool:
    """Whether values come back as those of people do: many of them, about as often each."""
    if len(counts) < _FEWEST_ALONE or np.median(counts) < _ROWS_ALONE:
        return False
    return bool(counts.std() <= _MOST_UNEVEN * counts.mean())


def _come_back(numbers: np.ndarray) -> bool:
    """Whether decimals come back as those of people do, and are not rounded."""
    values, counts = np.unique(numbers, return_counts=True)
    if not are_even(counts):
        return False
    ends = np.bincount(np.abs(values).astype(np.int64) % 10, minlength=10) / len(values)
    return bool(ends.max() <= _MOST_ENDING)

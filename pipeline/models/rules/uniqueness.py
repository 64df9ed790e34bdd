"""Columns that are unique together: a repeated row takes the nearest value that is free.

A part of a job has the values of its own share of all combinations, so that no two parts meet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.parsing import ISO_DATE
from pipeline.datasets.rules.row_checks import spell
from pipeline.datasets.spec import ColumnSpec, ModelledType
from pipeline.errors import SamplingError
from pipeline.models.rules.grid import floor_to_grid

_GOLDEN = 0.6180339887498949  # whose multiples are spread evenly between whole numbers
_MOST_LISTED = 200_000


@dataclass(frozen=True)
class Share:
    """The part of all combinations that a part of a job may use, from `first` to `end` of 0 to 1."""

    first: float = 0.0
    end: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether there are no other parts."""
        return self.first <= 0.0 and self.end >= 1.0


@dataclass(frozen=True, eq=False)
class Domain:
    """The values that a column can take, by number from 0 to `size` - 1; all of them, or evenly spaced."""

    values: pd.Series | None
    start: float = 0.0
    step: float = 1.0
    size: int = 0

    def number(self, column: pd.Series) -> np.ndarray:
        """The numbers of values, those outside moved to an end."""
        if self.values is None:
            found = np.round((column.to_numpy(dtype=float) - self.start) / self.step)
            return np.clip(found, 0, self.size - 1).astype(np.int64)
        if self.values.dtype == object:
            return np.asarray(pd.Index(self.values).get_indexer(pd.Index(column)))
        places = np.searchsorted(self.values.to_numpy(), column.to_numpy())
        return np.clip(places, 0, self.size - 1).astype(np.int64)

    def take(self, numbers: np.ndarray) -> np.ndarray:
        """The values of numbers."""
        if self.values is None:
            return self.start + numbers * self.step
        return np.asarray(self.values.to_numpy()[numbers])


def describe_domain(
    column: ColumnSpec, sample: pd.Series, drawn: pd.Series, is_business: bool = False
) -> Domain:
    """The values between the ends of a column, or its categories."""
    if column.kind == ModelledType.DATETIME:
        return _describe_dates(column, sample, is_business)
    if column.kind == ModelledType.NUMERICAL:
        step = 10.0 ** -column.options.get("decimals", 6)
        low, high = float(sample.min()), float(sample.max())
        return Domain(None, low, step, round((high - low) / step) + 1)
    values = pd.Series(sorted({*drawn.dropna().unique()}, key=str), dtype=object)
    return Domain(values, size=len(values))


def _describe_dates(column: ColumnSpec, sample: pd.Series, is_business: bool) -> Domain:
    low, high = sample.min(), sample.max()
    pattern = column.options.get("format", ISO_DATE)
    seconds = 86_400.0 if pattern == ISO_DATE else float(column.options.get("step_s", 1))
    step = pd.Timedelta(seconds=max(seconds, (high - low).total_seconds() / _MOST_LISTED))
    days = pd.Series(pd.date_range(low, high, freq=step))
    listed = floor_to_grid(column, days).drop_duplicates().sort_values(ignore_index=True)
    listed = listed[listed >= low]
    if is_business:
        listed = listed[listed.dt.dayofweek < 5]
    return Domain(listed.reset_index(drop=True), size=len(listed))


def move_apart(
    keys: pd.DataFrame,
    numbers: np.ndarray,
    domain: Domain,
    share: Share,
    bounds: tuple[np.ndarray, np.ndarray],
    text: str,
    may_move_keys: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a domain that differ among rows of equal keys, and for each row a row that has its key.

    Each is as near as possible to its own, within the bounds of its row. `may_move_keys` lets a row whose key
    has no value left take another key; where none has one, SamplingError names the rule by its `text`.
    """
    codes = _code(keys)
    owners = np.unique(codes, return_index=True)[1]
    space = _Space(domain.size, share, _spread(keys, owners))
    result, sources = numbers.copy(), np.arange(len(numbers))
    is_repeated = pd.DataFrame({"key": codes, "value": numbers}).duplicated().to_numpy()
    keeps = _is_allowed(numbers, space.starts[codes], share) & ~is_repeated
    for code, number in zip(codes[keeps], numbers[keeps], strict=True):
        space.taken[code].add(int(number))
    for row in np.flatnonzero(~keeps):
        found = space.take(
            int(codes[row]), int(numbers[row]), (bounds[0][row], bounds[1][row]), may_move_keys
        )
        if found is None:
            raise SamplingError(
                f'The rule "{text}" leaves too few combinations for so many rows.',
                "ask for fewer rows, or remove the rule.",
            )
        if found[0] != codes[row]:
            sources[row] = owners[found[0]]
        result[row] = found[1]
    return result, sources


def _code(keys: pd.DataFrame) -> np.ndarray:
    if not len(keys.columns):
        return np.zeros(len(keys), dtype=np.int64)
    return keys.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()


class _Space:
    """Which numbers of each key are taken."""

    def __init__(self, size: int, share: Share, starts: np.ndarray) -> None:
        self._size, self._share, self.starts = size, share, starts
        self.taken: list[set[int]] = [set() for _ in starts]
        self._full: set[int] = set()

    def take(self, code: int, number: int, bounds: tuple[int, int], may_move: bool) -> tuple[int, int] | None:
        """Take the nearest free number of a key, else of the key with fewest taken; None where all are."""
        found = self._take_of(code, number, bounds)
        if found is not None or not may_move:
            return found
        others = sorted(range(len(self.taken)), key=lambda one: len(self.taken[one]))
        return next(filter(None, (self._take_of(one, number, bounds) for one in others)), None)

    def _take_of(self, code: int, number: int, bounds: tuple[int, int]) -> tuple[int, int] | None:
        if code in self._full:
            return None
        found = _find_free(number, bounds, self.taken[code], self.starts[code], self._share)
        if found is None:
            if bounds == (0, self._size - 1):
                self._full.add(code)
            return None
        self.taken[code].add(found)
        return code, found


def _spread(keys: pd.DataFrame, owners: np.ndarray) -> np.ndarray:
    """A number from 0 to 1 for each key, the same in every part."""
    texts = ["\0".join(map(spell, keys.iloc[row])) for row in owners]
    digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return np.array([int.from_bytes(digest, "big") / 2.0**64 for digest in digests])


def _is_allowed(numbers: np.ndarray, starts: np.ndarray, share: Share) -> np.ndarray:
    places = (numbers * _GOLDEN + starts) % 1.0
    return np.asarray((places >= share.first) & (places < share.end))


def _find_free(own: int, bounds: tuple[int, int], used: set[int], start: float, share: Share) -> int | None:
    """The nearest number within bounds that is neither used nor another part's; None where there is none."""
    low, high = bounds
    reach, done = 64, -1
    while own + done < high or own - done > low:
        steps = np.arange(done + 1, reach + 1)
        near = np.column_stack([own + steps, own - steps]).ravel()
        near = near[(near >= low) & (near <= high)]
        free = near[_is_allowed(near, np.full(len(near), start), share)]
        for number in free.tolist():
            if number not in used:
                return int(number)
        done, reach = reach, reach * 8
    return None

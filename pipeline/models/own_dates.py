"""Training rows without dates that belong to single people: each is drawn anew among those of several.

Weekdays and times of day stay like those of the sample, and of two dates of a row the earlier stays so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from pipeline.datasets.own_dates import DAY, OwnDates, find_own_dates, list_dates, to_moments
from pipeline.datasets.own_numbers import FEWEST_HOLDERS
from pipeline.datasets.spec import DatasetSpec
from pipeline.models.stretches import cut_stretches, make_stream

_MISSING = np.iinfo(np.int64).min
_FIRST, _LAST = _MISSING + 1, np.iinfo(np.int64).max
_IN_ORDER = 0.99  # of the rows have one date not after another one
_WEEK = 7


def blur_own_dates(spec: DatasetSpec, raw: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns of a raw table with dates of single people (datetime64[ns]), these drawn anew."""
    columns = {one.name: one for one in spec.columns}
    dates = list_dates(spec, raw)
    found = {name: find_own_dates(spec, columns[name], raw) for name in dates}
    own = {name: one for name, one in found.items() if one is not None}
    if not own:
        return {}
    real = {name: to_moments(values) for name, values in dates.items()}
    current, done = dict(real), list[str]()
    for name, one in own.items():
        lower, upper = _bound(name, real, current, own.keys() - done)
        moments = _blur(name, one, one.read(dates[name]), real[name], lower, upper)
        for other in done:
            moments = np.where(_find_equal(real[name], real[other]), current[other], moments)
        current[name] = moments
        done.append(name)
    return {name: pd.Series(current[name].view("datetime64[ns]"), index=raw.index, name=name) for name in own}


def _blur(
    name: str, own: OwnDates, steps: np.ndarray, moments: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    places = np.minimum(np.searchsorted(own.values, steps), len(own.values) - 1)
    is_own = own.values[places] == steps
    blurred = moments.copy()
    blurred[is_own] = _draw(own, places[is_own], lower[is_own], upper[is_own], make_stream(name))
    return blurred


def _bound(
    name: str, real: Mapping[str, np.ndarray], current: Mapping[str, np.ndarray], waiting: Collection[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Between which moments a date of each row lies, by the columns in an order that nearly all rows keep.

    One that is `waiting` to be drawn follows the dates that it equals, so that the first of both is free.
    """
    here = real[name]
    lower, upper = np.full(len(here), _FIRST), np.full(len(here), _LAST)
    for other, there in real.items():
        if other == name:
            continue
        is_free = (here == there) if other in waiting else np.zeros(len(here), dtype=bool)
        before, after = _list_ordered(there, here) & ~is_free, _list_ordered(here, there) & ~is_free
        lower[before] = np.maximum(lower[before], current[other][before])
        upper[after] = np.minimum(upper[after], current[other][after])
    return lower, upper


def _list_ordered(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The rows in which one date does not lie after another; none where this is no order of the columns."""
    is_told = (first != _MISSING) & (second != _MISSING)
    ordered = is_told & (first <= second)
    return ordered & (ordered.sum() >= _IN_ORDER * is_told.sum())


def _find_equal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The rows in which two dates are the same, of columns that are in an order."""
    return (_list_ordered(first, second) | _list_ordered(second, first)) & (first == second)


def _draw(
    own: OwnDates, places: np.ndarray, lower: np.ndarray, upper: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """New moments for some of the own dates (their places among them), inside of the bounds."""
    days, times = np.divmod(own.values, own.per_day)
    low, high = _find_ends(days, own.holders)
    low, high, here = low[places], high[places], days[places]
    drawn_times = _draw_times(times, own.holders, places, rng)
    drawn = _keep_weekday(own.days, here, rng.integers(low, high + 1), low, high)
    moments = own.write(drawn * own.per_day + drawn_times)
    outside = np.flatnonzero((moments < lower) | (moments > upper))
    if len(outside):
        lower, upper = lower[outside], upper[outside]
        first = np.searchsorted(own.days, lower // DAY + (lower % DAY > 0) * (own.per_day == 1))
        last = np.searchsorted(own.days, upper // DAY, side="right") - 1
        first, last = np.maximum(low[outside], first), np.minimum(high[outside], last)
        again = rng.integers(first, np.maximum(first, last) + 1)
        redrawn = own.write(again * own.per_day + drawn_times[outside])
        moments[outside] = np.clip(redrawn, lower, upper)
    return moments


def _draw_times(
    times: np.ndarray, holders: np.ndarray, places: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Times of day in steps; one that many people have, such as midnight, stays."""
    distinct, codes = np.unique(times, return_inverse=True)
    held = np.bincount(codes, weights=holders).astype(np.int64)
    is_own = held < FEWEST_HOLDERS
    low, high = distinct.copy(), distinct.copy()
    if is_own.any():
        first, last = cut_stretches(held[is_own])
        low[is_own], high[is_own] = distinct[is_own][first], distinct[is_own][last]
    return rng.integers(low[codes[places]], high[codes[places]] + 1)


def _find_ends(days: np.ndarray, holders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last day of the stretch that each day lies in."""
    distinct, codes = np.unique(days, return_inverse=True)
    first, last = cut_stretches(np.bincount(codes, weights=holders).astype(np.int64))
    return distinct[first][codes], distinct[last][codes]


def _keep_weekday(
    possible: np.ndarray, real: np.ndarray, drawn: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Drawn days (places in `possible`) moved by less than a week to the weekday of the real ones.

    A day stays where that one is not possible, or not inside of its stretch.
    """
    ahead = (possible[real] - possible[drawn]) % _WEEK
    kept = drawn
    for step in (ahead - _WEEK, ahead):
        wanted = possible[drawn] + step
        places = np.minimum(np.searchsorted(possible, wanted), len(possible) - 1)
        kept = np.where((possible[places] == wanted) & (places >= low) & (places <= high), places, kept)
    return kept

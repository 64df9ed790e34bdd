"""Attacks that look for people's numbers and dates in what a synthesizer stores, samples and says.

Each gives guesses: numbers of a column, as floats (dates in microseconds since 1970). A guess is a hit where
it is the value of fewer than ten rows. What is guessed of a second, unseen sample is guessed by chance, so
that a leak is a surplus of hits on training rows (`Outcome.is_leak`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import WorkbenchError
from pipeline.synthesizers.protocol import Sampler, SynthesizerState

FEWEST_SHARING = 10
"""A value that so many rows hold identifies nobody."""

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?")
_WEIGHTS = ("network.", "generator.")
_GAPS, _AROUND, _SPIKE = 300, 25, 8.0
_DEVIATIONS = 3.0


@dataclass(frozen=True)
class Outcome:
    """Distinct guesses, and how many of them are a person's value in either sample alone or in both."""

    guesses: int
    hits: int
    by_chance: int
    both: int

    def __add__(self, other: Outcome) -> Outcome:
        """The guesses of two attacks together."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Outcome(*(one + another for one, another in pairs))

    @property
    def is_leak(self) -> bool:
        """Whether training rows are found more often than unseen ones, by more than three deviations."""
        only, chance = self.hits - self.both, self.by_chance - self.both
        return only - chance > _DEVIATIONS * np.sqrt(only + chance)


def compare(guesses: np.ndarray, training: pd.Series, unseen: pd.Series, step: float) -> Outcome:
    """How many guesses are the value of fewer than ten training rows, and of unseen ones, on a grid."""
    found = guesses[np.isfinite(guesses)]
    # Sums of decimals are rounded to the digits that the column has.
    found = np.unique(np.round(found, round(-np.log10(step))) if 0 < step < 1 else found)
    shared = np.concatenate([_list_shared(training), _list_shared(unseen)])
    found = found[~np.isin(found, shared)]
    is_hit, is_chance = (np.isin(found, as_floats(one)) for one in (training, unseen))
    return Outcome(len(found), int(is_hit.sum()), int(is_chance.sum()), int((is_hit & is_chance).sum()))


def as_floats(values: pd.Series) -> np.ndarray:
    """Numbers as they are, dates in microseconds since 1970, without missing ones."""
    known = values.dropna()
    if known.dtype.kind == "M":
        return known.to_numpy().astype("datetime64[us]").astype(np.int64).astype(np.float64)
    return known.to_numpy(dtype=np.float64)


def ask_for_shares(model: Sampler, column: str, training: pd.Series, calls: int, seed: int) -> np.ndarray:
    """The hint attack: the numbers in the errors about shares of ranges that no cells make up.

    The attacker knows the order of magnitude, asks at random and asks again beside what a hint named.
    """
    rng, known = np.random.default_rng(seed), as_floats(training)
    low, high = np.quantile(known, [0.0, 1.0])
    guesses: list[float] = []
    for call in range(calls):
        middle = rng.uniform(low, high) if call % 2 or not guesses else rng.choice(guesses)
        ends = sorted(middle + rng.normal(0, (high - low) / 50, 2) + 0.377)
        label = "..".join(_write(end, training) for end in ends)
        try:
            model.sample(20, call, {column: {label: 0.5}})
        except WorkbenchError as error:
            text = f"{error.message} {error.hint}".replace(label, " ")
            guesses += _read(text, is_date=training.dtype.kind == "M")
    return np.array(guesses)


def read_gaps(drawn: np.ndarray, step: float) -> np.ndarray:
    """The gap attack: ends of wide gaps between drawn numbers, outermost ones, and those drawn far too often.

    `step` is the grid of the column (0: none); a value beside a gap, inside it, is a guess too.
    """
    values, counts = np.unique(drawn, return_counts=True)
    gaps = np.diff(values)
    usual = pd.Series(gaps).rolling(2 * _AROUND + 1, center=True, min_periods=1).median().to_numpy()
    wide = np.union1d(np.argsort(-gaps)[:_GAPS], np.argsort(-gaps / usual)[:_GAPS])
    edges = np.concatenate([values[wide], values[wide + 1], values[:5], values[-5:]])
    beside = np.concatenate([edges - step, edges + step])
    often = pd.Series(counts).rolling(2 * _AROUND + 1, center=True, min_periods=1).median().to_numpy()
    return np.concatenate([edges, beside, values[counts > _SPIKE * often]])


def read_stored(state: SynthesizerState, column: pd.Series, step: float, origin: float) -> np.ndarray:
    """The stored numbers, weights of networks aside: each as it is and half a step beside it.

    Those of a date are microseconds, or days, seconds or other grains since `origin`.
    """
    arrays = {name: array for name, array in state.arrays.items() if not any(one in name for one in _WEIGHTS)}
    numbers = np.fromiter(_walk([state.values, arrays]), dtype=np.float64)
    if column.dtype.kind != "M":
        return np.concatenate([numbers, numbers - step / 2, numbers + step / 2])
    grains = origin + np.concatenate([numbers, numbers - 0.5, numbers + 0.5]) * step
    return np.concatenate([numbers, grains])


def _walk(found: Any, seen: set[int] | None = None) -> Iterator[float]:
    """Every number in plain values, arrays, frames and objects, pickled ones unpacked."""
    seen = set() if seen is None else seen
    if isinstance(found, bool | str | bytes | type(None)) or id(found) in seen:
        return
    if isinstance(found, int | float | np.number):
        yield float(found)
        return
    seen.add(id(found))
    if isinstance(found, np.ndarray) and found.dtype.kind in "fiu":
        yield from found.ravel().astype(np.float64).tolist()
        return
    for part in _open(found):
        yield from _walk(part, seen)


def _open(found: Any) -> Iterator[Any]:
    """The parts of a container."""
    if isinstance(found, Mapping):
        yield from (_unpickle(part) if name == "pickle" else part for name, part in found.items())
    elif hasattr(found, "detach"):
        yield found.detach().cpu().numpy()
    elif isinstance(found, pd.DataFrame | pd.Series | pd.Index):
        yield pd.DataFrame(found).select_dtypes("number").to_numpy(dtype=np.float64)
    elif isinstance(found, np.ndarray):
        yield from [found[name] for name in found.dtype.names or ()]
        yield from found.ravel().tolist() if found.dtype == object else ()
    elif isinstance(found, list | tuple | set):
        yield from found
    elif hasattr(found, "__dict__"):
        yield from vars(found).values()


def _unpickle(array: np.ndarray) -> Any:
    import pickle

    return pickle.loads(array.tobytes())


def _list_shared(values: pd.Series) -> np.ndarray:
    found, counts = np.unique(as_floats(values), return_counts=True)
    return found[counts >= FEWEST_SHARING]


def _write(number: float, like: pd.Series) -> str:
    return str(pd.Timestamp(int(number), unit="us")) if like.dtype.kind == "M" else repr(float(number))


def _read(text: str, is_date: bool) -> list[float]:
    if is_date:
        return [pd.Timestamp(one).value / 1_000 for one in _MOMENT.findall(text)]
    return [float(one) for one in _NUMBER.findall(text)]

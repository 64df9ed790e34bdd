"""U.S. addresses: an invented street and city, and a ZIP Code within the ranges of the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.errors import SamplingError
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask, comparable

_ATTEMPTS = 100
_FIRST_HOUSE, _LAST_HOUSE = 100, 9_999


def us_address(task: ColumnTask) -> np.ndarray:
    """Texts like "4821 Alder Ridge Road, Fairmont Falls, TX 75201", in the state that the column follows."""
    rng = task.stream()
    states = state_codes(task)
    return redraw_protected(task, lambda rows: _draw(rng, states[rows]))


def state_names() -> tuple[str, ...]:
    """The 50 states and DC as two letters, sorted."""
    return tuple(sorted({row["state"] for row in load_table("zip_ranges")}))


def state_codes(task: ColumnTask) -> np.ndarray:
    """Positions in `state_names()`, one a row; a missing state is drawn, for all columns of the row alike."""
    known = {state: position for position, state in enumerate(state_names())}
    return task.positions("state", known, "a U.S. state of two letters")


def redraw_protected(task: ColumnTask, draw: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Values from `draw(rows)` (positions in this part), drawn again wherever they equal a real one.

    Raises SamplingError where that never ends.
    """
    real = pd.Index(task.protected_texts())
    values = draw(np.arange(task.rows))
    for _ in range(_ATTEMPTS):
        hits = np.flatnonzero(real.get_indexer_for(comparable(values)) >= 0) if len(real) else np.empty(0)
        if not len(hits):
            return values
        values[hits] = draw(hits)
    raise SamplingError(
        f'Column "{task.column.name}" repeatedly gave values of the real table.',
        "choose another kind for the column in dataset.yaml, or allow it to equal real values.",
    )


def _draw(rng: np.random.Generator, states: np.ndarray) -> np.ndarray:
    words = _word_pools()
    zips = _zip_pool()
    picks = [
        pool[rng.integers(0, len(pool), len(states))] for pool in (words.houses, words.streets, words.cities)
    ]
    offsets = (rng.random(len(states)) * zips.counts[states]).astype(np.int64)
    return picks[0] + picks[1] + picks[2] + zips.texts[zips.starts[states] + offsets]


@dataclass(frozen=True, eq=False)
class _Words:
    """Pieces of addresses with their punctuation, as object arrays."""

    houses: np.ndarray
    streets: np.ndarray
    cities: np.ndarray


@lru_cache(maxsize=1)
def _word_pools() -> _Words:
    words: dict[str, list[str]] = {}
    for row in load_table("address_words"):
        words.setdefault(row["part"], []).append(row["word"])
    houses = [f"{number} " for number in range(_FIRST_HOUSE, _LAST_HOUSE + 1)]
    streets = [f"{a} {b} {c}, " for a in words["tree"] for b in words["feature"] for c in words["street"]]
    cities = [f"{a} {b}, " for a in words["city_start"] for b in words["city_end"]]
    return _Words(*(np.array(pool, dtype=object) for pool in (houses, streets, cities)))


@dataclass(frozen=True, eq=False)
class _Zips:
    """Texts like "TX 75201" for the ZIP Codes of a state, in the order of `state_names()`.

    Those that look like another state's, or belong to a single recipient such as the IRS, are left out.
    """

    texts: np.ndarray
    starts: np.ndarray
    counts: np.ndarray


@lru_cache(maxsize=1)
def _zip_pool() -> _Zips:
    texts: dict[str, list[str]] = {name: [] for name in state_names()}
    for row in load_table("zip_ranges"):
        if row["is_drawn"] == "0":
            continue
        codes = range(int(row["first"]), int(row["last"]) + 1)
        texts[row["state"]].extend(f"{row['state']} {code:05d}" for code in codes)
    counts = np.array([len(part) for part in texts.values()])
    joined = np.array([text for part in texts.values() for text in part], dtype=object)
    return _Zips(joined, np.cumsum(counts) - counts, counts)

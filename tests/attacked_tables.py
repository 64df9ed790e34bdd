"""Tables whose numbers and dates identify people, with a second sample of the same people's distribution.

The second sample was never learned: what an attack finds of it, it finds by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import Sampler
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.refinement.refined import refine
from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive
from tests.attacks import Outcome, as_floats, ask_for_shares, compare, read_gaps, read_stored

COLUMNS = (
    ModelledColumn("salary", ModelledType.NUMERICAL),
    ModelledColumn("bonus", ModelledType.NUMERICAL),
    ModelledColumn("price", ModelledType.NUMERICAL),
    ModelledColumn("level", ModelledType.NUMERICAL),
    ModelledColumn("born", ModelledType.DATETIME),
    ModelledColumn("seen", ModelledType.DATETIME),
    ModelledColumn("team", ModelledType.CATEGORICAL),
)
STEPS = {"salary": 1.0, "bonus": 1.0, "price": 0.01, "level": 0.0, "born": 86_400e6, "seen": 1e6}
"""The grid of each attacked column, dates in microseconds; 0 where there is none."""
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Attacked:
    """Training rows and unseen rows of one distribution."""

    training: pd.DataFrame
    unseen: pd.DataFrame


def make_attacked(rows: int = 2_000, seed: int = 0) -> Attacked:
    """Salaries, bonuses in hundreds, prices with heaps, a level of many digits, dates and moments."""
    return Attacked(*(_make_people(rows, np.random.default_rng([seed, part])) for part in range(2)))


def _make_people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    team = rng.integers(0, 4, rows)
    salary = rng.lognormal(10.6 + 0.1 * team, 0.5).round()
    price = np.where(rng.random(rows) < 0.2, 9.99, rng.gamma(2.0, 60.0, rows)).round(2)
    price[rng.random(rows) < 0.15] = 0.0
    born = pd.Timestamp("1985-03-01") + pd.to_timedelta(rng.normal(0, 5_500, rows).round(), unit="D")
    seen = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 2 * 365 * 86_400, rows), unit="s")
    return pd.DataFrame(
        {
            "salary": salary.astype(np.int64),
            "bonus": (rng.lognormal(8.5, 0.8, rows) / 100).round().astype(np.int64) * 100,
            "price": price,
            "level": rng.normal(100.0, 15.0, rows),
            "born": born,
            "seen": seen,
            "team": np.array(["north", "south", "east", "west"])[team],
        }
    )


def fit_attacked(name: str, table: pd.DataFrame, epochs: int, is_refined: bool = False) -> Sampler:
    """A synthesizer that learned `table`, the default batch and one thread; refined on demand."""
    recipe = Recipe(synthesizer=name, epochs=epochs, threads=1, use_hma=False, seed=1)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(table)
    return refine(synthesizer, table, COLUMNS, seed=1) if is_refined else synthesizer


def attack_errors(model: Sampler, data: Attacked, calls: int) -> dict[str, Outcome]:
    """The hint attack on every column."""
    return {
        name: _compare(ask_for_shares(model, name, data.training[name], calls, place), data, name)
        for place, name in enumerate(STEPS)
    }


def attack_draws(drawn: pd.DataFrame, data: Attacked) -> dict[str, Outcome]:
    """The gap attack on every column of drawn rows."""
    return {
        name: _compare(read_gaps(as_floats(drawn[name]), step), data, name) for name, step in STEPS.items()
    }


def attack_stored(model: Sampler | RelatedAutoregressive, data: Attacked) -> dict[str, Outcome]:
    """The attack on every number that a fitted synthesizer keeps."""
    state = model.state
    origins = {one["name"]: float(one.get("origin_us", 0)) for one in _list_encodings(state.values)}
    return {
        name: _compare(read_stored(state, data.training[name], step, origins.get(name, 0.0)), data, name)
        for name, step in STEPS.items()
    }


def draw_many(model: Sampler, rows: int) -> pd.DataFrame:
    """`rows` rows, some at a time, each with a seed of its own."""
    parts = [model.sample(min(_AT_ONCE, rows - start), start) for start in range(0, rows, _AT_ONCE)]
    return pd.concat(parts, ignore_index=True)


def move_outermost(table: pd.DataFrame, times: int) -> pd.DataFrame:
    """The table with the least and the greatest number and date of each column far out, `times` its width."""
    moved = table.copy()
    for name in STEPS:
        order = table[name].argsort().to_numpy()[[0, -1]]
        first, last = table[name].iloc[order]
        ends = pd.Series([first - (last - first) * times, last + (last - first) * times])
        moved.loc[order, name] = ends.round(2).to_numpy() if ends.dtype.kind == "f" else ends.to_numpy()
    return moved


def _compare(guesses: np.ndarray, data: Attacked, name: str) -> Outcome:
    return compare(guesses, data.training[name], data.unseen[name], STEPS[name])


def _list_encodings(found: object) -> Iterator[Mapping[str, Any]]:
    """The plain values of encodings, wherever they stand in those of a state."""
    if isinstance(found, Mapping):
        if "name" in found and "dtype" in found:
            yield found
        found = list(found.values())
    if isinstance(found, list | tuple):
        for part in found:
            yield from _list_encodings(part)

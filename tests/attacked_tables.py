"""Tables whose numbers and dates identify people, with a second sample of the same people's distribution.

The second sample was never learned: what an attack finds of it, it finds by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import Sampler
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.refinement.refined import refine

COLUMNS = (
    ModelledColumn("salary", ModelledType.NUMERICAL),
    ModelledColumn("bonus", ModelledType.NUMERICAL),
    ModelledColumn("price", ModelledType.NUMERICAL),
    ModelledColumn("level", ModelledType.NUMERICAL),
    ModelledColumn("born", ModelledType.DATETIME),
    ModelledColumn("seen", ModelledType.DATETIME),
    ModelledColumn("team", ModelledType.CATEGORICAL),
)
ATTACKED = tuple(column.name for column in COLUMNS[:-1])


@dataclass(frozen=True)
class Attacked:
    """Training rows and unseen rows of one distribution."""

    training: pd.DataFrame
    unseen: pd.DataFrame


def make_attacked(rows: int = 2_000, seed: int = 0) -> Attacked:
    """Salaries in whole units, bonuses in hundreds, prices with heaps, a level of many digits, dates, moments."""
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

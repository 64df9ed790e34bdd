"""A sampler that draws rows of a given table, so that what it gets wrong is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.protocol import Drawn, Shares, SynthesizerState
from pipeline.synthesizers.width import ColumnPlan

COLUMNS = (
    ModelledColumn("city", ModelledType.CATEGORICAL),
    ModelledColumn("plan", ModelledType.CATEGORICAL),
    ModelledColumn("amount", ModelledType.NUMERICAL),
)


@dataclass(frozen=True)
class DrawingSampler:
    """Draws rows of `pool` with replacement; shares are met by drawing in each category of one column."""

    pool: pd.DataFrame
    plans: tuple[ColumnPlan, ...] = ()

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Rows of the pool."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """Rows of the pool; none is ever forced."""
        rng = np.random.default_rng(seed)
        if not shares:
            return Drawn(self._take(rng.integers(0, len(self.pool), rows)))
        ((column, parts),) = shares.items()
        places = [
            rng.choice(np.flatnonzero(self.pool[column] == category), round(share * rows))
            for category, share in parts.items()
        ]
        others = np.flatnonzero(~self.pool[column].isin(list(parts)))
        left = rows - sum(map(len, places))
        chosen = np.concatenate([*places, rng.choice(others, left) if left else np.empty(0, dtype=np.int64)])
        return Drawn(self._take(rng.permutation(chosen)))

    @property
    def state(self) -> SynthesizerState:
        """Nothing worth keeping."""
        return SynthesizerState({}, {})

    def _take(self, places: np.ndarray) -> pd.DataFrame:
        return self.pool.iloc[places].reset_index(drop=True)


def make_towns(rows: int, seed: int, towns: int = 400) -> pd.DataFrame:
    """Towns of which most hold few rows (Zipf); the plan goes with the town and the amount with the plan."""
    rng = np.random.default_rng(seed)
    odds = 1 / np.arange(1, towns + 1)
    town = rng.choice(towns, rows, p=odds / odds.sum())
    is_gold = rng.random(rows) < 0.2 + 0.1 * (town % 7)
    amount = np.round(np.exp(rng.normal(np.where(is_gold, 6.0, 4.0), 0.5)), 2)
    return pd.DataFrame(
        {"city": town.astype(str), "plan": np.where(is_gold, "gold", "base"), "amount": amount}
    )


def make_rows(rows: int, seed: int, city_odds: tuple[float, ...] = (0.6, 0.3, 0.1)) -> pd.DataFrame:
    """Cities by `city_odds`; the plan goes with the city and the amount with the plan."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Bonn", "Lyon", "Pune"], rows, p=city_odds)
    is_gold = rng.random(rows) < pd.Series(city).map({"Bonn": 0.8, "Lyon": 0.4, "Pune": 0.1}).to_numpy()
    amount = np.round(np.exp(rng.normal(np.where(is_gold, 6.0, 4.0), 0.5)), 2)
    return pd.DataFrame({"city": city, "plan": np.where(is_gold, "gold", "base"), "amount": amount})

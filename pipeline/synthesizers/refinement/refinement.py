"""Choosing among a synthesizer's rows by how much denser real rows lie there than drawn ones.

Numbers are brought back through their ranks first (`rank_map`). Then boosted trees learn to tell real
training rows from drawn ones; the odds of being real estimate the ratio of the two densities, and rows are
accepted in proportion to it (likelihood-free importance weighting, Grover et al. 2019, arXiv:1906.09531;
discriminator rejection sampling, Azadi et al. 2019, arXiv:1810.06758). Each further round learns against rows
weighted by the rounds before, and counts only where rows of its own, which no tree saw, confirm it. Weights
that put every single column right come last (`margins`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.refinement.balance import RealShares
from pipeline.synthesizers.refinement.margins import Margins
from pipeline.synthesizers.refinement.rank_map import RankMap
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.refinement.row_features import RowFeatures
from pipeline.synthesizers.refinement.trees import Trees

_LARGEST_LOG_RATIO = math.log(1_000)
_SUREST = 0.99
"""The probability with which a candidate is kept at most."""


@dataclass(frozen=True)
class Refinement:
    """What choosing rows needs; `cap` bounds the log weight of a row, `mean` is that of bounded weights.

    `shares` are those of the training rows in every column.
    """

    features: RowFeatures
    maps: Mapping[str, RankMap]
    rounds: tuple[Trees, ...]
    margins: Margins
    cap: float
    mean: float
    record: RefinementRecord
    shares: RealShares

    def straighten(self, drawn: pd.DataFrame, seed: int, as_drawn: Collection[str] = ()) -> pd.DataFrame:
        """Drawn rows with the numbers of mapped columns but `as_drawn` brought back through their ranks."""
        maps = {name: one for name, one in self.maps.items() if name not in as_drawn}
        return straighten(self.features, maps, drawn, seed)

    def log_weights(self, straight: pd.DataFrame) -> np.ndarray:
        """The log weight with which each candidate is drawn, so that it is kept in proportion to its ratio.

        Of `candidates` n rows n are drawn without replacement. A row of weight w is then among them with
        probability 1 − exp(−λw); the weights are those for which that is proportional to the ratio.
        """
        features = self.features.read(straight)
        logs = sum_log_ratios(self.rounds, features) + self.margins.log_factors(features)
        weights = np.exp(np.minimum(logs, self.cap) - self.cap)
        kept = np.minimum(weights / (self.record.candidates * self.mean), _SUREST)
        return np.log(-np.log1p(-kept))

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values, for `from_parts`."""
        return {
            "features": self.features.values,
            "maps": list(self.maps),
            "rounds": len(self.rounds),
            "cap": self.cap,
            "mean": self.mean,
            "record": self.record.as_dict(),
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        parts = {"features": self.features.arrays, "margins": self.margins.arrays}
        parts["balance"] = self.shares.arrays
        parts |= {f"maps.{place}": one.arrays for place, one in enumerate(self.maps.values())}
        parts |= {f"rounds.{place}": one.arrays for place, one in enumerate(self.rounds)}
        return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The refinement again from `values` and `arrays`."""
        maps = {
            name: RankMap.from_arrays(take_arrays(arrays, f"maps.{place}."))
            for place, name in enumerate(values["maps"])
        }
        rounds = tuple(
            Trees.from_arrays(take_arrays(arrays, f"rounds.{place}.")) for place in range(values["rounds"])
        )
        features = RowFeatures.from_parts(values["features"], take_arrays(arrays, "features."))
        margins = Margins.from_arrays(take_arrays(arrays, "margins."))
        return cls(
            features,
            maps,
            rounds,
            margins,
            values["cap"],
            values["mean"],
            RefinementRecord.from_dict(values["record"]),
            RealShares.from_arrays(take_arrays(arrays, "balance.")),
        )


def straighten(
    features: RowFeatures, maps: Mapping[str, RankMap], drawn: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Drawn rows with the numbers of the columns in `maps` brought back through their ranks."""
    rng, straight = np.random.default_rng(seed), {}
    for column in features.number_encodings:
        if column.name in maps:
            numbers = column.numbers(drawn[column.name])
            missing = np.isnan(numbers)
            numbers[~missing] = maps[column.name].apply(numbers[~missing], rng)
            numbers[missing] = 0.0
            straight[column.name] = column.values(numbers, missing if missing.any() else None)
    return drawn.assign(**straight)


def sum_log_ratios(rounds: Sequence[Trees], features: np.ndarray) -> np.ndarray:
    """Log density ratios, each round's clipped to a factor of 1,000."""
    total = np.zeros(len(features))
    for trees in rounds:
        total += np.clip(trees.log_odds(features), -_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO)
    return total

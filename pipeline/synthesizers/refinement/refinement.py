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
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.synthesizers.columns import DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.refinement.margins import NO_MARGINS, Margins
from pipeline.synthesizers.refinement.rank_map import RankMap
from pipeline.synthesizers.refinement.row_features import RowFeatures
from pipeline.synthesizers.refinement.trees import Rows, Trees

Draw = Callable[[int, int], pd.DataFrame]
"""Rows and a seed → as many modelled rows of the plain synthesizer."""

MOST_CANDIDATES = 10
"""Rows that may be drawn for each row kept: what bounds the cost of sampling."""
LEAST_ROWS = 100
"""Training rows below which no ratio can be learned and checked."""
POOR_SHARE = 0.05
"""Below this effective share of candidates, the synthesizer rarely draws what the real table holds."""

_MOST_ROUNDS = 3
_MOST_TRAINING_ROWS = 20_000
_LEAST_DRAWN, _DRAWN_FOR_EACH = 6_000, 3
_CHECK_PART = 5
_LARGEST_LOG_RATIO = math.log(1_000)
_CAPPED_PART = 0.999
_LEAST_GAIN = 0.0005
_NEVER_DRAWN_SHARE = 0.01
_WANTED = 3
"""Candidates for each row kept, in units of the inverse effective share."""


@dataclass(frozen=True)
class RefinementRecord:
    """What a refinement learned.

    `gains` are the nats by which each round tells real rows from drawn ones on rows of its own; rounds that
    told nothing were dropped. `effective_share` of the candidates count (Kish), `candidates` are drawn for
    each row kept. `mapped` columns are brought back through ranks, `raked` ones weighted to their real
    shares. `never_drawn` are frequent categories that the synthesizer did not draw once, by column.
    """

    gains: tuple[float, ...] = ()
    effective_share: float = 1.0
    candidates: int = 1
    mapped: tuple[str, ...] = ()
    raked: tuple[str, ...] = ()
    never_drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_neutral(self) -> bool:
        """Whether rows are given as they are drawn."""
        return not (self.gains or self.mapped or self.raked)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for states and reports."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The record again from its plain values."""
        never = {name: tuple(categories) for name, categories in values["never_drawn"].items()}
        lists = {name: tuple(values[name]) for name in ("gains", "mapped", "raked")}
        return cls(**{**values, **lists, "never_drawn": never})


@dataclass(frozen=True)
class Refinement:
    """What choosing rows needs; `cap` bounds the log weight of a row."""

    features: RowFeatures
    maps: Mapping[str, RankMap]
    rounds: tuple[Trees, ...]
    margins: Margins
    cap: float
    record: RefinementRecord

    def straighten(self, drawn: pd.DataFrame, seed: int) -> pd.DataFrame:
        """Drawn rows with the numbers of mapped columns brought back through their ranks."""
        rng, straight = np.random.default_rng(seed), {}
        for column in self.features.encoding.columns:
            if column.name in self.maps and isinstance(column, NumberEncoding | DatetimeEncoding):
                numbers = column.numbers(drawn[column.name])
                missing = np.isnan(numbers)
                numbers[~missing] = self.maps[column.name].apply(numbers[~missing], rng)
                numbers[missing] = 0.0
                straight[column.name] = column.values(numbers, missing if missing.any() else None)
        return drawn.assign(**straight)

    def log_weights(self, straight: pd.DataFrame) -> np.ndarray:
        """The log weight of each row, at most 0."""
        features = self.features.read(straight)
        logs = _sum_log_ratios(self.rounds, features) + self.margins.log_factors(features)
        return np.minimum(logs, self.cap) - self.cap

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values, for `from_parts`."""
        return {
            "features": self.features.values,
            "maps": list(self.maps),
            "rounds": len(self.rounds),
            "cap": self.cap,
            "record": self.record.as_dict(),
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        parts = {"features": self.features.arrays, "margins": self.margins.arrays}
        parts |= {f"maps.{place}": one.arrays for place, one in enumerate(self.maps.values())}
        parts |= {f"rounds.{place}": one.arrays for place, one in enumerate(self.rounds)}
        return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The refinement again from `values` and `arrays`."""
        maps = {
            name: RankMap.from_arrays(_under(f"maps.{place}.", arrays))
            for place, name in enumerate(values["maps"])
        }
        rounds = tuple(
            Trees.from_arrays(_under(f"rounds.{place}.", arrays)) for place in range(values["rounds"])
        )
        features = RowFeatures.from_parts(values["features"], _under("features.", arrays))
        margins = Margins.from_arrays(_under("margins.", arrays))
        return cls(
            features, maps, rounds, margins, values["cap"], RefinementRecord.from_dict(values["record"])
        )


def learn_refinement(
    training: pd.DataFrame, columns: tuple[ModelledColumn, ...], draw: Draw, seed: int
) -> Refinement:
    """Learn how the rows of `draw` differ from real training rows, in at most three rounds.

    The same training rows, seed and `draw` give the same refinement. With fewer than `LEAST_ROWS` training
    rows, and where nothing can be told, it leaves rows as they are drawn.
    """
    return _Learner(training, columns, draw, seed).learn()


class _Sides(NamedTuple):
    """Features to learn from and to check on: real rows, and for drawn ones how many of both."""

    learned: np.ndarray
    checked: np.ndarray


class _Learner:
    """One learning: real rows are split once, drawn ones are new in every round."""

    def __init__(
        self, training: pd.DataFrame, columns: tuple[ModelledColumn, ...], draw: Draw, seed: int
    ) -> None:
        self._training, self._draw = training, draw
        self._features = RowFeatures.learn(training, columns)
        split, *draws = np.random.SeedSequence(seed).spawn(_MOST_ROUNDS + 3)
        self._seeds = [int(one.generate_state(1, np.uint64)[0] >> 1) for one in draws]
        real = self._features.read(training)
        order = np.random.default_rng(split).permutation(len(real))[:_MOST_TRAINING_ROWS]
        self._real = _divide(real[order])
        self._rows = max(_LEAST_DRAWN, _DRAWN_FOR_EACH * len(order))
        self._maps: dict[str, RankMap] = {}

    def learn(self) -> Refinement:
        if len(self._training) < LEAST_ROWS:
            return Refinement(self._features, {}, (), NO_MARGINS, 0.0, RefinementRecord())
        first = self._draw(self._rows, self._seeds[-1])
        self._maps = self._learn_maps(first)
        rounds, gains = self._learn_rounds()
        never = self._features.find_never_drawn(first, _NEVER_DRAWN_SHARE)
        return self._finish(tuple(rounds), tuple(gains), never)

    def _learn_maps(self, drawn: pd.DataFrame) -> dict[str, RankMap]:
        maps = {}
        for column in self._features.encoding.columns:
            if isinstance(column, NumberEncoding | DatetimeEncoding):
                real, synthetic = (column.numbers(table[column.name]) for table in (self._training, drawn))
                found = RankMap.learn(synthetic[~np.isnan(synthetic)], real[~np.isnan(real)], column.step)
                if found:
                    maps[column.name] = found
        return maps

    def _learn_rounds(self) -> tuple[list[Trees], list[float]]:
        rounds: list[Trees] = []
        gains: list[float] = []
        for seed in self._seeds[:_MOST_ROUNDS]:
            drawn = _divide(self._read(seed))
            rows, check = (
                _set_side_by_side(real, other, _weigh(_sum_log_ratios(rounds, other)))
                for real, other in zip(self._real, drawn, strict=True)
            )
            trees = Trees.learn(rows, check, self._features.is_categorical, seed=len(rounds))
            gain = _measure_gain(trees, check)
            if gain is None:
                break
            rounds.append(trees)
            gains.append(gain)
        return rounds, gains

    def _finish(
        self, rounds: tuple[Trees, ...], gains: tuple[float, ...], never: Mapping[str, list[str]]
    ) -> Refinement:
        drawn = self._read(self._seeds[-2])
        logs = _sum_log_ratios(rounds, drawn)
        real = np.concatenate(self._real)
        margins = Margins.learn(
            real, drawn, _weigh(logs), self._features.is_categorical, bool(rounds or self._maps)
        )
        logs += margins.log_factors(drawn)
        cap = float(np.quantile(logs, _CAPPED_PART))
        share = _compute_effective_share(_weigh(logs))
        record = RefinementRecord(
            gains=tuple(round(gain, 4) for gain in gains),
            effective_share=round(share, 4),
            candidates=min(MOST_CANDIDATES, math.ceil(_WANTED / share)) if rounds or margins.places else 1,
            mapped=tuple(self._maps),
            raked=tuple(self._features.encoding.columns[place].name for place in margins.places),
            never_drawn={name: tuple(categories) for name, categories in never.items()},
        )
        return Refinement(self._features, self._maps, rounds, margins, cap, record)

    def _read(self, seed: int) -> np.ndarray:
        """The features of newly drawn rows, their numbers straightened."""
        plain = Refinement(self._features, self._maps, (), NO_MARGINS, 0.0, RefinementRecord())
        return self._features.read(plain.straighten(self._draw(self._rows, seed), seed))


def _divide(features: np.ndarray) -> _Sides:
    cut = len(features) - len(features) // _CHECK_PART
    return _Sides(features[:cut], features[cut:])


def _weigh(logs: np.ndarray) -> np.ndarray:
    cap = np.quantile(logs, _CAPPED_PART)
    return np.exp(np.minimum(logs, cap) - cap)


def _set_side_by_side(real: np.ndarray, drawn: np.ndarray, weights: np.ndarray) -> Rows:
    """Real and drawn rows together; both sides have the same weight in all."""
    scaled = weights * (len(real) / weights.sum())
    return Rows(
        np.concatenate([real, drawn]),
        np.repeat([True, False], [len(real), len(drawn)]),
        np.concatenate([np.ones(len(real)), scaled]),
    )


def _measure_gain(trees: Trees, check: Rows) -> float | None:
    """Nats a row that the trees save against guessing; None where that is within chance."""
    odds = trees.log_odds(check.features)
    saved = np.log(2) - np.logaddexp(0.0, np.where(check.is_real, -odds, odds))
    weights = check.weights / check.weights.sum()
    gain = float(weights @ saved)
    error = float(np.sqrt(weights**2 @ (saved - gain) ** 2))
    return gain if gain > max(error, _LEAST_GAIN) else None


def _sum_log_ratios(rounds: tuple[Trees, ...] | list[Trees], features: np.ndarray) -> np.ndarray:
    """Log density ratios, each round's clipped to a factor of 1,000."""
    total = np.zeros(len(features))
    for trees in rounds:
        total += np.clip(trees.log_odds(features), -_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO)
    return total


def _compute_effective_share(weights: np.ndarray) -> float:
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

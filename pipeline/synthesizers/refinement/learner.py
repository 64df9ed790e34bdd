"""Learning a refinement: rank maps, rounds of trees, margins, each checked on rows of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.synthesizers.refinement.balance import RealShares
from pipeline.synthesizers.refinement.margins import NO_MARGINS, Margins, count_effective
from pipeline.synthesizers.refinement.rank_map import RankMap
from pipeline.synthesizers.refinement.record import POOR_SHARE, RefinementRecord
from pipeline.synthesizers.refinement.refinement import Refinement, straighten, sum_log_ratios
from pipeline.synthesizers.refinement.row_features import RowFeatures
from pipeline.synthesizers.refinement.trees import Rows, Trees

Draw = Callable[[int, int], pd.DataFrame]
"""Rows and a seed → as many modelled rows of the plain synthesizer."""

LEAST_ROWS = 100
"""Training rows below which no ratio can be learned and checked."""
MOST_CANDIDATES = 10
"""Rows that may be drawn for each row kept: what bounds the cost of sampling."""

_MOST_ROUNDS = 3
_MOST_TRAINING_ROWS = 20_000
_LEAST_DRAWN, _DRAWN_FOR_EACH = 6_000, 3
_CHECK_PART = 5
_CAPPED_PART, _REPORTED_PART = 0.99, 0.999
"""Weights are bounded by that quantile when rows are chosen, and when it is said how many count."""
_LEAST_GAIN = 0.0005
_CERTAIN = 2.0
"""Standard errors by which a gain must exceed zero: trees were stopped where these very rows gain most."""
_NEVER_DRAWN_SHARE, _NEVER_DRAWN_ROWS = 0.01, 10
"""A category that no row drawn has is named from that share of the training rows, and that many rows, on."""
_CLEARLY = 0.8
"""Numbers are left as they were drawn where that leaves less than this part of what can be told."""
_WANTED = 3
"""Candidates for each row kept, in units of the inverse effective share."""


def learn_refinement(
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    draw: Draw,
    seed: int,
    as_drawn: Collection[str] = (),
) -> Refinement:
    """Learn how the rows of `draw` differ from real training rows, in at most three rounds.

    The same training rows, seed and `draw` give the same refinement. With fewer than `LEAST_ROWS` training
    rows, and where nothing can be told, it leaves rows as they are drawn. Columns in `as_drawn` have no rank
    map.
    """
    return _Learner(training, columns, draw, seed, as_drawn).learn()


class _Sides(NamedTuple):
    """Features to learn from and to check on: real rows, and for drawn ones how many of both."""

    learned: np.ndarray
    checked: np.ndarray


class _Round(NamedTuple):
    """Trees, and the nats a row by which they tell unseen real rows from unseen drawn ones."""

    trees: Trees
    gain: float


class _Learner:
    """One learning: real rows are split once, drawn ones are new in every round."""

    def __init__(
        self,
        training: pd.DataFrame,
        columns: tuple[ModelledColumn, ...],
        draw: Draw,
        seed: int,
        as_drawn: Collection[str],
    ) -> None:
        self._training, self._draw, self._as_drawn = training, draw, as_drawn
        self._features = RowFeatures.learn(training, columns)
        split, *draws = np.random.SeedSequence(seed).spawn(_MOST_ROUNDS + 3)
        self._seeds = [int(one.generate_state(1, np.uint64)[0] >> 1) for one in draws]
        real = self._features.read(training)
        order = np.random.default_rng(split).permutation(len(real))[:_MOST_TRAINING_ROWS]
        self._real = _divide(real[order])
        self._pooled = self._features.find_pooled(training)[order]
        self._rows = max(_LEAST_DRAWN, _DRAWN_FOR_EACH * len(order))
        self._maps: dict[str, RankMap] = {}

    def learn(self) -> Refinement:
        """Learn maps, rounds and margins in turn; nothing where training rows are too few."""
        if len(self._training) < LEAST_ROWS:
            record = RefinementRecord(too_few=True)
            return Refinement(self._features, {}, (), NO_MARGINS, 0.0, 1.0, record, RealShares((), ()))
        first = self._draw(self._rows, self._seeds[-1])
        started = self._choose_maps(self._learn_maps(first))
        rounds = self._learn_rounds(started)
        least = max(_NEVER_DRAWN_SHARE, _NEVER_DRAWN_ROWS / len(self._training))
        never = self._features.find_never_drawn(first, least)
        return self._finish(rounds, never)

    def _choose_maps(self, maps: dict[str, RankMap]) -> _Round | None:
        """Keep the maps unless rows are clearly easier to tell with them than without; give the first round.

        Ranks mislead where a number depends on a category whose share is wrong.
        """
        drawn = self._draw(self._rows, self._seeds[0])
        self._maps = maps
        mapped = self._learn_round((), drawn)
        if not maps:
            return mapped
        self._maps = {}
        plain = self._learn_round((), drawn)
        if plain is None or (mapped is not None and plain.gain < _CLEARLY * mapped.gain):
            return plain
        self._maps = maps
        return mapped

    def _learn_maps(self, drawn: pd.DataFrame) -> dict[str, RankMap]:
        maps = {}
        for column in self._features.number_encodings:
            real, synthetic = (column.numbers(table[column.name]) for table in (self._training, drawn))
            found = RankMap.learn(synthetic[~np.isnan(synthetic)], real[~np.isnan(real)], column.step)
            if found and column.name not in self._as_drawn:
                maps[column.name] = found
        return maps

    def _learn_rounds(self, first: _Round | None) -> list[_Round]:
        rounds = [] if first is None else [first]
        while rounds and len(rounds) < _MOST_ROUNDS:
            found = self._learn_round(rounds, self._draw(self._rows, self._seeds[len(rounds)]))
            if found is None:
                break
            rounds.append(found)
        return rounds

    def _learn_round(self, before: Sequence[_Round], drawn: pd.DataFrame) -> _Round | None:
        """Trees against drawn rows, weighted by the rounds before; None where they gain nothing."""
        number, known = len(before), [one.trees for one in before]
        rows, check = (
            _set_side_by_side(real, other, _weigh(sum_log_ratios(known, other)))
            for real, other in zip(self._real, _divide(self._read(drawn, self._seeds[number])), strict=True)
        )
        trees = Trees.learn(rows, check, self._features.is_categorical, seed=number)
        gain = _measure_gain(trees, check)
        return None if gain is None else _Round(trees, gain)

    def _finish(self, rounds: Sequence[_Round], never: Mapping[str, list[str]]) -> Refinement:
        trees = tuple(one.trees for one in rounds)
        table = self._draw(self._rows, self._seeds[-2])
        drawn, pooled = self._read(table, self._seeds[-2]), (self._pooled, self._features.find_pooled(table))
        logs = sum_log_ratios(trees, drawn)
        real = np.concatenate(self._real)
        # Where few candidates count, pairs take away more of what trees have learned than they put right.
        with_pairs = count_effective(_weigh(logs, _REPORTED_PART)) >= POOR_SHARE * len(logs)
        is_certain = bool(rounds or self._maps)
        margins = Margins.learn(
            real, drawn, _weigh(logs), self._features.is_categorical, is_certain, with_pairs, pooled
        )
        logs += margins.log_factors(drawn)
        cap, weights = float(np.quantile(logs, _CAPPED_PART)), _weigh(logs)
        share = count_effective(_weigh(logs, _REPORTED_PART)) / len(logs)
        names = [column.name for column in self._features.encoding.columns]
        record = RefinementRecord(
            gains=tuple(round(one.gain, 4) for one in rounds),
            effective_share=round(share, 4),
            candidates=min(MOST_CANDIDATES, math.ceil(_WANTED / share)) if rounds or margins.places else 1,
            mapped=tuple(self._maps),
            raked=tuple(names[place] for place in margins.places),
            raked_pairs=tuple((names[first], names[second]) for first, second in margins.pairs),
            never_drawn={name: tuple(categories) for name, categories in never.items()},
        )
        shares = RealShares.learn(real, self._features.is_categorical)
        mean = float(weights.mean())
        return Refinement(self._features, self._maps, trees, margins, cap, mean, record, shares)

    def _read(self, drawn: pd.DataFrame, seed: int) -> np.ndarray:
        """The features of drawn rows, their numbers straightened."""
        return self._features.read(straighten(self._features, self._maps, drawn, seed))


def _divide(features: np.ndarray) -> _Sides:
    cut = len(features) - len(features) // _CHECK_PART
    return _Sides(features[:cut], features[cut:])


def _weigh(logs: np.ndarray, part: float = _CAPPED_PART) -> np.ndarray:
    cap = np.quantile(logs, part)
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
    return gain if gain > max(_CERTAIN * error, _LEAST_GAIN) else None

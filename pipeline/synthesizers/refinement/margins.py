"""Weights under which every single column is distributed as in the training rows, and pairs that were not.

A ratio that trees learn is right on the whole and coarse in each of many small categories. Raking puts them
right: the weights of the rows of each category, or stretch of numbers, are scaled until all columns agree
with the real shares (iterative proportional fitting, Deming and Stephan 1940; calibration by raking ratios,
Deville and Särndal, JASA 87, 1992). Two columns whose pairs still differ by more than chance are raked
together: a synthesizer that missed how they go together is put right there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np

_STRETCHES = 20
_SWEEPS = 20
_LARGEST_FACTOR = 20.0
_BY_CHANCE = 0.01
"""Columns are raked where chance explains the shares of all of them with a smaller probability than that."""
_LEAST_EXPECTED = 5.0
"""Cells of fewer rows are counted together: below, the statistic is no longer distributed as chi-squared."""
_MOST_PAIRS = 200
_MOST_CELLS = 4_000


@dataclass(frozen=True)
class Margins:
    """Log factors by cell for each raked column of a feature matrix (`places`), and for `pairs` of them.

    A code or a missing cell is a cell; of a number, `edges` cut its range into cells (empty for codes). A
    pair names two columns by their positions in `places`; its factors have the shape (cells, cells).
    """

    places: tuple[int, ...]
    edges: tuple[np.ndarray, ...]
    logs: tuple[np.ndarray, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    pair_logs: tuple[np.ndarray, ...] = ()

    @classmethod
    def learn(
        cls,
        real: np.ndarray,
        drawn: np.ndarray,
        weights: np.ndarray,
        is_categorical: np.ndarray,
        is_certain: bool,
        with_pairs: bool = True,
        pooled: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Self:
        """Learn factors for drawn rows of `weights`.

        Unless `is_certain` that the rows differ, there are none where all columns and pairs agree within
        chance. Pairs of cells that few training rows hold are not learned one by one. `pooled` marks, in
        arrays of the shapes of `real` and `drawn`, whose category is not told apart from others.
        """
        edges = find_edges(real, is_categorical)
        columns = [_Cells.of_column(real, drawn, place, ends, pooled) for place, ends in enumerate(edges)]
        is_raked = is_certain or _differ(columns, weights)
        scaled = _scale(columns, weights) if is_raked else weights
        pairs = _find_pairs(columns, scaled) if with_pairs else {}
        if not is_raked and not pairs:
            return cls((), (), ())
        logs = _rake([*columns, *pairs.values()], weights)[0]
        shapes = [(columns[first].size, columns[second].size) for first, second in pairs]
        own, of_pairs = logs[: len(columns)], logs[len(columns) :]
        pair_logs = tuple(log.reshape(shape) for log, shape in zip(of_pairs, shapes, strict=True))
        return cls(tuple(range(len(columns))), edges, own, tuple(pairs), pair_logs)

    def log_factors(self, features: np.ndarray) -> np.ndarray:
        """The log factor of each row."""
        total, cells = np.zeros(len(features)), []
        for place, edges, logs in zip(self.places, self.edges, self.logs, strict=True):
            # A cell that no row had when the factors were learned keeps its weight.
            cells.append(np.minimum(find_cells(features[:, place], edges), len(logs)))
            total += np.append(logs, 0.0)[cells[-1]]
        for (first, second), logs in zip(self.pairs, self.pair_logs, strict=True):
            total += np.pad(logs, (0, 1))[cells[first], cells[second]]
        return total

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, for `from_arrays`."""
        parts = {"edges": self.edges, "logs": self.logs, "pair_logs": self.pair_logs}
        return {
            "places": np.array(self.places, dtype=np.int64),
            "pairs": np.array(self.pairs, dtype=np.int64).reshape(-1, 2),
            **{f"{part}.{number}": one for part, ones in parts.items() for number, one in enumerate(ones)},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The margins again from `arrays`; models of earlier versions have no pairs."""
        places = tuple(int(place) for place in arrays["places"])
        edges, logs = (
            tuple(arrays[f"{name}.{number}"] for number in range(len(places))) for name in ("edges", "logs")
        )
        pairs = tuple((int(first), int(second)) for first, second in arrays.get("pairs", ()))
        pair_logs = tuple(arrays[f"pair_logs.{number}"] for number in range(len(pairs)))
        return cls(places, edges, logs, pairs, pair_logs)


NO_MARGINS = Margins((), (), ())


def count_effective(weights: np.ndarray) -> float:
    """How many equally weighted rows these weights amount to (Kish 1965, Survey Sampling)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of a column or a pair: those of real and of drawn rows, and the shares wanted of each.

    `known` marks the real and the drawn rows that say which cell they are in, where not all do.
    """

    real: np.ndarray
    drawn: np.ndarray
    target: np.ndarray
    known: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def size(self) -> int:
        return len(self.target)

    @classmethod
    def of_column(
        cls,
        real: np.ndarray,
        drawn: np.ndarray,
        place: int,
        edges: np.ndarray,
        pooled: tuple[np.ndarray, np.ndarray] | None,
    ) -> Self:
        cells, others = (find_cells(side[:, place], edges) for side in (real, drawn))
        size = 1 + max(int(cells.max()), int(others.max()))
        known = None
        if pooled is not None and any(side[:, place].any() for side in pooled):
            known = (~pooled[0][:, place], ~pooled[1][:, place])
        return cls(cells, others, np.bincount(cells, minlength=size) / len(real), known)

    @classmethod
    def of_pair(cls, first: _Cells, second: _Cells) -> Self:
        from pipeline.synthesizers.pair_counts import count_pairs, pool_rare_pairs

        counts = np.zeros((first.size, second.size))
        found = count_pairs(first.real, second.real)
        counts[: found.shape[0], : found.shape[1]] = found
        real, drawn = (
            one * second.size + other
            for one, other in ((first.real, second.real), (first.drawn, second.drawn))
        )
        masks = [one.known for one in (first, second) if one.known is not None]
        known = (np.all([one[0] for one in masks], axis=0), np.all([one[1] for one in masks], axis=0))
        target = pool_rare_pairs(counts).ravel() / len(first.real)
        return cls(real, drawn, target, known if masks else None)

    def compute_chance(self, weights: np.ndarray) -> float:
        """The probability that drawn rows of these weights have the shares wanted but for chance, 0–1.

        Where categories are pooled, only large cells are compared, by the rows that are known to be in them.
        Of small ones those are left that happen to have many real rows, so that even rows of the same
        distribution have fewer there; and cells that were filled by chance tell less than they count.
        """
        if self.known is None:
            present = np.bincount(self.drawn, weights, self.size) / weights.sum()
            return _compute_chance(self.target, present, len(self.real), count_effective(weights))
        real, drawn = self.real[self.known[0]], self.drawn[self.known[1]]
        kept = weights[self.known[1]]
        if not len(real) or not kept.sum():
            return 1.0
        target = np.bincount(real, minlength=self.size) / len(real)
        present = np.bincount(drawn, kept, self.size) / kept.sum()
        return _compare_large(target, present, len(real), count_effective(kept))


def _differ(cells: Sequence[_Cells], weights: np.ndarray) -> bool:
    """Whether one differs by more than chance; by Bonferroni, as many may as there are."""
    return min(one.compute_chance(weights) for one in cells) * len(cells) <= _BY_CHANCE


def _find_pairs(columns: Sequence[_Cells], weights: np.ndarray) -> dict[tuple[int, int], _Cells]:
    """The pairs of columns whose shares differ by more than chance, at most `_MOST_PAIRS` of them."""
    places = [
        (first, second)
        for first, second in combinations(range(len(columns)), 2)
        if columns[first].size * columns[second].size <= _MOST_CELLS
    ]
    pairs = {place: _Cells.of_pair(columns[place[0]], columns[place[1]]) for place in places}
    chances = {place: one.compute_chance(weights) for place, one in pairs.items()}
    found = sorted(
        (one for one in places if chances[one] * len(places) <= _BY_CHANCE), key=chances.__getitem__
    )
    return {place: pairs[place] for place in sorted(found[:_MOST_PAIRS])}


def find_edges(real: np.ndarray, is_categorical: np.ndarray) -> tuple[np.ndarray, ...]:
    """For each column of a feature matrix the inner ends of its stretches; none for codes."""
    return tuple(
        np.empty(0) if is_code else _find_ends(real[:, place]) for place, is_code in enumerate(is_categorical)
    )


def find_cells(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Cell 0 for missing cells; codes, which have no edges, and stretches from 1 on."""
    missing = np.isnan(values)
    if len(edges):
        cells = np.searchsorted(edges, values, side="left")
    else:
        cells = np.where(missing, 0, values).astype(np.int64)
    return np.where(missing, 0, cells + 1)


def _compute_chance(target: np.ndarray, present: np.ndarray, real_rows: int, drawn_rows: float) -> float:
    """The p-value of Pearson's chi-squared test that both shares are of one distribution, 0–1."""
    from scipy.special import chdtrc

    common, is_small = _find_small(target, present, real_rows, drawn_rows)
    first, second, pooled = (
        np.append(one[~is_small], one[is_small].sum()) for one in (target, present, common)
    )
    held = pooled > 0
    if held.sum() < 2:
        return 1.0
    spread = pooled[held] * (1 / real_rows + 1 / drawn_rows)
    return float(chdtrc(held.sum() - 1, ((first - second)[held] ** 2 / spread).sum()))


def _compare_large(target: np.ndarray, present: np.ndarray, real_rows: int, drawn_rows: float) -> float:
    """The same of the shares among the cells that are not small."""
    _, is_small = _find_small(target, present, real_rows, drawn_rows)
    first, second = target[~is_small], present[~is_small]
    if not first.sum() or not second.sum():
        return 1.0
    rows = round(real_rows * first.sum()), drawn_rows * second.sum()
    return _compute_chance(first / first.sum(), second / second.sum(), *rows)


def _find_small(
    target: np.ndarray, present: np.ndarray, real_rows: int, drawn_rows: float
) -> tuple[np.ndarray, np.ndarray]:
    """The shares of both sides taken together, and which cells are too small to be compared one by one."""
    common = (target * real_rows + present * drawn_rows) / (real_rows + drawn_rows)
    return common, common * min(real_rows, drawn_rows) < _LEAST_EXPECTED


def _scale(cells: Sequence[_Cells], weights: np.ndarray) -> np.ndarray:
    """The weights after raking."""
    return _rake(cells, weights)[1]


def _rake(cells: Sequence[_Cells], weights: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The log factors of each, and the weights with them, which add up to 1."""
    logs = [np.zeros(one.size) for one in cells]
    least, limit = 0.5 / len(cells[0].real), np.log(_LARGEST_FACTOR)
    current = weights / weights.sum()
    for _ in range(_SWEEPS):
        for log, one in zip(logs, cells, strict=True):
            present = np.bincount(one.drawn, current, one.size)
            wanted = np.clip(log + np.log((one.target + least) / (present + least)), -limit, limit)
            current = current * np.exp(wanted - log)[one.drawn]
            current /= current.sum()
            log[:] = wanted
    return tuple(logs), current


def _find_ends(numbers: np.ndarray) -> np.ndarray:
    """Inner ends of stretches with about equally many rows; at least one, which codes do not have."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return np.zeros(1)
    return np.unique(np.quantile(known, np.arange(1, _STRETCHES) / _STRETCHES))

"""Rows from fitted weights, variable by variable; shares are met by resampling unfinished rows.

Without shares every code is drawn from its conditional distribution. A share asks for exact numbers of rows
in groups of codes: categories, or the cells of a number. When the variable's turn comes, each group is given
that many unfinished rows, drawn with weights equal to the probability of the group after them, and only then
a code of the group. By Bayes' rule that leaves every group with the earlier columns that go with it, whatever
the order of the columns (sequential importance resampling, Gordon et al. 1993); later columns are drawn as
always.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from pipeline.synthesizers.autoregressive.codebook import Book, Codebook, NumberBook
from pipeline.synthesizers.autoregressive.partial_rows import PartialRows, RowNetwork
from pipeline.synthesizers.shares import ShareTarget, plan_cells

_ROWS_AT_ONCE = 4_096
_FEWEST_CANDIDATES = 1_024
"""Unfinished rows from which the first share chooses, so that few rows are not chosen from few."""


class Sampler:
    """Draws codes (rows × variables, in drawing order) for one codebook and its plain weights."""

    def __init__(
        self, codebook: Codebook, weights: Mapping[str, np.ndarray], rng: np.random.Generator
    ) -> None:
        self._codebook, self._rng = codebook, rng
        self._network = RowNetwork(codebook.sizes, weights)

    def draw(self, rows: int, targets: tuple[ShareTarget, ...] = ()) -> np.ndarray:
        """`rows` rows of codes that meet every target exactly, in random order."""
        drawn_first = [self._codebook.names[place] for place in self._codebook.order]
        ordered = tuple(sorted(targets, key=lambda target: drawn_first.index(target.column)))
        groups = self._plan(rows, ordered)
        with torch.inference_mode():
            blocks = range(0, rows, _ROWS_AT_ONCE)
            return np.concatenate(
                [self._draw_block(groups[start : start + _ROWS_AT_ONCE], ordered) for start in blocks]
            )

    def _plan(self, rows: int, targets: tuple[ShareTarget, ...]) -> np.ndarray:
        """The group of every row in every target, shape rows × targets, in random order."""
        if not targets:
            return np.zeros((rows, 0), dtype=np.int64)
        cells = plan_cells(targets, self._observe(targets), rows)
        places = np.repeat(np.arange(cells.size), cells.ravel())
        return np.stack(np.unravel_index(self._rng.permutation(places), cells.shape), axis=1)

    def _observe(self, targets: tuple[ShareTarget, ...]) -> tuple[np.ndarray, ...]:
        """The groups of an unconditioned sample, one array a target; a single target depends on nothing."""
        if len(targets) == 1:
            return (np.zeros(1, dtype=np.int64),)
        codes = self.draw(_ROWS_AT_ONCE)
        table = self._codebook.restore(codes, self._rng)
        known, drawn = self._codebook.categories, {column.name: column for column in self._codebook.drawn}
        return tuple(
            target.group_of_code[
                known[target.column].codes(table[target.column])
                if target.column in known
                else codes[:, drawn[target.column].variables.start]
            ]
            for target in targets
        )

    def _draw_block(self, groups: np.ndarray, targets: tuple[ShareTarget, ...]) -> np.ndarray:
        candidates = max(len(groups), _FEWEST_CANDIDATES) if targets else len(groups)
        rows = PartialRows(self._network, candidates)
        place_of = {target.column: place for place, target in enumerate(targets)}
        for column in self._codebook.drawn:
            for variable in column.variables:
                probabilities = rows.compute_probabilities(variable)
                earlier = rows.codes[:, column.variables.start : variable]
                if column.name in place_of:
                    place = place_of[column.name]
                    allowed = _allowed_by_group(column.book, targets[place], earlier)
                    settled = place + bool(earlier.shape[1])
                    probabilities = self._share(rows, probabilities, allowed, groups[:, : place + 1], settled)
                else:
                    probabilities = _mask(column.book, probabilities, earlier)
                rows.place(variable, _pick(probabilities, self._rng))
        return rows.codes

    def _share(
        self,
        rows: PartialRows,
        probabilities: torch.Tensor,
        allowed: list[np.ndarray],
        groups: np.ndarray,
        settled: int,
    ) -> torch.Tensor:
        """Replace `rows` by those that go with the last of `groups`; give their probabilities inside it.

        The first `settled` of `groups` are already what they should be, row by row.
        """
        weights = np.stack([_sum_weights(probabilities, codes) for codes in allowed], axis=1)
        chosen = _choose(weights, groups, settled, self._rng)
        rows.take(chosen)
        inside = np.empty((len(chosen), allowed[0].shape[1]), dtype=bool)
        for group, codes in enumerate(allowed):
            members = groups[:, -1] == group
            inside[members] = codes if len(codes) == 1 else codes[chosen[members]]
        return probabilities[torch.from_numpy(chosen)] * torch.from_numpy(inside)


def _sum_weights(probabilities: torch.Tensor, codes: np.ndarray) -> np.ndarray:
    return (probabilities * torch.from_numpy(codes)).sum(dim=1).double().numpy()


def _allowed_by_group(book: Book, target: ShareTarget, earlier: np.ndarray) -> list[np.ndarray]:
    return [book.allowed(target.group_of_code == group, earlier) for group in range(len(target.fractions))]


def _mask(book: Book, probabilities: torch.Tensor, earlier: np.ndarray) -> torch.Tensor:
    """Probabilities without the codes that stand for no category."""
    if isinstance(book, NumberBook) or not (book.has_rare or book.is_split):
        return probabilities
    every = np.ones(len(book.encoding.categories), dtype=bool)
    return probabilities * torch.from_numpy(book.allowed(every, earlier))


def _choose(weights: np.ndarray, groups: np.ndarray, settled: int, rng: np.random.Generator) -> np.ndarray:
    """One candidate for each row of `groups`, among those with the same settled groups.

    `weights` has shape candidates × groups of the last column; once a group is settled, candidates and
    rows stand in the same order.
    """
    wanted = _number_rows(groups[:, :settled])
    owner = wanted if settled else np.zeros(len(weights), dtype=np.int64)
    key = wanted * weights.shape[1] + groups[:, -1]
    chosen = np.empty(len(groups), dtype=np.int64)
    for cell in np.unique(key):
        members, candidates = np.flatnonzero(key == cell), np.flatnonzero(owner == cell // weights.shape[1])
        picks = _resample(weights[candidates, cell % weights.shape[1]], len(members), rng)
        chosen[members] = candidates[picks]
    return chosen


def _number_rows(groups: np.ndarray) -> np.ndarray:
    """A number for each row, equal where the rows are equal."""
    if not groups.shape[1]:
        return np.zeros(len(groups), dtype=np.int64)
    return np.unique(groups, axis=0, return_inverse=True)[1].reshape(-1)


def _resample(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` positions, as often as `weights` say to within one (systematic resampling), shuffled."""
    ends = np.cumsum(weights)
    spots = (np.arange(count) + rng.random()) / count * ends[-1]
    return rng.permutation(np.minimum(np.searchsorted(ends, spots, side="right"), len(weights) - 1))


def _pick(weights: torch.Tensor, rng: np.random.Generator) -> np.ndarray:
    """One code for each row, in proportion to its weights; a code of weight zero is never picked."""
    ends = weights.cumsum(dim=1)
    total = ends[:, -1:]
    spots = torch.from_numpy(rng.random((len(weights), 1), dtype=np.float32)) * total
    below = torch.nextafter(total, torch.zeros_like(total))
    return torch.searchsorted(ends, torch.minimum(spots, below), right=True)[:, 0].numpy()

"""Columns as normal scores, which keep how columns depend on each other and leave their shapes here.

The order of categories says nothing, so that the ranks of a nominal column lose what it tells. Along the
links of a tree (`dependency_tree`) a child is therefore scored among the rows of its parent's bin, by its
ranks there, and drawn so again: a linked pair comes back as it was, whatever its form. What the copula
learns is how columns depend on each other beyond the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from pipeline.synthesizers.dependency_tree import Link, cut_bins, grow_tree
from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.marginals import Marginal, Ranks
from pipeline.synthesizers.pair_counts import count_pairs, pool_rare_pairs, spread_pairs


@dataclass(frozen=True)
class NormalScores:
    """How the fields of a clean table become normal scores and come back.

    `bins` are those of the codes of each field. The `ranks` of a field that is the child of a link are those
    in each bin of its parent.
    """

    marginals: tuple[Marginal, ...]
    bins: tuple[np.ndarray, ...]
    ranks: tuple[Ranks, ...]
    links: tuple[Link, ...] = ()

    @classmethod
    def learn(
        cls, clean: pd.DataFrame, encoding: TableEncoding, uses_tree: bool = True
    ) -> tuple[Self, pd.DataFrame]:
        """Learn a clean table and give its scores; without the tree, each column is scored by itself."""
        learned = [
            Marginal.learn(field, clean[field.name].to_numpy(), encoding.steps.get(field.name, 0.0))
            for field in encoding.fields
        ]
        marginals, codes = tuple(one for one, _ in learned), tuple(found for _, found in learned)
        bins = tuple(cut_bins(found, marginal.is_discrete) for marginal, found in learned)
        ranks = tuple(Ranks.learn(marginal.shares[None]) for marginal in marginals)
        alone = cls(marginals, bins, ranks)
        scores = alone._score(codes)
        if not uses_tree:
            return alone, scores
        is_number = [not marginal.is_discrete for marginal in marginals]
        links = grow_tree(alone._find_bins(codes), scores.to_numpy().T, is_number)
        linked = cls(marginals, bins, alone._rank_children(links, codes), links)
        return linked, linked._score(codes)

    def draw(self, scores: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """The clean rows of sampled `scores`; a parent is drawn before its children."""
        parent_of = {child: parent for parent, child in self.links}
        roots = [place for place in range(len(self.marginals)) if place not in parent_of]
        codes: dict[int, np.ndarray] = {}
        for place in (*roots, *parent_of):
            parent = parent_of.get(place)
            given = None if parent is None else self.bins[parent][codes[parent]]
            codes[place] = self.ranks[place].find(scores.iloc[:, place].to_numpy(), given)
        return pd.DataFrame(
            {one.name: one.place(codes[place], rng) for place, one in enumerate(self.marginals)}
        )

    def _score(self, codes: tuple[np.ndarray, ...]) -> pd.DataFrame:
        given = {child: self.bins[parent][codes[parent]] for parent, child in self.links}
        return pd.DataFrame(
            {
                marginal.name: self.ranks[place].score(codes[place], given.get(place))
                for place, marginal in enumerate(self.marginals)
            }
        )

    def _find_bins(self, codes: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        return tuple(bins[found] for bins, found in zip(self.bins, codes, strict=True))

    def _rank_children(self, links: tuple[Link, ...], codes: tuple[np.ndarray, ...]) -> tuple[Ranks, ...]:
        ranks, binned = list(self.ranks), self._find_bins(codes)
        for parent, child in links:
            pairs = pool_rare_pairs(count_pairs(binned[parent], binned[child]))
            ranks[child] = Ranks.learn(spread_pairs(pairs, self.bins[child], self.marginals[child].shares))
        return tuple(ranks)

"""Which column goes along with which: a tree of the pairs that tell the most of each other.

Of all trees, the one with the greatest sum of mutual informations is nearest to the joint distribution
(Chow and Liu, IEEE Transactions on Information Theory 14, 1968, doi:10.1109/TIT.1968.1054142). A Gaussian
copula of two numbers knows a part of it by itself, −½ log(1 − ρ²), and more finely than bins do, so that
they count by the rest. A pair that tells no more than chance (Akaike's penalty, the degrees of freedom over
the rows) is no edge: independent columns make no tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.pair_counts import count_pairs

MOST_NUMBER_BINS = 20
"""Bins of about equally many rows: 10 are coarser than 500 rows need, 32 gain nothing."""
MOST_CATEGORY_BINS = 64
_MOST_ROWS = 50_000
"""More rows than this choose no other tree."""
_LEAST_UNEXPLAINED = 1e-9


class Link(NamedTuple):
    """Places of two fields: the child is drawn given the parent."""

    parent: int
    child: int


class _Edge(NamedTuple):
    weight: float
    first: int
    second: int


def cut_bins(codes: np.ndarray, is_discrete: bool) -> np.ndarray:
    """The bin of each code, which has rows.

    Neighbouring codes of a number share a bin of about a twentieth of the rows; a code of so many rows has
    its own. The most frequent categories have a bin each, the others one together.
    """
    counts = np.bincount(codes)
    return _group_categories(counts) if is_discrete else _group_neighbours(counts)


def grow_tree(bins: Sequence[np.ndarray], scores: np.ndarray, is_number: Sequence[bool]) -> tuple[Link, ...]:
    """The links between columns of bins, parents before their children.

    `scores` are the same columns as normal scores, a row each. Columns that depend on none are in no link.
    """
    stride = -(-scores.shape[1] // _MOST_ROWS)
    edges = _weigh_edges([one[::stride] for one in bins], scores[:, ::stride], is_number)
    return _direct(_span(edges, len(bins)), len(bins))


def _group_neighbours(counts: np.ndarray) -> np.ndarray:
    least = counts.sum() / MOST_NUMBER_BINS
    bins, held = np.zeros(len(counts), dtype=np.int64), 0
    for code, count in enumerate(counts.tolist()):
        starts = code > 0 and (held >= least or (count >= least and held > 0))
        bins[code] = bins[code - 1] + starts if code else 0
        held = count if starts else held + count
    return bins


def _group_categories(counts: np.ndarray) -> np.ndarray:
    order = np.argsort(-counts, kind="stable")
    bins = np.zeros(len(counts), dtype=np.int64)
    bins[order] = np.minimum(np.arange(len(counts)), MOST_CATEGORY_BINS - 1)
    bins[counts < FEWEST_ROWS] = min(int((counts >= FEWEST_ROWS).sum()), MOST_CATEGORY_BINS - 1)
    # A code without rows is never drawn, and would leave a bin without any.
    return np.where(counts > 0, bins, 0)


def _weigh_edges(bins: Sequence[np.ndarray], scores: np.ndarray, is_number: Sequence[bool]) -> list[_Edge]:
    """Pairs that tell more than chance and, of two numbers, than their ranks; the most telling first."""
    known = _inform_ranks(scores) * np.outer(is_number, is_number)
    found = []
    for second, one in enumerate(bins):
        for first in range(second):
            weight = _inform(count_pairs(bins[first], one)) - float(known[first, second])
            if weight > 0:
                found.append(_Edge(weight, first, second))
    return sorted(found, key=lambda edge: (-edge.weight, edge.first, edge.second))


def _inform(counts: np.ndarray) -> float:
    """Mutual information of two columns in nats, less what chance gives on so many rows."""
    rows, sums = counts.sum(), np.outer(counts.sum(axis=1), counts.sum(axis=0))
    is_held = counts > 0
    held = counts[is_held]
    information = float((held * np.log(held * float(rows) / sums[is_held])).sum() / rows)
    freedom = (np.count_nonzero(counts.sum(axis=1)) - 1) * (np.count_nonzero(counts.sum(axis=0)) - 1)
    return information - freedom / rows


def _inform_ranks(scores: np.ndarray) -> np.ndarray:
    """Mutual information of Gaussian columns in nats, by their correlations; 0 with a constant one."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(lengths > 0, lengths, 1.0)
    return -0.5 * np.log(np.maximum(1 - (unit @ unit.T) ** 2, _LEAST_UNEXPLAINED))


def _span(edges: list[_Edge], size: int) -> list[_Edge]:
    """The tree of the greatest weight, or several where nothing links them (Kruskal 1956)."""
    group, kept = list(range(size)), []
    for edge in edges:
        one, other = group[edge.first], group[edge.second]
        if one != other:
            group = [one if held == other else held for held in group]
            kept.append(edge)
    return kept


def _direct(edges: list[_Edge], size: int) -> tuple[Link, ...]:
    """The edges away from the field of each tree whose own edges weigh most."""
    weights, neighbours = [0.0] * size, [[] for _ in range(size)]  # type: tuple[list[float], list[list[int]]]
    for weight, first, second in edges:
        for one, other in ((first, second), (second, first)):
            weights[one] += weight
            neighbours[one].append(other)
    links: list[Link] = []
    seen: set[int] = set()
    for root in sorted(range(size), key=lambda place: (-weights[place], place)):
        reached = [] if root in seen else [root]
        seen.add(root)
        for parent in reached:
            fresh = [child for child in neighbours[parent] if child not in seen]
            links += [Link(parent, child) for child in fresh]
            reached += fresh
            seen.update(fresh)
    return tuple(links)

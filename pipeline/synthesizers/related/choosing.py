"""Choosing rows that fit: of the scope and group that are asked for, about as often as their weights say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_TRIES = 5


@dataclass(frozen=True)
class Limits:
    """Whether a candidate is chosen once at most, once at most by each owner, and only in its group."""

    is_single: bool = False
    is_distinct: bool = False
    is_strict: bool = False


def choose_rows(
    wanted: np.ndarray,
    child: tuple[np.ndarray, np.ndarray],
    scopes: np.ndarray,
    groups: np.ndarray,
    weights: np.ndarray,
    limits: Limits,
    rng: np.random.Generator,
) -> np.ndarray:
    """A candidate for each child, -1 where it wants none or none fits.

    `wanted` is the group of each child, -1: none; `child` are its scope and its owner. `scopes`, `groups` and
    `weights` describe the candidates. Where no candidate of the scope has the group, another of the scope is
    chosen, unless `limits` say no.
    """
    of_child, owner = child
    chosen = np.full(len(wanted), -1, dtype=np.int64)
    size = int(max(groups.max(initial=0), wanted.max(initial=0))) + 1
    for width in (size,) if limits.is_strict else (size, 1):
        open_rows = np.flatnonzero((wanted >= 0) & (chosen < 0) & (of_child >= 0))
        free = np.flatnonzero(scopes >= 0)
        if limits.is_single:
            free = free[~np.isin(free, chosen)]
        keys = of_child[open_rows] * width + (wanted[open_rows] if width > 1 else 0)
        of_free = scopes[free] * width + (groups[free] if width > 1 else 0)
        match = _match_once if limits.is_single else _deal
        picks = match(keys, of_free, weights[free], rng)
        chosen[open_rows] = np.where(picks >= 0, np.append(free, -1)[picks], -1)
    return _separate(chosen, of_child, owner, scopes, rng) if limits.is_distinct else chosen


def _deal(keys: np.ndarray, of_free: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A candidate of the same key for each of `keys`, -1 where there is none.

    Each is dealt as often as its weight asks for, to within one (systematic sampling).
    """
    order = rng.permutation(len(of_free))
    order = order[np.argsort(of_free[order], kind="stable")]
    ordered, ends = of_free[order], np.cumsum(weights[order] + 1e-9)
    low, high = np.searchsorted(ordered, keys, "left"), np.searchsorted(ordered, keys, "right")
    before = np.append(0.0, ends)
    names, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    spots = (_shuffle_ranks(inverse, counts, rng) + rng.random(len(names))[inverse]) / counts[inverse]
    picks = np.searchsorted(ends, before[low] + spots * (before[high] - before[low]), side="right")
    return np.where(high > low, np.append(order, -1)[np.clip(picks, low, np.maximum(high - 1, low))], -1)


def _match_once(
    keys: np.ndarray, of_free: np.ndarray, _weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A different candidate of the same key for each of `keys`, -1 for those that are too many."""
    order = rng.permutation(len(of_free))
    order = order[np.argsort(of_free[order], kind="stable")]
    ordered = of_free[order]
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    place = np.searchsorted(ordered, keys, "left") + _shuffle_ranks(inverse, counts, rng)
    return np.where(
        place < np.searchsorted(ordered, keys, "right"),
        np.append(order, -1)[np.minimum(place, len(order))],
        -1,
    )


def _shuffle_ranks(inverse: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random place of each entry among those of its key."""
    order = rng.permutation(len(inverse))
    order = order[np.argsort(inverse[order], kind="stable")]
    ranks = np.empty(len(inverse), dtype=np.int64)
    ranks[order] = np.arange(len(inverse)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranks


def _separate(
    chosen: np.ndarray, of_child: np.ndarray, owner: np.ndarray, scopes: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """`chosen` without what an owner has twice: later rows exchange theirs, or have none."""
    kept = chosen.copy()
    for _ in range(_TRIES):
        repeated = np.flatnonzero(_is_repeated(kept, owner))
        if not len(repeated):
            return kept
        kept[repeated] = kept[repeated][rng.permutation(len(repeated))]
        kept = np.where(_fits(kept, of_child, scopes), kept, chosen)
    for row in np.flatnonzero(_is_repeated(kept, owner)):
        free = np.setdiff1d(np.flatnonzero(scopes == of_child[row]), kept[owner == owner[row]])
        kept[row] = rng.choice(free) if len(free) else -1
    return kept


def _fits(chosen: np.ndarray, of_child: np.ndarray, scopes: np.ndarray) -> np.ndarray:
    return (chosen < 0) | (scopes[chosen] == of_child)


def _is_repeated(chosen: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Which rows have what an earlier row of their owner has."""
    order = np.lexsort([chosen, owner])
    same = (chosen[order][1:] == chosen[order][:-1]) & (owner[order][1:] == owner[order][:-1])
    repeated = np.zeros(len(chosen), dtype=bool)
    repeated[order[1:]] = same & (chosen[order][1:] >= 0) & (owner[order][1:] >= 0)
    return repeated

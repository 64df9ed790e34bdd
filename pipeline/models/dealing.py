"""How many rows each entity gets, and which: sizes drawn as in the sample, cut from similar rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.synthesizers.shares import apportion

Sizes = tuple[tuple[int, int], ...]
"""How many entities have how many members, as (members, entities)."""

_ONE_EACH: Sizes = ((1, 1),)


def compute_rate(sizes: Sizes) -> float:
    """Entities for each member, as in the sample; 1 where nothing is known."""
    pairs = np.array(sizes or _ONE_EACH, dtype=np.float64)
    return float(pairs[:, 1].sum() / (pairs[:, 0] @ pairs[:, 1]))


def draw_sizes(sizes: Sizes, entities: int, members: int, rng: np.random.Generator) -> np.ndarray:
    """Members of each of some entities, 1 or more, that add up to `members`; distributed as in the sample."""
    pairs = np.array(sizes or _ONE_EACH, dtype=np.int64)
    ends = np.cumsum(pairs[:, 1]) / pairs[:, 1].sum()
    # One draw from each of as many equal strata keeps the distribution even where entities are few.
    places = (np.arange(entities) + rng.random(entities)) / entities
    drawn = pairs[np.minimum(np.searchsorted(ends, places, side="right"), len(pairs) - 1), 0]
    drawn = rng.permutation(drawn)
    return 1 + _share_out(drawn - 1, members - entities)


def share_entities(weights: np.ndarray, most: np.ndarray, entities: int) -> np.ndarray:
    """Entities for each stratum in proportion to its weight, from 1 to `most` each, `entities` in all."""
    given = np.clip(1 + _share_out(weights, entities - len(weights)), 1, most)
    while (left := entities - int(given.sum())) > 0:
        room = np.flatnonzero(given < most)
        given[room[:left]] += 1
    return given


def deal(
    keys: Sequence[np.ndarray],
    strata: np.ndarray,
    shares: np.ndarray,
    sizes: Sizes,
    rng: np.random.Generator,
) -> np.ndarray:
    """The entity (0, 1, ...) of each member.

    `strata` are whole numbers 0, 1, ... that no entity crosses; each has as many entities as `shares`
    says. Within one, members that are neighbours by `keys` (the first counts most) come together.
    """
    order = np.lexsort([rng.random(len(strata)), *reversed(keys), strata])
    members = np.bincount(strata, minlength=len(shares))
    drawn = [
        draw_sizes(sizes, int(entities), int(count), rng)
        for entities, count in zip(shares, members, strict=True)
    ]
    number = np.empty(len(strata), dtype=np.int64)
    counts = np.concatenate(drawn) if drawn else np.empty(0, dtype=np.int64)
    number[order] = np.repeat(np.arange(len(counts)), counts)
    return number


def _share_out(weights: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers that add up to `total`, in proportion to the weights; even where there are none."""
    whole = weights.sum()
    fractions = weights / whole if whole else np.full(len(weights), 1.0 / max(1, len(weights)))
    return apportion(fractions, total)

"""Stretches of values that several people have together, in which those of single ones are drawn anew."""

from __future__ import annotations

import numpy as np

from pipeline.datasets.own_numbers import FEWEST_HOLDERS

_STREAM = 0x6F776E


def cut_stretches(holders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of some ascending values the places of the first and the last of its stretch.

    `holders` are the people who have each value. A stretch has `FEWEST_HOLDERS` people or more, if there
    are as many.
    """
    starts, held = [0], 0
    for place, people in enumerate(holders.tolist()):
        if held >= FEWEST_HOLDERS:
            starts.append(place)
            held = 0
        held += people
    if held < FEWEST_HOLDERS and len(starts) > 1:
        # The last stretch, with too few people, belongs to the one before.
        starts.pop()
    sizes = np.diff([*starts, len(holders)])
    first = np.repeat(starts, sizes)
    return first, first + np.repeat(sizes, sizes) - 1


def make_stream(column: str) -> np.random.Generator:
    """The random numbers of a column: the same ones in every training."""
    return np.random.default_rng(np.random.SeedSequence([_STREAM, *column.encode()]))

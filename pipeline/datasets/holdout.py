"""Which rows are held out of a dataset whose entities come back in several rows."""

from __future__ import annotations

import numpy as np
import pandas as pd


def hold_out_whole(codes: pd.DataFrame, ranks: np.ndarray, wanted: int) -> np.ndarray:
    """Which rows to hold out (bool): about `wanted`, those of an entity together, by the rank of its first.

    `codes` are the columns that describe the entities, of which the fullest counts; a row without a value
    there stands for itself. At least one entity is held out and one is not, where there are two.
    """
    entities = _number_entities(codes)
    rows_of = np.bincount(entities)
    firsts = np.full(len(rows_of), len(entities), dtype=np.int64)
    np.minimum.at(firsts, entities, np.arange(len(entities)))
    order = np.argsort(ranks[firsts], kind="stable")
    held = np.cumsum(rows_of[order])
    # The number of entities whose rows come nearest to what is wanted.
    taken = 1 + int(np.abs(held[:-1] - wanted).argmin()) if len(order) > 1 else 0
    return np.asarray(np.isin(entities, order[:taken]))


def _number_entities(codes: pd.DataFrame) -> np.ndarray:
    """A number for the entity of each row, by the fullest column."""
    leader = codes.count().idxmax()
    numbers, distinct = pd.factorize(codes[leader])
    is_missing = numbers < 0
    numbers = numbers.astype(np.int64)
    numbers[is_missing] = len(distinct) + np.arange(int(is_missing.sum()))
    return numbers

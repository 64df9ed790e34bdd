"""Bounded categories: rare ones are never reproduced, and very many of them take two narrow codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.synthesizers.columns import CategoryEncoding
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.width import count_categories, split_width


@dataclass(frozen=True)
class CodeGrid:
    """`categories` numbered from 0, written as one code or, `is_split`, as a bucket and a place in it."""

    categories: int
    is_split: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of values of each code."""
        return split_width(self.categories) if self.is_split else (self.categories,)

    def split(self, numbers: np.ndarray) -> tuple[np.ndarray, ...]:
        """The codes of category numbers, one array a code."""
        return tuple(np.divmod(numbers, self.sizes[1])) if self.is_split else (numbers,)

    def merge(self, codes: tuple[np.ndarray, ...]) -> np.ndarray:
        """The category numbers of sampled codes.

        The last bucket may be short: a place that it lacks counts from its start again, so that such a
        pair becomes one of the categories that it was asked among.
        """
        if not self.is_split:
            return codes[0]
        start = (self.sizes[0] - 1) * self.sizes[1]
        numbers = codes[0] * self.sizes[1] + codes[1]
        return np.where(numbers < self.categories, numbers, start + codes[1] % (self.categories - start))

    def spread(self, counts: np.ndarray) -> np.ndarray:
        """Rows of each category, where `counts` are those of the first code; evenly within a bucket."""
        if not self.is_split:
            return counts
        buckets = self.split(np.arange(self.categories))[0]
        return (counts / np.bincount(buckets))[buckets]


@dataclass(frozen=True)
class BoundedCategoryEncoding:
    """A column of categories of which only those that enough rows hold are `known`.

    A rare cell is filled with a draw from the known ones, which leaves their proportions as they are. A
    split column is numbered by frequency: a bucket holds categories of about equal frequency, so that
    a synthesizer gets their shares right even where it hardly learns which place goes with which bucket.
    """

    known: CategoryEncoding
    has_rare: bool
    is_split: bool

    @classmethod
    def learn(cls, series: pd.Series, is_split: bool, min_rows: int = FEWEST_ROWS) -> Self:
        """Learn the categories that at least `min_rows` rows hold; a missing cell is always known."""
        counts = count_categories(series)
        is_known = series.isna() | series.isin(counts.index[counts >= min_rows])
        kept = series[is_known]
        if isinstance(series.dtype, pd.CategoricalDtype):
            # A level is a category in clear, also where no row is left that holds it.
            kept = kept.cat.remove_unused_categories()
        known = CategoryEncoding.learn(kept)
        return cls(_by_frequency(known, kept) if is_split else known, not is_known.all(), is_split)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The encoding again from its plain values."""
        return cls(CategoryEncoding.from_dict(values["known"]), values["has_rare"], values["is_split"])

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.known.name

    @property
    def grid(self) -> CodeGrid:
        """How category numbers are written as codes."""
        return CodeGrid(len(self.known.categories), self.is_split)

    def numbers(self, series: pd.Series, rng: np.random.Generator) -> np.ndarray:
        """The category number of each cell; `rng` draws those of rare cells from the other cells."""
        if not self.has_rare:
            return self.known.codes(series)
        is_rare = self.find_rare(series)
        numbers = np.empty(len(series), dtype=np.int64)
        numbers[~is_rare] = self.known.codes(series[~is_rare])
        observed = numbers[series.notna().to_numpy() & ~is_rare]
        numbers[is_rare] = rng.choice(observed, int(is_rare.sum()))
        return numbers

    def find_rare(self, series: pd.Series) -> np.ndarray:
        """Which cells hold a category that is not known, bool of shape (rows,)."""
        return ~(series.isna() | series.isin(list(self.known.categories))).to_numpy()

    def values(self, numbers: np.ndarray) -> pd.Series:
        """The categories of `numbers`, as a column of the learned dtype."""
        return self.known.values(numbers)


def _by_frequency(encoding: CategoryEncoding, series: pd.Series) -> CategoryEncoding:
    counts = np.bincount(encoding.codes(series), minlength=len(encoding.categories))
    order = np.argsort(-counts, kind="stable")
    return replace(encoding, categories=tuple(encoding.categories[place] for place in order))

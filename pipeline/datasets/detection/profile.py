"""The values of a column, counted once: distinct values, how many rows hold each, and a sample as text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.datasets.parsing import MISSING_NUMBER_WORDS, as_text

SAMPLE = 2_000
"""Distinct values that are looked at one by one."""

MISSING_WORDS = MISSING_NUMBER_WORDS | {
    "-", "--", ".", "n.a.", "n. a.", "nil", "(null)", "<na>", "k.a.", "k. a.", "keine", "keine angabe",
    "unbekannt", "unknown", "inconnu", "aucun", "not available", "missing",
}  # fmt: skip
"""Words that may stand for "no value" in text, where other values look different."""

_MISSING_SPELLINGS = frozenset(
    spelling for word in MISSING_WORDS for spelling in (word, word.upper(), word.capitalize(), word.title())
)


@dataclass(frozen=True, eq=False)
class Profile:
    """Distinct values in the order in which they come first, `counts` rows each, beside `missing` rows."""

    values: pd.Series
    distinct: np.ndarray
    counts: np.ndarray
    missing: int

    @classmethod
    def of(cls, values: pd.Series) -> Profile:
        """Count a typed column (see `reading.infer_types`)."""
        codes, distinct = pd.factorize(values)
        counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
        return cls(values, np.asarray(distinct), counts, int((codes < 0).sum()))

    @property
    def present(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum())

    @property
    def missing_share(self) -> float:
        """The share of rows without a value, 0-1."""
        return self.missing / max(1, self.missing + self.present)

    @property
    def has_repeats(self) -> bool:
        """Whether a value is in several rows."""
        return len(self.distinct) < self.present

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return not self.missing and not self.has_repeats

    @property
    def rows_each(self) -> float:
        """Rows that hold one value, on average."""
        return self.present / max(1, len(self.distinct))

    @property
    def is_number(self) -> bool:
        """Whether the column is typed as numbers."""
        return pd.api.types.is_numeric_dtype(self.values)

    @cached_property
    def is_whole(self) -> bool:
        """Whether all values are finite whole numbers."""
        return self.is_number and bool(np.isfinite(self.distinct).all() and (self.distinct % 1 == 0).all())

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Distinct values as text without blanks around them, at most `SAMPLE`, taken evenly."""
        places = np.unique(
            np.linspace(0, len(self.distinct) - 1, min(SAMPLE, len(self.distinct))).astype(int)
        )
        return tuple(str(text).strip() for text in as_text(pd.Series(self.distinct[places])))

    @cached_property
    def numbers(self) -> np.ndarray:
        """The values of all rows that have one, in row order (float64)."""
        return self.values.dropna().to_numpy(dtype=float)

    def without_missing_words(self) -> Profile:
        """The column with the words for "no value" counted as missing; itself where it has no other."""
        if self.is_number:
            return self
        words = np.flatnonzero(pd.Index(self.distinct).isin(_MISSING_SPELLINGS))
        if not len(words) or len(words) == len(self.distinct):
            return self
        kept = np.delete(np.arange(len(self.distinct)), words)
        values = self.values.where(~self.values.isin(self.distinct[words]))
        missing = self.missing + int(self.counts[words].sum())
        return Profile(values, self.distinct[kept], self.counts[kept], missing)

"""What whole numbers look like: counted up, spread like amounts, rounded, points in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.datasets.detection.counted import CountedNumbers
from pipeline.datasets.detection.profile import SAMPLE, Profile
from pipeline.datasets.detection.series import NumberSeries
from pipeline.datasets.parsing import parse_dates
from pipeline.datasets.spread import are_flat

_COUNTER_ROWS = 150  # more than there are ages, and than there are years in most tables
_FEW_ROWS = 20
_CODE_DIGITS = 5
_LEAD_DIGITS = 7
_SIGNED_DIGITS, _SIGNED_SHARE = 7, 0.85  # of the numbers have at most a digit less than the longest
_ROUND_SHARE = 0.25  # of amounts end in 0 where people round, of codes a tenth
_TOP_DIGIT_SHARE = 0.4  # of prices end in the same digit
_SKEWNESS = 0.8
_MAGNITUDES = 1.5  # between the 5 % and the 95 % quantile; 1.3 in numbers spread evenly from 0
_FEWEST_COLLISIONS = 10  # that chance would make
_SPARSE = 50  # times as many numbers in the range as there are
_DENSE = 20
_STRETCHES = 10
_ROWS_BY_CHANCE = (
    1.5  # for each number: the chance of more is no sign of amounts, keys of a small range have it too
)
_EPOCHS = ((631_152_000, 2_208_988_800), (631_152_000_000, 2_208_988_800_000))  # 1990 to 2040, in s and ms
_LEAST_CORRELATION = 0.3
_YEARS = (1800, 2200)
_SERIALS = (30_000, 52_000)  # days since 1900, as spreadsheets count them: 1982 to 2042
_SERIAL_SPAN = 15_000


@dataclass(frozen=True, eq=False)
class WholeNumbers:
    """Distinct whole numbers of a column, and what they show."""

    profile: Profile

    @cached_property
    def distinct(self) -> np.ndarray:
        """Distinct numbers in the order in which they come first (int64)."""
        return self.profile.distinct.astype("int64")

    @property
    def low(self) -> int:
        """The smallest number."""
        return int(self.distinct.min())

    @property
    def high(self) -> int:
        """The largest number."""
        return int(self.distinct.max())

    @property
    def span(self) -> int:
        """How many whole numbers lie from the smallest to the largest."""
        return self.high - self.low + 1

    @property
    def digits(self) -> int:
        """The digits of the largest number."""
        return len(str(max(abs(self.low), abs(self.high))))

    @property
    def has_one_width(self) -> bool:
        """Whether all are of one length, as long as codes are."""
        return self.low > 0 and len(str(self.low)) == self.digits >= _CODE_DIGITS

    @property
    def has_one_lead(self) -> bool:
        """Whether long numbers all begin with the same two digits."""
        return self.has_one_width and self.digits >= _LEAD_DIGITS and str(self.low)[:2] == str(self.high)[:2]

    @cached_property
    def is_counted(self) -> bool:
        """Whether numbers go up by one step, or fill their range without a repeat.

        Numbers that chance draws from a range repeat: n of them make about n²/2 over its width pairs.
        """
        rows = len(self.distinct)
        steps = np.unique(np.diff(self.distinct))
        if rows > 2 and len(steps) == 1 and steps[0] > 0:
            return bool(self.low in (0, 1) or rows >= _FEW_ROWS)
        return rows >= _COUNTER_ROWS and rows**2 / (2 * self.span) >= _FEWEST_COLLISIONS

    @property
    def is_rising(self) -> bool:
        """Whether the numbers never go down in row order, as those given one after the other."""
        return len(self.distinct) >= _FEW_ROWS and bool((np.diff(self.distinct) > 0).all())

    @cached_property
    def fills_decade(self) -> bool:
        """Whether numbers of one width are spread evenly over all numbers of that width."""
        rows = len(self.distinct)
        if not self.has_one_width or rows < _FEW_ROWS:
            return False
        lowest = 10 ** (self.digits - 1)
        shares = (np.sort(self.distinct) - lowest) / (9 * lowest)
        distance = np.abs(shares - (np.arange(rows) + 0.5) / rows).max()
        return bool(distance < 1.36 / np.sqrt(rows))  # Kolmogorov and Smirnov's limit at 5 %

    @cached_property
    def counted(self) -> CountedNumbers:
        """The numbers as those of people who are counted from 1."""
        return CountedNumbers(self.distinct, self.profile.counts, self._rows)

    @cached_property
    def is_series(self) -> bool:
        """Whether the numbers are a run of a numbering far above 0; in row order they may be days as well."""
        series = NumberSeries(self.distinct, self.profile.counts, self._rows)
        if self.profile.has_repeats:
            return series.is_shared_run and not self.are_times
        return series.is_unique_run and not (self.are_times and (self.is_rising or not self.are_days))

    @property
    def are_days(self) -> bool:
        """Whether the numbers lie where a spreadsheet counts the days of our time."""
        return _SERIALS[0] <= self.low and self.high <= _SERIALS[1]

    @cached_property
    def _rows(self) -> np.ndarray:
        return self.profile.values.dropna().to_numpy().astype("int64")

    @property
    def is_dense(self) -> bool:
        """Whether the numbers fill much of their range, as counts and small measures do."""
        return self.span < _DENSE * len(self.distinct)

    @property
    def is_sparse(self) -> bool:
        """Whether the numbers are few of those in their range, though none is rounded."""
        return self.span >= _SPARSE * len(self.distinct) and not self.is_rounded

    @cached_property
    def is_rounded(self) -> bool:
        """Whether many numbers end in 0, or most in the same digit, as amounts and prices do."""
        ends = np.bincount(self.distinct % 10, minlength=10) / len(self.distinct)
        is_topped = len(self.distinct) >= _FEW_ROWS and ends.max() > _TOP_DIGIT_SHARE
        return bool(ends[0] > _ROUND_SHARE or is_topped)

    @cached_property
    def repeats_by_chance(self) -> bool:
        """Whether a few come twice, but no more than amounts of the same spread do by chance.

        Of n values drawn from w whole numbers, w (1 - exp(-n / w)) differ (the occupancy problem), here in
        each of several stretches that hold equally many.
        """
        if not 1 < self.profile.rows_each < _ROWS_BY_CHANCE:
            return False
        values = np.sort(self.profile.values.dropna().to_numpy().astype("int64"))
        parts = [part for part in np.array_split(values, _STRETCHES) if len(part)]
        widths = np.array([part[-1] - part[0] + 1 for part in parts], dtype=float)
        counts = np.array([len(part) for part in parts])
        expected = float((counts - widths * -np.expm1(-counts / widths)).sum())
        return len(values) - len(self.distinct) <= expected + 3 * np.sqrt(expected) + 1

    @cached_property
    def is_skewed(self) -> bool:
        """Whether the numbers have a long tail or lie in several magnitudes, as amounts do."""
        numbers = self.distinct.astype(float)
        spread = numbers.std()
        if len(numbers) < _FEW_ROWS or not spread:
            return False
        skewness = float((((numbers - numbers.mean()) / spread) ** 3).mean())
        low, high = np.quantile(np.abs(numbers), (0.05, 0.95))
        return abs(skewness) > _SKEWNESS or bool(low > 0 and np.log10(high / low) > _MAGNITUDES)

    @cached_property
    def are_signed_codes(self) -> bool:
        """Whether long numbers, some of them below zero, are spread evenly, as hash values and codes are."""
        magnitudes = np.unique(np.abs(self.distinct.astype(float)))
        if self.low >= 0 or self.digits < _SIGNED_DIGITS or len(magnitudes) < _FEW_ROWS or not self.is_sparse:
            return False
        is_long = float(np.mean(magnitudes >= 10.0 ** (self.digits - 2))) >= _SIGNED_SHARE
        return is_long and (are_flat(magnitudes) or are_flat(np.sort(self.distinct.astype(float))))

    @cached_property
    def are_times(self) -> bool:
        """Whether the numbers read as years, as dates (20240131), as a spreadsheet's days or as Unix time."""
        low, high = self.low, self.high
        if any(first <= low and high <= last for first, last in _EPOCHS):
            return True
        if _YEARS[0] <= low and high <= _YEARS[1]:
            return True
        if self.are_days and self.span <= _SERIAL_SPAN and self.is_dense:
            return True
        if len(str(low)) != 8 or self.digits != 8:
            return False
        sample = pd.Series(self.distinct[:SAMPLE].astype(str))
        return bool(parse_dates(sample, "%Y%m%d").notna().all())


def correlates(values: pd.Series, others: pd.DataFrame) -> bool:
    """Whether numbers go up or down with one of the columns of measures."""
    return any(_correlation(values, others[name]) > _LEAST_CORRELATION for name in others)


def _correlation(values: pd.Series, other: pd.Series) -> float:
    """Spearman's correlation without its sign, 0 where chance explains it."""
    kept = values.notna() & other.notna()
    rows = int(kept.sum())
    if rows < _FEW_ROWS or values[kept].nunique() < 2 or other[kept].nunique() < 2:
        return 0.0
    found = abs(float(values[kept].rank().corr(other[kept].rank())))
    return found if found > 4 / np.sqrt(rows) else 0.0

"""Periods that may as well be numbers, codes or ranges: 202304, 04.2023, 202315, 14/2024, 04/26, 0426.

Nearly all cells of their shape must be such periods. What numbers cannot be by chance is told by the limits
that it keeps, and where nothing but the name of the column tells weeks from months, the name decides.
"""

from __future__ import annotations

import numpy as np

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.hints import Hints
from pipeline.datasets.forms.moments import Wording, read_moments
from pipeline.datasets.forms.patterns import match_shape
from pipeline.datasets.forms.words import is_sentinel_date

LIKE_NUMBERS = ("%Y%m", "%m.%Y", "%m%Y")
LIKE_WEEKS = ("%V/%G", "%V-%G", "%G/%V", "%G-%V", "%G%V")
LIKE_RANGES = ("%m/%y", "%m-%y", "%m%y")

_SHARE = 0.95  # of the cells of a shape, dates for "never" aside, are such periods
_FEWEST_VALUES = 6
_FEWEST_WEEKS = 20  # which chance leaves none above 53 of, where the column's name says nothing
_MONTHS = 12
_FEWEST_MONTHS, _FEWEST_YEARS = 8, 2  # of month and year in two digits each
_MOST_YEARS, _LAST_MINUTE = 20, 59  # more are days of a month or minutes, which end sooner
_USUAL_YEARS = tuple(np.datetime64(f"{year}-01-01", "ns").astype(np.int64) for year in (1900, 2100))


def list_doubtful(hints: Hints) -> tuple[str, ...]:
    """The doubtful patterns, first those that win where others fit as many cells."""
    weeks_first = hints.name_says == "week"
    return (*LIKE_WEEKS, *LIKE_NUMBERS, *LIKE_RANGES) if weeks_first else (
        *LIKE_NUMBERS, *LIKE_WEEKS, *LIKE_RANGES
    )  # fmt: skip


def count_told(cells: Cells, pattern: str, wording: Wording, hints: Hints) -> int:
    """Number of cells that are periods of a doubtful pattern; 0 where they may be something else."""
    found = read_moments(cells, pattern, wording).nanoseconds
    is_shaped = np.zeros(len(cells), dtype=bool)
    for shape, rows in zip(cells.shapes, cells.rows, strict=True):
        is_shaped[rows] = match_shape(shape, pattern, wording.language) is not None
    is_usual = is_shaped & (found >= _USUAL_YEARS[0]) & (found < _USUAL_YEARS[1])
    others = cells.distinct_texts(is_shaped & ~is_usual)
    wrong = sum(count for text, count in others.items() if not is_sentinel_date(text))
    fitting = int(is_usual.sum())
    if fitting < _SHARE * (fitting + wrong) or len(np.unique(found[is_usual])) < _FEWEST_VALUES:
        return 0
    if pattern in LIKE_WEEKS and not _are_weeks(found[is_usual], hints):
        return 0
    if pattern in LIKE_RANGES and not (_are_padded(cells) and _are_months_of_years(found[is_usual])):
        return 0
    return fitting


def _are_weeks(found: np.ndarray, hints: Hints) -> bool:
    """Whether Mondays (ns since 1970) are of weeks: more than a few are above 12, and codes do not repeat.

    Where the name says so one is enough, or none within one year; in several there would be others.
    """
    days = found.view("datetime64[ns]").astype("datetime64[D]") + 3
    of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    above = float((of_year // 7 + 1 > _MONTHS).mean())
    if hints.name_says == "week":
        return above > 0 or len(np.unique(days.astype("datetime64[Y]"))) == 1
    distinct, is_above = len(np.unique(found)), above > 1 - _SHARE
    return is_above and _FEWEST_WEEKS <= distinct < len(found) and hints.name_says != "code"


def _are_padded(cells: Cells) -> bool:
    """Whether all pairs of digits have both digits, unlike scores such as 7/12."""
    return cells.shapes[0] in (b"99/99", b"99-99", b"9999")


def _are_months_of_years(found: np.ndarray) -> bool:
    """Whether firsts of months are of a run of years: as ranges, days or minutes they would be otherwise.

    The second half of a score or a range is above the first, and no larger than 12 where nothing is.
    """
    months = found.view("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    years, of_year = np.unique(months // 12 + 1970), np.unique(months % 12)
    if len(of_year) < _FEWEST_MONTHS or len(years) < _FEWEST_YEARS or (years % 100).max() <= _MONTHS:
        return False
    is_run = years[-1] - years[0] < 2 * len(years)
    return bool(is_run and (len(years) <= _MOST_YEARS or (years % 100).max() > _LAST_MINUTE))

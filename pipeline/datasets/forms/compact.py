"""Dates and times of digits alone (YYMMDD, YYYYDDD, YYYYMMDDHH, HHMM), and days of a year (YYYY-DDD).

They are told from numbers and codes by the limits that they keep.

Every cell must be possible, and the values must come close to the limits and never above them: with so many
distinct values chance leaves no month above 12 and no minute above 59 in less than one column of a million.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.dates import DateForm
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.moments import NO_MOMENT, SECOND, Wording, read_moments
from pipeline.datasets.forms.times import TimeForm

_DATES = {
    b"9" * 5: ("%y%j",),
    b"9" * 6: ("%y%m%d", "%d%m%y", "%m%d%y", "%C%y%j"),
    b"9" * 7: ("%Y%j", "%C%y%m%d"),
    b"9" * 10: ("%Y%m%d%H",),
    **{b"9999%c999" % ord(sign): (f"%Y{sign}%j",) for sign in "-/."},
    **{b"99%c999" % ord(sign): (f"%y{sign}%j",) for sign in "-/"},
    **{b"999%c9999" % ord(sign): (f"%j{sign}%Y",) for sign in "-/."},
}
_TIMES = {b"9" * 4: "%H%M", b"9" * 6: "%H%M%S"}
_NUMBER = re.compile(rb"9+([-/.]9999?)?")
_WEEK_DATES = ("%G-W%V-%u", "%GW%V%u", "%G-KW%V-%u")
_WEEK_SHARE = 0.9
_FEWEST_VALUES = 20
_FEWEST_DAYS = 15
_LATE_DAY, _LATE_DAY_OF_YEAR, _LATE_MINUTE = 29, 320, 55
_FEWEST_MINUTES = 12
_LAST_HOUR = 23
_QUARTERS = {0, 15, 30, 45}
_FIRST, _LAST = (np.datetime64(f"{year}-01-01", "ns").astype(np.int64) for year in (1900, 2100))


def propose_compact_date(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of dates that all cells of one width are written in, or None."""
    fitting = [pattern for pattern in _DATES.get(_shape(cells), ()) if _are_dates(cells, pattern, hints)]
    if not fitting:
        return None
    forms = [
        DateForm(one, latest_year=hints.latest_year if _has_short_year(one) else 2068) for one in fitting
    ]
    why = "all are dates, which numbers of so many digits would not be"
    return Proposal(forms[0], why, tuple(forms[1:]), len(forms) > 1)


def propose_week_date(cells: Cells) -> Proposal | None:
    """The form of days of weeks (ISO 8601: 2021-W32-2) that nearly all cells are written in, or None."""
    fitting = {pattern: int(read_moments(cells, pattern, Wording()).is_read.sum()) for pattern in _WEEK_DATES}
    best = max(fitting, key=lambda pattern: fitting[pattern])
    if not fitting[best] or fitting[best] < _WEEK_SHARE * cells.present:
        return None
    return Proposal(DateForm(best), "each names a day of a week")


def propose_compact_time(cells: Cells) -> Proposal | None:
    """The form of times of day that all cells of one width are written in, or None."""
    pattern = _TIMES.get(_shape(cells))
    moments = None if pattern is None else _read(cells, pattern, Wording())
    if pattern is None or moments is None:
        return None
    hours, minutes = np.unique(moments // (3600 * SECOND)), np.unique(moments // (60 * SECOND) % 60)
    is_spread = len(minutes) >= _FEWEST_MINUTES and minutes.max() >= _LATE_MINUTE
    if len(hours) < 3 or not (is_spread or set(minutes.tolist()) == _QUARTERS):
        return None
    return Proposal(TimeForm(pattern), "all are times of day, which numbers of so many digits would not be")


def _shape(cells: Cells) -> bytes:
    """The one shape of all cells that are digits, with or without a separator, empty where they differ."""
    shapes = {shape for shape in cells.shapes[:50] if _NUMBER.fullmatch(shape)}
    return shapes.pop() if len(shapes) == 1 and _NUMBER.fullmatch(cells.shapes[0]) else b""


def _has_short_year(pattern: str) -> bool:
    return "%y" in pattern and "%C" not in pattern


def _read(cells: Cells, pattern: str, wording: Wording) -> np.ndarray | None:
    """Distinct moments, None unless every cell of digits is one, apart from 000000 and 999999."""
    numbers = np.concatenate(
        [rows for shape, rows in zip(cells.shapes, cells.rows, strict=True) if _NUMBER.fullmatch(shape)]
    )
    found = read_moments(cells, pattern, wording).nanoseconds[numbers]
    impossible = pc.unique(cells.texts.take(pa.array(numbers[found == NO_MOMENT]))).to_pylist()
    if any(set(text) - set("-/.") not in ({"0"}, {"9"}) for text in impossible):
        return None
    distinct = np.unique(found[found != NO_MOMENT])
    return distinct if len(distinct) >= _FEWEST_VALUES else None


def _are_dates(cells: Cells, pattern: str, hints: Hints) -> bool:
    moments = _read(cells, pattern, Wording(latest_year=hints.latest_year))
    if moments is None or moments[0] < _FIRST or moments[-1] >= _LAST:
        return False
    days = moments.view("datetime64[ns]").astype("datetime64[D]")
    if "%H" in pattern:
        return hints.name_says != "code" and _are_hours(moments, days)
    if "%j" in pattern and hints.name_says == "day" and not _has_short_year(pattern):
        return True
    if "%j" in pattern:
        # A counter behind the year (2023001, 2023002, ...) comes up once each.
        years = days.astype("datetime64[Y]")
        of_year = (days - years.astype("datetime64[D]")).astype(np.int64) + 1
        # Of one year in two digits they are more likely numbers that all begin alike.
        is_told = not _has_short_year(pattern) or len(np.unique(years)) > 1
        return is_told and bool(of_year.max() >= _LATE_DAY_OF_YEAR) and len(moments) < cells.present
    of_month = np.unique((days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1)
    return len(of_month) >= _FEWEST_DAYS and bool(of_month.max() >= _LATE_DAY)


def _are_hours(moments: np.ndarray, days: np.ndarray) -> bool:
    """Whether hours are behind days: the numbers of a day's orders begin with 01, and end anywhere."""
    hours = moments // (3600 * SECOND) % 24
    return len(np.unique(days)) > 1 and bool(hours.min() != 1 or hours.max() == _LAST_HOUR)

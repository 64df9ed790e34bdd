"""Years, months, days and clocks of many cells into moments, and back into text.

A moment is an int64 of nanoseconds since 1970, the wall time as it is written; `NO_MOMENT` is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.month_names import month_numbers, month_words
from pipeline.datasets.forms.patterns import Token, match_shape, parse_pattern
from pipeline.datasets.forms.zone_names import day_words, write_zones

NO_MOMENT = np.iinfo(np.int64).min
FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Whole years that nanoseconds in an int64 can hold."""

ORDINALS = ("o", "O")
"""Directives of the day with its ending."""

_ENDINGS = tuple(
    "th" if number // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") for number in range(100)
)
LEAP_YEAR = 2000
"""The year of days that are written without one, so that 29 February is among them."""

SECOND = 10**9
DAY = 86400 * SECOND


@dataclass(frozen=True)
class Wording:
    """What a pattern leaves open: month names and their case, the window of two-digit years, offset, zone."""

    language: str = "en"
    case: str = "title"
    latest_year: int = 2068
    offset: str = ""
    zone: str = ""


@dataclass(frozen=True, eq=False)
class Moments:
    """What a pattern reads: nanoseconds of each cell, and the offset in minutes where one is written."""

    nanoseconds: np.ndarray
    offsets: np.ndarray

    @property
    def is_read(self) -> np.ndarray:
        """Which cells are written in the pattern and possible."""
        return self.nanoseconds != NO_MOMENT


def read_moments(cells: Cells, pattern: str, wording: Wording) -> Moments:
    """Read the cells that fit a pattern; impossible dates and clocks are not read."""
    moments = Moments(np.full(len(cells), NO_MOMENT), np.zeros(len(cells), dtype=np.int64))
    for code, shape in enumerate(cells.shapes):
        spans = match_shape(shape, pattern, wording.language)
        if spans is not None:
            rows = cells.rows[code]
            fields = _Fields(cells, code, spans)
            if wording.zone and fields.word("Z") not in ("", *wording.zone.split("/")):
                continue
            moments.nanoseconds[rows] = _nanoseconds(fields, wording)
            moments.offsets[rows] = fields.offset()
    return moments


def write_moments(nanoseconds: np.ndarray, pattern: str, wording: Wording) -> pa.Array:
    """Texts of moments (none of them missing) in a pattern."""
    clock = _Clock(nanoseconds)
    parts = [_written(token, clock, wording) for token in parse_pattern(pattern)]
    return pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))


@dataclass(frozen=True, eq=False)
class _Fields:
    """The directives of one shape, read from all its cells."""

    cells: Cells
    code: int
    spans: dict[str, tuple[int, int]]

    def number(self, name: str, default: int) -> np.ndarray:
        if name not in self.spans:
            return np.full(self.cells.count(self.code), default, dtype=np.int64)
        return self.cells.integers(self.code, list(range(*self.spans[name])))

    def word(self, *names: str) -> str:
        """The letters of a shape under a directive; they are the same in all its cells."""
        span = next((self.spans[name] for name in names if name in self.spans), (0, 0))
        return self.cells.shapes[self.code][slice(*span)].decode()

    def offset(self) -> np.ndarray:
        """Minutes east of UTC."""
        word = self.word("z")
        start, end = self.spans.get("z", (0, 0))
        digits = [at for at in range(start, end) if self.cells.shapes[self.code][at : at + 1] == b"9"]
        hours, minutes = (self.cells.integers(self.code, part) for part in (digits[:2], digits[2:]))
        return (hours * 60 + minutes) * (-1 if word[:1] in ("-", "−") else 1)


def _nanoseconds(fields: _Fields, wording: Wording) -> np.ndarray:
    days, is_day = _days(fields, wording)
    clock, is_clock = _clock(fields)
    return np.where(is_day & is_clock, days * DAY + clock, NO_MOMENT)


def _days(fields: _Fields, wording: Wording) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970 and which of them exist; without a year the first of them."""
    if "j" in fields.spans:
        return _days_of_year(_year(fields, wording), fields.number("j", 1))
    if "V" in fields.spans:
        days, is_week = _days_of_week(fields.number("G", 1970), fields.number("V", 1))
        day = fields.number("u", 1)
        return days + day - 1, is_week & (day >= 1) & (day <= 7)
    year, month, day = _year(fields, wording), _month(fields, wording), _day(fields)
    is_month = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    months = np.where(is_month, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first, following = (m.astype("datetime64[D]").astype(np.int64) for m in (months, months + 1))
    days = first + day - 1
    return days, is_month & (day >= 1) & (days < following) & _is_next_year(fields, year)


def _day(fields: _Fields) -> np.ndarray:
    """Days of the month, 0 where an ending is not that of its number: 3nd."""
    name = next((name for name in ORDINALS if name in fields.spans), "")
    if not name:
        return fields.number("d", 1)
    start, end = fields.spans[name]
    days = fields.cells.integers(fields.code, list(range(start, end - 2)))
    endings = np.array(_ENDINGS)[days]
    return np.where(endings == fields.word(name)[-2:].lower(), days, 0)


def _is_next_year(fields: _Fields, year: np.ndarray) -> np.ndarray:
    """Whether the second year of a fiscal year follows the first one, where there is a second one."""
    if "L" in fields.spans:
        return fields.number("L", 0) == year + 1
    return (fields.number("N", 0) == (year + 1) % 100) | ("N" not in fields.spans)


def _days_of_week(year: np.ndarray, week: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mondays of the weeks of ISO 8601, the first of which has 4 January, and which weeks a year has."""
    is_year = (year >= FIRST_YEAR) & (year < LAST_YEAR)
    first, following = (_first_monday(np.where(is_year, year, 1970) + more) for more in (0, 1))
    days = first + 7 * (week - 1)
    return days, is_year & (week >= 1) & (days < following)


def _first_monday(year: np.ndarray) -> np.ndarray:
    fourth = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 3
    return fourth - _weekday(fourth)


def _weekday(days: np.ndarray) -> np.ndarray:
    """Days since Monday of days since 1970, which began on a Thursday."""
    return (days + 3) % 7


def _days_of_year(year: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    is_year = (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    years = np.where(is_year, year - 1970, 0).astype("datetime64[Y]")
    first, following = (y.astype("datetime64[D]").astype(np.int64) for y in (years, years + 1))
    days = first + day - 1
    return days, is_year & (day >= 1) & (days < following)


def _year(fields: _Fields, wording: Wording) -> np.ndarray:
    if "y" not in fields.spans:
        is_day = bool({"d", *ORDINALS} & set(fields.spans))
        return fields.number("Y", LEAP_YEAR if is_day else 1970)
    if "C" in fields.spans:
        return 1900 + 100 * fields.number("C", 0) + fields.number("y", 0)
    first = wording.latest_year - 99
    return first + (fields.number("y", 0) - first) % 100


def _month(fields: _Fields, wording: Wording) -> np.ndarray:
    for name in ("b", "B"):
        if name in fields.spans:
            numbers = month_numbers(name, wording.language)
            return np.full(fields.cells.count(fields.code), numbers[fields.word(name).lower()])
    if "h" in fields.spans:
        half = fields.number("h", 1)
        return np.where((half >= 1) & (half <= 2), half * 6 - 5, 0)
    if "q" in fields.spans:
        quarter = fields.number("q", 1)
        return np.where((quarter >= 1) & (quarter <= 4), quarter * 3 - 2, 0)
    return fields.number("m", 1)


def _clock(fields: _Fields) -> tuple[np.ndarray, np.ndarray]:
    """Nanoseconds since midnight and which of them exist."""
    hour, is_hour = _hour(fields)
    minute, second = fields.number("M", 0), fields.number("S", 0)
    digits = fields.spans["f"][1] - fields.spans["f"][0] if "f" in fields.spans else 0
    fraction = fields.number("f", 0) * 10 ** (9 - digits)
    return ((hour * 60 + minute) * 60 + second) * SECOND + fraction, is_hour & (minute < 60) & (second < 60)


def _hour(fields: _Fields) -> tuple[np.ndarray, np.ndarray]:
    if "I" not in fields.spans:
        hour = fields.number("H", 0)
        return hour, hour < 24
    hour = fields.number("I", 12)
    is_afternoon = fields.word("p", "P")[:1] in ("p", "P")
    return hour % 12 + 12 * is_afternoon, (hour >= 1) & (hour <= 12)


class _Clock:
    """The fields of moments, computed when a pattern asks for them."""

    def __init__(self, nanoseconds: np.ndarray) -> None:
        moments = nanoseconds.view("datetime64[ns]")
        self.nanoseconds = nanoseconds
        self._days = moments.astype("datetime64[D]")
        self._months = moments.astype("datetime64[M]")
        self.rest = nanoseconds - self._days.astype(np.int64) * DAY

    def number(self, name: str) -> np.ndarray:
        match name:
            case "Y" | "y" | "L" | "N":
                year = self._months.astype("datetime64[Y]").astype(np.int64) + 1970 + (name in "LN")
                return year if name in "YL" else year % 100
            case "C":
                return (self._months.astype("datetime64[Y]").astype(np.int64) + 70) // 100
            case "G" | "V":
                return self._week(name)
            case "m" | "b" | "B":
                return self._months.astype(np.int64) % 12 + 1
            case "q":
                return self._months.astype(np.int64) % 12 // 3 + 1
            case "h":
                return self._months.astype(np.int64) % 12 // 6 + 1
            case "a" | "A":
                return _weekday(self._days.astype(np.int64))
            case "u":
                return _weekday(self._days.astype(np.int64)) + 1
            case "d" | "o" | "O":
                return (self._days - self._months.astype("datetime64[D]")).astype(np.int64) + 1
            case "j":
                return (self._days - self._months.astype("datetime64[Y]").astype("datetime64[D]")).astype(
                    np.int64
                ) + 1
            case "I":
                return (self.rest // (3600 * SECOND) + 11) % 12 + 1
            case "p" | "P":
                return self.rest // (12 * 3600 * SECOND)
        size = {"H": 3600 * SECOND, "M": 60 * SECOND, "S": SECOND}[name]
        return self.rest // size % {"H": 24, "M": 60, "S": 60}[name]

    def _week(self, name: str) -> np.ndarray:
        """Year or number of the week of ISO 8601: the year is that of its Thursday."""
        days = self._days.astype(np.int64)
        years = (days - _weekday(days) + 3).astype("datetime64[D]").astype("datetime64[Y]")
        year = years.astype(np.int64) + 1970
        return year if name == "G" else (days - _first_monday(year)) // 7 + 1


def _written(token: Token, clock: _Clock, wording: Wording) -> pa.Array | pa.Scalar:
    if not token.name or token.name == "z":
        return pa.scalar(wording.offset if token.name else token.text, pa.large_string())
    if token.name == "Z":
        return pa.array(write_zones(clock.nanoseconds, wording.zone), type=pa.large_string())
    if token.name == "f":
        digits = clock.rest % SECOND // 10 ** (9 - token.width)
        return pc.utf8_lpad(pc.cast(pa.array(digits), pa.large_string()), token.width, "0")
    numbers = clock.number(token.name)
    if token.name in "YGLj":
        width = 3 if token.name == "j" else 4
        return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.large_string()), width, "0")
    return pa.array(_table(token, wording), type=pa.large_string()).take(pa.array(numbers))


def _table(token: Token, wording: Wording) -> list[str]:
    """The texts of a directive by number."""
    match token.name:
        case "b" | "B":
            return ["", *month_words(token.name, wording.language, wording.case)]
        case "a" | "A":
            return list(day_words(token.name, wording.language, wording.case))
        case "p":
            return ["AM", "PM"]
        case "P":
            return ["am", "pm"]
        case "o" | "O":
            texts = [f"{number}{ending}" for number, ending in enumerate(_ENDINGS)]
            return texts if token.name == "o" else [text.upper() for text in texts]
        case "q" | "h" | "C" | "u":
            return [str(number) for number in range(10)]
    return [f"{number:02d}" if token.is_padded else str(number) for number in range(100)]

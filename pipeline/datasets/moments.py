"""Dates, times and lengths of time of typed files as text in ISO form, one form for each column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta


def write_moment(value: date | time) -> str:
    """9999-12-31, 2024-01-31 10:30:00+05:30 or 10:30:00; a moment at midnight is a day."""
    if isinstance(value, datetime):
        is_day = value.time() == time.min and value.tzinfo is None
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    return value.isoformat()


def write_moments(
    values: Iterable[datetime | date | time | None], is_day: bool = False, has_seconds: bool = True
) -> list[str | None]:
    """A column of moments (days where `is_day`) or of times, all with the digits that one of them needs.

    `has_seconds` writes seconds even where all of them are 0.
    """
    cells = list(values)
    spec = _find_precision([cell for cell in cells if isinstance(cell, datetime | time)], has_seconds)
    return [None if cell is None else _write(cell, is_day, spec) for cell in cells]


def write_duration(value: timedelta) -> str:
    """Hours, minutes and seconds as in 27:03:00; fractions of a second only where there are some."""
    return format_duration(value // timedelta(microseconds=1) * 1000)


def format_duration(nanoseconds: int) -> str:
    """A length of time in nanoseconds as in 27:03:00.5, with a minus before it where it is negative."""
    seconds, rest = divmod(abs(nanoseconds), 10**9)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"
    return f"-{clock}" if nanoseconds < 0 else clock


def _find_precision(cells: Sequence[datetime | time], has_seconds: bool) -> str:
    micros = {cell.microsecond for cell in cells}
    if micros <= {0}:
        return "seconds" if has_seconds or any(cell.second for cell in cells) else "minutes"
    return "milliseconds" if all(micro % 1000 == 0 for micro in micros) else "microseconds"


def _write(cell: datetime | date | time, is_day: bool, spec: str) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec=spec)
    if isinstance(cell, time):
        return cell.isoformat(timespec=spec)
    return cell.isoformat() if is_day else f"{cell.isoformat()} 00:00:00"

"""Which form of date a column is written in, decided over all its shapes."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.compact import propose_compact_date, propose_week_date
from pipeline.datasets.forms.date_shapes import date_patterns
from pipeline.datasets.forms.dates import DateForm
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.moments import NO_MOMENT, Wording, read_moments
from pipeline.datasets.forms.pattern_learning import (
    MOST_SHAPES,
    Names,
    finish_pattern,
    names_of_months,
    offset_of,
    without_digits,
    zone_of,
)
from pipeline.datasets.forms.serials import find_decimals, read_serials, usual_serial
from pipeline.datasets.forms.words import is_sentinel_date

_MOST_OTHERS = 4
_COMPACT_SHARE = 0.95
_ONE_DIGIT = re.compile(rb"(?<!9)9(?!9)")
_FIRST_COMPACT, _LAST_COMPACT = (
    np.datetime64(f"{year}-01-01", "ns").astype(np.int64) for year in (1900, 2100)
)


@dataclass(frozen=True)
class Family:
    """Patterns that the same shapes may be written in, with the number of cells that each one reads."""

    counts: dict[str, int]

    @property
    def most(self) -> int:
        """Number of cells that the best pattern reads."""
        return max(self.counts.values())

    def best(self) -> list[str]:
        """The patterns that read the most cells, without those that custom rules out.

        After dots the day comes first, and a two-digit year does so only before a hyphen.
        """
        tied = [pattern for pattern, count in self.counts.items() if count == self.most]
        usual = [p for p in tied if not _day_of(p).startswith(("%m.", "%y.", "%y/", "%y "))]
        return usual or tied


def propose_date(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of dates that most cells fit, or None."""
    if hints.serial and (serial := _serial(cells)) is not None:
        decimals, is_fixed = find_decimals(cells, serial)
        form = DateForm(serial, serial_decimals=decimals, serial_is_fixed=is_fixed)
        return Proposal(form, "the column is given as dates, and its numbers count days or seconds")
    if (compact := propose_compact_date(cells, hints)) is not None:
        return compact
    if (weekly := propose_week_date(cells)) is not None:
        return weekly
    names = names_of_months(cells)
    families = _families(cells, names, hints)
    if not families:
        return None
    found = _day_first(families)
    day_first = hints.day_first if found is None else found
    tied = _possible(families[0].best(), found)
    chosen = _pick(tied, day_first)
    is_open = len(tied) > 1 and (
        hints.day_first is None or not _day_of(chosen).startswith(_order(hints.day_first))
    )
    form, *others = (
        _form(cells, pattern, _others(families, pattern), names, hints)
        for pattern in (chosen, *(pattern for pattern in tied if pattern != chosen))
    )
    return Proposal(form, _why(form, is_open, bool(others)), tuple(others), is_open)


def _serial(cells: Cells) -> str | None:
    """The way to count that all numbers of the most frequent shapes fit."""
    shapes = [code for code, shape in enumerate(cells.shapes) if re.fullmatch(rb"9+(\.9+)?", shape)]
    if not shapes:
        return None
    numbers = np.concatenate([pc.cast(cells.texts_of(code), pa.float64()).to_numpy() for code in shapes])
    low, high = np.quantile(numbers, [0.1, 0.9])
    serial = usual_serial(np.array([low, high]))
    return serial if serial is not None and (read_serials(cells, serial) != NO_MOMENT).any() else None


def _families(cells: Cells, names: Names, hints: Hints) -> list[Family]:
    """Families with at least one possible date, the most frequent first."""
    members: dict[str, list[int]] = {}
    patterns: dict[str, tuple[str, ...]] = {}
    for code, shape in enumerate(cells.shapes[:MOST_SHAPES]):
        found = tuple(_worded(pattern, names) for pattern in date_patterns(shape.decode()))
        if found:
            members.setdefault(found[0], []).append(code)
            common = patterns.setdefault(found[0], found)
            patterns[found[0]] = tuple(pattern for pattern in common if pattern in found)
    frequent = sorted(members, key=lambda key: -sum(cells.count(code) for code in members[key]))
    families = [
        Family({pattern: _fitting(cells, pattern, names, hints, members[key]) for pattern in patterns[key]})
        for key in frequent[: 2 * _MOST_OTHERS]
    ]
    return sorted((family for family in families if family.most > 0), key=lambda family: -family.most)


def _worded(pattern: str, names: Names) -> str:
    return without_digits(pattern).replace("%b", "%" + names.directive)


def _fitting(cells: Cells, pattern: str, names: Names, hints: Hints, members: list[int]) -> int:
    """Number of cells of a family that a pattern reads; eight digits are dates only where nearly all are."""
    moments = read_moments(cells, pattern, Wording(names.language, latest_year=hints.latest_year))
    rows = np.concatenate([cells.rows[code] for code in members])
    found = moments.nanoseconds[rows]
    fitting = int((found != NO_MOMENT).sum())
    if _may_be_month(pattern) and not any(_ONE_DIGIT.search(cells.shapes[code]) for code in members):
        return 0
    if re.match("%Y%m|%d%m|%m%d", _day_of(pattern)) is None:
        return fitting
    is_usual = (found >= _FIRST_COMPACT) & (found < _LAST_COMPACT)
    mask = np.zeros(len(cells), dtype=bool)
    mask[rows[~is_usual]] = True
    wrong = sum(n for text, n in cells.distinct_texts(mask).items() if not is_sentinel_date(text))
    return fitting if is_usual.sum() >= _COMPACT_SHARE * (is_usual.sum() + wrong) else 0


def _may_be_month(pattern: str) -> bool:
    """Whether a pattern without a year writes two digits after a month, as "Apr 24" has those of a year."""
    return re.fullmatch(r"%[bB]\W+%d", pattern) is not None


def _day_first(families: list[Family]) -> bool | None:
    """What the cells say: the order that more of them fit, over all families that have both orders."""
    day = month = 0
    for family in families:
        if len(family.counts) > 1:
            day += max(n for pattern, n in family.counts.items() if _day_of(pattern).startswith("%d"))
            month += max(n for pattern, n in family.counts.items() if _day_of(pattern).startswith("%m"))
    if any(re.match(r"%d\.", _day_of(pattern)) for family in families for pattern in family.best()):
        return True
    return None if day == month else day > month


def _others(families: list[Family], pattern: str) -> tuple[str, ...]:
    """The patterns of the less frequent families, in the same order of day and month."""
    day_first = None if _day_of(pattern).startswith("%Y") else not _day_of(pattern).startswith("%m")
    return tuple(_pick(family.best(), day_first) for family in families[1 : _MOST_OTHERS + 1])


def _day_of(pattern: str) -> str:
    """A pattern without the name of the day of the week before it."""
    return re.sub(r"^%[aA]\.?,? ", "", pattern)


def _order(day_first: bool) -> str:
    return "%d" if day_first else "%m"


def _possible(tied: list[str], found: bool | None) -> list[str]:
    """Those of equally good patterns that other cells of the column do not contradict."""
    wrong = () if found is None else (_order(not found),)
    return [pattern for pattern in tied if not _day_of(pattern).startswith(wrong)] or tied


def _pick(tied: list[str], day_first: bool | None) -> str:
    """One of the patterns; where nothing is known the day comes first, as in most countries."""
    wanted = _order(day_first is not False)
    return next((pattern for pattern in tied if _day_of(pattern).startswith(wanted)), tied[0])


def _form(cells: Cells, pattern: str, also: tuple[str, ...], names: Names, hints: Hints) -> DateForm:
    offset, varies = offset_of(cells, pattern, Wording(names.language, latest_year=hints.latest_year))
    has_names = any(f"%{letter}" in one for letter in "bBaA" for one in (pattern, *also))
    has_short_years = any("%y" in one for one in (pattern, *also))
    return DateForm(
        finish_pattern(cells, pattern, names.language),
        tuple(finish_pattern(cells, other, names.language) for other in also if other != pattern),
        language=names.language if has_names else "en",
        case=names.case if has_names else "title",
        offset=offset,
        offset_varies=varies,
        latest_year=hints.latest_year if has_short_years else DateForm.latest_year,
        zone=zone_of(cells, pattern, names.language),
    )


def _why(form: DateForm, is_open: bool, has_others: bool) -> str:
    reasons = []
    if is_open:
        reasons.append("day, month and year may stand in another order, which every value fits as well")
    elif form.is_day_first is not None:
        order = "day" if form.is_day_first else "month"
        reasons.append(f"the {order} comes first{', as given' if has_others else ''}")
    if form.also:
        reasons.append(f"{len(form.also) + 1} forms are read, the most frequent one is written")
    if form.offset_varies:
        reasons.append("offsets vary: times are kept as written, with the most frequent offset")
    return "; ".join(reasons)

"""Telephone numbers of a country, in the form of the column, from reserved ranges where the country has them.

The ranges are those that regulators keep for films and tests (`tables/phone_ranges.csv`). A country without
one gets numbers like libphonenumber's example for it: valid in form, not guaranteed to be unassigned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import SamplingError
from pipeline.identity import contact
from pipeline.identity.checked import spaced
from pipeline.identity.countries import countries_of_rows
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import Template, literal_field, options_field, parse_pattern

_FORMATS = ("e164", "international", "national", "domestic")
_DRAWN_DIGITS = 6
_FORM_OPTIONS = frozenset({"country", "countries", "format", "separator", "brackets", "range"})
_CANADIAN_AREAS = (
    "204", "226", "236", "249", "250", "289", "306", "343", "365", "403", "416", "418", "431", "437",
    "438", "450", "506", "514", "519", "548", "579", "581", "587", "604", "613", "639", "647", "705",
    "709", "778", "780", "782", "807", "819", "825", "867", "873", "902", "905",
)  # fmt: skip
# The national numbering plans (ITU-T E.164, national numbering plans).
_MOBILE_PREFIXES = {"44": ("7",), "33": ("6", "7"), "49": ("15", "16", "17"), "61": ("4",)}
_SPARE = 2  # numbers for each row, some of which may be real ones
_MORE = (
    "ask for fewer rows, do not declare the column unique, or set its option `range` to any, which gives "
    "numbers that are valid in form but may be in use."
)


class _Range(NamedTuple):
    """Numbers without country code and trunk prefix, in groups; `template` leaves their blanks out."""

    calling_code: str
    trunk: str
    groups: tuple[int, ...]
    template: Template


def phone_number(task: ColumnTask) -> np.ndarray:
    """Telephone numbers in the country's reserved ranges (option `range` any: all that are valid in form).

    Without options they read like "(212) 555-0147". Options: `country` or `countries`; `format` e164,
    international, national or domestic (as each country writes its own); `separator` between groups, or
    `separators`, one for each gap; `lead` behind the country code; `dial` before it; `trunk` ("(0)") after
    it; `bare` without the zero before national numbers; `groups` the widths of groups, of numbers that are
    as long; `brackets` around the first group and `behind` them; `line` mobile or fixed, where the country
    keeps such numbers.
    """
    if _FORM_OPTIONS.isdisjoint(task.column.options):
        return contact.phone_number(task)
    countries = countries_of_rows(task, "US", _regions())
    real = _real_numbers(task)
    values = np.empty(task.rows, dtype=object)
    found = list(dict.fromkeys(countries))
    for country in found:
        rows = np.flatnonzero(countries == country)
        ranges = _ranges(task, str(country))
        texts, range_of_row = _draw(task, str(country), ranges, real, rows if len(found) > 1 else None)
        for number, each in enumerate(ranges):
            chosen = range_of_row == number
            values[rows[chosen]] = _written(task, each, texts[chosen])
    return values


def _draw(
    task: ColumnTask, country: str, ranges: tuple[_Range, ...], real: np.ndarray, rows: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Significant numbers and the range of each: all ranges of a country are one space of codes."""
    starts = np.cumsum([0, *(each.template.size for each in ranges)])
    taken = [
        each.template.read(_significant(real, each)) + np.uint64(start)
        for each, start in zip(ranges, starts, strict=False)
    ]
    order = Permutation.seeded(int(starts[-1]), task.job_seed(f"phone {country}"))
    codes = task.pick(Codes(order, np.concatenate(taken)), rows, _MORE)
    range_of_row = np.searchsorted(starts, codes.astype(np.int64), side="right") - 1
    texts = np.empty(len(codes), dtype=object)
    for number, each in enumerate(ranges):
        chosen = range_of_row == number
        texts[chosen] = each.template.render(codes[chosen] - np.uint64(starts[number]))
    return texts, range_of_row


def _real_numbers(task: ColumnTask) -> np.ndarray:
    return task.protected(r"[^\d]", "")


def _significant(real: np.ndarray, each: _Range) -> np.ndarray:
    """Real numbers without country code and trunk prefix, as far as they may be of this range."""
    width = each.template.width
    found = []
    for text in real:
        rest = text.lstrip("0")
        if len(rest) == width + len(each.calling_code) and rest.startswith(each.calling_code):
            found.append(rest[len(each.calling_code) :].removeprefix(each.trunk))
        elif len(rest) > width:  # as in +44 (0)20
            found.append(rest.removeprefix(each.calling_code).removeprefix(each.trunk))
        else:
            found.append(rest)
    return np.array(found, dtype=object)


def _written(task: ColumnTask, each: _Range, texts: np.ndarray) -> np.ndarray:
    """Significant numbers in the column's form."""
    options = task.column.options
    style = str(options.get("format", "international"))
    if style not in _FORMATS:
        raise SamplingError(
            f'Column "{task.column.name}" has the phone format "{style}".',
            f"use one of {', '.join(_FORMATS)} as the option `format` of the column.",
        )
    calling_code = f"{options.get('dial', '+')}{each.calling_code}"
    if style == "e164":
        return np.asarray(calling_code + texts)
    if style == "domestic":
        return _write_domestic(each, texts)
    separator = str(options.get("separator", " "))
    widths = tuple(map(int, options.get("groups") or ()))
    groups = _groups(texts, widths if sum(widths) == sum(each.groups) else each.groups)
    if style == "national" and not options.get("bare"):
        groups[0] = _join([each.trunk, groups[0]], "")
    gaps = [str(gap) for gap in options.get("separators") or (separator,)]
    if options.get("brackets") and len(groups) > 1:
        groups = [_join(["(", groups[0], f"){options.get('behind', ' ')}", _chain(groups[1:], gaps)], "")]
    trunk = str(options.get("trunk", "")) if each.trunk == "0" else ""
    lead = [calling_code, str(options.get("lead", separator)), trunk] if style == "international" else []
    return np.asarray(_join([*lead, _chain(groups, gaps)], "").to_numpy(zero_copy_only=False))


def _write_domestic(each: _Range, texts: np.ndarray) -> np.ndarray:
    """Significant numbers of a range as their country writes them; all have the form of the first."""
    from phonenumbers import PhoneNumberFormat, format_number, parse

    if not len(texts):
        return texts
    written = format_number(parse(f"+{each.calling_code}{texts[0]}"), PhoneNumberFormat.NATIONAL)
    digits = re.sub(r"\D", "", written)
    trunk = digits.removesuffix(texts[0])
    if digits != trunk + texts[0]:
        groups = _groups(texts, each.groups)
        groups[0] = _join([each.trunk, groups[0]], "")
        return np.asarray(_join(groups, " ").to_numpy(zero_copy_only=False))
    return spaced(np.asarray(trunk + texts, dtype=object), re.sub(r"\d", "#", written))


def _chain(groups: Sequence[pa.Array], gaps: Sequence[str]) -> pa.Array:
    """Groups with the text of each gap between them; the last text for all further gaps."""
    between = [gaps[min(place, len(gaps) - 1)] for place in range(len(groups) - 1)]
    return _join([groups[0], *(part for pair in zip(between, groups[1:], strict=True) for part in pair)], "")


def _groups(texts: np.ndarray, widths: tuple[int, ...]) -> list[pa.Array]:
    ends = np.cumsum(widths)
    plain = pa.array(texts, type=pa.string())
    return [pc.utf8_slice_codeunits(plain, end - width, end) for end, width in zip(ends, widths, strict=True)]


def _join(parts: Sequence[pa.Array | str], separator: str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, separator)


def _ranges(task: ColumnTask, country: str) -> tuple[_Range, ...]:
    is_any = task.column.options.get("range") == "any"
    found = () if is_any else _reserved(country)
    found = found or _valid(country)
    if not found:
        raise SamplingError(
            f'Column "{task.column.name}" asks for telephone numbers of "{country}", which has none.',
            "correct the option `country` of the column, or what it follows, in dataset.yaml.",
        )
    return _of_line(task, found)


def _of_line(task: ColumnTask, found: tuple[_Range, ...]) -> tuple[_Range, ...]:
    """The ranges of mobile telephones, or of all others; all where the country keeps too few of that kind."""
    line = task.column.options.get("line")
    if not line:
        return found
    chosen = tuple(one for one in found if _is_mobile(one) is (line == "mobile"))
    needed = _SPARE * task.request.job_rows if task.column.is_unique else 1
    return chosen if sum(one.template.size for one in chosen) >= needed else found


def _is_mobile(one: _Range) -> bool:
    # libphonenumber calls numbers that are kept for fiction invalid, and so of no kind.
    first = str(one.template.render(np.zeros(1, dtype=np.uint64))[0])
    return first.startswith(_MOBILE_PREFIXES.get(one.calling_code, ()))


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)


@lru_cache(maxsize=64)
def _reserved(country: str) -> tuple[_Range, ...]:
    if country == "US":
        return (_american([row["area_code"] for row in load_table("area_codes")]),)
    if country == "CA":
        return (_american(_CANADIAN_AREAS),)
    rows = [row for row in load_table("phone_ranges") if row["country"] == country]
    return tuple(_range(row["calling_code"], row["trunk"], row["number"]) for row in rows)


def _american(areas: Sequence[str]) -> _Range:
    """555-0100 to 555-0199 are kept for fiction in every area code (NANPA)."""
    last = parse_pattern("##").fields
    return _Range("1", "", (3, 3, 4), Template((options_field(areas), literal_field("55501"), *last)))


def _range(calling_code: str, trunk: str, number: str) -> _Range:
    groups = tuple(parse_pattern(group).width for group in number.split(" "))
    return _Range(calling_code, trunk, groups, parse_pattern(number.replace(" ", "")))


@lru_cache(maxsize=64)
def _valid(country: str) -> tuple[_Range, ...]:
    """Numbers like libphonenumber's example of a mobile number, the last six digits drawn."""
    import phonenumbers as numbers

    kinds = (numbers.PhoneNumberType.MOBILE, numbers.PhoneNumberType.FIXED_LINE)
    found = (numbers.example_number_for_type(country, kind) for kind in kinds)
    example = next(filter(None, found), None)
    if example is None:
        return ()
    text = numbers.format_number(example, numbers.PhoneNumberFormat.INTERNATIONAL)
    calling_code, *groups = re.sub(r"[^\d ]", " ", text.removeprefix("+")).split()
    digits = "".join(groups)
    drawn = digits[:-_DRAWN_DIGITS] + "#" * min(_DRAWN_DIGITS, len(digits))
    trunk = numbers.ndd_prefix_for_region(country, True) or ""
    trunk = "" if calling_code == "1" else trunk
    return (_Range(calling_code, trunk, tuple(map(len, groups)), parse_pattern(drawn)),)

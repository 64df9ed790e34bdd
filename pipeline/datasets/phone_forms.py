"""Telephone numbers without a country code: whose they may be, and how a column writes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from pipeline.datasets.parsing import sample_distinct

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_SAMPLE = 300
_REGIONS = ("US", "GB", "DE", "FR", "IN")
_VALID = 0.8  # of the numbers are valid in their country
_LIKELY = 0.5  # where other columns indicate the country, or the blanks stand where it puts them
_ONE_LINE = 0.9  # of the numbers that are valid are of one kind of line
_CALLED = re.compile(r"\+[1-9][\d\s().-]{7,}\d")
_FEWEST_CALLED = 9  # digits, country code included: fewer are amounts with a sign
_THREES = 0.9  # of the numbers are grouped by threes
_LANGUAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "telemovel": ("PT",), "telefone": ("PT", "BR"), "celular": ("BR", "MX", "CO"), "cellulare": ("IT",),
        "telefonu": ("PL", "CZ"), "komorka": ("PL",), "komorkowy": ("PL",), "mobilu": ("CZ",),
        "telefoon": ("NL",), "movil": ("ES", "MX", "CO"), "telefono": ("ES", "IT", "MX", "CO"),
    }
)  # fmt: skip
"""Countries that telephone numbers are likely of by the language of their column's name."""
_DEFAULT_FORM = r"\(\d{3}\) \d{3}-\d{4}"
_AMERICAN = r"\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}"


def find_domestic_country(texts: Sequence[str] | pd.Series, likely: str = "") -> str | None:
    """The country of telephone numbers without a country code, None where none or several are as good.

    That of the other columns comes first, also where the numbers only begin and are as long as its are
    (numbers kept for fiction are valid nowhere), then the one that writes numbers with these blanks and signs
    (the national formats of libphonenumber), then the one in which most numbers are valid.
    """
    distinct = sample_distinct(texts, _SAMPLE)
    if not distinct:
        return None
    if likely and _share(distinct, likely, _is_valid) >= _LIKELY:
        return likely
    if likely and _share(distinct, likely, _is_possible) >= _VALID:
        return likely
    written = _best({region: _share(distinct, region, _is_written) for region in _REGIONS}, _LIKELY)
    valid = _best({region: _share(distinct, region, _is_valid) for region in _REGIONS}, _VALID)
    # Numbers of ten digits that are valid nowhere, as in test tables, are grouped the American way.
    american = sum(re.fullmatch(_AMERICAN, text) is not None for text in distinct) >= _VALID * len(distinct)
    return written or valid or ("US" if american and not _rivals(distinct) else None)


def is_called(text: str) -> bool:
    """Whether a text is a possible telephone number with its country code, in digits and signs."""
    from phonenumbers import is_possible_number

    if not _CALLED.fullmatch(text) or sum(map(str.isdigit, text)) < _FEWEST_CALLED:
        return False
    number = _read(text)
    return number is not None and is_possible_number(number)


def is_domestic(text: str, region: str) -> bool:
    """Whether a number without a country code may be one of a country: valid there, or written as there."""
    return _is_valid(text, region) or (not text.isdigit() and has_own_form(text, region))


def has_own_form(text: str, region: str) -> bool:
    """Whether a number as long as those of a country is written as there (libphonenumber's national form)."""
    from phonenumbers import PhoneNumberFormat, format_number, is_possible_number

    number = _read(text, region)
    if number is None or not is_possible_number(number):
        return False
    return bool(format_number(number, PhoneNumberFormat.NATIONAL) == text)


def writes_own_forms(texts: Sequence[str], regions: Sequence[str]) -> bool:
    """Whether most numbers stand in the national form of the region beside them."""
    formed = sum(has_own_form(text, region) for text, region in zip(texts, regions, strict=True))
    return formed > _LIKELY * len(texts)


def find_likely_country(texts: Sequence[str] | pd.Series, likely: str, words: Sequence[str]) -> str:
    """The country of the other columns, or that of the language of a column's name.

    `likely` is the first, "" where none is known, and `words` are those of the name.
    """
    distinct = sample_distinct(texts, _SAMPLE)
    if likely and _share(distinct, likely, _is_valid) >= _LIKELY:
        return likely
    named = [country for word in words for country in _LANGUAGES.get(word, ())]
    return next((one for one in named if _share(distinct, one, _is_valid) >= _LIKELY), likely)


def find_rivals(texts: Sequence[str] | pd.Series, chosen: str) -> list[str]:
    """Other countries in which most of these are valid too, where their form is not that of `chosen`."""
    distinct = sample_distinct(texts, _SAMPLE)
    if _share(distinct, chosen, _is_written) >= _LIKELY:
        return []
    return [region for region in _rivals(distinct) if region != chosen]


def find_line(texts: Sequence[str] | pd.Series, country: str) -> dict[str, str]:
    """The option `line` of numbers that nearly all are of mobile telephones, or nearly none."""
    from phonenumbers import NumberParseException, PhoneNumberType, number_type, parse

    found: Counter[str] = Counter()
    for text in sample_distinct(texts, _SAMPLE):
        try:
            kind = number_type(parse(text, country))
        except NumberParseException:
            continue
        if kind != PhoneNumberType.UNKNOWN:
            found[{PhoneNumberType.MOBILE: "mobile", PhoneNumberType.FIXED_LINE: "fixed"}.get(kind, "")] += 1
    line, count = found.most_common(1)[0] if found else ("", 0)
    return {"line": line} if line and count >= _ONE_LINE * sum(found.values()) else {}


def has_default_form(texts: Sequence[str] | pd.Series) -> bool:
    """Whether most numbers read like "(212) 555-0147"."""
    distinct = sample_distinct(texts, _SAMPLE)
    return sum(re.fullmatch(_DEFAULT_FORM, text) is not None for text in distinct) > len(distinct) / 2


def phone_format(texts: Sequence[str] | pd.Series, country: str = "") -> dict[str, Any]:
    """How telephone numbers of a country are written: the options that `pipeline.identity.phones` reads."""
    distinct = sample_distinct(texts, _SAMPLE)
    is_abroad = sum(text.startswith(("+", "00")) for text in distinct) > len(distinct) / 2
    dial = {"dial": "00"} if sum(text.startswith("00") for text in distinct) > len(distinct) / 2 else {}
    if is_abroad and not any(re.search(r"\d\D+\d", text) for text in distinct):
        return {"format": "e164", **dial}
    parts = [_split(text) for text in distinct]
    gaps = _find_gaps([one.gaps for one in parts])
    separator = gaps[0] if gaps else ""
    found: dict[str, Any] = {
        "format": "international" if is_abroad else "national",
        "separator": separator,
        **dial,
    }
    if len(set(gaps)) > 1:
        found["separators"] = gaps
    if not is_abroad and country and _lacks_trunk(distinct, country):
        found["bare"] = True
    lead = _commonest([one.lead for one in parts if one.is_abroad])
    if is_abroad and lead != separator:
        found["lead"] = lead
    groups, count = Counter(one.groups for one in parts).most_common(1)[0]
    if set(groups) == {3} and len(groups) > 1 and count >= _THREES * len(parts):
        found["groups"] = list(groups)
    trunk = _commonest([one.trunk for one in parts])
    if trunk:
        found["trunk"] = trunk
    behind = [one.behind for one in parts if one.behind is not None]
    if len(behind) <= len(distinct) / 2:
        return found
    return found | {"brackets": True} | ({"behind": _commonest(behind)} if _commonest(behind) != " " else {})


def _lacks_trunk(distinct: Sequence[str], country: str) -> bool:
    """Whether most numbers leave out the prefix that their country dials before an area code."""
    from phonenumbers import ndd_prefix_for_region

    prefix = ndd_prefix_for_region(country, True) or ""
    has_prefix = [re.sub(r"\D", "", text).startswith(prefix) for text in distinct]
    return prefix == "0" and 2 * sum(has_prefix) < len(distinct)


class _Parts(NamedTuple):
    """What stands between the groups of digits of a number.

    `lead` is behind the country code, `trunk` the bracketed zero there ("(0)", with what is behind it),
    `behind` what is behind brackets around the first group, None where there are none. `groups` are the
    widths of the groups, none with brackets.
    """

    is_abroad: bool
    lead: str
    trunk: str
    behind: str | None
    gaps: list[str]
    groups: tuple[int, ...]


def _split(text: str) -> _Parts:
    rest, is_abroad = text, text.startswith(("+", "00"))
    if is_abroad:
        rest = re.sub(r"^(\+|00)\s*", "", text)
        rest = rest.removeprefix(_find_calling_code(text, rest))
    lead = re.match(r"[^\d(]*", rest)
    rest = rest[lead.end() :] if lead and is_abroad else rest
    trunk = re.match(r"\(0\)\D*", rest) if is_abroad else None
    rest = rest[trunk.end() :] if trunk else rest
    brackets = re.match(r"\D*\(\d+\)(\D*)(?=\d)", rest)
    rest = rest[brackets.end() :] if brackets else rest
    return _Parts(
        is_abroad,
        lead.group() if lead and is_abroad else "",
        trunk.group() if trunk else "",
        brackets.group(1) if brackets else None,
        re.findall(r"(?<=\d)\D+(?=\d)", rest),
        () if brackets else tuple(map(len, re.findall(r"\d+", rest))),
    )


def _find_calling_code(text: str, rest: str) -> str:
    from phonenumbers import NumberParseException, parse

    first = re.match(r"\d*", rest)
    try:
        code = str(parse(re.sub("^00", "+", text)).country_code)
    except NumberParseException:
        return first.group() if first else ""
    return code if rest.startswith(code) else ""


def _find_gaps(found: Sequence[list[str]]) -> list[str]:
    """The commonest text of each gap that most numbers with gaps have; none where most have none."""
    counts = [len(gaps) for gaps in found if gaps]
    counts = counts if 2 * len(counts) > len(found) else []
    places = range(int(pd.Series(counts).median())) if counts else range(0)
    return [_commonest([gaps[place] for gaps in found if len(gaps) > place]) for place in places]


def _commonest(texts: Sequence[str]) -> str:
    return Counter(texts).most_common(1)[0][0] if texts else ""


def _rivals(distinct: Sequence[str]) -> list[str]:
    return [region for region in _REGIONS if _share(distinct, region, _is_valid) >= _VALID]


def _best(shares: dict[str, float], least: float) -> str | None:
    best = max(shares, key=lambda region: shares[region])
    rivals = [region for region in shares if shares[region] == shares[best]]
    return best if len(rivals) == 1 and shares[best] >= least else None


def _share(texts: Sequence[str], region: str, accepts: Callable[[str, str], bool]) -> float:
    return sum(accepts(text, region) for text in texts) / max(1, len(texts))


def _is_valid(text: str, region: str) -> bool:
    from phonenumbers import is_valid_number

    number = _read(text, region)
    return number is not None and is_valid_number(number)


def _is_possible(text: str, region: str) -> bool:
    """Whether a number begins with the trunk prefix of its country, and is as long as its numbers are."""
    from phonenumbers import is_possible_number, ndd_prefix_for_region

    prefix = ndd_prefix_for_region(region, True)
    if not prefix or not re.sub(r"\D", "", text).startswith(prefix):
        return False
    number = _read(text, region)
    return number is not None and is_possible_number(number)


def _is_written(text: str, region: str) -> bool:
    """Whether the blanks and signs of a valid number stand where its country puts them; without any, no."""
    if text.isdigit():
        return False
    return _is_valid(text, region) and has_own_form(text, region)


def _read(text: str, region: str | None = None) -> PhoneNumber | None:
    """The number that a text is in a country, or by its own country code; None where it is none."""
    from phonenumbers import NumberParseException, parse

    try:
        return parse(text, region)
    except NumberParseException:
        return None

"""Telephone numbers without a country code: whose they may be, and how a column writes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd

from pipeline.datasets.parsing import sample_distinct

_SAMPLE = 300
_REGIONS = ("US", "GB", "DE", "FR", "IN")
_VALID = 0.8  # of the numbers are valid in their country
_LIKELY = 0.5  # where other columns indicate the country, or the blanks stand where it puts them
_ONE_LINE = 0.9  # of the numbers that are valid are of one kind of line
_DEFAULT_FORM = r"\(\d{3}\) \d{3}-\d{4}"
_AMERICAN = r"\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}"


def find_domestic_country(texts: Sequence[str] | pd.Series, likely: str = "") -> str | None:
    """The country of telephone numbers without a country code, None where none or several are as good.

    That of the other columns comes first, then the one that writes numbers with these blanks and signs (the
    national formats of libphonenumber), then the one in which most numbers are valid.
    """
    distinct = sample_distinct(texts, _SAMPLE)
    if not distinct:
        return None
    if likely and _share(distinct, likely, _is_valid) >= _LIKELY:
        return likely
    written = _best({region: _share(distinct, region, _is_written) for region in _REGIONS}, _LIKELY)
    valid = _best({region: _share(distinct, region, _is_valid) for region in _REGIONS}, _VALID)
    # Numbers of ten digits that are valid nowhere, as in test tables, are grouped the American way.
    american = sum(re.fullmatch(_AMERICAN, text) is not None for text in distinct) >= _VALID * len(distinct)
    return written or valid or ("US" if american and not _rivals(distinct) else None)


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


def phone_format(texts: Sequence[str] | pd.Series) -> dict[str, str | bool]:
    """How telephone numbers are written: options `format`, `separator` and `brackets` of the kind."""
    distinct = sample_distinct(texts, _SAMPLE)
    is_abroad = sum(text.startswith(("+", "00")) for text in distinct) > len(distinct) / 2
    if is_abroad and not any(re.search(r"\d\D+\d", text) for text in distinct):
        return {"format": "e164"}
    # The blank behind a country code or a bracket says nothing about the rest.
    local = [re.sub(r"^(\+|00)\d+\s|\(\d+\)\s?", "", text) for text in distinct]
    signs = Counter(sign for text in local for sign in set(re.sub(r"[\d()+]", "", text)))
    separator = signs.most_common(1)[0][0] if signs else (" " if is_abroad else "")
    found: dict[str, str | bool] = {
        "format": "international" if is_abroad else "national",
        "separator": separator,
    }
    has_brackets = sum("(" in text for text in distinct) > len(distinct) / 2
    return found | ({"brackets": True} if has_brackets else {})


def _rivals(distinct: Sequence[str]) -> list[str]:
    return [region for region in _REGIONS if _share(distinct, region, _is_valid) >= _VALID]


def _best(shares: dict[str, float], least: float) -> str | None:
    best = max(shares, key=lambda region: shares[region])
    rivals = [region for region in shares if shares[region] == shares[best]]
    return best if len(rivals) == 1 and shares[best] >= least else None


def _share(texts: Sequence[str], region: str, accepts: Callable[[str, str], bool]) -> float:
    return sum(accepts(text, region) for text in texts) / max(1, len(texts))


def _is_valid(text: str, region: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        return is_valid_number(parse(text, region))
    except NumberParseException:
        return False


def _is_written(text: str, region: str) -> bool:
    """Whether the blanks and signs of a valid number stand where its country puts them; without any, no."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

    if text.isdigit():
        return False
    try:
        number = parse(text, region)
    except NumberParseException:
        return False
    return is_valid_number(number) and format_number(number, PhoneNumberFormat.NATIONAL) == text

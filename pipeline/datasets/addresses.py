"""The layout of addresses: which parts are in which order, and the country whose layout it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

LAYOUTS: Mapping[str, str] = MappingProxyType(
    {
        "DE": "{street} {number}, {postcode} {city}",
        "AT": "{street} {number}, {postcode} {city}",
        "CH": "{street} {number}, {postcode} {city}",
        "NL": "{street} {number}, {postcode} {city}",
        "PL": "{street} {number}, {postcode} {city}",
        "BE": "{street} {number}, {postcode} {city}",
        "FR": "{number} {street}, {postcode} {city}",
        "ES": "{street}, {number}, {postcode} {city}",
        "IT": "{street}, {number}, {postcode} {city}",
        "GB": "{number} {street}, {city} {postcode}",
        "IN": "{number}, {street}, {city} - {postcode}",
    }
)
"""The usual layout by country; U.S. addresses follow their state and are a kind of their own."""

STREET_LAYOUTS = ("{street} {number}", "{number} {street}", "{street}, {number}", "{number}, {street}")
"""Layouts of a street with its house number."""

_SEPARATORS = (", ", "\n", " ", "; ", " - ")
_SHARE = 0.8
_SAMPLE = 300
_PARTS = {
    "street": r"[^\W\d][^\d,;\n]*?",
    "number": r"\d{1,5} ?[a-zA-Z]?(?:[-/]\d{1,4})?",
    "city": r"[^\W\d][^\d,;\n]*?",
    "five": r"\d{5}",
    "four": r"\d{4}",
    "six": r"\d{3} ?\d{3}",
    "gb": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "nl": r"\d{4} ?[A-Z]{2}",
    "pl": r"\d{2}-\d{3}",
}
# The countries that a form of postcode stands for, where the house number comes last and first.
_COUNTRIES = {
    "five": ("DE", "FR"),
    "four": ("AT", "BE"),
    "six": ("IN", "IN"),
    "gb": ("GB", "GB"),
    "nl": ("NL", "NL"),
    "pl": ("PL", "PL"),
}


def detect_address(texts: Sequence[str] | pd.Series) -> dict[str, str] | None:
    """Options `country` and `format` of a column of whole addresses; None where there is no common layout."""
    sample = _sample(texts)
    for street in STREET_LAYOUTS:
        for separator in _SEPARATORS:
            for place in (
                "{postcode} {city}",
                "{city} - {postcode}",
                "{city}, {postcode}",
                "{city} {postcode}",
            ):
                layout = f"{street}{separator}{place}"
                postcode = _fitting_postcode(sample, layout)
                if postcode:
                    country = _COUNTRIES[postcode][street.startswith("{number}")]
                    return {"country": country, "format": layout}
    return None


def detect_street(texts: Sequence[str] | pd.Series) -> str | None:
    """The layout of a column of streets with house numbers; None where it is none."""
    sample = _sample(texts)
    return next((layout for layout in STREET_LAYOUTS if _fits(sample, layout, "five")), None)


def _fitting_postcode(sample: list[str], layout: str) -> str | None:
    return next((postcode for postcode in _COUNTRIES if _fits(sample, layout, postcode)), None)


def _fits(sample: list[str], layout: str, postcode: str) -> bool:
    pattern = re.escape(layout)
    for part in ("street", "number", "city"):
        pattern = pattern.replace(rf"\{{{part}\}}", _PARTS[part])
    pattern = pattern.replace(r"\{postcode\}", _PARTS[postcode])
    fitting = sum(re.fullmatch(pattern, text) is not None for text in sample)
    return fitting >= _SHARE * len(sample) > 0


def _sample(texts: Sequence[str] | pd.Series) -> list[str]:
    series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
    distinct = series.dropna().unique()
    return [str(text).strip() for text in distinct[:: max(1, len(distinct) // _SAMPLE)]]

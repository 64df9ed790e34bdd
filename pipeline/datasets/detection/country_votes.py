"""The country that the columns of a table indicate together, for those whose own values indicate none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pandas as pd

from pipeline.datasets.countries import (
    COUNTRIES,
    called_countries,
    country_shares,
    detect_locale,
    postcode_countries,
    read_country,
)
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.names import split_name
from pipeline.datasets.forms import Learned
from pipeline.datasets.kinds import NAME_KINDS
from pipeline.datasets.national_ids import SCHEMES, detect_scheme
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import ModelledType

POSTCODE_WORDS: Mapping[str, str] = MappingProxyType(
    {"zip": "US", "plz": "DE", "postleitzahl": "DE", "pincode": "IN", "pin": "IN", "postal": "FR"}
)
"""Words of a column's name that say whose postcodes it holds, where the values fit several countries."""

_CURRENCIES: Mapping[str, str] = MappingProxyType(
    {
        "£": "GB", "GBP": "GB", "₹": "IN", "INR": "IN", "RS": "IN", "RS.": "IN", "$": "US", "USD": "US",
        "US$": "US", "ZŁ": "PL", "PLN": "PL", "CHF": "CH", "CAD": "CA", "AUD": "AU", "DKK": "DK",
        "NOK": "NO", "SEK": "SE", "CZK": "CZ", "KČ": "CZ", "BRL": "BR", "R$": "BR", "TRY": "TR",
    }
)  # fmt: skip
"""Currencies of one country (ISO 4217, and the signs that a number is written with); the euro has many."""

_LETTERED_POSTCODES = frozenset({"GB", "CA", "NL", "IE"})
_SHARE = 0.9
_POSTCODE_NAMES = frozenset({"postcode", "postalcode", "zipcode", *POSTCODE_WORDS})


def vote_country(
    findings: Mapping[str, Finding],
    table: pd.DataFrame,
    texts: Mapping[str, pd.Series],
    forms: Mapping[str, Learned] = MappingProxyType({}),
) -> str:
    """The country that most columns indicate, "" without a majority.

    `texts` are distinct values of the identity columns, `forms` how columns of numbers are written. Telephone
    numbers count by their country code alone: without one, they are what the others decide.
    """
    votes: Counter[str] = Counter()
    for name, finding in findings.items():
        if name in texts:
            votes.update(_vote_identity(name, finding, texts[name]))
        else:
            votes.update(_vote_modelled(name, finding, table[name]))
    votes.update(dict.fromkeys(_vote_currencies(findings, forms), 1))
    ranked = votes.most_common(2)
    is_tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return ranked[0][0] if ranked and not is_tied else ""


def _vote_identity(name: str, finding: Finding, texts: pd.Series) -> Iterator[str]:
    if finding.kind in ("phone_number", "iban"):
        shares = called_countries(texts) if finding.kind == "phone_number" else country_shares(texts, "iban")
        yield from [max(shares, key=lambda code: shares[code])] if shares else []
    elif finding.kind in NAME_KINDS:
        locale = detect_locale(texts)
        yield from [locale.split("_")[1]] if locale else []
    elif finding.kind == "faker:postcode":
        yield from _vote_postcodes(name, texts)
    elif scheme := detect_scheme(texts, name) if finding.kind in ("code", "key", "text") else None:
        yield SCHEMES[scheme].country


def _vote_modelled(name: str, finding: Finding, values: pd.Series) -> Iterator[str]:
    """The country of a column of countries, currencies or few postcodes."""
    words = {*split_name(name)}
    yield from {_CURRENCIES[word.upper()] for word in words if word.upper() in _CURRENCIES}
    if finding.kind != ModelledType.CATEGORICAL:
        return
    counts = values.value_counts(normalize=True)
    counts.index = pd.Index(as_text(counts.index.to_series()))
    common = str(counts.index[0]) if len(counts) and counts.iloc[0] >= _SHARE else ""
    if common.strip().upper() in _CURRENCIES:
        yield _CURRENCIES[common.strip().upper()]
    elif common and (country := read_country(common) or "") in COUNTRIES:
        yield country
    elif "".join(split_name(name)) in _POSTCODE_NAMES or words & _POSTCODE_NAMES:
        yield from _vote_postcodes(name, pd.Series(counts.index))


def _vote_postcodes(name: str, texts: pd.Series) -> Iterator[str]:
    possible = postcode_countries(texts)
    if len(possible) == 1 or set(possible) & _LETTERED_POSTCODES:
        yield next((one for one in possible if one in _LETTERED_POSTCODES), possible[0])
        return
    named = (POSTCODE_WORDS[word] for word in split_name(name) if word in POSTCODE_WORDS)
    yield from (country for country in named if country in possible)


def _vote_currencies(findings: Mapping[str, Finding], forms: Mapping[str, Learned]) -> set[str]:
    units = (str(getattr(one.form, "unit", "")) for name, one in forms.items() if name in findings)
    return {_CURRENCIES[unit.upper()] for unit in units if unit.upper() in _CURRENCIES}

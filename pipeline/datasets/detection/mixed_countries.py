"""Columns whose values are of the country of their row: postcodes, towns, streets, numbers of telephones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from pipeline.datasets.codes import learn_code
from pipeline.datasets.countries import COUNTRIES
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.row_countries import (
    RowCountries,
    are_american,
    are_domestic,
    find_followed,
    list_pairs,
    read_row_countries,
)
from pipeline.datasets.parsing import as_text
from pipeline.datasets.phone_forms import phone_format, writes_own_forms
from pipeline.datasets.spec import ModelledType

_PLAIN = frozenset({"IN"})  # generated without a blank


def mix_countries(findings: Mapping[str, Finding], table: pd.DataFrame) -> dict[str, Finding]:
    """The findings with postcodes and domestic telephone numbers that go with the country of their row.

    Towns and streets beside such postcodes are of that country too.
    """
    names = [name for name in map(str, table) if name not in findings or _is_categorical(findings[name])]
    postcodes = [name for name, one in findings.items() if one.kind == "faker:postcode"]
    phones = [name for name, one in findings.items() if one.kind == "phone_number"]
    countries = {one.column: one for one in read_row_countries(table, names if postcodes or phones else [])}
    found = dict(findings)
    for name in phones:
        of = find_followed("phone_number", table[name], list(countries.values()))
        if of:
            found[name] = _as_phones(findings[name], table[name], countries[of])
    followed = {name: find_followed("postcode", table[name], list(countries.values())) for name in postcodes}
    for name, of in followed.items():
        if of:
            found[name] = _as_postcodes(findings[name], table[name], countries[of])
    first = next((_shares(countries[of]) for of in followed.values() if of), None)
    return _mix_places(found, table, first) if first else found


def _mix_places(
    findings: Mapping[str, Finding], table: pd.DataFrame, shares: Mapping[str, float]
) -> dict[str, Finding]:
    """The findings with towns and streets of these countries."""
    parts = {name: _find_part(one, table[name]) for name, one in findings.items()}
    beside = {
        name: replace(findings[name], kind=part, options={**_as_options(shares), **_gaps(findings[name])})
        for name, part in parts.items()
        if part
    }
    return {**findings, **beside}


def _as_phones(finding: Finding, values: pd.Series, one: RowCountries) -> Finding:
    """Numbers without a country code in the form of their row's country, or in that of all of them."""
    pairs = list_pairs(values, one)
    texts, codes = pairs["text"], pairs["code"].tolist()
    if not are_domestic(texts):
        return finding
    counts = one.codes.value_counts(normalize=True)
    shares = {str(code): round(float(share), 4) for code, share in counts.items()}
    is_own = writes_own_forms(texts.tolist(), codes)
    form = {"format": "domestic"} if is_own else phone_format(texts, codes[0])
    options = {**_as_options(shares), **form, **_gaps(finding)}
    why = f"{finding.why}; of the country of their row"
    return replace(finding, is_unique=False, options=options, why=why)


def _find_part(finding: Finding, values: pd.Series) -> str:
    """The kind of a column that is a part of an address in the country of its row, "" for any other."""
    if finding.kind == "faker:city":
        return "city"
    distinct = pd.Series(values.dropna().unique(), dtype=object)
    is_street = finding.kind == "us_address" and not are_american(distinct)
    return "street_address" if is_street else ""


def _as_postcodes(finding: Finding, values: pd.Series, one: RowCountries) -> Finding:
    shares = _shares(one)
    options = {
        **_as_options(shares),
        **postcode_form(as_text(values.dropna()), shares),
        **_learn_elsewhere(values, one),
        **_gaps(finding),
    }
    why = f"{finding.why}; of the country of their row"
    return replace(finding, kind="postcode", is_unique=False, options=options, why=why)


def _learn_elsewhere(values: pd.Series, one: RowCountries) -> dict[str, Any]:
    """The option `elsewhere`: the patterns of the postcodes of countries without a known form, by code."""
    pairs = list_pairs(values, one)
    pairs = pairs[~pairs["code"].isin(COUNTRIES)]
    templates = {str(code): learn_code(texts) for code, texts in pairs.groupby("code")["text"]}
    patterns = {
        code: list(one.as_options()["patterns"]) for code, one in templates.items() if one is not None
    }
    return {"elsewhere": patterns} if patterns else {}


def postcode_form(texts: pd.Series, countries: Iterable[str]) -> dict[str, str]:
    """The option `separator` of postcodes that the column writes without the blank of their country."""
    has_blank = any(code not in _PLAIN and " ?" in COUNTRIES[code].postcode for code in countries)
    return {"separator": ""} if has_blank and not texts.str.strip().str.contains(" ").any() else {}


def _shares(one: RowCountries) -> dict[str, float]:
    """Shares of the countries whose postcodes are known."""
    found = one.codes[one.codes.isin(COUNTRIES)].value_counts(normalize=True)
    return {str(code): round(float(share), 4) for code, share in found.items()}


def _as_options(shares: Mapping[str, float]) -> dict[str, Any]:
    return {"country": next(iter(shares))} if len(shares) == 1 else {"countries": dict(shares)}


def _gaps(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in finding.options.items() if key == "missing_share"}


def _is_categorical(finding: Finding) -> bool:
    return finding.kind == ModelledType.CATEGORICAL

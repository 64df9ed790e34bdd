"""Which columns agree with a country column of their table, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from pipeline.datasets.countries import COUNTRIES, is_of_country, read_country
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import ModelledType

_READ_AS: Mapping[str, str] = MappingProxyType(
    {"phone_number": "phone_number", "iban": "iban", "postcode": "postcode", "faker:postcode": "postcode"}
)
_AGREEING = 0.95  # of the rows that name a country
_READABLE = 0.5  # of the rows: columns of states hold "CA" and "IN" as well
_MOST = 0.5  # of the distinct values
_MOST_COUNTRIES = 300
_SAMPLE_ROWS = 5_000
_AMERICAN = r".*,\s*[A-Z]{2}\s+\d{5}(?:-\d{4})?\s*"
_PLAIN = frozenset({"IN"})  # generated without a blank


class RowCountries(NamedTuple):
    """A column that names countries, and the code of each row of a sample, None where it cannot be read."""

    column: str
    codes: pd.Series


def read_row_countries(table: pd.DataFrame, names: Iterable[str]) -> list[RowCountries]:
    """The columns of `names` that name countries."""
    sample = table.iloc[:: max(1, len(table) // _SAMPLE_ROWS)]
    found = []
    for name in names:
        distinct = sample[name].dropna().unique()
        read = {value: read_country(value) for value in distinct if len(distinct) <= _MOST_COUNTRIES}
        if not any(read.values()):
            continue
        codes = sample[name].astype(object).map(read).astype(object)
        if codes.notna().sum() >= _READABLE * sample[name].notna().sum():
            found.append(RowCountries(name, codes))
    return found


def find_followed(kind: str, values: pd.Series, countries: Sequence[RowCountries]) -> str:
    """The column of countries that the values of an identity kind agree with best, "" where none does."""
    if kind not in _READ_AS:
        return ""
    shares = {one.column: _agreement(_READ_AS[kind], values, one.codes) for one in countries}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= _AGREEING else ""


def _agreement(kind: str, values: pd.Series, codes: pd.Series) -> float:
    """The share (0–1) of rows whose value is of their country, of those that have both."""
    rows = pd.DataFrame({"value": values.loc[codes.index].to_numpy(dtype=object), "code": codes.to_numpy()})
    counts = rows.dropna().value_counts()
    if counts.empty:
        return 0.0
    texts = as_text(pd.Series(counts.index.get_level_values("value"), dtype=object))
    pairs = zip(texts, counts.index.get_level_values("code"), counts, strict=True)
    return sum(count for text, code, count in pairs if is_of_country(text, kind, code)) / counts.sum()


def mix_countries(findings: Mapping[str, Finding], table: pd.DataFrame) -> dict[str, Finding]:
    """The findings with postcodes that go with the country of their row, and the towns beside them."""
    names = [name for name in map(str, table) if name not in findings or _is_categorical(findings[name])]
    postcodes = [name for name, one in findings.items() if one.kind == "faker:postcode"]
    countries = read_row_countries(table, names) if postcodes else []
    followed = {name: find_followed("postcode", table[name], countries) for name in postcodes}
    shares = {one.column: _shares(one) for one in countries}
    mixed = {
        name: _as_postcodes(findings[name], table[name], shares[of]) for name, of in followed.items() if of
    }
    first = next((shares[of] for of in followed.values() if of), None)
    parts = {name: _find_part(one, table[name]) for name, one in findings.items() if first}
    beside = {
        name: replace(findings[name], kind=part, options={**_as_options(first), **_gaps(findings[name])})
        for name, part in parts.items()
        if first and part
    }
    return {**findings, **mixed, **beside}


def are_american(texts: pd.Series) -> bool:
    """Whether most addresses end in a state and a ZIP code."""
    return bool(fit_american(texts.astype(str)).mean() > _MOST)


def fit_american(texts: pd.Series) -> pd.Series:
    """Which addresses end in a state and a ZIP code."""
    return texts.str.fullmatch(_AMERICAN)


def _find_part(finding: Finding, values: pd.Series) -> str:
    """The kind of a column that is a part of an address in the country of its row, "" for any other."""
    if finding.kind == "faker:city":
        return "city"
    distinct = pd.Series(values.dropna().unique(), dtype=object)
    is_street = finding.kind == "us_address" and not are_american(distinct)
    return "street_address" if is_street else ""


def _as_postcodes(finding: Finding, values: pd.Series, shares: Mapping[str, float]) -> Finding:
    options = {**_as_options(shares), **postcode_form(as_text(values.dropna()), shares), **_gaps(finding)}
    why = f"{finding.why}; of the country of their row"
    return replace(finding, kind="postcode", is_unique=False, options=options, why=why)


def postcode_form(texts: pd.Series, countries: Iterable[str]) -> dict[str, str]:
    """The option `separator` of postcodes that the column writes without the blank of their country."""
    has_blank = any(code not in _PLAIN and " ?" in COUNTRIES[code].postcode for code in countries)
    return {"separator": ""} if has_blank and not texts.str.strip().str.contains(" ").any() else {}


def _shares(one: RowCountries) -> dict[str, float]:
    found = one.codes.value_counts(normalize=True)
    return {str(code): round(float(share), 4) for code, share in found.items()}


def _as_options(shares: Mapping[str, float]) -> dict[str, Any]:
    return {"country": next(iter(shares))} if len(shares) == 1 else {"countries": dict(shares)}


def _gaps(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in finding.options.items() if key == "missing_share"}


def _is_categorical(finding: Finding) -> bool:
    return finding.kind == ModelledType.CATEGORICAL

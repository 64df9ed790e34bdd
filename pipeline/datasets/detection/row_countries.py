"""Which columns agree with a country column of their table, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from pipeline.datasets.countries import COUNTRIES, is_of_country, read_country
from pipeline.datasets.entities import list_countries
from pipeline.datasets.parsing import as_text
from pipeline.datasets.phone_forms import has_own_form, is_domestic
from pipeline.datasets.spec import ColumnSpec

_READ_AS: Mapping[str, str] = MappingProxyType(
    {"phone_number": "phone_number", "iban": "iban", "postcode": "postcode", "faker:postcode": "postcode"}
)
_AGREEING = 0.95  # of the rows that name a country
_READABLE = 0.5  # of the rows: columns of states hold "CA" and "IN" as well
_LEAST_READABLE = 0.1  # of the rows, where values of several countries agree with them
_FEWEST_ROWS = 3  # that agree with a country, for it to be one of several
_LEAST_JUDGED = 0.2  # of the rows that name a country, whose postcodes are known
_FEWEST_FOR_GAPS = 20  # rows of a country, for its share of empty cells to be told
_GAPS_DIFFER = 0.2  # between the countries with most and fewest: less is chance in so few rows
_DOMESTIC = 0.8  # of the numbers without a country code: test tables hold numbers that are not valid
_MOST = 0.5  # of the distinct values
_MOST_COUNTRIES = 300
_SAMPLE_ROWS = 5_000
_AMERICAN = r".*,\s*[A-Z]{2}\s+\d{5}(?:-\d{4})?\s*"


class RowCountries(NamedTuple):
    """A column that names countries, and the code of each row of a sample, None where it cannot be read."""

    column: str
    codes: pd.Series
    is_mostly_read: bool = True


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
        share = codes.notna().sum() / max(1, sample[name].notna().sum())
        if share >= _LEAST_READABLE:
            found.append(RowCountries(name, codes, share >= _READABLE))
    return found


def find_followed(kind: str, values: pd.Series, countries: Sequence[RowCountries]) -> str:
    """The column of countries that the values of an identity kind agree with best, "" where none does."""
    if kind not in _READ_AS:
        return ""
    shares = {one.column: _agreement(_READ_AS[kind], values, one) for one in countries}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] > 0 else ""


def _agreement(kind: str, values: pd.Series, one: RowCountries) -> float:
    """The share (0–1) of rows whose value is of their country, of those that have both; 0 where too few are.

    Where most cells name no country, values of several countries must agree.
    """
    pairs = list_pairs(values, one)
    if kind == "phone_number" and are_domestic(pairs["text"]):
        return _domestic_agreement(pairs)
    judged = pairs[pairs["code"].isin(COUNTRIES)] if kind == "postcode" else pairs
    if judged.empty or judged["rows"].sum() < _LEAST_JUDGED * pairs["rows"].sum():
        return 0.0
    agrees = [
        is_of_country(text, kind, code) for text, code in zip(judged["text"], judged["code"], strict=True)
    ]
    agreeing = judged[agrees]
    share = float(agreeing["rows"].sum() / judged["rows"].sum())
    is_enough = one.is_mostly_read or _has_several(kind, agreeing)
    return share if share >= _AGREEING and is_enough else 0.0


def list_pairs(values: pd.Series, one: RowCountries) -> pd.DataFrame:
    """Each pair of a text and the code of its country with its number of rows."""
    told = values.loc[one.codes.index]
    rows = pd.DataFrame({"text": told.to_numpy(dtype=object), "code": one.codes.to_numpy()}).dropna()
    pairs = rows.value_counts().rename("rows").reset_index()
    return pairs.assign(text=as_text(pairs["text"].astype(object)).str.strip())


def _has_several(kind: str, agreeing: pd.DataFrame) -> bool:
    """Whether the values that agree are of several countries that they tell apart: not of states alone."""
    from phonenumbers import country_code_for_region

    counts = agreeing.groupby("code")["rows"].sum()
    marks: Mapping[str, Callable[[str], object]] = {
        "postcode": lambda code: COUNTRIES[code].postcode,
        "phone_number": country_code_for_region,
    }
    tell = marks.get(kind, str)
    return len({tell(str(code)) for code in counts.index[counts >= _FEWEST_ROWS]}) > 1


def share_gaps(columns: Sequence[ColumnSpec], table: pd.DataFrame) -> tuple[ColumnSpec, ...]:
    """The columns, those of a country with the share of empty cells by it where these differ."""
    return tuple(
        replace(column, options={**column.options, **_gaps_by_country(column, columns, table)})
        if column.options.get("missing_share") and column.follows
        else column
        for column in columns
    )


def _gaps_by_country(
    column: ColumnSpec, columns: Sequence[ColumnSpec], table: pd.DataFrame
) -> dict[str, dict[str, float]]:
    """The option `missing_by_country`; countries of few rows have the share of the column."""
    leader = list_countries(columns, (column.name,))[:1]
    for one in read_row_countries(table, leader):
        is_empty = table[column.name].loc[one.codes.index].isna()
        found = is_empty.groupby(one.codes).agg(["mean", "size"])
        told = found[found["size"] >= _FEWEST_FOR_GAPS]["mean"]
        if len(told) > 1 and told.max() - told.min() >= _GAPS_DIFFER:
            return {"missing_by_country": {str(code): round(float(share), 4) for code, share in told.items()}}
    return {}


def are_domestic(texts: pd.Series) -> bool:
    """Whether most telephone numbers have no country code."""
    return bool(texts.str.startswith(("+", "00")).mean() < _MOST)


def _domestic_agreement(pairs: pd.DataFrame) -> float:
    """The share of numbers without a country code that may be of their row's country.

    0 where they are of one country as well. Digits alone fit several, which write them differently.
    """
    texts, codes = pairs["text"].tolist(), pairs["code"].tolist()
    for test in (has_own_form, is_domestic):
        share = sum(map(test, texts, codes)) / max(1, len(texts))
        rivals = (sum(test(text, code) for text in texts) / len(texts) for code in dict.fromkeys(codes))
        if share >= _DOMESTIC and all(share > rival for rival in rivals):
            return share
    return 0.0


def are_american(texts: pd.Series) -> bool:
    """Whether most addresses end in a state and a ZIP code."""
    return bool(fit_american(texts.astype(str)).mean() > _MOST)


def fit_american(texts: pd.Series) -> pd.Series:
    """Which addresses end in a state and a ZIP code."""
    return texts.str.fullmatch(_AMERICAN)

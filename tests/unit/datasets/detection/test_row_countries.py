"""Columns that agree with the country column of their rows follow it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import ColumnSpec, DatasetSpec
from pipeline.identity import derive
from tests.unit.datasets.detection.detection_cases import AS_OF
from tests.unit.identity.identity_cases import column, request

ROWS = 300
CODES = np.resize(["GB", "DE", "FR"], ROWS)
NAMES = {"GB": "United Kingdom", "DE": "Germany", "FR": "France"}


def make(kind: str, countries: np.ndarray, **options: str) -> np.ndarray:
    rows = pd.DataFrame({"land": countries})
    return derive(request([column("x", kind, ["land"], **options)], rows))["x"]


def describe(**columns: object) -> tuple[DatasetSpec, dict[str, ColumnSpec]]:
    table = pd.DataFrame({**columns, "spend": np.arange(ROWS) / 4})
    spec, _ = detect(table, "t", AS_OF)
    return spec, {one.name: one for one in spec.columns}


@pytest.mark.parametrize(
    ("kind", "options", "rule"),
    [
        ("phone_number", {"format": "international"}, "phone_in_country"),
        ("iban", {}, "iban_in_country"),
        ("postcode", {}, "postcode_in_country"),
    ],
)
@pytest.mark.parametrize("written", [dict(zip(NAMES, NAMES, strict=True)), NAMES], ids=["codes", "names"])
def test_values_of_the_country_of_their_row_follow_it(
    kind: str, options: dict[str, str], rule: str, written: dict[str, str]
) -> None:
    name = {"phone_number": "phone"}.get(kind, kind)
    country = [written[code] for code in CODES]
    spec, columns = describe(country=country, **{name: make(kind, CODES, **options)})
    assert (columns[name].kind, columns[name].follows) == (kind, ("country",))
    assert [(one.column, one.others) for one in spec.rules if one.rule == rule] == [(name, ("country",))]


def test_numbers_of_other_countries_than_their_rows_follow_none() -> None:
    phones = make("phone_number", CODES, format="international")
    spec, columns = describe(country=CODES[::-1], phone=phones)
    assert (columns["phone"].kind, columns["phone"].follows) == ("phone_number", ())
    assert [one for one in spec.rules if one.rule == "phone_in_country"] == []


def test_states_are_no_countries() -> None:
    states = np.resize(["CA", "DE", "TX", "NY", "OH", "WA"], ROWS)
    _, columns = describe(state=states, zip=[f"{10_000 + 137 * row}" for row in range(ROWS)])
    assert columns["zip"].follows == ()


@pytest.mark.parametrize("country", ["SE", "PT", "BR", "CZ", "IE", "CA", "AU", "DK", "FI", "NO", "LU", "TR"])
def test_postcodes_of_one_country_are_of_it(country: str) -> None:
    codes = make("postcode", np.full(ROWS, country))
    _, columns = describe(country=[country] * ROWS, postal_code=codes)
    found = columns["postal_code"]
    assert (found.kind, found.options["country"], found.follows) == ("postcode", country, ("country",))


def test_postcodes_without_their_usual_blank_are_written_without() -> None:
    codes = [text.replace(" ", "") for text in make("postcode", np.full(ROWS, "CA"))]
    _, columns = describe(country=["Canada"] * ROWS, postal_code=codes)
    assert columns["postal_code"].options == {"country": "CA", "separator": ""}


def test_postcodes_of_an_unknown_country_are_codes_of_their_form() -> None:
    codes = [f"{100 + row}-{(row * 37) % 10_000:04d}" for row in range(ROWS)]
    _, columns = describe(country=["JP"] * ROWS, postal_code=codes)
    assert columns["postal_code"].kind == "code"
    assert columns["postal_code"].options["patterns"]


STREETS = {"GB": "{} Church Lane", "DE": "Kirchweg {}", "FR": "{} rue de la Paix"}


def write_streets(countries: np.ndarray) -> list[str]:
    return [STREETS[code].format(row % 190 + 1) for row, code in enumerate(countries)]


def test_streets_beside_postcodes_of_several_countries_are_of_the_country_of_their_row() -> None:
    postcodes = make("postcode", CODES)
    _, columns = describe(country=CODES, street=write_streets(CODES), postcode=postcodes)
    found = columns["street"]
    assert (found.kind, found.follows) == ("street_address", ("country",))


def test_streets_that_one_country_writes_in_several_ways_are_no_american_addresses() -> None:
    german = make("postcode", np.full(ROWS, "DE"))
    written = write_streets(np.resize(["GB", "DE"], ROWS))
    _, columns = describe(country=["Germany"] * ROWS, street=written, plz=german)
    assert columns["street"].kind == "street_address"


def test_american_addresses_beside_postcodes_stay_american() -> None:
    addresses = [f"{row + 1} Main Street, Springfield, IL {62_701 + row % 90}" for row in range(ROWS)]
    _, columns = describe(country=CODES, street=addresses, postcode=make("postcode", CODES))
    assert columns["street"].kind == "us_address"

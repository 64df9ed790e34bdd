"""No identity value is longer than the column of the database that it goes to."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.errors import SamplingError
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

SHORT = [
    ("first_name", 4, {}),
    ("first_name", 1, {}),
    ("last_name", 3, {}),
    ("person_name", 9, {}),
    ("person_name", 9, {"order": "last_first", "case": "upper"}),
    ("person_name", 2, {}),
    ("email", 19, {}),
    ("street_address", 12, {}),
    ("street_address", 15, {"country": "US"}),
    ("street_address", 17, {"country": "FR"}),
    ("city", 6, {}),
    ("postal_address", 20, {}),
    ("us_address", 40, {}),
    ("phone_number", 10, {}),
    ("phone_number", 13, {"country": "DE", "format": "international"}),
    ("iban", 22, {"grouped": True}),
    ("faker:url", 36, {"lead": "https://www.", "tail": ".example/"}),
    ("faker:company", 14, {}),
    ("faker:job", 12, {}),
]


@pytest.mark.parametrize(("kind", "length", "options"), SHORT)
def test_values_fit_into_a_short_column_and_come_again(
    kind: str, length: int, options: dict[str, Any]
) -> None:
    columns = [column("value", kind, length=length, **options)]
    values = derive(request(columns, 400))["value"].tolist()
    assert max(map(len, values)) <= length
    assert min(map(len, values)) > 0
    assert values == derive(request(columns, 400))["value"].tolist()


@pytest.mark.parametrize(("kind", "length", "options"), SHORT)
def test_a_column_with_room_holds_what_one_without_a_length_does(
    kind: str, length: int, options: dict[str, Any]
) -> None:
    free = derive(request([column("value", kind, **options)], 50))["value"].tolist()
    roomy = derive(request([column("value", kind, length=200, **options)], 50))["value"].tolist()
    assert roomy == free


def test_a_person_stays_the_same_in_short_columns() -> None:
    columns = [
        column("first", "first_name", length=6),
        column("last", "last_name", length=7),
        column("name", "person_name", ("first", "last"), length=10),
        column("mail", "email", ("first", "last"), is_unique=True, length=22),
    ]
    table = pd.DataFrame(derive(request(columns, 2_000)))
    assert table["first"].str.len().max() <= 6
    assert table["last"].str.len().max() <= 7
    full = table["first"] + " " + table["last"]
    initial = table["first"].str[0] + ". " + table["last"]
    initials = table["first"].str[0] + ". " + table["last"].str[0] + "."
    assert table["name"].where(full.str.len() > 10, full).eq(table["name"]).all()
    assert (table["name"].eq(full) | table["name"].eq(initial) | table["name"].eq(initials)).all()
    assert (table["mail"].str[0] == table["first"].str[0].str.lower()).all()
    assert table["mail"].str.len().max() <= 22
    assert table["mail"].is_unique


def test_towns_that_fit_keep_their_postcode() -> None:
    columns = [column("town", "city", length=6), column("code", "postcode"), column("all", "postal_address")]
    table = derive(request(columns, 200))
    for town, code, address in zip(table["town"], table["code"], table["all"], strict=True):
        assert address.endswith(town)
        assert len(code) == 5


@pytest.mark.parametrize(
    ("kind", "length", "needed"),
    [("iban", 21, 22), ("license_plate", 7, 8), ("email", 15, 16), ("phone_number", 9, 10), ("ssn", 10, 11)],
)
def test_a_column_that_no_value_fits_is_refused(kind: str, length: int, needed: int) -> None:
    with pytest.raises(SamplingError, match=rf'"value" holds at most {length} .*need {needed}'):
        derive(request([column("value", kind, length=length)], 30))


def test_short_streets_are_not_those_of_the_sample() -> None:
    columns = [column("street", "street_address", length=10)]
    first = derive(request(columns, 300))["street"]
    again = derive(request(columns, 300, protected={"street": first.tolist()}))["street"]
    assert not set(first) & set(again)

"""Telephone numbers without a country code take the country of their table, and keep how they are written."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.phone_forms import find_domestic_country, find_rivals, phone_format
from pipeline.datasets.spec import DatasetSpec
from pipeline.datasets.unsure import describe_unsure
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

ROWS = 200
RNG = np.random.default_rng(2)
# Valid in Great Britain as mobile and in India as landline numbers.
BRITISH = [f"079{RNG.choice(['73', '12', '85'])}{RNG.integers(600_000, 700_000)}" for _ in range(ROWS)]
AMERICAN = [
    f"{RNG.choice([404, 212, 617])}{RNG.integers(230, 900)}{RNG.integers(1_000, 9_999)}" for _ in range(ROWS)
]
AMOUNTS = RNG.lognormal(5, 1, ROWS)
EVIDENCE = {
    "postcode": RNG.choice(["SW1A 1AA", "EC2V 7HH", "M1 1AE"], ROWS),
    "balance": [f"£{amount:,.2f}" for amount in AMOUNTS],
    "balance_gbp": [f"{amount:.2f}" for amount in AMOUNTS],
    "currency": ["GBP"] * ROWS,
    "country": ["United Kingdom"] * ROWS,
    "iban": [f"GB82WEST{number:014d}" for number in range(ROWS)],
    "other_phone": [f"+44 20 7946 {number:04d}" for number in range(ROWS)],
}


def describe(**columns: object) -> DatasetSpec:
    cells = pd.DataFrame({"amount": [f"{amount:.2f}" for amount in AMOUNTS], **columns}, dtype=object)
    typed = type_table(cells)
    return detect(typed.table, "t", typed=typed)[0]


@pytest.mark.parametrize("name", EVIDENCE)
def test_another_column_decides_the_country_of_telephone_numbers(name: str) -> None:
    mobile = describe(mobile=BRITISH, **{name: EVIDENCE[name]}).columns[1]
    expected = {"country": "GB", "format": "national", "separator": "", "line": "mobile"}
    assert (mobile.options, mobile.alternatives) == (expected, ())


def test_the_blanks_of_a_number_decide_where_nothing_else_does() -> None:
    written = [f"{text[:5]} {text[5:]}" for text in BRITISH]
    assert describe(mobile=written).columns[1].options["country"] == "GB"
    assert find_rivals(written, "GB") == []


def test_bare_numbers_of_two_countries_are_said_to_be_unsure() -> None:
    spec = describe(phone=BRITISH)
    phone = spec.columns[1]
    assert {phone.options["country"], *(one[-2:] for one in phone.alternatives)} == {"GB", "IN"}
    sentences = describe_unsure(spec)
    assert len(sentences) == 1
    assert 'Column "phone" holds telephone numbers without a country code' in sentences[0]
    assert "columns t --set phone.country=" in sentences[0]


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("{}{}{}", r"[2-9]\d{9}"),
        ("{}-{}-{}", r"\d{3}-\d{3}-\d{4}"),
        ("{}.{}.{}", r"\d{3}\.\d{3}\.\d{4}"),
        ("({}) {}-{}", r"\(\d{3}\) \d{3}-\d{4}"),
        ("+1 {} {} {}", r"\+1 \d{3} \d{3} \d{4}"),
    ],
)
def test_american_numbers_keep_their_form(written: str, form: str) -> None:
    texts = [written.format(text[:3], text[3:6], text[6:]) for text in AMERICAN]
    spec = describe(
        fax=texts, state=RNG.choice(["NY", "GA"], ROWS), usd=[f"${amount:,.2f}" for amount in AMOUNTS]
    )
    made = derive(request([spec.columns[1]], 100, protected={"fax": texts}))["fax"]
    assert [text for text in made if not re.fullmatch(form, text)] == []
    assert not set(made) & set(texts)


def test_numbers_that_are_valid_nowhere_are_american_by_their_groups() -> None:
    assert find_domestic_country(["312-155-2368", "212-155-1111"]) == "US"
    assert find_domestic_country(["hello", "12"]) is None
    assert find_domestic_country([]) is None


@pytest.mark.parametrize(("country", "mobile"), [("GB", "+44 7"), ("DE", "+49 17"), ("FR", "+33 6")])
def test_mobile_numbers_stay_mobile_and_others_fixed(country: str, mobile: str) -> None:
    for line in ("mobile", "fixed"):
        made = derive(request([column("x", "phone_number", country=country, line=line)], 50))["x"]
        assert {text.startswith(mobile) for text in made} == {line == "mobile"}


def test_more_unique_numbers_than_mobile_ones_come_from_all_ranges() -> None:
    many = derive(request([column("x", "phone_number", (), True, country="GB", line="mobile")], 5_000))["x"]
    assert len(set(many)) == 5_000


BERLIN = [f"{RNG.integers(2_000_000, 9_000_000)}" for _ in range(ROWS)]


@pytest.mark.parametrize(
    ("texts", "country", "form"),
    [
        ([f"+1 ({t[:3]}) {t[3:6]}-{t[6:]}" for t in AMERICAN], "US", r"\+1 \(\d{3}\) \d{3}-\d{4}"),
        ([f"+1({t[:3]}){t[3:6]}-{t[6:]}" for t in AMERICAN], "US", r"\+1\(\d{3}\)\d{3}-\d{4}"),
        ([f"+1 {t[:3]} {t[3:6]}-{t[6:]}" for t in AMERICAN], "US", r"\+1 \d{3} \d{3}-\d{4}"),
        ([f"+1-{t[:3]}-{t[3:6]}-{t[6:]}" for t in AMERICAN], "US", r"\+1-\d{3}-\d{3}-\d{4}"),
        ([f"001 {t[:3]}.{t[3:6]}.{t[6:]}" for t in AMERICAN], "US", r"001 \d{3}\.\d{3}\.\d{4}"),
        ([f"{t[:3]} {t[3:6]}-{t[6:]}" for t in AMERICAN], "US", r"\d{3} \d{3}-\d{4}"),
        ([f"+49 (0)30 {t}" for t in BERLIN], "DE", r"\+49 \(0\)\d{2,3} \d{7,8}"),
        ([f"+49-30/{t}" for t in BERLIN], "DE", r"\+49-\d{2,3}/\d{7,8}"),
        ([f"+49 (30) {t}" for t in BERLIN], "DE", r"\+49 \(\d{2,3}\) \d{7,8}"),
        ([f"004930{t}" for t in BERLIN], "DE", r"0049\d{9,11}"),
        ([f"+44 {t[1:5]} {t[5:]}" for t in BRITISH], "GB", r"\+44 \d{2,4}( \d{3,6})+"),
        ([f"+91-98{t[:8]}" for t in AMERICAN], "IN", r"\+91-\d{10}"),
        ([f"98{t[:8]}" for t in AMERICAN] + ["98765 43210"], "IN", r"\d{10}"),
        ([f"098{t[:8]}" for t in AMERICAN], "IN", r"0\d{10}"),
    ],
)
def test_each_gap_of_a_number_is_written_as_in_the_source(texts: list[str], country: str, form: str) -> None:
    options = {"country": country, **phone_format(texts, country)}
    made = derive(request([column("phone", "phone_number", **options)], 50))["phone"]
    assert [text for text in made if not re.fullmatch(form, text)] == []


def test_numbers_kept_for_fiction_belong_to_the_country_of_the_other_columns() -> None:
    """07700 900000 to 900999 are kept by Ofcom, valid nowhere and as long as Indian numbers."""
    texts = [f"07700 9{number:05d}" for number in range(ROWS)]
    assert find_domestic_country(texts, "GB") == "GB"
    assert find_domestic_country(["(212) 555-0147", "(617) 555-0101"], "GB") == "US"

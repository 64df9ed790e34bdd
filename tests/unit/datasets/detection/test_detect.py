"""What is detected of one column from its name and values: identities, codes, categories and numbers."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.columns import Evidence, detect_column
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import Role
from tests.unit.datasets.detection.detection_cases import AS_OF, CARDS, NAMES, ROWS, make_bank, make_column


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("customer_id", make_column(lambda row: 1000 + row * 7), "key"),
        ("CustomerID", make_column(lambda row: f"C-{row:05d}"), "key"),
        ("index", make_column(lambda row: row), "key"),
        ("anything", make_column(lambda row: row), "key"),
        ("account_number", make_column(lambda row: 90_000_000 + row * 13), "key"),
        ("name", pd.Series(NAMES), "person_name"),
        ("card_holder_name", pd.Series(NAMES), "person_name"),
        ("FirstName", make_column(lambda row: NAMES[row].split()[0]), "first_name"),
        ("surname", make_column(lambda row: NAMES[row].split()[1]), "last_name"),
        ("contact", make_column(lambda row: f"x{row}@mail.test"), "email"),
        ("SSN", make_column(lambda row: 123_450_000 + row), "ssn"),
        ("tax", make_column(lambda row: f"123-45-{row:04d}"), "ssn"),
        ("home_phone", make_column(lambda row: f"(212) 555-{row:04d}"), "phone_number"),
        ("street_address", make_column(lambda row: f"{row + 1} Main Street"), "us_address"),
        ("number_on_card", pd.Series(CARDS), "card_number"),
        ("cvv", make_column(lambda row: 100 + row), "cvv"),
        ("iban", make_column(lambda row: f"DE{row:02d}37040044053201{row:04d}"), "iban"),
        ("license_plate", make_column(lambda row: f"ABC-{row:04d}"), "license_plate"),
        ("driver_license", make_column(lambda row: f"D{row:07d}"), "us_driver_license"),
        ("ip_address", make_column(lambda row: f"10.0.0.{row}"), "faker:ipv4"),
        ("peer", make_column(lambda row: f"2001:db8::{row + 1:x}"), "faker:ipv6"),
        ("ip", make_column(lambda row: f"2001:0db8:0:0:0:0:0:{row:04x}"), "faker:ipv6"),
        ("device", make_column(lambda row: f"00:1b:44:11:3a:{row:02x}"), "faker:mac_address"),
        ("homepage", make_column(lambda row: f"https://a{row}.test"), "faker:url"),
        ("token", make_column(lambda row: f"12345678-1234-1234-1234-{row:012d}"), "faker:uuid4"),
        ("company", make_column(lambda row: f"Firm{row} Ltd"), "faker:company"),
        ("zip_code", make_column(lambda row: 10_000 + row), "faker:postcode"),
        ("remarks", make_column(lambda row: f"called at {row}, was out"), "text"),
    ],
)
def test_identities_are_found(name: str, values: pd.Series, kind: str) -> None:
    finding = detect_column(name, values)
    assert (finding.role, finding.kind) == (Role.IDENTITY, kind)


@pytest.mark.parametrize("name", ["timecode", "ip"])
def test_time_codes_are_no_network_addresses(name: str) -> None:
    values = make_column(lambda row: f"22:{row % 60:02d}:{row * 7 % 60:02d}:{row % 25:02d}")
    assert detect_column(name, values).kind != "faker:ipv6"


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("age", make_column(lambda row: 18 + row), "numerical"),
        ("salary", make_column(lambda row: 30_000 + row * 17), "numerical"),
        ("num_children", make_column(lambda row: row % 4), "numerical"),
        ("number_of_loans", make_column(lambda row: row % 5), "numerical"),
        ("balance", make_column(lambda row: row * 1.25), "numerical"),
        ("defaulted", make_column(lambda row: row % 2), "categorical"),
        ("phone", make_column(lambda row: ("yes", "no")[row % 2]), "categorical"),
        ("contact", make_column(lambda row: ("cellular", "telephone", "unknown")[row % 3]), "categorical"),
        ("product_name", make_column(lambda row: ("Gold", "Silver")[row % 2]), "categorical"),
        ("city", make_column(lambda row: ("Ames", "Troy", "Elko")[row % 3]), "categorical"),
        ("email_opt_in", make_column(lambda row: ("yes", "no")[row % 2]), "categorical"),
        ("opened", pd.Series(pd.date_range("2024-01-01", periods=ROWS)), "datetime"),
        ("year", make_column(lambda row: 1960 + row), "numerical"),
    ],
)
def test_statistics_are_found(name: str, values: pd.Series, kind: str) -> None:
    finding = detect_column(name, values)
    assert (finding.role, finding.kind) == (Role.MODELLED, kind)


def test_few_but_unique_texts_are_never_categories() -> None:
    assert detect_column("note", pd.Series([f"note {row}" for row in range(12)])).kind == "text"


GERMAN = (
    "Hans",
    "Anna",
    "Jürgen",
    "Katharina",
    "Karl-Heinz",
    "Ulrike",
    "Wolfgang",
    "Sabine",
    "Dieter",
    "Petra",
)
SURNAMES = ("Müller", "Schäfer", "Groß", "Weiß", "Köhler", "Schulz-Meyer", "von der Heide", "Özil", "Krüger")
PEOPLE = [f"{first} {last}" for first in GERMAN for last in SURNAMES]
NOTES = [f"Rang an wegen Karte {chr(65 + row % 26)}{'x' * (row // 26)}" for row in range(40)]


def _repeat(texts: list[str], rows: int) -> pd.Series:
    return pd.Series(np.random.default_rng(0).choice(texts, rows))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (_repeat(PEOPLE, 200), "person_name"),
        (_repeat([f"{name.split()[-1]}, {name.split()[0]}" for name in PEOPLE], 200), "person_name"),
        (pd.Series([*PEOPLE[:11], PEOPLE[0]]), "person_name"),
        (_repeat(PEOPLE[::12], 2_000), "person_name"),
        (_repeat(list(GERMAN), 300), "first_name"),
        (_repeat(NOTES, 200), "text"),
        (_repeat(NOTES, 2_000), "text"),
        (pd.Series([f"word{row}x" for row in range(11)] + ["word0x"]), "text"),
        (_repeat([f"w{row}x" for row in range(60)], 200), "code"),
        (_repeat([f"Zzor{row % 7 * 'q'} Xyl{row * 'b'}" for row in range(30)], 200), "text"),
    ],
)
def test_names_and_notes_are_no_categories_though_they_repeat(values: pd.Series, kind: str) -> None:
    finding = detect_column("betreff", values)
    assert (finding.role, finding.kind) == (Role.IDENTITY, kind)


STATES = [f"{first}{second}" for first in "ACDIMNOTW" for second in "AKLNRTY"]


@pytest.mark.parametrize(
    ("name", "texts", "rows"),
    [
        ("purpose", ["furniture/equipment", "radio/TV", "car", "domestic appliances"], 100),
        ("saving accounts", ["little", "quite rich", "rich", "moderate"], 50),
        ("state", STATES, 300),
        ("country", ["Germany", "Bosnia and Herzegovina", "United States", "New Zealand", "France"], 40),
        ("product", ["Gold Card", "Home Loan", "Current Account", "Savings Account"], 100),
        ("job", ["Account Manager", "Police Officer", "Software Engineer", "Nurse"], 100),
        ("branch", ["Austin", "Houston", "Dallas", "Madison", "Boston"], 100),
        ("answer", ["I agree with this", "I do not agree at all", "I have no opinion here"], 60),
        ("gender", ["Female", "Male"], 10),
    ],
)
def test_what_enough_rows_share_stays_a_category(name: str, texts: list[str], rows: int) -> None:
    finding = detect_column(name, _repeat(texts, rows))
    assert (finding.role, finding.kind) == (Role.MODELLED, "categorical")


def test_rare_categories_are_counted() -> None:
    values = pd.Series(["a"] * 40 + ["b"] * 2 + ["c"])
    assert detect_column("grade", values).options == {"rare_values": 2}


def _draw_numbers(low: int, high: int, rows: int) -> pd.Series:
    return pd.Series(random.Random(1).sample(range(low, high), rows))


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("tin", _draw_numbers(100_000_000, 101_000_000, 100), "code"),
        ("konto", _draw_numbers(10_000, 99_999, 30), "code"),
        ("nummer", pd.Series(np.random.default_rng(0).permutation(200)) + 40, "key"),
        ("x", _draw_numbers(10_000_000, 99_999_999, 300), "code"),
        ("x", _draw_numbers(5_000, 7_000, 1_500), "key"),
        (
            "customer_id",
            pd.Series([float(row) if row % 9 else np.nan for row in range(1_000, 1_090)]),
            "key",
        ),
    ],
)
def test_whole_numbers_with_evidence_are_identifiers(name: str, values: pd.Series, kind: str) -> None:
    finding = detect_column(name, values)
    assert (finding.role, finding.kind) == (Role.IDENTITY, kind)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("amount", _draw_numbers(10_000, 99_999, 30)),
        ("umsatz", _draw_numbers(900, 99_999, 100)),
        ("price", _draw_numbers(100_000_000, 999_999_999, 30)),
        ("kaufpreis", _draw_numbers(100_00, 999_99, 60) * 10),
        ("created", _draw_numbers(1_600_000_000, 1_600_900_000, 60)),
        ("tag", pd.Series(pd.date_range("2023-11-01", periods=60).strftime("%Y%m%d").astype(int))),
        ("x", _draw_numbers(10_000, 99_999, 30) + 0.5),
        ("x", pd.Series(np.random.default_rng(3).lognormal(11, 0.4, 400).astype(int)).drop_duplicates()),
        ("x", pd.Series(np.arange(-100, 100) * 3)),
    ],
)
def test_measures_without_repeats_stay_numbers(name: str, values: pd.Series) -> None:
    assert detect_column(name, values).kind == "numerical"


@pytest.mark.parametrize("name", ["Cost Centre", "Profit Center", "Tax Code", "Centre de coût"])
def test_codes_named_after_a_measure_are_no_measure(name: str) -> None:
    codes = np.random.default_rng(6).integers(100_000, 999_999, 70)
    finding = detect_column(name, pd.Series(codes[np.random.default_rng(7).integers(0, 70, 900)]))
    assert (finding.role, finding.kind) == (Role.IDENTITY, "code")


@pytest.mark.parametrize(
    ("values", "evidence", "why"),
    [
        (
            range(0, 6_000, 10),
            Evidence(is_amount=True, is_span=True),
            "600 distinct times or lengths of time",
        ),
        (range(600), Evidence(is_amount=True), "600 distinct whole numbers, written as amounts are"),
        (np.arange(600) / 7, Evidence(), "600 distinct numbers with decimals"),
    ],
    ids=["times", "units", "decimals"],
)
def test_the_reason_of_a_measure_does_not_contradict_itself(
    values: object, evidence: Evidence, why: str
) -> None:
    assert detect_column("x", pd.Series(values), evidence).why == f"{why}: a measure"  # type: ignore[call-overload]


@pytest.mark.parametrize("first", ["1850-01-01", "2030-01-01"])
def test_impossible_birth_dates_give_no_age(first: str) -> None:
    births = pd.Series(pd.to_datetime([first, *["1980-02-03"] * 20]))
    assert detect_column("date_of_birth", births, Evidence(AS_OF)).kind == "datetime"
    assert detect_column("date_of_birth", births[1:], Evidence(AS_OF)).kind == "date_of_birth"


@pytest.mark.parametrize(
    "spelling", ["VISA", "visa", "Master Card", "MC", "Amex", "AMERICAN EXPRESS", "Diners"]
)
def test_card_numbers_follow_networks_however_they_are_spelled(spelling: str) -> None:
    spec, _ = detect(make_bank().assign(network=[spelling, "Visa"] * (ROWS // 2)), "bank", AS_OF)
    follows = {column.name: column.follows for column in spec.columns}
    assert follows["card_number"] == ("network",)

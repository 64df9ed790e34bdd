from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.column_detection import detect_column, passes_luhn, split_name
from pipeline.dataset import DatasetSpec, Role
from pipeline.detection import adopt, detect
from pipeline.errors import DataError, MetadataError
from pipeline.parsing import as_text

ROWS = 60
AS_OF = date(2026, 1, 1)
_CARDS = [f"411111{number:09d}" for number in range(400)]
CARDS = [text for stem in _CARDS for digit in "0123456789" if passes_luhn(text := stem + digit)][:ROWS]
FIRST = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Flo")
LAST = ("Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper")
NAMES = [f"{first} {last}" for first in FIRST for last in LAST]


def _column(make: object, rows: int = ROWS) -> pd.Series:
    return pd.Series([make(row) for row in range(rows)])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customerID", ("customer", "id")),
        ("Customer id", ("customer", "id")),
        ("SSN", ("ssn",)),
        ("date_of_birth", ("date", "of", "birth")),
        ("IBANCode", ("iban", "code")),
    ],
)
def test_names_are_split_into_words(name: str, words: tuple[str, ...]) -> None:
    assert split_name(name) == words


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("customer_id", _column(lambda row: 1000 + row * 7), "key"),
        ("CustomerID", _column(lambda row: f"C-{row:05d}"), "key"),
        ("index", _column(lambda row: row), "key"),
        ("anything", _column(lambda row: row), "key"),
        ("account_number", _column(lambda row: 90_000_000 + row * 13), "key"),
        ("name", pd.Series(NAMES), "person_name"),
        ("card_holder_name", pd.Series(NAMES), "person_name"),
        ("FirstName", _column(lambda row: NAMES[row].split()[0]), "first_name"),
        ("surname", _column(lambda row: NAMES[row].split()[1]), "last_name"),
        ("contact", _column(lambda row: f"x{row}@mail.test"), "email"),
        ("SSN", _column(lambda row: 123_450_000 + row), "ssn"),
        ("tax", _column(lambda row: f"123-45-{row:04d}"), "ssn"),
        ("home_phone", _column(lambda row: f"(212) 555-{row:04d}"), "phone_number"),
        ("street_address", _column(lambda row: f"{row + 1} Main Street"), "us_address"),
        ("number_on_card", pd.Series(CARDS), "card_number"),
        ("cvv", _column(lambda row: 100 + row), "cvv"),
        ("iban", _column(lambda row: f"DE{row:02d}37040044053201{row:04d}"), "iban"),
        ("license_plate", _column(lambda row: f"ABC-{row:04d}"), "license_plate"),
        ("driver_license", _column(lambda row: f"D{row:07d}"), "us_driver_license"),
        ("ip_address", _column(lambda row: f"10.0.0.{row}"), "faker:ipv4"),
        ("device", _column(lambda row: f"00:1b:44:11:3a:{row:02x}"), "faker:mac_address"),
        ("homepage", _column(lambda row: f"https://a{row}.test"), "faker:url"),
        ("token", _column(lambda row: f"12345678-1234-1234-1234-{row:012d}"), "faker:uuid4"),
        ("company", _column(lambda row: f"Firm{row} Ltd"), "faker:company"),
        ("zip_code", _column(lambda row: 10_000 + row), "faker:postcode"),
        ("remarks", _column(lambda row: f"called at {row}, was out"), "text"),
    ],
)
def test_identities_are_found(name: str, values: pd.Series, kind: str) -> None:
    finding = detect_column(name, values)
    assert (finding.role, finding.kind) == (Role.IDENTITY, kind)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("age", _column(lambda row: 18 + row), "numerical"),
        ("salary", _column(lambda row: 30_000 + row * 17), "numerical"),
        ("num_children", _column(lambda row: row % 4), "numerical"),
        ("number_of_loans", _column(lambda row: row % 5), "numerical"),
        ("balance", _column(lambda row: row * 1.25), "numerical"),
        ("defaulted", _column(lambda row: row % 2), "categorical"),
        ("phone", _column(lambda row: ("yes", "no")[row % 2]), "categorical"),
        ("contact", _column(lambda row: ("cellular", "telephone", "unknown")[row % 3]), "categorical"),
        ("product_name", _column(lambda row: ("Gold", "Silver")[row % 2]), "categorical"),
        ("city", _column(lambda row: ("Ames", "Troy", "Elko")[row % 3]), "categorical"),
        ("email_opt_in", _column(lambda row: ("yes", "no")[row % 2]), "categorical"),
        ("opened", pd.Series(pd.date_range("2024-01-01", periods=ROWS)), "datetime"),
        ("year", _column(lambda row: 1960 + row), "numerical"),
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
        (_repeat([f"w{row}x" for row in range(60)], 200), "text"),
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
    return pd.Series(np.random.default_rng(1).choice(np.arange(low, high), rows, replace=False))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tin", _draw_numbers(100_000_000, 101_000_000, 100)),
        ("konto", _draw_numbers(10_000, 99_999, 30)),
        ("nummer", pd.Series(np.random.default_rng(0).permutation(200)) + 40),
        ("customer_id", pd.Series([float(row) if row % 9 else np.nan for row in range(1_000, 1_090)])),
    ],
)
def test_whole_numbers_in_the_form_of_codes_are_keys(name: str, values: pd.Series) -> None:
    assert detect_column(name, values).kind == "key"


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
    ],
)
def test_measures_without_repeats_stay_numbers(name: str, values: pd.Series) -> None:
    assert detect_column(name, values).kind == "numerical"


@pytest.mark.parametrize("first", ["1850-01-01", "2030-01-01"])
def test_impossible_birth_dates_give_no_age(first: str) -> None:
    births = pd.Series(pd.to_datetime([first, *["1980-02-03"] * 20]))
    assert detect_column("date_of_birth", births, AS_OF).kind == "datetime"
    assert detect_column("date_of_birth", births[1:], AS_OF).kind == "date_of_birth"


@pytest.mark.parametrize(
    "spelling", ["VISA", "visa", "Master Card", "MC", "Amex", "AMERICAN EXPRESS", "Diners"]
)
def test_card_numbers_follow_networks_however_they_are_spelled(spelling: str) -> None:
    spec, _ = detect(_bank().assign(network=[spelling, "Visa"] * (ROWS // 2)), "bank", AS_OF)
    follows = {column.name: column.follows for column in spec.columns}
    assert follows["card_number"] == ("network",)


def test_identity_with_gaps_notes_their_share_and_may_be_missing() -> None:
    table = _bank()
    table.loc[:14, "name"] = None
    spec, _ = detect(table, "bank", AS_OF)
    name = next(column for column in spec.columns if column.name == "name")
    assert name.options == {"missing_share": 0.25}
    rules = {(rule.rule, rule.column) for rule in spec.rules}
    assert ("not_missing", "name") not in rules
    assert ("email_follows_name", "email") not in rules
    assert ("not_missing", "email") in rules


def test_key_options_follow_the_form_of_the_values() -> None:
    assert detect_column("id", _column(lambda row: row)).options == {"template": "integer", "width": 7}
    assert detect_column("id", _column(lambda row: f"CUST-{row:09d}")).options == {
        "prefix": "CUST-",
        "width": 9,
    }


def _bank() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "client_id": np.arange(ROWS) * 3 + 500,
            "name": NAMES,
            "sex": rng.choice(["F", "M"], ROWS),
            "email": [f"p{row}@mail.test" for row in range(ROWS)],
            "born": pd.to_datetime("1960-05-01") + pd.to_timedelta(rng.integers(0, 9_000, ROWS), unit="D"),
            "address": [
                f"{row + 1} Oak Road, Ames, {state} 50010" for row, state in enumerate(["IA", "TX"] * 30)
            ],
            "card_number": CARDS,
            "network": ["Visa"] * ROWS,
            "balance": rng.integers(0, 9_999, ROWS) / 4,
            "opened": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D"),
            "grade": pd.Series(rng.choice(["a", "b", "NA"], ROWS)).where(np.arange(ROWS) != 5, None),
        }
    )


@pytest.fixture
def bank_spec() -> DatasetSpec:
    return detect(_bank(), "bank", AS_OF)[0]


def test_columns_that_belong_together_follow_each_other(bank_spec: DatasetSpec) -> None:
    follows = {column.name: column.follows for column in bank_spec.columns if column.follows}
    assert follows == {
        "name": ("sex",),
        "email": ("name",),
        "born": ("age",),
        "address": ("state",),
        "card_number": ("network",),
    }
    assert [(item.name, item.kind, item.column) for item in bank_spec.features] == [
        ("age", "age", "born"),
        ("state", "us_state", "address"),
    ]


def test_default_rules_hold_for_what_the_table_shows(bank_spec: DatasetSpec) -> None:
    rules = {(rule.rule, rule.column) for rule in bank_spec.rules}
    assert ("not_missing", "balance") in rules
    assert ("not_missing", "grade") not in rules
    assert {("unique", "client_id"), ("not_real", "client_id"), ("luhn", "card_number")} <= rules
    assert {
        ("card_network", "card_number"),
        ("email_follows_name", "email"),
        ("date_format", "opened"),
    } <= rules
    assert ("not_real", "name") not in rules
    grades = next(rule for rule in bank_spec.rules if (rule.rule, rule.column) == ("one_of", "grade"))
    assert grades.options == {"values": ["NA", "a", "b"]}


def test_detected_metadata_holds_sdtypes_and_no_value() -> None:
    spec, metadata = detect(_bank(), "bank", AS_OF)
    table = metadata["tables"]["bank"]
    assert table["primary_key"] == "client_id"
    assert table["columns"]["name"] == {"sdtype": "name", "pii": True}
    assert table["columns"]["balance"] == {"sdtype": "numerical"}
    assert list(table["columns"]) == [column.name for column in spec.columns]


def test_empty_column_is_refused() -> None:
    with pytest.raises(DataError, match='column "void" is empty in every row'):
        detect(_bank().assign(void=None), "bank", AS_OF)


def test_table_of_identities_alone_is_refused() -> None:
    with pytest.raises(DataError, match="identities alone"):
        detect(_bank()[["client_id", "name"]], "bank", AS_OF)


GIVEN = {
    "client_id": {"sdtype": "id"},
    "name": {"sdtype": "categorical"},
    "grade": {"sdtype": "company", "pii": True},
    "balance": {"sdtype": "numerical"},
    "opened": {"sdtype": "datetime", "datetime_format": "%d/%m/%Y"},
}


def _given_cells() -> pd.DataFrame:
    typed = _bank()[list(GIVEN)]
    cells = pd.DataFrame({name: as_text(typed[name]) for name in typed})
    return cells.assign(opened=typed["opened"].dt.strftime("%d/%m/%Y"))


def test_given_sdtypes_decide_the_roles() -> None:
    spec, texts = adopt(_given_cells(), "bank", {"tables": {"bank": {"columns": GIVEN}}}, AS_OF)
    assert [(str(column.role), column.kind) for column in spec.columns] == [
        ("identity", "key"),
        ("modelled", "categorical"),
        ("identity", "faker:company"),
        ("modelled", "numerical"),
        ("modelled", "datetime"),
    ]
    assert spec.columns[4].options == {"format": "%d/%m/%Y"}
    pd.testing.assert_frame_equal(texts, _given_cells())


def test_words_for_missing_numbers_are_left_out_of_numbers_alone() -> None:
    cells = _given_cells()
    cells.loc[3, ["balance", "grade"]] = "NA"
    _, texts = adopt(cells, "bank", {"tables": {"bank": {"columns": GIVEN}}}, AS_OF)
    assert texts.loc[3, ["balance", "grade"]].tolist() == [None, "NA"]


@pytest.mark.parametrize(
    ("column", "message"), [("balance", 'no number.*"x" in row 3'), ("opened", "no date in the form")]
)
def test_given_sdtype_that_the_values_break_is_refused(column: str, message: str) -> None:
    cells = _given_cells()
    cells.loc[2, column] = "x"
    with pytest.raises(MetadataError, match=message):
        adopt(cells, "bank", {"tables": {"bank": {"columns": GIVEN}}}, AS_OF)

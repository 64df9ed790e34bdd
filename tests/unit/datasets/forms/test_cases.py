"""Every column of numbers, dates and times in the case tables, with its form."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.datasets.forms import Hints, learn_form, vote_day_first, vote_decimal
from tests.unit.datasets.forms.written import case_column

THOUSANDS = {"grouping": ",", "decimals": 2}

NUMBERS = [
    ("money_forms", "usd", {**THOUSANDS, "positive": "$#", "negative": "-$#"}, [155.69, -995.9]),
    ("money_forms", "eur_suffix", {**THOUSANDS, "positive": "# EUR", "negative": "-# EUR"}, [155.69, -995.9]),
    ("money_forms", "accounting", {"grouping": ",", "negative": "(#)", "decimals": 2}, [155.69, -995.9]),
    ("money_forms", "trailing_minus", {"negative": "#-", "decimals": 2}, [155.69, -995.9]),
    ("money_forms", "signed", {"positive": "+#", "decimals": 2}, [155.69, -995.9]),
    ("money_forms", "swiss", {"grouping": "'", "decimals": 2}, [155.69, -995.9]),
    ("money_forms", "french", {"decimal": ",", "grouping": "\u202f", "decimals": 2}, [155.69, -995.9]),
    ("money_forms", "lakh", {"grouping": ",", "lakh": True, "decimals": 2}, [124552.0, 796720.0]),
    ("money_forms", "rate_pct", {"positive": "#%", "negative": "-#%", "decimals": 2}, [5.52, 5.53]),
    ("money_forms", "us_thousands", {"grouping": ",", "decimals": 2}, [155.69, -995.9]),
    ("money_forms", "plain", {"decimals": [1, 2]}, [155.69, -995.9]),
    ("precision", "qty", {"decimals": 8}, [0.00002087, 0.0000107]),
    ("precision", "fx", {"decimals": 6}, [0.977142, 1.009685]),
    ("precision", "sci", {"notation": "scientific", "decimals": 3, "exponent": "E+00"}, [8.82e-7, 9.647e-7]),
    ("precision", "units", {"decimals": 4}, [1.2468, 1.8808]),
    ("precision", "fixed2", {"decimals": 2}, [99.9, 20.5]),
    ("sentinels", "balance", {"decimals": 2}, [155.69, None]),
    ("sentinels", "limit_na", {"decimals": 0}, [156.0, None]),
    ("eu_decimals", "Betrag", {"decimal": ",", "grouping": ".", "decimals": 2}, [155.69, -995.9]),
    ("eu_decimals", "Zinssatz", {"decimal": ",", "decimals": 3}, [5.385, 2.559]),
    ("eu_decimals", "Gebuehr", {"decimal": ",", "decimals": 2}, [0.35, 1.5]),
    ("measure_or_key", "notional", {"decimals": 0}, [186145, 357251]),
    ("measure_or_key", "rate", {"decimals": [1, 3]}, [3.025, 2.13]),
    ("sparse_sensitive", "income", {"decimals": 1}, [47511.0, 15818.0]),
    ("relations", "tax_rate", {"decimals": [1, 2]}, [0.19, 0.07]),
]  # fmt: skip

DATES = [
    ("date_forms", "oracle", {"pattern": "%d-%b-%y", "case": "upper"}, "2022-01-17"),
    ("date_forms", "yyyymmdd", {"pattern": "%Y%m%d"}, "2022-01-17"),
    ("date_forms", "de_short", {"pattern": "%d.%m.%y"}, "2022-01-17"),
    ("date_forms", "millis", {"pattern": "%Y-%m-%d %H:%M:%S.%3f"}, "2022-01-17 14:47:43.890"),
    ("date_forms", "offset", {"pattern": "%Y-%m-%dT%H:%M:%S%z", "offset": "+05:30"}, "2022-01-17 14:47:43"),
    ("date_forms", "zulu", {"pattern": "%Y-%m-%dT%H:%M:%S%z", "offset": "Z"}, "2022-01-17 14:47:43"),
    ("date_forms", "ampm", {"pattern": "%m/%d/%Y %I:%M %p"}, "2022-01-17 14:47"),
    ("date_forms", "long_us", {"pattern": "%b %d, %Y"}, "2022-01-17"),
    ("date_forms", "db2", {"pattern": "%Y-%m-%d-%H.%M.%S"}, "2022-01-17 14:47:43"),
    ("date_forms", "us_nopad", {"pattern": "%-m/%-d/%Y"}, "2022-01-17"),
    ("timestamps", "posted_at", {"pattern": "%Y-%m-%d %H:%M:%S"}, "2021-06-17 13:32:55"),
    ("timestamps", "local", {"pattern": "%Y-%m-%dT%H:%M:%S%z", "offset": "+05:30"}, "2021-06-17 13:32:55"),
    ("timestamps", "minute", {"pattern": "%Y-%m-%d %H:%M"}, "2021-06-17 13:32"),
    ("eu_decimals", "Buchungstag", {"pattern": "%d.%m.%Y"}, "2022-01-17"),
    ("eu_decimals", "Wertstellung", {"pattern": "%d.%m.%y"}, "2022-01-18"),
    ("foreign", "Geburtsdatum", {"pattern": "%d.%m.%Y"}, "1975-03-09"),
    ("running_balance", "booked", {}, "2023-01-09"),
    ("sentinels", "opened", {}, "2018-04-15"),
    ("sentinels", "first_use", {}, "2018-04-15"),
]

ODD_DATES = [
    ("valid_to", "9999-12-31", 840, {}),
    ("closed_on", "NULL", 840, {}),
    ("closed_na", "N/A", 840, {"pattern": "%d/%m/%Y"}),
    ("first_use", "0001-01-01", 20, {}),
    ("zero_date", "0000-00-00", 840, {}),
]

WORDS_AND_CODES = [
    ("precision", "pair"), ("precision", "big_id"), ("codes", "account_number"), ("codes", "branch"),
    ("codes", "invoice"), ("codes", "slip"), ("codes", "policy"), ("codes", "sort_code"), ("codes", "isin"),
    ("key_width", "branch_id"), ("key_width", "serial"), ("repeated_accounts", "client_ref"),
    ("repeated_accounts", "Kunde"), ("repeated_accounts", "ledger_account"), ("foreign", "PLZ"),
    ("foreign", "Telefon"), ("foreign", "phone"), ("foreign", "IBAN"), ("foreign", "PAN"),
    ("foreign", "postcode"), ("foreign", "Adresse"), ("sparse_sensitive", "passport_no"),
    ("sparse_sensitive", "alert_code"), ("sparse_sensitive", "occupation"), ("relations", "status"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "name", "form", "first"), NUMBERS, ids=lambda value: str(value)[:20])
def test_numbers_of_a_case_are_read_and_written_back(
    file: str, name: str, form: dict[str, Any], first: list[float | None]
) -> None:
    texts = case_column(file, name)
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form.as_dict() == {"kind": "number", **form}
    assert not learned.is_ambiguous
    reading = learned.form.read(texts)
    assert reading.values.head(2).tolist() == pytest.approx(
        [float("nan") if value is None else value for value in first], nan_ok=True, rel=0, abs=0
    )
    assert learned.form.write(reading.values)[~reading.odd].tolist() == texts[~reading.odd].tolist()


@pytest.mark.parametrize(("file", "name", "form", "first"), DATES, ids=lambda value: str(value)[:20])
def test_dates_of_a_case_are_read_and_written_back(
    file: str, name: str, form: dict[str, Any], first: str
) -> None:
    texts = case_column(file, name)
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form.as_dict() == {"kind": "date", **form}
    assert not learned.is_ambiguous
    reading = learned.form.read(texts)
    assert reading.values.iloc[0] == pd.Timestamp(first)
    assert learned.form.write(reading.values)[~reading.odd].tolist() == texts[~reading.odd].tolist()


@pytest.mark.parametrize(("name", "word", "count", "form"), ODD_DATES)
def test_a_column_of_dates_keeps_its_odd_words(
    name: str, word: str, count: int, form: dict[str, str]
) -> None:
    texts = case_column("sentinels", name)
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form.as_dict() == {"kind": "date", **form}
    assert texts[learned.odd].value_counts().to_dict() == {word: count}
    assert learned.share == (1200 - count) / 1200


@pytest.mark.parametrize(("name", "word"), [("balance", "-"), ("limit_na", "n.a.")])
def test_a_column_of_numbers_keeps_its_odd_words(name: str, word: str) -> None:
    texts = case_column("sentinels", name)
    learned = learn_form(texts)
    assert learned is not None
    assert texts[learned.odd].value_counts().to_dict() == {word: 360}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("month", {"kind": "period"}),
        ("quarter", {"kind": "period", "pattern": "Q%q %Y"}),
        ("time", {"kind": "time"}),
    ],
)
def test_periods_and_times_of_a_case_are_read_and_written_back(name: str, form: dict[str, str]) -> None:
    texts = case_column("date_forms", name)
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form.as_dict() == form
    reading = learned.form.read(texts)
    assert not reading.odd.any()
    assert learned.form.write(reading.values).tolist() == texts.tolist()


@pytest.mark.parametrize(("file", "name"), WORDS_AND_CODES)
def test_words_and_codes_of_a_case_have_no_form(file: str, name: str) -> None:
    assert learn_form(case_column(file, name)) is None


def test_numbers_of_a_spreadsheet_are_dates_only_where_that_is_known() -> None:
    texts = case_column("date_forms", "excel_serial")
    as_number, as_date = learn_form(texts), learn_form(texts, Hints(serial=True))
    assert as_number is not None
    assert as_number.form.as_dict() == {"kind": "number", "decimals": 0}
    assert as_date is not None
    assert as_date.form.as_dict() == {"kind": "date", "pattern": "excel"}
    values = as_date.form.read(texts).values
    assert values.iloc[0] == pd.Timestamp("2022-01-17")
    assert as_date.form.write(values).tolist() == texts.tolist()


def test_two_forms_of_date_are_read_and_the_frequent_one_is_written() -> None:
    texts = case_column("mixed_dates", "due")
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form.as_dict() == {"kind": "date", "also": ["%d.%m.%Y"]}
    assert not learned.odd.any()
    assert "2 forms are read, the most frequent one is written" in learned.why
    assert learned.form.read(texts).values.iloc[0] == pd.Timestamp("2022-09-21")


def test_days_up_to_twelve_everywhere_are_ambiguous_until_hinted() -> None:
    texts = case_column("dayfirst", "booked")
    learned = learn_form(texts)
    assert learned is not None
    assert learned.is_ambiguous
    assert learned.form.as_dict() == {"kind": "date", "pattern": "%d/%m/%Y"}
    assert [form.as_dict() for form in learned.alternatives] == [{"kind": "date", "pattern": "%m/%d/%Y"}]
    hinted = learn_form(texts, Hints(day_first=False))
    assert hinted is not None
    assert not hinted.is_ambiguous
    assert hinted.form.as_dict() == {"kind": "date", "pattern": "%m/%d/%Y"}


def test_three_digits_after_every_dot_are_ambiguous_until_hinted() -> None:
    texts = case_column("dot_thousands", "Umsatz")
    learned = learn_form(texts)
    assert learned is not None
    assert learned.is_ambiguous
    assert learned.form.as_dict() == {"kind": "number", "decimals": 3}
    hinted = learn_form(texts, Hints(decimal=","))
    assert hinted is not None
    assert not hinted.is_ambiguous
    assert hinted.form.as_dict() == {"kind": "number", "decimal": ",", "grouping": ".", "decimals": 0}
    assert hinted.form.read(texts).values.head(2).tolist() == [737743, 187152]


def test_columns_of_a_file_vote_on_decimal_sign_and_order_of_day() -> None:
    names = ("Buchungstag", "Wertstellung", "Betrag", "Zinssatz", "Gebuehr")
    learned = [one for name in names if (one := learn_form(case_column("eu_decimals", name))) is not None]
    assert vote_decimal(learned) == ","
    assert vote_day_first(learned) is True

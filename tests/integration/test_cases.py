"""Small tables as people have them: registered, generated from and evaluated through the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from tests.integration.case_tables import FOLDER, Layout, Made, cut_lines, read_texts
from tests.integration.conftest import Command, Refusal

ROWS = 1000
LAYOUTS = {
    "cp1250": Layout(";", "cp1250"),
    "dot_thousands": Layout(";"),
    "eu_decimals": Layout(";", "latin-1"),
    "foreign": Layout(";"),
    "no_header": Layout(has_header=False),
    "preamble": Layout(skip=2),
    "sep_line": Layout(";", skip=1),
    "totals_row": Layout(drop_last=1),
}
OPTIONS = {"dayfirst": ("--day-first",)}
TEXT_CASES = (
    "awkward_text", "codes", "constants", "cp1250", "date_forms", "dayfirst", "dot_thousands", "empty_column",
    "eu_decimals", "foreign", "key_width", "measure_or_key", "mixed_dates", "money_forms", "names_of_things",
    "no_header", "preamble", "precision", "relations", "repeated_accounts", "running_balance", "sentinels",
    "sep_line", "sparse_sensitive", "timestamps", "totals_row",
)  # fmt: skip
NUMBER = r"-?\d+(\.\d+)?"

# What every generated cell of a column looks like, empty ones aside.
FORMS: Mapping[str, Mapping[str, str]] = {
    "eu_decimals": {
        "Buchungstag": r"\d{2}\.\d{2}\.\d{4}", "Wertstellung": r"\d{2}\.\d{2}\.\d{2}",
        "Betrag": r"-?\d{1,3}(\.\d{3})*,\d{2}", "Zinssatz": r"\d,\d{3}", "Gebuehr": r"\d+,\d{2}",
        "Waehrung": "[A-Z]{3}",
    },
    "money_forms": {
        "usd": r"-?\$\d{1,3}(,\d{3})*\.\d{2}", "eur_suffix": r"-?\d{1,3}(,\d{3})*\.\d{2} EUR",
        "accounting": r"\d{1,3}(,\d{3})*\.\d{2}|\(\d{1,3}(,\d{3})*\.\d{2}\)",
        "trailing_minus": r"\d+\.\d{2}-?", "signed": r"[+-]\d+\.\d{2}",
        "swiss": r"-?\d{1,3}('\d{3})*\.\d{2}", "french": r"-?\d{1,3}([ \u202f\u00a0]\d{3})*,\d{2}",
        "lakh": r"-?(\d{1,2},(\d{2},)*\d{3}|\d{1,3})\.\d{2}", "rate_pct": r"-?\d+\.\d+%",
        "us_thousands": r"-?\d{1,3}(,\d{3})*\.\d{2}", "plain": NUMBER,
    },
    "dot_thousands": {"Umsatz": r"\d{1,3}(\.\d{3})+|\d{1,3}"},
    "precision": {
        "qty": r"0\.\d{8}", "sci": r"\d\.\d{3}E[+-]\d{2}", "big_id": r"\d{16}", "fixed2": r"\d+\.\d{2}",
    },
    "sentinels": {
        "opened": r"\d{4}-\d{2}-\d{2}", "valid_to": r"\d{4}-\d{2}-\d{2}",
        "closed_on": r"\d{4}-\d{2}-\d{2}|NULL",
        "closed_na": r"\d{2}/\d{2}/\d{4}|N/A", "first_use": r"\d{4}-\d{2}-\d{2}",
        "zero_date": r"\d{4}-\d{2}-\d{2}", "balance": rf"{NUMBER}|-", "limit_na": r"\d+|n\.a\.",
    },
    "mixed_dates": {"due": r"\d{2}\.\d{2}\.\d{4}|\d{4}-\d{2}-\d{2}", "amount": NUMBER},
    "date_forms": {
        "oracle": r"\d{2}-[A-Z]{3}-\d{2}", "yyyymmdd": r"20\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])",
        "de_short": r"\d{2}\.\d{2}\.\d{2}", "millis": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}",
        "offset": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+05:30", "zulu": r"\d{4}-\d{2}-\d{2}T[\d:]{8}Z",
        "ampm": r"\d{2}/\d{2}/\d{4} \d{2}:\d{2} [AP]M", "month": r"20\d{2}-(0[1-9]|1[0-2])",
        "quarter": r"Q[1-4] 20\d{2}", "time": r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d",
        "long_us": r"[A-Z][a-z]{2} \d{2}, \d{4}", "db2": r"\d{4}-\d{2}-\d{2}-\d{2}\.\d{2}\.\d{2}",
        "us_nopad": r"([1-9]|1[0-2])/([1-9]|[12]\d|3[01])/\d{4}", "excel_serial": r"4\d{4}",
    },
    "dayfirst": {"booked": r"\d{2}/\d{2}/\d{4}", "net": NUMBER},
    "timestamps": {
        "posted_at": r"\d{4}-\d{2}-\d{2} (09|1[0-6]):\d{2}:\d{2}",
        "minute": r"\d{4}-\d{2}-\d{2} (09|1[0-6]):\d{2}",
        "local": r"\d{4}-\d{2}-\d{2}T(09|1[0-6]):\d{2}:\d{2}\+05:30",
    },
    "measure_or_key": dict.fromkeys(("notional", "Kreditsumme", "outstanding_eur", "net_worth"), r"-?\d+"),
    "key_width": {"branch_id": r"BR-\d{4}", "loan_id": r"\d{4,5}", "serial": r"\d{5}"},
    "codes": {
        "account_number": r"\d{10}", "customer_id": r"\d{6}", "invoice": r"INV-2024-\d{5}",
        "slip": r"TX\d{4}", "policy": r"[A-Z]{2}\d{2}[A-Z]{3}", "isin": r"DE\d{10}",
    },
    "repeated_accounts": {
        "account_no": r"\d{8}", "Kontonummer": r"\d{8}", "ledger_account": r"0\d{10}",
        "client_ref": r"CL\d{5}", "Kunde": r"K-\d{4}", "tax_number": r"\d{8,9}",
    },
    "foreign": {
        "PLZ": r"\d{5}", "Telefon": r"\+49[ \d]+", "phone": r"\+91[ \d]+", "IBAN": r"DE\d{20}",
        "Geburtsdatum": r"\d{2}\.\d{2}\.\d{4}", "Steuer_ID": r"\d{11}", "PAN": r"[A-Z]{5}\d{4}[A-Z]",
        "pincode": r"[1-9]\d{5}", "postcode": r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", "Saldo": NUMBER,
    },
    "sparse_sensitive": {"passport_no": r"none|[A-Z0-9]{8}", "income": r"-?\d+\.0", "alert_code": r"F\d{3}"},
    "running_balance": {"account_id": r"AC\d{4}", "booked": r"\d{4}-\d{2}-\d{2}"},
    "no_header": {"column_1": r"\d{8}", "column_3": r"\d{4}-\d{2}-\d{2}", "column_4": NUMBER},
    "cp1250": {"Kwota": NUMBER},
    "preamble": {"Date": r"\d{4}-\d{2}-\d{2}", "Amount": NUMBER},
    "totals_row": {"Date": r"\d{4}-\d{2}-\d{2}", "Amount": NUMBER},
}  # fmt: skip
# Identifiers: no real value comes back.
NEW = {
    "repeated_accounts": ("account_no", "Kontonummer", "ledger_account", "client_ref", "Kunde", "tax_number"),
    "codes": ("account_number", "customer_id", "invoice", "slip", "policy", "isin", "sort_code"),
    "key_width": ("branch_id", "loan_id", "serial"),
    "precision": ("big_id",),
    "sparse_sensitive": ("alert_code",),
    "running_balance": ("account_id",),
    "no_header": ("column_1",),
    "foreign": ("Telefon", "phone", "IBAN", "Steuer_ID", "PAN", "Adresse", "Strasse"),
}
# Categories: real values alone, each about as often as in the sample.
KEPT = {
    "codes": ("branch", "mcc", "product_code", "blz"),
    "names_of_things": (
        "product_name", "branch_name", "fund_name", "account_manager", "client", "country_name", "card",
    ),
    "constants": ("bank_code", "currency", "version", "as_of"),
    "no_header": ("column_5",),
    "money_forms": ("tx_type",),
    "awkward_text": ("payload",),
    "cp1250": ("Nazwa", "Miasto"),
}  # fmt: skip
ODD = {
    "valid_to": "9999-12-31", "closed_on": "NULL", "closed_na": "N/A", "first_use": "0001-01-01",
    "zero_date": "0000-00-00", "balance": "-", "limit_na": "n.a.",
}  # fmt: skip


@pytest.fixture(scope="module")
def made_cases() -> dict[str, Made]:
    """Each case is registered, generated from and evaluated once."""
    return {}


@pytest.fixture
def make(
    command: Command, made_cases: dict[str, Made], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Made]:
    def run_case(name: str) -> Made:
        if name not in made_cases:
            made_cases[name] = _make(command, name, tmp_path_factory.mktemp(name))
        return made_cases[name]

    return run_case


def _make(command: Command, name: str, folder: Path) -> Made:
    source, layout = FOLDER / f"{name}.csv", LAYOUTS.get(name, Layout())
    added = command("add", name, source, *OPTIONS.get(name, ()))
    file = folder / "made.csv"
    recipe = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma", "--seed", 3, "--no-report")
    generated = command("generate", name, "--rows", ROWS, "--out", file, *recipe)
    sibling = cut_lines(source, folder / f"sibling{source.suffix}", layout)
    assert command("evaluate", name, sibling)["validity"]["score"] is not None
    return Made(
        real=read_texts(source, layout),
        made=read_texts(file, replace(layout, skip=int(name == "sep_line"), drop_last=0)),
        added=added,
        generated=generated,
        evaluated=command("evaluate", name, cut_lines(file, folder / "part.csv", layout)),
        columns={column["name"]: column for column in command("columns", name)["columns"]},
        manifest=file.with_name("made.csv.manifest.json").read_text("utf-8"),
        file=file,
    )


@pytest.mark.parametrize("name", TEXT_CASES)
def test_a_table_is_registered_generated_and_evaluated_in_its_own_format(
    make: Callable[[str], Made], name: str
) -> None:
    case = make(name)
    assert list(case.made.columns) == list(case.real.columns)
    assert len(case.made) == ROWS
    assert case.evaluated["validity"]["score"] == 1.0
    assert case.evaluated["privacy"]["verdict"] in {"pass", "look"}


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, columns in FORMS.items() for column in columns]
)
def test_each_column_is_written_in_its_source_form(
    make: Callable[[str], Made], name: str, column: str
) -> None:
    case = make(name)
    expected = re.compile(FORMS[name][column])
    real = [text for text in case.real[column] if text and not expected.fullmatch(text)]
    assert real == [], "the expectation itself must hold for the sample"
    assert [text for text in case.made[column] if text and not expected.fullmatch(text)][:5] == []


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, columns in NEW.items() for column in columns]
)
def test_no_real_identifier_comes_back(make: Callable[[str], Made], name: str, column: str) -> None:
    case = make(name)
    made = set(case.made[column]) - {""}
    assert made, "identifiers are filled in"
    assert made & set(case.real[column]) == set()


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, columns in KEPT.items() for column in columns]
)
def test_categories_keep_their_values_and_rates(make: Callable[[str], Made], name: str, column: str) -> None:
    real, made = make(name).real[column], make(name).made[column]
    assert set(made) <= set(real)
    apart = real.value_counts(normalize=True).sub(made.value_counts(normalize=True), fill_value=0).abs()
    assert apart.sum() / 2 < 0.15


@pytest.mark.parametrize("column", ODD)
def test_odd_words_keep_type_and_rate(make: Callable[[str], Made], column: str) -> None:
    case = make("sentinels")
    rates = [(table[column] == ODD[column]).mean() for table in (case.real, case.made)]
    assert rates[1] == pytest.approx(rates[0], abs=0.06)
    assert case.made[column].nunique() > 10


@pytest.mark.parametrize("column", NEW["repeated_accounts"])
def test_repeated_identifiers_come_back_in_as_many_rows_each(
    make: Callable[[str], Made], column: str
) -> None:
    case = make("repeated_accounts")
    real, made = (table[column].value_counts().to_numpy() for table in (case.real, case.made))
    assert len(made) == pytest.approx(len(real) * ROWS / len(case.real), rel=0.15)
    assert np.median(made) == pytest.approx(np.median(real), abs=2)
    assert ks_2samp(real, made).statistic < 0.25


def test_the_columns_of_one_account_stay_together(make: Callable[[str], Made]) -> None:
    made = make("repeated_accounts").made
    accounts = made["account_no"].nunique()
    for column in ("Kontonummer", "ledger_account", "client_ref", "tax_number"):
        assert len(made[["account_no", column]].drop_duplicates()) == accounts


def test_customers_of_accounts_are_grouped_as_in_the_sample(make: Callable[[str], Made]) -> None:
    case = make("codes")
    for column in ("account_number", "customer_id"):
        real, made = case.real[column].value_counts(), case.made[column].value_counts()
        assert made.median() == pytest.approx(real.median(), abs=2)


def test_amounts_with_unique_values_stay_amounts(make: Callable[[str], Made]) -> None:
    case = make("measure_or_key")
    for column in ("notional", "Kreditsumme", "outstanding_eur", "net_worth"):
        real, made = (table[column].astype(float) for table in (case.real, case.made))
        assert case.columns[column]["kind"] == "numerical"
        assert ks_2samp(real, made).statistic < 0.15


def test_nobody_appears_in_a_table_of_things(make: Callable[[str], Made]) -> None:
    kinds = {column["kind"] for column in make("names_of_things").columns.values()}
    assert kinds & {"person_name", "first_name", "last_name"} == set()


def test_a_table_without_header_gets_neutral_names_and_keeps_the_first_customer_out(
    make: Callable[[str], Made],
) -> None:
    case = make("no_header")
    first = [text for text in case.real.iloc[0] if len(text) > 6]
    assert [text for text in first if text in case.manifest] == []
    assert {"Marc Dubois"} & set(case.made.columns) == set()
    lines = case.file.read_text("utf-8").splitlines()
    assert (len(lines), lines[0].startswith("column_1")) == (ROWS, False)


def test_the_line_that_names_the_separator_is_written_again(make: Callable[[str], Made]) -> None:
    case = make("sep_line")
    assert case.file.read_text("utf-8-sig").splitlines()[0] == "sep=;"
    assert len(case.made) == ROWS


def test_plain_output_has_a_header_and_no_separator_line(command: Command, make, tmp_path: Path) -> None:
    recipe: Sequence[object] = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma", "--seed", 3)
    for name, first in (("no_header", "column_1,"), ("sep_line", "")):
        make(name)
        file = tmp_path / f"{name}.csv"
        command("generate", name, "--rows", ROWS, "--plain", "--out", file, *recipe)
        line = file.read_text("utf-8").splitlines()[0]
        assert line.startswith(first)
        assert not line.startswith("sep=")


def test_business_hours_and_weekdays_survive(make: Callable[[str], Made]) -> None:
    case = make("timestamps")
    real, made = (pd.to_datetime(table["posted_at"]) for table in (case.real, case.made))
    assert ks_2samp(real.dt.hour + real.dt.minute / 60, made.dt.hour + made.dt.minute / 60).statistic < 0.1
    days = [stamps.dt.dayofweek.value_counts(normalize=True) for stamps in (real, made)]
    assert days[0].sub(days[1], fill_value=0).abs().sum() / 2 < 0.1


def test_the_total_is_left_out_and_said(make: Callable[[str], Made]) -> None:
    case = make("totals_row")
    assert case.made["Amount"].astype(float).max() < 3 * case.real["Amount"].astype(float).max()
    assert any("total" in finding.lower() for finding in case.added["findings"])


def test_what_stands_above_the_header_is_skipped_and_said(make: Callable[[str], Made]) -> None:
    assert any("skipped" in finding for finding in make("preamble").added["findings"])


def test_an_empty_column_comes_back_empty_and_is_said(make: Callable[[str], Made]) -> None:
    case = make("empty_column")
    assert set(case.made["comment"]) == {""}
    assert "no value" in case.columns["comment"]["why"]


def test_two_forms_of_date_are_read_and_said(make: Callable[[str], Made]) -> None:
    case = make("mixed_dates")
    assert case.columns["due"]["kind"] == "datetime"
    assert len({bool(re.search(r"\.", text)) for text in case.made["due"]}) == 1
    assert "2 forms are read, the most frequent one is written" in case.columns["due"]["why"]


def test_days_come_first_where_they_were_said_to(make: Callable[[str], Made]) -> None:
    case = make("dayfirst")
    assert case.columns["booked"]["kind"] == "datetime"
    real = pd.to_datetime(case.real["booked"], format="%d/%m/%Y")
    made = pd.to_datetime(case.made["booked"], format="%d/%m/%Y")
    assert real.min() - pd.Timedelta(days=366) <= made.min()
    assert made.max() <= real.max() + pd.Timedelta(days=366)


def test_days_that_could_be_months_are_asked_for(refusal: Refusal) -> None:
    message = refusal("add", "asked", FOLDER / "dayfirst.csv")
    assert "--day-first" in message
    assert "booked" in message


def test_interest_of_five_is_not_five_thousand(make: Callable[[str], Made]) -> None:
    made = make("eu_decimals").made["Zinssatz"].str.replace(",", ".").astype(float)
    assert made.max() < 20


def test_small_numbers_do_not_become_zero(make: Callable[[str], Made]) -> None:
    case = make("precision")
    for column in ("qty", "sci", "fx"):
        real, made = (table[column].astype(float) for table in (case.real, case.made))
        assert ks_2samp(real, made).statistic < 0.15
        assert (made > 0).all()


def test_german_check_digits_hold(make: Callable[[str], Made]) -> None:
    from stdnum import iban
    from stdnum.de import idnr

    made = make("foreign").made
    assert all(iban.is_valid(text) for text in made["IBAN"])
    assert all(idnr.is_valid(text) for text in made["Steuer_ID"])


def test_text_with_breaks_and_emoji_loses_nothing(make: Callable[[str], Made]) -> None:
    case = make("awkward_text")
    assert set(case.made["payload"].map(lambda cell: tuple(json.loads(cell)))) == {("ch", "n")}
    assert set(case.made["Notiz 😀"]) & set(case.real["Notiz 😀"]) == set()


def test_polish_letters_are_right(make: Callable[[str], Made]) -> None:
    assert "Łódź" in set(make("cp1250").made["Miasto"]) | set(make("cp1250").real["Miasto"])


def test_rules_are_said_not_to_be_kept(make: Callable[[str], Made]) -> None:
    for name in ("relations", "running_balance"):
        assert all(column["why"] for column in make(name).columns.values())


def test_constants_stay_constant(make: Callable[[str], Made]) -> None:
    made = make("constants").made
    assert {column: made[column].nunique() for column in ("bank_code", "currency", "version")} == {
        "bank_code": 1, "currency": 1, "version": 1,
    }  # fmt: skip


def test_twenty_rows_are_refused_with_the_number_that_is_needed(refusal: Refusal, home: Path) -> None:
    message = refusal("add", "tiny", FOLDER / "tiny20.csv")
    assert re.search(r"\b20 rows\b.*\bat least \d+\b", message)
    assert not (home / "datasets" / "tiny").exists()


@pytest.mark.parametrize("name", ["cp437", "utf16_nobom"])
def test_a_rare_encoding_is_read_right_or_asked_for(command: Command, name: str, home: Path) -> None:
    from pipeline.cli import run

    code = run(["add", name, str(FOLDER / f"{name}.csv")])
    if code == 0:
        text = (home / "datasets" / name / f"{name}.csv").read_text("utf-8")
        assert {"cp437": "Straße", "utf16_nobom": "Miasto"}[name] in text
    else:
        assert code == 2


@pytest.mark.parametrize("name", ["xlsx_cover", "xlsx_merged", "xlsx_title"])
def test_the_table_of_a_workbook_is_found(command: Command, tmp_path: Path, name: str) -> None:
    added = command("add", name, FOLDER / f"{name}.xlsx")
    file = tmp_path / "made.xlsx"
    recipe = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma")
    command("generate", name, "--rows", ROWS, "--format", "excel", "--out", file, *recipe)
    made = pd.read_excel(file)
    assert len(made) == ROWS
    assert [str(column).split(" ")[-1] for column in made.columns] == [
        "Txn",
        "Date",
        "Amount",
        "Type",
        "Rate",
    ]
    assert made.iloc[:, 1].dtype.kind == "M"
    assert made.iloc[:, 2].dtype.kind == "f"
    assert added["findings"]
    assert command("evaluate", name, file)["validity"]["score"] == 1.0
    assert command("evaluate", name, FOLDER / f"{name}.xlsx")["quality"]["score"] is not None


@pytest.mark.parametrize("name", ["parquet_types", "pq_duration", "pq_9999"])
def test_types_of_parquet_come_back(command: Command, tmp_path: Path, name: str) -> None:
    import pyarrow.parquet as pq

    command("add", name, FOLDER / f"{name}.parquet")
    file = tmp_path / "made.parquet"
    recipe = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma")
    command("generate", name, "--rows", ROWS, "--format", "parquet", "--out", file, *recipe)
    real, made = (pq.read_schema(path) for path in (FOLDER / f"{name}.parquet", file))
    assert {field.name: str(field.type) for field in made} == {field.name: str(field.type) for field in real}
    assert command("evaluate", name, file)["validity"]["score"] == 1.0
    assert command("evaluate", name, FOLDER / f"{name}.parquet")["quality"]["score"] is not None


def test_types_of_a_workbook_come_back(command: Command, tmp_path: Path) -> None:
    command("add", "xlsx_types", FOLDER / "xlsx_types.xlsx")
    file = tmp_path / "made.xlsx"
    recipe = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma")
    command("generate", "xlsx_types", "--rows", ROWS, "--format", "excel", "--out", file, *recipe)
    real = pd.read_excel(FOLDER / "xlsx_types.xlsx", skiprows=1, header=None, dtype=object)
    made = pd.read_excel(file, skiprows=1, header=None, dtype=object)
    for column in real:
        assert _types(made[column]) <= _types(real[column])


def _types(values: pd.Series) -> set[type]:
    return {type(value) for value in values.dropna()}


def test_plain_output_has_iso_dates_and_plain_numbers(command: Command, make, tmp_path: Path) -> None:
    make("eu_decimals")
    file = tmp_path / "plain.csv"
    recipe: Sequence[object] = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma")
    command("generate", "eu_decimals", "--rows", ROWS, "--plain", "--out", file, *recipe)
    table = pd.read_csv(file, dtype=str)
    assert table["Betrag"].str.fullmatch(r"-?\d+(\.\d{1,2})?").all()
    assert table["Buchungstag"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()

"""What the name of a column says: its words, and what they stand for together."""

from __future__ import annotations

import pytest

from pipeline.datasets.detection.names import read_name, split_name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customerID", ("customer", "id")),
        ("Customer id", ("customer", "id")),
        ("SSN", ("ssn",)),
        ("date_of_birth", ("date", "of", "birth")),
        ("IBANCode", ("iban", "code")),
        ("Währung", ("waehrung",)),
        ("Prénom", ("prenom",)),
        ("Konto\nNummer", ("konto", "nummer")),
        ("😀", ()),
    ],
)
def test_names_are_split_into_words(name: str, words: tuple[str, ...]) -> None:
    assert split_name(name) == words


@pytest.mark.parametrize(
    "name",
    [
        "account_id", "CustomerNo", "Kontonummer", "Kundennr", "tax_number", "loan_id", "numero_client",
        "id_client", "client_ref", "customerid", "Steuer_ID", "bank_account_number",
    ],
)  # fmt: skip
def test_words_for_identifiers_are_read(name: str) -> None:
    hints = read_name(name)
    assert (hints.is_identifier, hints.is_measure) == (True, False)


@pytest.mark.parametrize(
    "name",
    [
        "notional", "Kreditsumme", "outstanding_eur", "net_worth", "account_balance", "Kontostand",
        "num_children", "number_of_accounts", "no_of_cards", "montant_pret", "solde_compte", "loan_amount",
        "Umsatz", "Kaufpreis",
    ],
)  # fmt: skip
def test_words_for_measures_are_read(name: str) -> None:
    hints = read_name(name)
    assert (hints.is_measure, hints.is_identifier, hints.is_entity) == (True, False, False)


@pytest.mark.parametrize(
    "name", ["account_no", "Kunde", "bank_account", "debit_account", "policy", "isin", "device"]
)
def test_words_for_people_accounts_and_devices_are_read(name: str) -> None:
    assert read_name(name).is_entity


@pytest.mark.parametrize(
    "name",
    [
        "branch",
        "product_code",
        "mcc",
        "blz",
        "account_type",
        "type_compte",
        "customer_segment",
        "Filialnummer",
    ],
)
def test_words_for_public_lists_are_read(name: str) -> None:
    hints = read_name(name)
    assert (hints.is_public, hints.is_entity) == (True, False)


@pytest.mark.parametrize("name", ["", "x", "col_7", "wert7x", "sort_code"])
def test_names_without_known_words_suggest_nothing(name: str) -> None:
    hints = read_name(name)
    assert [hints.is_identifier, hints.is_entity, hints.is_measure, hints.is_public] == [False] * 4


@pytest.mark.parametrize(
    "name",
    ["Cost Centre", "cost_center", "profit_centre_2", "Tax Code", "sales_region", "rate plan",
     "Centre de coût", "loan_type", "Kosten-Stelle", "payment_method"],
)  # fmt: skip
def test_a_measure_that_only_says_what_is_named_is_none(name: str) -> None:
    assert not read_name(name).is_measure


@pytest.mark.parametrize(
    "name", ["cost", "centre_cost", "price_per_unit", "rate_month", "region_sales", "tax"]
)
def test_measures_of_a_place_or_a_unit_stay_measures(name: str) -> None:
    assert read_name(name).is_measure

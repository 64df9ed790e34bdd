"""Countries, languages, national schemes and layouts that values speak for."""

import pytest
from stdnum import luhn
from stdnum.fr import siren

from pipeline.datasets.addresses import detect_address, detect_street
from pipeline.datasets.countries import (
    country_shares,
    detect_locale,
    postcode_countries,
    read_country,
)
from pipeline.datasets.national_ids import detect_scheme, number_form
from pipeline.datasets.phone_forms import phone_format


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        ("germany", "DE"),
        ("Deutschland", "DE"),
        ("GBR", "GB"),
        ("usa", "US"),
        ("ZA", "ZA"),
        ("NAM", "NA"),
        ("Südafrika", "ZA"),
        ("Niemcy", "DE"),
        ("wielka brytania", "GB"),
        ("Côte d\u2019Ivoire", "CI"),
        ("Atlantis", None),
        ("Unknown", None),
        ("EN", None),
    ],
)
def test_country_is_read_from_codes_and_names(text: str, code: str | None) -> None:
    assert read_country(text) == code


@pytest.mark.parametrize(
    ("texts", "kind", "country"),
    [
        (["+49 30 1234567", "+49 171 3920012"], "phone_number", "DE"),
        (["+91 98765 43210"], "phone_number", "IN"),
        (["0033 1 42 68 53 00"], "phone_number", "FR"),
        (["(212) 555-2368", "312-555-2368", "4155552368"], "phone_number", "US"),
        (["DE89370400440532013000", "DE02 1203 0000 0000 2020 51"], "iban", "DE"),
        (["SW1A 1AA", "EH1 2NG", "N7 8AF"], "postcode", "GB"),
        (["400001", "110 012"], "postcode", "IN"),
        (["1012 AB"], "postcode", "NL"),
        (["10115", "80331"], "postcode", None),
        (["Germany", "DE"], "country", "DE"),
        (["hello", "world"], "phone_number", None),
        ([], "iban", None),
    ],
)
def test_country_of_a_column(texts: list[str], kind: str, country: str | None) -> None:
    assert country_shares(texts, kind) == ({country: 1.0} if country else {})


def test_mixed_ibans_have_shares() -> None:
    texts = [f"DE{number:020d}" for number in range(70)] + [f"FR{number:025d}" for number in range(30)]
    assert country_shares(texts, "iban") == {"DE": 0.7, "FR": 0.3}


def test_five_digits_are_the_postcodes_of_several_countries() -> None:
    assert {"US", "DE", "FR"} <= set(postcode_countries(["10115", "80331"]))


@pytest.mark.parametrize(
    ("names", "locale"),
    [
        (["Dieter", "Anke", "Bernd", "Elke", "Claudia", "Frank"], "de_DE"),
        (["Jäger", "Krüger", "Müller", "Schmidt", "Weiß"], "de_DE"),
        (["James Smith", "Mary Johnson", "Linda Brown"], "en_US"),
        (["Rajesh Sharma", "Priya Patel", "Aarav Mehta"], "en_IN"),
        (["Jean Dupont", "Marie Lefebvre", "Thérèse Gauthier"], "fr_FR"),
        (["Gold Savings", "Basic Account"], None),
        ([], None),
    ],
)
def test_locale_of_names(names: list[str], locale: str | None) -> None:
    assert detect_locale(names) == locale


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["+49 30 1234567"], {"format": "international", "separator": " "}),
        (["+49301234567"], {"format": "e164"}),
        (["030/1234567"], {"format": "national", "separator": "/"}),
        (["2125552368"], {"format": "national", "separator": ""}),
        (["(212) 555-2368"], {"format": "national", "separator": "-", "brackets": True}),
    ],
)
def test_form_of_phone_numbers(texts: list[str], form: dict[str, object]) -> None:
    assert phone_format(texts) == form


def test_scheme_is_told_by_check_digits() -> None:
    texts = [
        text + luhn.calc_check_digit(text)
        for text in (f"{number:08d}" for number in range(10**7, 10**7 + 50))
    ]
    assert all(siren.is_valid(text) for text in texts)
    assert detect_scheme(texts, "SIREN") == "fr.siren"
    # Canada's numbers have the same form and check digit.
    assert detect_scheme(texts) is None


@pytest.mark.parametrize(
    ("texts", "name", "scheme"),
    [
        ([f"2248719{number}" for number in range(1000, 1050)], "Steuer_ID", "de.idnr"),
        ([f"CCJKJ{number}D" for number in range(1000, 1050)], "PAN", "in_.pan"),
        ([f"4111{number}" for number in range(10**11, 10**11 + 50)], "PAN", None),
        ([f"{number}" for number in range(10**8, 10**8 + 50)], "amount", None),
        (["12-3456789"] * 5, "EIN", None),
    ],
)
def test_scheme_is_told_by_the_name_where_the_form_fits(
    texts: list[str], name: str, scheme: str | None
) -> None:
    assert detect_scheme(texts, name) == scheme


def test_form_of_national_numbers_is_their_commonest_arrangement() -> None:
    assert number_form(["12 345 678", "22 345 678", "1"]) == "## ### ###"
    assert number_form(["12345678"]) == ""


@pytest.mark.parametrize(
    ("text", "country", "layout"),
    [
        ("Lindenallee 98, 10115 Berlin", "DE", "{street} {number}, {postcode} {city}"),
        ("Am Markt 3a\n20095 Hamburg", "DE", "{street} {number}\n{postcode} {city}"),
        ("12 High Street, Leeds LS1 4AB", "GB", "{number} {street}, {city} {postcode}"),
        ("12, MG Road, Pune - 411001", "IN", "{number}, {street}, {city} - {postcode}"),
        ("3 rue des Lilas, 75011 Paris", "FR", "{number} {street}, {postcode} {city}"),
    ],
)
def test_layout_of_addresses(text: str, country: str, layout: str) -> None:
    assert detect_address([text] * 5) == {"country": country, "format": layout}


def test_notes_have_no_layout() -> None:
    assert detect_address(["a note to oneself", "another"]) is None
    assert detect_address([]) is None


def test_layout_of_streets() -> None:
    assert detect_street(["Lindenallee 142", "Am Markt 71"]) == "{street} {number}"
    assert detect_street(["Gold Savings"]) is None

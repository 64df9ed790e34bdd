"""What has a country: IBANs, BICs, national numbers, telephone numbers, places and names."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import phonenumbers
import pytest
from stdnum import bic
from stdnum import iban as stdnum_iban

from pipeline.datasets.countries import COUNTRIES, detect_locale
from pipeline.datasets.national_ids import SCHEMES, is_national_id
from pipeline.errors import SamplingError
from pipeline.identity import derive
from pipeline.identity.ibans import iban_structures
from pipeline.identity.tables import load_table
from tests.unit.identity.identity_cases import column, request

LANDS = pd.DataFrame({"land": np.resize(["Germany", "FR", "United Kingdom", "IND", "US"], 400)})
CODES = np.resize(["DE", "FR", "GB", "IN", "US"], 400)


def derived(
    kind: str, rows: int | pd.DataFrame, real: Iterable[str] = (), is_unique: bool = True, **options: Any
) -> np.ndarray:
    follows = list(rows.columns) if isinstance(rows, pd.DataFrame) else []
    asked = request([column("x", kind, follows, is_unique, **options)], rows, protected={"x": list(real)})
    return derive(asked)["x"]


@pytest.mark.parametrize("country", sorted(iban_structures()))
def test_iban_of_every_country_is_valid_and_new(country: str) -> None:
    first = derived("iban", 60, country=country)
    second = derived("iban", 60, first, country=country)
    # Belgium's check of banks knows assigned bank codes only, which are avoided on purpose.
    assert all(stdnum_iban.is_valid(value, check_country=country != "BE") for value in (*first, *second))
    assert {value[:2] for value in first} == {country}
    assert len({*first, *second}) == 120


def test_iban_without_options_is_german_with_a_bank_code_that_no_bank_has() -> None:
    assert all(re.fullmatch(r"DE\d{2}9\d{17}", value) for value in derived("iban", 50))


def test_ibans_keep_the_mix_of_countries_and_their_groups() -> None:
    values = derived("iban", 4000, countries={"DE": 0.7, "FR": 0.3}, grouped=True)
    assert np.mean([value[:2] == "DE" for value in values]) == pytest.approx(0.7, abs=0.03)
    assert all(re.fullmatch(r"(\w{4} )+\w{1,4}", value) for value in values)
    assert all(stdnum_iban.is_valid(value) for value in values[:300])


def test_ibans_of_a_country_without_any_are_refused() -> None:
    with pytest.raises(SamplingError, match=r'IBANs of "US"'):
        derived("iban", 5, country="US")


def test_bic_is_one_of_test_and_training() -> None:
    values = derived("bic", 200, country="FR", width=11)
    assert all(bic.is_valid(value) and value[4:6] == "FR" and value[7] == "0" for value in values)
    assert len(set(values)) == 200


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_national_number_is_valid_and_new(scheme: str) -> None:
    first = derived("national_id", 400, scheme=scheme)
    second = derived("national_id", 400, first, scheme=scheme)
    assert [value for value in (*first, *second) if not is_national_id(value, scheme)] == []
    assert len({*first, *second}) == 800


def test_national_numbers_are_written_with_the_separators_of_the_column() -> None:
    values = derived("national_id", 50, scheme="de.idnr", form="## ### ### ###")
    assert all(re.fullmatch(r"\d\d \d{3} \d{3} \d{3}", value) for value in values)


def test_unknown_scheme_is_refused() -> None:
    with pytest.raises(SamplingError, match=r'scheme "xx\.none"'):
        derived("national_id", 5, scheme="xx.none")


RESERVED = {
    "US": r"\+1[2-9]\d{2}55501\d{2}",
    "CA": r"\+1[2-9]\d{2}55501\d{2}",
    "GB": r"\+44(1632960|7700900|2079460|1[1-6]14960|11[348]4960)\d{3}",
    "FR": r"\+33(19900|26191|35301|46571|53649|63998)\d{4}",
    "DE": r"\+49(3023125|6990009|4066969|2214710|8999998|1713920|17604069)\d{2,4}",
    "AU": r"\+61[2378](5550|7010)\d{4}",
    "IN": r"\+9111[01]\d{7}",
}


@pytest.mark.parametrize("country", [*RESERVED, "ES", "IT", "NL", "PL", "CH", "AT"])
@pytest.mark.parametrize("form", ["e164", "international", "national"])
def test_phone_number_is_possible_and_of_its_country(country: str, form: str) -> None:
    first = derived("phone_number", 300, country=country, format=form)
    second = derived("phone_number", 300, first, country=country, format=form)
    numbers = [phonenumbers.parse(value, country) for value in first]
    assert all(phonenumbers.is_possible_number(number) for number in numbers)
    assert {number.country_code for number in numbers} == {phonenumbers.country_code_for_region(country)}
    assert len({*first, *second}) == 600
    if form == "e164" and country in RESERVED:
        assert [value for value in first if not re.fullmatch(RESERVED[country], value)] == []


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"country": "DE", "format": "international", "separator": " "}, r"\+49 \d{2,3} \d{7,8}"),
        ({"country": "DE", "format": "national", "separator": "/"}, r"0\d{2,3}/\d{7,8}"),
        ({"country": "IN", "format": "international", "separator": " "}, r"\+91 \d{5} \d{5}"),
        (
            {"country": "US", "format": "national", "separator": "-", "brackets": True},
            r"\([2-9]\d{2}\) 555-01\d{2}",
        ),
        ({"country": "US", "format": "national", "separator": "."}, r"[2-9]\d{2}\.555\.01\d{2}"),
    ],
)
def test_phone_number_is_written_as_in_the_source(options: dict[str, Any], pattern: str) -> None:
    assert all(re.fullmatch(pattern, value) for value in derived("phone_number", 100, **options))


def test_more_phone_numbers_than_are_reserved_are_refused_with_a_way_out() -> None:
    with pytest.raises(SamplingError, match=r"5,200 distinct values.*`range` to any"):
        derived("phone_number", 6000, country="DE", format="e164")
    assert len(set(derived("phone_number", 6000, country="DE", format="e164", range="any"))) == 6000


def test_country_column_of_the_row_decides() -> None:
    follows = ["land"]
    values = derive(
        request(
            [
                column("phone", "phone_number", follows, format="e164"),
                column("postcode", "postcode", follows),
                column("city", "city", follows),
                column("address", "postal_address", follows),
            ],
            LANDS,
        )
    )
    calling = {"DE": "+49", "FR": "+33", "GB": "+44", "IN": "+91", "US": "+1"}
    towns = {(row["country"], row["city"]): row for row in load_table("places")}
    for row, code in enumerate(CODES):
        assert values["phone"][row].startswith(calling[code])
        assert (code, values["city"][row]) in towns
        assert values["city"][row] in values["address"][row]


def test_iban_follows_the_country_of_the_row() -> None:
    lands = pd.DataFrame({"land": np.resize(["Germany", "FR", None], 300)})
    values = derived("iban", lands, country="AT")
    assert [value[:2] for value in values] == np.resize(["DE", "FR", "AT"], 300).tolist()


def test_postcode_lies_in_the_ranges_of_the_town_in_its_row() -> None:
    columns = [column("plz", "postcode", country="DE"), column("ort", "city", country="DE")]
    values = derive(request(columns, 500))
    patterns: dict[str, list[str]] = {}
    for row in load_table("places"):
        patterns.setdefault(row["city"], []).append(row["postcode"])
    pairs = zip(values["plz"], values["ort"], strict=True)
    assert all(re.fullmatch("|".join(patterns[town]), code) for code, town in pairs)


def test_postcode_follows_a_modelled_town() -> None:
    towns = pd.DataFrame({"Ort": ["Berlin", "München", "Atlantis", None] * 25})
    values = derived("postcode", towns, is_unique=False, country="DE")
    assert all(re.fullmatch(r"1[023]\d{3}", value) for value in values[::4])
    assert all(re.fullmatch(r"8[01]\d{3}", value) for value in values[1::4])


@pytest.mark.parametrize(
    ("country", "layout", "pattern"),
    [
        ("DE", "", r"\D+ \d+, \d{5} \D+"),
        ("GB", "", r"\d+ \D+, \D+ [A-Z]{1,2}\d{1,2} \d[A-Z]{2}"),
        ("FR", "", r"\d+ \D+, \d{5} \D+"),
        ("IN", "", r"\d+, \D+, \D+ - \d{6}"),
        ("DE", "{street} {number}\n{postcode} {city}", r"\D+ \d+\n\d{5} \D+"),
    ],
)
def test_address_has_the_layout_of_its_country_or_column(country: str, layout: str, pattern: str) -> None:
    values = derived("postal_address", 100, is_unique=False, country=country, format=layout)
    assert [value for value in values if not re.fullmatch(pattern, value)] == []


def test_layout_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(SamplingError, match='asks for "floor"'):
        derived("postal_address", 5, is_unique=False, country="DE", format="{street} {floor}")


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR", "en_GB", "en_IN", "it_IT", "nl_NL", "sv_SE", "cs_CZ"])
def test_names_are_those_of_the_locale(locale: str) -> None:
    from importlib import import_module

    provider = import_module(f"faker.providers.person.{locale}").Provider
    firsts = derived("first_name", 200, is_unique=False, locale=locale)
    lasts = derived("last_name", 200, is_unique=False, locale=locale)
    assert set(firsts) <= {*provider.first_names_female, *provider.first_names_male}
    assert set(lasts) <= {*provider.last_names}
    assert len(set(lasts)) > 20


@pytest.mark.parametrize("locale", sorted({country.locale for country in COUNTRIES.values()}))
def test_names_of_every_country_can_be_made(locale: str) -> None:
    for kind in ("first_name", "last_name", "person_name"):
        assert len(set(derived(kind, 300, is_unique=False, locale=locale))) > 40


def test_polish_names_are_told_as_polish() -> None:
    for kind in ("first_name", "last_name"):
        assert detect_locale(derived(kind, 200, is_unique=False, locale="pl_PL").tolist()) == "pl_PL"


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_places_of_every_country_have_postcodes_of_its_form(country: str) -> None:
    codes = derived("postcode", 200, is_unique=False, country=country)
    assert [code for code in codes if not re.fullmatch(COUNTRIES[country].postcode, code)] == []
    assert all(derived("city", 50, is_unique=False, country=country))


def test_ibans_of_a_followed_country_without_any_are_of_the_others() -> None:
    lands = pd.DataFrame({"land": np.resize(["US", "FR"], 300)})
    values = derived("iban", lands, country="FR")
    assert {value[:2] for value in values} == {"FR"}


def test_locale_without_names_is_refused() -> None:
    with pytest.raises(SamplingError, match='locale "xx_XX"'):
        derived("first_name", 5, is_unique=False, locale="xx_XX")


def test_email_after_a_foreign_name_is_in_plain_letters() -> None:
    columns = [column("name", "person_name", locale="de_DE"), column("mail", "email", ["name"], True)]
    values = derive(request(columns, 2000))
    assert any(not name.isascii() for name in values["name"])
    assert all(re.fullmatch(r"[a-z.'-]+\d+@example\.(com|net|org)", mail) for mail in values["mail"])

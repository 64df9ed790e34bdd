"""Rules for codes, national numbers and countries tell good from bad, and accept what is generated."""

from typing import Any

import pandas as pd
import pytest

from pipeline.datasets.check_digits import CHECK_SCHEMES
from pipeline.datasets.codes import learn_code
from pipeline.datasets.countries import COUNTRIES
from pipeline.errors import MetadataError
from pipeline.identity import derive
from tests.unit.evaluation.validity.test_check import failing
from tests.unit.identity.identity_cases import column, request


@pytest.mark.parametrize(
    ("rule", "options", "good", "bad"),
    [
        (
            "code_form",
            {"patterns": [r"BR-\d{4}", r"HQ\d"]},
            ["BR-0001", "HQ7"],
            ["BR-1", "br-0001", "BR-00012", "7"],
        ),
        (
            "code_form",
            {"patterns": [r"AC-\d{11}"], "check": "luhn", "scope": "digits"},
            ["AC-79927398713"],
            ["AC-79927398714", "79927398713"],
        ),
        (
            "code_form",
            {"patterns": [r"\d{2}-\d{11}"], "check": "luhn", "scope": "tail"},
            ["99-79927398713"],
            ["99-79927398710"],
        ),
        (
            "code_form",
            {"patterns": [r"[A-Z]{2}[0-9A-Z]{9}\d"], "check": "isin"},
            ["US0378331005"],
            ["US0378331006"],
        ),
        (
            "code_form",
            {"patterns": [r"\d{9}[0-9X]"], "check": "isbn10"},
            ["0306406152", "097522980X"],
            ["0306406153"],
        ),
        ("national_id_form", {"scheme": "de.idnr"}, ["36574261809"], ["36574261890", "1", ""]),
        (
            "national_id_form",
            {"scheme": "gb.nino"},
            ["AB 12 34 56 C"],
            ["GB123456C", "AB123456E", "QQ123456C"],
        ),
        ("national_id_form", {"scheme": "fr.siren"}, ["552008443"], ["552008444"]),
        (
            "iban_form",
            {},
            ["FR1420041010050500013M02606", "DE89370400440532013000"],
            ["DE8937040044053201300", "GB82 WEST 1234 5698 7654 32", "DE88370400440532013000"],
        ),
        (
            "iban_form",
            {"grouped": True},
            ["GB82 WEST 1234 5698 7654 32"],
            ["GB82WEST12345698765432", "GB82 WEST1234 5698 7654 32"],
        ),
        (
            "person_name",
            {"order": "last_first"},
            ["BERG, ANNA", "Groß, Jan Erik"],
            ["Anna Berg", "Berg,", "Berg, Anna, M."],
        ),
        ("phone_form", {}, ["+49 30 1234567", "(212) 555-0147", "030/123456"], ["call me", "12", "1.5.7"]),
        (
            "phone_reserved",
            {"country": "DE"},
            ["+49 30 23125123", "030/23125123", "+4917139200 12"],
            ["+49 30 1234567", "+1 212 555 0147"],
        ),
        (
            "phone_reserved",
            {"countries": {"GB": 0.5, "FR": 0.5}},
            ["+441632960123", "01 99 00 12 34"],
            ["+493023125123"],
        ),
        (
            "postcode_form",
            {"country": "GB"},
            ["SW1A 1AA", "N7 8AF", "EH12NG"],
            ["10115", "SW1A-1AA", "N7 8AC"],
        ),
        ("postcode_form", {"country": "DE"}, ["10115", "01067"], ["1011", "00123", "10 115"]),
    ],
)
def test_rule_tells_good_from_bad(
    rule: str, options: dict[str, Any], good: list[str], bad: list[str]
) -> None:
    assert failing(rule, good + bad, **options) == bad


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("iban_in_country", ("DE89370400440532013000", "Germany"), ("DE89370400440532013000", "FR")),
        ("phone_in_country", ("+49 30 23125123", "DE"), ("+49 30 23125123", "United Kingdom")),
        ("postcode_in_country", ("SW1A 1AA", "GB"), ("SW1A 1AA", "Germany")),
        ("postcode_in_country", ("748 52", "SE"), ("748 52", "Portugal")),
        ("iban_in_country", ("DE89370400440532013000", "US"), ("DE89370400440532013000", "GB")),
    ],
)
def test_rule_reads_the_country_of_the_row(rule: str, good: tuple[str, str], bad: tuple[str, str]) -> None:
    assert failing(rule, [good[0], bad[0], good[0]], other=[good[1], bad[1], "Atlantis"]) == [bad[0]]


@pytest.mark.parametrize("check", sorted(CHECK_SCHEMES))
@pytest.mark.parametrize("scope", ["all", "digits", "tail"])
def test_generated_codes_pass_their_own_rule(check: str, scope: str) -> None:
    options = {"patterns": [r"AB-\d{3}-\d{9}"], "check": check, "scope": scope}
    if scope == "all" and not CHECK_SCHEMES[check].reads_letters:
        options["patterns"] = [r"\d{3}-\d{9}"]
    values = derive(request([column("x", "code", is_unique=True, **options)], 200))["x"]
    assert failing("code_form", values.tolist()[:50], **options) == []


@pytest.mark.parametrize("country", ["US", "GB", "DE", "FR", "IN", "CA", "AU"])
def test_generated_phone_numbers_lie_in_reserved_ranges(country: str) -> None:
    for form in ("e164", "international", "national"):
        values = derive(request([column("x", "phone_number", country=country, format=form)], 40))["x"]
        assert failing("phone_reserved", values.tolist(), country=country) == []
        assert failing("phone_form", values.tolist()) == []


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_generated_postcodes_have_the_form_of_their_country(country: str) -> None:
    values = derive(request([column("x", "postcode", country=country)], 300))["x"]
    table = pd.unique(values).tolist()
    assert failing("postcode_form", table[:60], country=country) == []


COUNTED = {
    "a prefix and numbers from 0 on": [f"P{number}" for number in range(600)],
    "a few of them": [f"P{number}" for number in range(1, 13)],
    "a prefix with a sign": [f"ACC-{number}" for number in range(1, 1_201)],
    "numbers before a word": [f"{number}/EU" for number in range(95, 140)],
    "whole numbers from 1 on": list(range(1, 51)),
    "whole numbers of two digits": list(range(10, 100)),
    "whole numbers in no order": [number * 7 % 101 for number in range(101)],
    "two prefixes": [f"{'AB'[number % 2]}{number}" for number in range(10, 100)],
    "padded numbers": [f"BR-{number:04d}" for number in range(1, 400)],
}


@pytest.mark.parametrize("real", COUNTED.values(), ids=COUNTED)
@pytest.mark.parametrize("rows", [20, 950, 9_500])
def test_counted_codes_pass_their_rule_however_many_digits_they_grow_to(real: list[Any], rows: int) -> None:
    template = learn_code(pd.Series(real))
    assert template is not None
    options = template.as_options()
    texts = [str(value) for value in real]
    assert failing("code_form", texts, **options) == []
    wanted = rows if template.grows else min(rows, template.capacity // 2)
    columns = [column("x", "code", is_unique=True, **options)]
    values = [str(value) for value in derive(request(columns, wanted, protected={"x": texts}))["x"]]
    assert len(set(values)) == len(values)
    assert not set(values) & set(texts)
    assert failing("code_form", values, **options) == []


def test_codes_that_grow_are_not_padded() -> None:
    options = {"patterns": [r"P[1-9]\d{2}"], "grows": True}
    assert failing("code_form", ["P0", "P7", "P12345", "P07", "Q7", "P"], **options) == ["P07", "Q7", "P"]


def test_codes_with_a_width_that_was_set_pass_like_those_of_the_table() -> None:
    options = {"patterns": [r"C\d{2}"], "width": 3}
    values = derive(request([column("x", "code", is_unique=True, **options)], 300))["x"]
    assert failing("code_form", [*values.tolist(), "C07", "C0007"], **options) == ["C0007"]


def test_unknown_scheme_and_check_are_refused() -> None:
    with pytest.raises(MetadataError, match='names no scheme: "xx"'):
        failing("national_id_form", ["1"], scheme="xx")
    with pytest.raises(MetadataError, match='names no check: "xx"'):
        failing("code_form", ["1"], patterns=[r"\d"], check="xx")


@pytest.mark.parametrize("country", [*COUNTRIES, "GG", "IM", "JE", "SG", "ZA"])
@pytest.mark.parametrize("form", ["e164", "international", "national"])
def test_generated_phone_numbers_pass_their_rule_in_every_country(country: str, form: str) -> None:
    values = derive(request([column("x", "phone_number", country=country, format=form)], 40))["x"]
    assert failing("phone_reserved", values.tolist(), country=country) == []


def test_of_a_country_that_keeps_no_numbers_every_possible_one_passes() -> None:
    good, bad = ["+34 612 34 56 78", "612345678"], ["+34 1", "+49 30 1234567"]
    assert failing("phone_reserved", good + bad, country="ES") == bad
    mixed = ["+441632960123", "+34612345678", "+44 20 7946 5555"]
    assert failing("phone_reserved", mixed, countries={"GB": 0.5, "ES": 0.5}) == mixed[2:]


def test_a_country_without_telephone_numbers_is_refused() -> None:
    with pytest.raises(MetadataError, match='names "ZZ", which has no telephone numbers'):
        failing("phone_reserved", ["+34612345678"], country="ZZ")

"""Every identity column keeps its rule; the patterns here are written again, from the sources."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.check_digits import luhn
from pipeline.errors import SamplingError
from pipeline.identity import derive
from pipeline.identity.address import state_names
from pipeline.identity.tables import load_table
from pipeline.settings import IdentityOptions
from tests.unit.identity.identity_cases import NETWORKS, column, request

STATES = pd.DataFrame({"state": np.repeat(state_names(), 8)})
CARDS = pd.DataFrame({"card_provider": np.repeat(NETWORKS, 100)})

# One text per state: what the National Traffic Safety Institute lists, all alternatives of a state in one.
LICENCES = {
    "AK": r"\d{1,7}", "AL": r"\d{1,8}", "AR": r"\d{4,9}", "AZ": r"[A-Z]\d{8}|\d{9}", "CA": r"[A-Z]\d{7}",
    "CO": r"\d{9}", "CT": r"(0[1-9]|1\d|2[0-4])\d{7}", "DC": r"\d{7}|\d{9}", "DE": r"\d{1,7}",
    "FL": r"[A-Z]\d{12}", "GA": r"\d{7,9}", "HI": r"H\d{8}|\d{9}", "IA": r"\d{9}|\d{3}[A-Z]{2}\d{4}",
    "ID": r"[A-Z]{2}\d{6}[A-Z]|\d{9}", "IL": r"[A-Z]\d{11,12}", "IN": r"[A-Z]\d{9}|\d{9,10}",
    "KS": r"K\d{8}|\d{9}", "KY": r"[A-Z]\d{8,9}|\d{9}", "LA": r"0\d{8}", "MA": r"S[A\d]\d{7}|\d{9}",
    "MD": r"[A-Z]\d{12}", "ME": r"\d{7}[A-Z]?|\d{8}", "MI": r"[A-Z]\d{10}|[A-Z]\d{12}", "MN": r"[A-Z]\d{12}",
    "MO": r"[A-Z]\d{5,9}|\d{9}", "MS": r"\d{9}", "MT": r"\d{9}|\d{13,14}", "NC": r"\d{1,12}",
    "ND": r"[A-Z]{3}\d{6}|\d{9}", "NE": r"[ABCEGHPRVZ]\d{6,8}", "NH": r"(0[1-9]|1[0-2])[A-Z]{3}\d{5}",
    "NJ": r"[A-Z]\d{14}", "NM": r"\d{8,9}", "NV": r"\d{9,10}|\d{12}", "NY": r"\d{8,9}",
    "OH": r"[A-Z]{2}\d{6}", "OK": r"[A-Z]?\d{9}", "OR": r"\d{1,9}", "PA": r"\d{8}", "RI": r"\d{7}|[A-Z]\d{6}",
    "SC": r"\d{5,11}", "SD": r"\d{6,10}|\d{12}", "TN": r"\d{7,9}", "TX": r"\d{7,8}", "UT": r"\d{4,10}",
    "VA": r"[A-Z]\d{8,11}|\d{9}", "VT": r"\d{8}|\d{7}A", "WA": r"WDL[A-Z0-9]{9}", "WI": r"[A-Z]\d{13}",
    "WV": r"\d{7}|[A-Z]{1,2}\d{5,6}", "WY": r"\d{9,10}",
}  # fmt: skip

FORMS = {
    "user_id": r"U[1-9]\d{7}",
    "email": r"[a-z]+\.[a-z]+\d+@example\.(com|net|org)",
    "ssn": r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}",
    "phone_number": r"\([2-9]\d{2}\) 555-01\d{2}",
    "license_plate": r"[A-Z]{3}-\d{4}",
    "iban": r"DE\d{2}9\d{17}",
    "person_name": r"[A-Z][A-Za-z]+ [A-Z][A-Za-z]+",
    "first_name": r"[A-Z][A-Za-z]+",
    "last_name": r"[A-Z][A-Za-z]+",
    "us_address": r"\d{3,4}( [A-Z][a-z]+){3}, [A-Z][a-z]+ [A-Z][a-z]+, [A-Z]{2} \d{5}",
    "text": r"[A-Z][a-z]*( [a-z]+)*",
}
UNIQUE = {"user_id", "email", "ssn", "license_plate", "iban", "phone_number"}


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


@pytest.mark.parametrize("kind", FORMS)
def test_every_value_has_the_form_of_its_kind(kind: str) -> None:
    values = derive(request([column("x", kind, is_unique=kind in UNIQUE)], 400))["x"]
    assert [value for value in values if not re.fullmatch(FORMS[kind], value)] == []
    assert len(set(values)) == 400 or kind not in UNIQUE


def test_every_licence_has_the_format_of_its_state() -> None:
    licences = derive(request([column("x", "us_driver_license", ["state"], True)], STATES))["x"]
    pairs = zip(STATES["state"], licences, strict=True)
    assert [pair for pair in pairs if not re.fullmatch(LICENCES[pair[0]], pair[1])] == []
    assert len(set(licences)) == len(STATES)


def test_all_states_and_dc_have_a_licence_format_and_zip_ranges() -> None:
    for table in ("driver_licenses", "zip_ranges"):
        assert {row["state"] for row in load_table(table)} == set(LICENCES)
    assert len(LICENCES) == 51


def test_no_two_licence_formats_can_read_alike() -> None:
    from pipeline.identity.templates import parse_pattern

    patterns = sorted({row["pattern"] for row in load_table("driver_licenses")})
    for pattern in patterns:
        template = parse_pattern(pattern)
        codes = np.random.default_rng(0).integers(0, template.size, 3_000, dtype=np.uint64)
        texts = template.render(codes)
        readers = [other for other in patterns if len(parse_pattern(other).read(texts))]
        assert readers == [pattern]


def test_zip_code_of_an_address_lies_in_the_ranges_of_its_state() -> None:
    ranges: dict[str, list[range]] = {}
    for row in load_table("zip_ranges"):
        if row["is_drawn"] == "0":
            continue
        ranges.setdefault(row["state"], []).append(range(int(row["first"]), int(row["last"]) + 1))
    addresses = derive(request([column("x", "us_address", ["state"])], STATES))["x"]
    for state, address in zip(STATES["state"], addresses, strict=True):
        found, code = address.rsplit(", ", 1)[1].split()
        assert found == state
        assert any(int(code) in part for part in ranges[state])


@pytest.mark.parametrize(
    ("state", "first_digit"),
    [("NY", "1"), ("CA", "9"), ("TX", "7"), ("MA", "0"), ("DC", "2"), ("IL", "6"), ("FL", "3"), ("OH", "4")],
)
def test_zip_code_begins_with_the_digit_of_its_region(state: str, first_digit: str) -> None:
    addresses = derive(
        request([column("x", "us_address", ["state"])], pd.DataFrame({"state": [state] * 50}))
    )["x"]
    assert {address[-5] for address in addresses} == {first_digit}


@pytest.mark.parametrize(
    ("payload", "check"),
    [
        ("7992739871", 3),
        ("411111111111111", 1),
        ("37828224631000", 5),
        ("3056930902590", 4),
        ("353011133330000", 0),
    ],
)
def test_luhn_digit_of_published_numbers(payload: str, check: int) -> None:
    assert luhn(np.array([[int(digit) for digit in payload]], dtype=np.int16)).tolist() == [check]


TEST_IINS = {
    "Visa": "411111|401288", "Mastercard": "555555|510510", "American Express": "378282|371449|378734",
    "Discover": "601111", "JCB": "353011|356600", "Diners Club": "305693|385200",
}  # fmt: skip
NETWORK_IINS = {
    "Visa": "4", "Mastercard": "5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", "American Express": "3[47]",
    "Discover": "6011|64[4-9]|65", "JCB": "352[89]|35[3-8]", "Diners Club": "30[0-5]|3095|36|3[89]",
}  # fmt: skip
LENGTHS = {"American Express": 15, "Diners Club": 14}


@pytest.mark.parametrize(("iin", "starts"), [("test", TEST_IINS), ("network", NETWORK_IINS)])
def test_card_numbers_belong_to_their_network(iin: str, starts: dict[str, str]) -> None:
    options = IdentityOptions.model_validate({"iin": iin})
    columns = [column("pan", "card_number", ["card_provider"], True), column("cvv", "cvv", ["card_provider"])]
    derived = derive(request(columns, CARDS, options=options))
    for network, pan, cvv in zip(CARDS["card_provider"], derived["pan"], derived["cvv"], strict=True):
        assert re.match(starts[network], pan), (network, pan)
        assert len(pan) == LENGTHS.get(network, 16)
        assert passes_luhn(pan)
        assert re.fullmatch(r"\d{4}" if network == "American Express" else r"\d{3}", cvv)
    assert len(set(derived["pan"])) == len(CARDS)


@pytest.mark.parametrize("spelling", ["visa", "VISA", " Visa "])
def test_networks_are_recognised_in_other_spellings(spelling: str) -> None:
    frame = pd.DataFrame({"card_provider": [spelling] * 5})
    pans = derive(request([column("x", "card_number", ["card_provider"])], frame))["x"]
    assert {pan[0] for pan in pans} == {"4"}


def test_never_issued_ssns_avoid_everything_that_ssa_and_irs_issue() -> None:
    options = IdentityOptions(ssn="never_issued", iin="test")
    ssns = derive(request([column("x", "ssn", is_unique=True)], 3_000, options=options))["x"]
    parts = [tuple(map(int, ssn.split("-"))) for ssn in ssns]
    assert {900 <= area <= 999 for area, _, _ in parts} == {True}
    assert {serial > 0 for _, _, serial in parts} == {True}
    allowed = {*range(11, 17), *range(20, 28), *range(30, 37), *range(40, 49), 67, 68, 69}
    assert {group for _, group, _ in parts} == allowed


def test_ibans_pass_the_published_check() -> None:
    def remainder(iban: str) -> int:
        return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97

    assert remainder("DE89370400440532013000") == 1
    ibans = derive(request([column("x", "iban", is_unique=True)], 500))["x"]
    assert {remainder(iban) for iban in ibans} == {1}
    assert {len(iban) for iban in ibans} == {22}


@pytest.mark.parametrize(
    "spell", [str, str.upper, lambda gender: gender[0], lambda gender: gender[0].lower()]
)
def test_first_names_follow_gender(spell: Callable[[str], str]) -> None:
    from faker.providers.person.en_US import Provider

    genders = np.repeat(["Female", "Male"], 300)
    frame = pd.DataFrame({"gender": [spell(gender) for gender in genders]})
    names = derive(request([column("x", "person_name", ["gender"])], frame))["x"]
    firsts = [name.split()[0] for name in names]
    assert set(firsts[:300]) <= set(Provider.first_names_female)
    assert set(firsts[300:]) <= set(Provider.first_names_male)


@pytest.mark.parametrize(
    ("women", "men"), [("Frau", "Herr"), ("Mme", "M."), ("Mrs.", "Mr."), ("weiblich", "männlich")]
)
def test_first_names_follow_forms_of_address_in_other_languages(women: str, men: str) -> None:
    from faker.providers.person.en_US import Provider

    frame = pd.DataFrame({"anrede": np.repeat([women, men], 200)})
    names = derive(request([column("x", "first_name", ["anrede"])], frame))["x"]
    assert set(names[:200]) <= set(Provider.first_names_female)
    assert set(names[200:]) <= set(Provider.first_names_male)


def test_names_come_from_both_pools_where_gender_is_unknown() -> None:
    from faker.providers.person.en_US import Provider

    frame = pd.DataFrame({"gender": ["unknown", None] * 300})
    names = set(derive(request([column("x", "first_name", ["gender"])], frame))["x"])
    assert names - set(Provider.first_names_female)
    assert names - set(Provider.first_names_male)


def test_names_are_drawn_by_their_weight() -> None:
    names = derive(request([column("x", "last_name")], 20_000))["x"]
    assert (names == "Smith").mean() == pytest.approx(0.0217, abs=0.004)


def test_email_follows_the_name() -> None:
    columns = [column("email", "email", ["name"], True), column("name", "person_name")]
    derived = derive(request(columns, 200))
    assert list(derived) == ["email", "name"]
    for name, email in zip(derived["name"], derived["email"], strict=True):
        assert email.split("@")[0].rstrip("0123456789") == name.lower().replace(" ", ".")


def test_name_is_made_of_the_name_columns_that_it_follows() -> None:
    columns = [
        column("full", "person_name", ["first", "last"]),
        column("first", "first_name"),
        column("last", "last_name"),
    ]
    derived = derive(request(columns, 50))
    assert (derived["full"] == derived["first"] + " " + derived["last"]).all()


def test_names_keep_the_order_and_case_of_the_column_and_the_mailbox_follows_them() -> None:
    columns = [
        column("full", "person_name", ["first", "last"], order="last_first", case="upper"),
        column("first", "first_name", case="upper"),
        column("last", "last_name"),
        column("mail", "email", ["full"], True),
    ]
    derived = derive(request(columns, 50))
    for full, first, last, mail in zip(*(derived[one.name] for one in columns), strict=True):
        assert full == f"{last}, {first}".upper()
        assert mail.split("@")[0].rstrip("0123456789") == f"{first}.{last}".lower().replace(" ", ".")
    alone = derive(request([column("x", "person_name", order="last_first")], 50))["x"]
    assert all(re.fullmatch(r"[^ ,]+( [^,]+)?, [^,]+", name) for name in alone)


def test_last_names_stand_in_front_without_a_comma() -> None:
    columns = [
        column("full", "person_name", ["first", "last"], order="last_first_bare", case="upper"),
        column("first", "first_name"),
        column("last", "last_name"),
    ]
    derived = derive(request(columns, 50))
    names = zip(derived["full"], derived["first"], derived["last"], strict=True)
    assert all(full == f"{last} {first}".upper() for full, first, last in names)


def test_unknown_state_is_refused_by_name() -> None:
    frame = pd.DataFrame({"state": ["TX", "Atlantis"]})
    with pytest.raises(SamplingError, match="\"address\" follows a column with the value 'Atlantis'"):
        derive(request([column("address", "us_address", ["state"])], frame))


def test_unknown_network_is_refused_by_name() -> None:
    frame = pd.DataFrame({"card_provider": ["Visa", "Maestro"]})
    with pytest.raises(SamplingError, match="'Maestro', not a card network"):
        derive(request([column("pan", "card_number", ["card_provider"])], frame))


def test_missing_state_is_drawn_alike_for_all_columns_of_a_row() -> None:
    frame = pd.DataFrame({"state": [None] * 60}, dtype=object)
    columns = [column("address", "us_address", ["state"]), column("licence", "us_driver_license", ["state"])]
    derived = derive(request(columns, frame))
    for address, licence in zip(derived["address"], derived["licence"], strict=True):
        assert re.fullmatch(LICENCES[address[-8:-6]], licence)

"""The table of column kinds: complete, consistent, and in line with what may equal a real value."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from pipeline.datasets.kinds import KINDS, NAME_KINDS, ColumnKind, find_kind, find_kind_of_sdtype
from pipeline.evaluation.validity.check import RULES

MAY_EQUAL_REAL = {
    "person_name", "first_name", "last_name", "date_of_birth", "cvv", "card_expiry",
    "city", "postcode", "tail",
    "faker:city", "faker:postcode", "faker:country", "faker:country_code", "faker:state", "faker:state_abbr",
}  # fmt: skip
"""Names, days of birth, expiries and security codes coincide by chance, and there are few places."""

ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)


def test_only_what_chance_repeats_may_equal_a_real_value() -> None:
    assert {kind.name for kind in KINDS.values() if kind.may_equal_real} == MAY_EQUAL_REAL


@ALL
def test_what_may_equal_a_real_value_is_never_unique(kind: ColumnKind) -> None:
    assert not (kind.may_equal_real and kind.can_be_unique)


@ALL
def test_generators_exist_where_no_feature_renders_the_column(kind: ColumnKind) -> None:
    assert bool(kind.generator) != (kind.name in {"date_of_birth", "card_expiry"})
    if kind.generator:
        module, _, function = kind.generator.partition(":")
        assert callable(getattr(import_module(module), function))


@ALL
def test_rules_exist_in_the_evaluation(kind: ColumnKind) -> None:
    assert {*kind.rules, *kind.following_rules.values()} <= set(RULES)
    assert not kind.feature_rule or kind.feature_rule in RULES
    features = {one.feature for one in KINDS.values()}
    assert set(kind.following_rules) <= {"categorical", *KINDS, *features}


@ALL
def test_patterns_are_regular_expressions(kind: ColumnKind) -> None:
    for pattern in kind.patterns:
        for text in (pattern.name, pattern.value, pattern.telling):
            assert text is None or re.compile(text)


@pytest.mark.parametrize(
    ("sdtype", "name"),
    [
        ("name", "person_name"),
        ("street_address", "us_address"),
        ("ipv4_address", "faker:ipv4"),
        ("city", "faker:city"),
        ("job", "faker:job"),
        ("unknown", "text"),
    ],
)
def test_sdtypes_give_kinds(sdtype: str, name: str) -> None:
    assert find_kind_of_sdtype(sdtype).name == name


@pytest.mark.parametrize("kind", [one for one in KINDS.values() if one.read_from], ids=lambda kind: kind.name)
def test_the_sdtype_that_is_written_is_read_as_the_same_kind(kind: ColumnKind) -> None:
    assert find_kind_of_sdtype(kind.sdtype) is kind


def test_any_provider_of_faker_is_a_kind_that_never_equals_a_real_value() -> None:
    kind = find_kind("faker:job")
    assert kind is not None
    assert (kind.provider, kind.sdtype, kind.may_equal_real, kind.can_be_unique) == (
        "job",
        "job",
        False,
        True,
    )
    assert find_kind("job") is None


TWINS = (
    ("faker:swift", "bic"),
    ("faker:street_address", "street_address"),
    ("faker:address", "us_address", "postal_address"),
    ("faker:city", "city"),
    ("faker:postcode", "postcode"),
)


@pytest.mark.parametrize("twins", TWINS, ids="=".join)
def test_kinds_that_mean_the_same_share_their_facts(twins: tuple[str, ...]) -> None:
    facts = ("title", "may_equal_real", "is_shared", "is_published", "is_grouped", "fact", "tells_apart")
    found = {tuple(getattr(KINDS[name], fact) for fact in facts) for name in twins}
    assert len(found) == 1


def test_a_bank_tells_nobody_apart() -> None:
    assert {name for name in ("bic", "faker:swift", "iban", "key") if KINDS[name].tells_apart} == {
        "iban",
        "key",
    }


LEADERS = {
    "email": "names", "cvv": "card_network", "card_number": "card_network", "us_driver_license": "us_state",
    "first_name": "gender", "person_name": "gender",
    "iban": "country",
    "phone_number": "country",
    "postcode": "country",
    "city": "place",
    "street_address": "place",
    "postal_address": "place",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("follows", LEADERS),
        ("feature_label", {"us_address": "state", "date_of_birth": "age"}),
        ("feature_rule", {"date_of_birth": "date_of_birth_range"}),
        ("is_birth_date", {"date_of_birth": True}),
        ("is_published", {"bic": True, "faker:swift": True}),
        (
            "is_open",
            dict.fromkeys(
                ("code", "key", "text", "us_address", "faker:address", "faker:street_address"), True
            ),
        ),
    ],
)
def test_what_only_some_kinds_have_is_told_of_these_alone(field: str, values: dict[str, object]) -> None:
    found = {name: getattr(kind, field) for name, kind in KINDS.items()}
    assert {name: value for name, value in found.items() if value} == values


def test_empty_columns_and_banks_are_not_kept_together() -> None:
    assert {kind.name for kind in KINDS.values() if not kind.is_grouped} == {"empty", "bic", "faker:swift"}


def test_names_of_people_are_listed_with_the_parts_first() -> None:
    assert NAME_KINDS == ("first_name", "last_name", "person_name")

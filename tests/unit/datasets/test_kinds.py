"""The table of column kinds: complete, consistent, and in line with what may equal a real value."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from pipeline.datasets.kinds import KINDS, ColumnKind, find_kind, find_kind_of_sdtype
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
    assert {leader for leader in kind.following_rules if leader != "categorical"} <= set(KINDS)


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

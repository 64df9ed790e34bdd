"""CHECK constraints of several dialects in one form."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.datasets.databases.checks import Condition, read_check, write_check


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("((amount >= (0)::numeric))", '"amount" >= 0'),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))",
            "\"status\" IN ('a', 'it''s')",
        ),
        ("`s` in (_utf8mb4'a',_utf8mb4'b')", "\"s\" IN ('a', 'b')"),
        ("([a]>=(0) AND [a]<=(100))", '"a" >= 0 AND "a" <= 100'),
        ("a BETWEEN -1 AND 2.5", '"a" >= -1 AND "a" <= 2.5'),
        ('start <= "end"', '"start" <= "end"'),
        ("((a >= 0) AND (b IS NOT NULL))", '"a" >= 0 AND "b" IS NOT NULL'),
        ("(balance >= ('-100'::integer)::numeric)", '"balance" >= -100'),
        ('0 != "or""der"', '"or""der" <> 0'),
        ("(day >= '2000-01-01'::date)", "\"day\" >= '2000-01-01'"),
        ("closed IS NULL OR closed >= opened", '"closed" >= "opened"'),
        ("((closed IS NULL) OR (closed >= opened))", '"closed" >= "opened"'),
        (
            "(((closed)::timestamp with time zone IS NULL) OR ((closed)::timestamptz >= opened))",
            '"closed" >= "opened"',
        ),
        ("(([closed]>=[opened]) OR [closed] IS NULL)", '"closed" >= "opened"'),
        ("x IS NULL OR y IS NULL OR x >= y", '"x" >= "y"'),
        ("x IS NULL OR x >= 0 AND x <= 5", '"x" >= 0 AND "x" <= 5'),
        ("(x IS NOT NULL AND x > y) OR x IS NULL", '"x" > "y"'),
        ("(x IS NULL OR x IN (1, 2)) AND y > 0", '"x" IN (1, 2) AND "y" > 0'),
    ],
)
def test_a_simple_check_is_written_in_standard_sql(text, expected):
    conditions = read_check(text)
    assert conditions is not None
    assert write_check(conditions) == expected
    assert read_check(expected) == conditions


@pytest.mark.parametrize(
    "text",
    [
        "length(a) > 3",
        "a > 0 OR b > 0",
        "a IS NULL OR b > 0",
        "a IS NULL OR a > 0 AND b > 0",
        "a IS NULL OR a > 0 OR a < -5",
        "a IS NULL OR b IS NULL",
        "a IS NULL OR b IS NOT NULL",
        "a IS NULL OR a IS NOT NULL",
        "a IS NULL",
        "a IS NULL AND b > 0",
        "lower(a) = a",
        "x = 'a' || b",
        "NOT a",
        "a LIKE 'x%'",
        "a > (",
        "",
        "E'\\\\' = a",
    ],
)
def test_any_other_check_is_none(text):
    assert read_check(text) is None


def test_a_cell_without_a_value_passes_as_in_sql():
    least = Condition("a", ">=", (Decimal(0),))
    assert (least.holds(None, None, [0]), least.holds(-1, None, [0]), least.holds(0, None, [0])) == (
        True,
        False,
        True,
    )
    assert not Condition("a", "IS NOT NULL").holds(None, None, [])
    assert not Condition("a", "<", other="b").holds(2, 2, [])

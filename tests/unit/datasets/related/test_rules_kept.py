from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.rules.business_days import from_business_index, to_business_index
from pipeline.datasets.rules.check import check_rule
from pipeline.datasets.rules.choices import (
    from_choice,
    from_combined,
    learn_combinations,
    to_choice,
    to_combined,
)
from pipeline.datasets.rules.compute import compute_all, compute_column
from pipeline.datasets.rules.gaps import (
    find_base,
    find_decided,
    from_gap,
    learn_form,
    to_gap,
)
from pipeline.datasets.rules.text import parse_rule
from pipeline.errors import MetadataError, SamplingError
from tests.unit.datasets.related.shop import make_shop

CENTS = st.integers(-(10**9), 10**9)
DAYS = st.integers(-20_000, 40_000)


def _dates(days: list[int | None]) -> pd.Series:
    return pd.Series(pd.to_datetime(days, unit="D")).astype("datetime64[ns]")


@settings(max_examples=80)
@given(
    st.lists(st.tuples(CENTS, st.integers(0, 10**7)), min_size=1, max_size=20), st.booleans(), st.booleans()
)
def test_a_gap_brings_amounts_back_to_the_cent(
    rows: list[tuple[int, int]], is_strict: bool, is_below: bool
) -> None:
    base = pd.Series([start / 100 for start, _ in rows])
    steps = [(gap + is_strict) * (-1 if is_below else 1) for _, gap in rows]
    values = pd.Series([(start + step) / 100 for (start, _), step in zip(rows, steps, strict=True)])
    form = learn_form(base, values, is_strict, is_below)
    gaps = to_gap(form, base, values)
    assert (gaps >= 0).all()
    pd.testing.assert_series_equal(from_gap(form, base, gaps), values, rtol=0, atol=1e-6)
    assert (from_gap(form, base, gaps) * 100).round().astype(int).tolist() == (values * 100).round().tolist()


@settings(max_examples=80)
@given(st.lists(st.tuples(st.none() | DAYS, st.none() | st.integers(0, 5_000)), min_size=1, max_size=20))
def test_a_gap_brings_dates_back_even_where_one_is_missing(rows: list[tuple[int | None, int | None]]) -> None:
    base = _dates([start for start, _ in rows])
    values = _dates([None if gap is None else (start or 0) + gap for start, gap in rows])
    form = learn_form(base, values)
    pd.testing.assert_series_equal(from_gap(form, base, to_gap(form, base, values)), values)


@given(st.floats(-50, 1e6, allow_nan=False))
def test_any_drawn_gap_keeps_the_order(gap: float) -> None:
    base = _dates([100, 200])
    form = learn_form(base, _dates([100, 230]), is_strict=True)
    assert (from_gap(form, base, pd.Series([gap / 100, gap / 100])) > base).all()


def test_times_of_day_count_in_seconds() -> None:
    base = pd.Series(pd.to_datetime(["2025-01-01 10:00:00"]))
    values = pd.Series(pd.to_datetime(["2025-01-01 11:00:01"])).astype("datetime64[ns]")
    form = learn_form(base, values)
    gaps = to_gap(form, base, values)
    assert gaps.tolist() == [3601.0]
    pd.testing.assert_series_equal(from_gap(form, base, gaps), values)


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("orders.ended >= orders.placed", "ended"),
        ("orders.paid <= orders.amount", "paid"),
        ("orders.placed >= customers.since along orders.customer", "placed"),
    ],
)
def test_a_rule_is_kept_by_its_gap(text: str, decided: str) -> None:
    shop = make_shop()
    rule = parse_rule(text, shop.schema)
    assert find_decided(rule) == decided
    base, values = find_base(rule, shop), shop.tables["orders"][decided]
    form = learn_form(base, values, is_below=rule.options.get("decides") == "lower")
    back = from_gap(form, base, to_gap(form, base, values))
    pd.testing.assert_series_equal(back, values, check_names=False, check_dtype=False)
    drawn = from_gap(form, base, pd.Series([0.0, 1.2, -3.0, 7.5, 0.4]))
    changed = make_shop(**{f"orders_{decided}": drawn.tolist()})
    assert check_rule(rule, changed).failed == 0


def test_decided_columns_are_computed_after_what_they_read() -> None:
    shop = make_shop(
        orders_amount=[0.0] * 5,
        orders_balance=[0.0] * 5,
        customers_turnover=[0.0] * 2,
        customers_orders=[0] * 2,
    )
    texts = [
        "total(customers.turnover, orders.amount)",
        "count(customers.orders, orders)",
        "running(orders.balance, orders.amount, start=customers.opening, decimals=2)",
        "orders.amount = orders.price * orders.items to 2 decimals",
    ]
    rules = [parse_rule(text, shop.schema) for text in texts]
    tables = compute_all(rules, shop)
    assert tables["orders"]["amount"].tolist() == [10.0, 0.3, 20.1, 1.0, 6.0]
    assert tables["orders"]["balance"].tolist() == [110.0, 110.3, 130.4, 1.0, 7.0]
    assert tables["customers"]["turnover"].tolist() == [30.4, 7.0]
    assert tables["customers"]["orders"].tolist() == [3, 2]
    assert shop.tables["orders"]["amount"].tolist() == [0.0] * 5


def test_columns_that_need_each_other_are_refused() -> None:
    shop = make_shop()
    texts = ("orders.amount = orders.paid + 1", "orders.paid = orders.amount - 1")
    rules = [parse_rule(text, shop.schema) for text in texts]
    with pytest.raises(MetadataError, match=r'in a circle: "orders\.(amount|paid)"'):
        compute_all(rules, shop)


def test_dates_are_computed_from_dates() -> None:
    shop = make_shop()
    rule = parse_rule("orders.ended = orders.placed + orders.items", shop.schema)
    assert compute_column(rule, shop).dt.strftime("%d.%m.").tolist() == [
        "06.01.",
        "06.01.",
        "05.01.",
        "02.03.",
        "04.04.",
    ]


def test_without_a_start_the_first_balance_stays() -> None:
    shop = make_shop(orders_balance=[50.0, 0.0, 0.0, -1.0, 0.0])
    rule = parse_rule("running(orders.balance, orders.amount, decimals=2)", shop.schema)
    assert compute_column(rule, shop).tolist() == [50.0, 50.3, 70.4, -1.0, 5.0]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), CENTS, st.integers(0, 9)), min_size=1, max_size=60))
def test_running_balances_hold_to_the_cent_in_any_order(rows: list[tuple[int, int, int]]) -> None:
    from datetime import date

    from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
    from pipeline.datasets.rules.given import RuleTables

    parents = np.array([parent for parent, _, _ in rows])
    child = pd.DataFrame(
        {
            "day": _dates([day for *_, day in rows]),
            "amount": [cents / 100 for _, cents, _ in rows],
            "balance": 0.0,
        }
    )
    schema = RelatedSchema(
        "s",
        "",
        "",
        date(2025, 1, 1),
        (
            RelatedTable("a", ("id", "start"), ("id",)),
            RelatedTable("t", ("day", "amount", "balance"), order="day"),
        ),
        (Relation("t", ("a",), "a", ("id",), is_owner=True),),
    )
    parent = pd.DataFrame({"id": range(4), "start": [0.0, 10.1, -3.33, 7.0]})
    tables = RuleTables(schema, {"a": parent, "t": child}, {"t.a": parents})
    rule = parse_rule("running(t.balance, t.amount, start=a.start, decimals=2)", schema)
    child["balance"] = compute_column(rule, tables)
    result = check_rule(rule, tables)
    assert (result.checked, result.failed) == (len(rows), 0)
    by_hand = {0: 0, 1: 1010, 2: -333, 3: 700}
    for place in sorted(range(len(rows)), key=lambda place: (rows[place][2], place)):
        owner, cents, _ = rows[place]
        by_hand[owner] += cents
        assert round(child["balance"].iloc[place] * 100) == by_hand[owner]


@given(st.lists(DAYS, min_size=1, max_size=20))
def test_business_days_come_back(days: list[int]) -> None:
    dates = _dates(days)
    dates = dates[dates.dt.dayofweek < 5].reset_index(drop=True)
    pd.testing.assert_series_equal(from_business_index(to_business_index(dates)), dates)


@given(st.lists(st.floats(-5_000, 20_000), min_size=1, max_size=20))
def test_every_number_is_a_business_day(numbers: list[float]) -> None:
    assert (from_business_index(pd.Series(numbers)).dt.dayofweek < 5).all()


def test_business_days_keep_missing_values_and_times() -> None:
    dates = pd.Series(pd.to_datetime(["2025-01-03 17:30:00", None, "2025-01-06 00:00:01"])).astype(
        "datetime64[ns]"
    )
    index = to_business_index(dates)
    assert index.iloc[2] - index.iloc[0] == pytest.approx(1 - 17.5 / 24, abs=2e-5)
    pd.testing.assert_series_equal(from_business_index(index, has_time=True), dates)


def test_a_combination_is_one_category_and_comes_back_in_its_types() -> None:
    frame = pd.DataFrame({"a": ["x", "y", "x", None], "b": [1, 2, 1, 2]})
    form = learn_combinations(frame, ("a", "b"))
    combined = to_combined(form, frame)
    assert combined.tolist() == ["0", "1", "0", "2"]
    pd.testing.assert_frame_equal(from_combined(form, combined), frame)
    with pytest.raises(SamplingError, match="combination that the sample does not have"):
        to_combined(form, pd.DataFrame({"a": ["y"], "b": [1]}))


def test_a_choice_fills_exactly_the_chosen_columns() -> None:
    frame = pd.DataFrame({"mail": ["a", None, "b"], "phone": [1.0, 2.0, None], "rest": [1, 2, 3]})
    choice = to_choice(frame, ("mail", "phone"))
    assert choice.tolist() == ["11", "01", "10"]
    pd.testing.assert_frame_equal(from_choice(frame, ("mail", "phone"), choice, seed=1), frame)
    other = from_choice(frame, ("mail", "phone"), pd.Series(["10", "10", "01"]), seed=1)
    assert other.notna().to_numpy().tolist() == [
        [True, False, True],
        [True, False, True],
        [False, True, True],
    ]
    assert set(other["mail"].dropna()) <= {"a", "b"}
    empty = pd.DataFrame({"mail": [None], "phone": [1.0]})
    with pytest.raises(SamplingError, match='column "mail" has no value'):
        from_choice(empty, ("mail", "phone"), pd.Series(["10"]), seed=1)

"""Rows of children stay below a column of their parent, whichever of the two has to give way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as draws
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.datasets.rules.check import check_rule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.settle import settle_rule
from pipeline.datasets.rules.text import parse_rule
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.models.rules.ceilings import Ceiling
from pipeline.models.rules.exchange import find_partners, tells_filled
from pipeline.models.rules.keeping import RulePlan
from pipeline.models.rules.planning import plan_rules
from tests.unit.datasets.related.shop import make_shop

KEPT = "orders.placed <= customers.left"
KINDS = {"M": ModelledType.DATETIME, "O": ModelledType.CATEGORICAL}
KEYS = {"id", "friend", "no", "customer", "payer"}
LEFT = ["2024-03-05", None]


def _plan(given: RuleTables, *texts: str, fixed: tuple[str, ...] = ()) -> RulePlan:
    """The plan of rules; columns in `fixed` are derived, so that no rule can move them."""
    rules = tuple(settle_rule(parse_rule(text, given.schema), given) for text in texts)
    schema = replace(given.schema, rules=rules)
    specs = {}
    for name, table in given.tables.items():
        columns = tuple(
            ColumnSpec(one, Role.IDENTITY, "text")
            if one in fixed
            else ColumnSpec(one, Role.MODELLED, KINDS.get(table[one].dtype.kind, ModelledType.NUMERICAL))
            for one in table
            if one not in KEYS
        )
        specs[name] = DatasetSpec("shop", "Shop", "", name, schema.as_of, columns)
    return plan_rules(schema, replace(given, schema=schema), specs)


def _restore(plan: RulePlan, sample: RuleTables, placed: list[str], left: list[str | None]) -> RuleTables:
    """Tables that were drawn with these dates, as the plan puts them right."""
    orders = sample.tables["orders"].assign(placed=pd.to_datetime(placed))
    customers = sample.tables["customers"].assign(left=pd.to_datetime(pd.Series(left)))
    drawn = RuleTables(plan.schema, {"customers": customers, "orders": orders}, sample.links)
    return replace(drawn, tables=plan.restore(drawn, 0))


def _write(given: RuleTables, table: str, column: str) -> list[str | None]:
    days = given.column(table, column).dt.strftime("%Y-%m-%d")
    return days.astype(object).where(days.notna(), None).tolist()


DRAWN = ["2024-01-02", "2024-01-03", "2024-03-20", "2024-03-01", "2024-04-01"]


def test_a_late_row_moves_below_the_end_where_the_dates_of_the_sample_leave_room() -> None:
    sample = make_shop()
    kept = _restore(_plan(sample, KEPT), sample, DRAWN, LEFT)
    assert _write(kept, "customers", "left") == LEFT
    assert _write(kept, "orders", "placed") == ["2024-01-02", "2024-01-03", "2024-03-05", *DRAWN[3:]]


def test_an_end_before_all_dates_of_the_sample_goes_to_a_parent_that_has_none() -> None:
    sample = make_shop()
    sample = replace(sample, links={**sample.links, "orders.customer": np.zeros(5, dtype=np.int64)})
    plan = _plan(sample, KEPT)
    kept = _restore(plan, sample, DRAWN, ["2020-05-01", None])
    assert _write(kept, "customers", "left") == [None, "2020-05-01"]
    assert _write(kept, "orders", "placed") == DRAWN


def test_an_end_that_no_other_parent_can_take_moves_up_to_its_last_row() -> None:
    sample = make_shop()
    kept = _restore(_plan(sample, KEPT), sample, DRAWN, ["2020-05-01", "2020-06-01"])
    ends = kept.column("customers", "left")
    assert (ends >= pd.to_datetime(["2024-03-20", "2024-04-01"])).all()
    assert _write(kept, "orders", "placed") == DRAWN


def test_an_end_that_is_derived_stays_and_rows_move_below_it() -> None:
    sample = make_shop()
    plan = _plan(sample, KEPT, fixed=("left",))
    kept = _restore(plan, sample, DRAWN, ["2020-05-01", None])
    assert _write(kept, "customers", "left") == ["2020-05-01", None]
    assert _write(kept, "orders", "placed") == ["2020-05-01"] * 3 + DRAWN[3:]


def test_what_is_computed_from_the_rows_of_a_parent_does_not_wait_for_them() -> None:
    sample = make_shop(customers_turnover=[32.7, 7.0])
    plan = _plan(sample, "orders.paid <= customers.turnover", "total(customers.turnover, orders.paid)")
    assert not any(isinstance(step, Ceiling) for step in plan.steps)


@pytest.mark.parametrize("column", ["since", "left"])
def test_a_chain_of_ends_is_settled_from_the_children_up(column: str) -> None:
    sample = make_shop()
    plan = _plan(sample, "orders.ended <= customers.left", "orders.placed <= orders.ended", KEPT)
    kept = _restore(plan, sample, DRAWN, ["2020-05-01", "2020-05-02"])
    assert [check_rule(rule, kept).failed for rule in plan.rules] == [0, 0, 0]


@settings(max_examples=60, deadline=None)
@draws(
    st.lists(st.integers(0, 400), min_size=5, max_size=5),
    st.lists(st.one_of(st.none(), st.integers(-300, 400)), min_size=2, max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_no_row_is_after_the_end_of_its_parent(
    placed: list[int], left: list[int | None], is_strict: bool, is_business: bool
) -> None:
    sample = make_shop()
    rules = [KEPT.replace("<=", "<") if is_strict else KEPT, "orders.placed >= customers.since"]
    rules += ["business_day(orders.placed)"] if is_business else []
    plan = _plan(sample, *rules)
    begin = pd.Timestamp("2024-01-01")
    days = [str(begin + pd.Timedelta(days=day))[:10] for day in placed]
    ends = [None if day is None else str(begin + pd.Timedelta(days=day))[:10] for day in left]
    orders = sample.tables["orders"].assign(placed=pd.to_datetime(days))
    if is_business:
        orders = sample.tables["orders"].assign(
            placed=plan.transform(sample, sample.tables)["orders"]["placed"]
        )
    customers = sample.tables["customers"].assign(left=pd.to_datetime(pd.Series(ends)))
    drawn = RuleTables(plan.schema, {"customers": customers, "orders": orders}, sample.links)
    first, again = plan.restore(drawn, 0), plan.restore(drawn, 0)
    kept = replace(drawn, tables=first)
    assert [check_rule(rule, kept).failed for rule in plan.rules] == [0] * len(rules)
    for name in first:
        pd.testing.assert_frame_equal(first[name], again[name])


def test_values_go_to_rows_alike_that_need_no_more_and_begin_nearest_before() -> None:
    nothing = np.nan
    values = np.array([5.0, 9.0, nothing, nothing, nothing, nothing])
    needs = np.array([7.0, 12.0, 6.0, 2.0, nothing, 4.0])
    begins = np.array([3.0, 8.0, 6.0, 2.0, 0.0, 4.0])
    failing = np.array([True, True, False, False, False, False])
    alike = np.array([0, 0, 0, 0, 0, 1])
    givers, takers = find_partners(values, needs, begins, failing, alike)
    assert list(zip(givers.tolist(), takers.tolist(), strict=True)) == [(0, 3), (1, 2)]


def test_a_status_tells_where_a_date_is_filled_and_a_colour_does_not() -> None:
    is_filled = np.array([True, False] * 20)
    status = pd.Series(["closed", "open"] * 20)
    colour = pd.Series(["red", "red", "blue", "blue"] * 10)
    assert tells_filled(status, is_filled)
    assert not tells_filled(colour, is_filled)

"""Rules of one table, built into what is learned, hold in whatever is drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.dataset import Dataset
from pipeline.datasets.rules.single import check_table
from pipeline.datasets.spec import EntitySpec
from pipeline.datasets.written import write_in_form
from pipeline.errors import DataError, SamplingError
from pipeline.models.rules.single import show_rows
from pipeline.models.rules.uniqueness import Share
from tests.unit.models.rules.contracts import (
    draw_freely,
    make_contracts,
    plan,
    register,
    restore_freely,
    with_rules,
)

FORMULA = "amount = payment * months"


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return register(tmp_path_factory.mktemp("contracts"), make_contracts())


@pytest.mark.parametrize(
    "rules",
    [
        ("closed >= opened",),
        ("closed > opened",),
        ("opened <= closed",),
        ("limit >= payment",),
        ("payment <= limit",),
        ("range(payment, 0, 600)",),
        ("range(opened, 2022-01-01, 2025-01-01)",),
        (FORMULA,),
        ("combination(kind, product)",),
        ("any_of(closed, branch)",),
        ("business_day(opened)",),
        ("unique(payment, opened)",),
        ("closed >= opened", "business_day(opened)"),
        (FORMULA, "limit >= payment", "range(limit, 0, 900)", "combination(kind, product)"),
        ("limit >= payment", "unique(payment, opened)"),
    ],
)
def test_rules_hold_in_every_row_that_is_drawn_without_them(
    contracts: Dataset, rules: tuple[str, ...]
) -> None:
    dataset = with_rules(contracts, *rules)
    found = check_table(dataset.spec, restore_freely(dataset), contracts.load_raw())
    assert [one.failed for one in found] == [0] * len(rules)
    assert all(one.checked > 400 for one in found)


def test_odd_cells_missing_cells_and_written_forms_come_back(contracts: Dataset) -> None:
    dataset = with_rules(contracts, FORMULA, "limit >= payment", "closed >= opened")
    made, real = restore_freely(dataset, 2_000), contracts.load_raw()
    texts = write_in_form(contracts.spec, made)
    assert (texts["limit"] == "n/a").mean() == pytest.approx((real["limit"] == "n/a").mean(), abs=0.03)
    for name in ("closed", "amount"):
        assert texts[name].isna().mean() == pytest.approx(real[name].isna().mean(), abs=0.04)
    assert texts["opened"].str.fullmatch(r"\d\d\.\d\d\.\d{4}").all()
    filled = texts["amount"].notna()
    cents = [int(text.replace(".", "").replace(",", "")) for text in texts.loc[filled, "amount"]]
    payments = [int(text.replace(".", "").replace(",", "")) for text in texts.loc[filled, "payment"]]
    assert cents == [
        one * int(months) for one, months in zip(payments, made.loc[filled, "months"], strict=True)
    ]


def test_what_is_compared_with_real_rows_has_the_columns_that_it_has_without_rules(
    contracts: Dataset,
) -> None:
    from pipeline.datasets import features

    kept = plan(with_rules(contracts, FORMULA, "closed >= opened", "combination(kind, product)"))
    shown = show_rows(kept, draw_freely(contracts, kept, 50, 1))
    assert list(shown) == [one.name for one in features.modelled_columns(contracts.spec)]
    assert set(shown["product"]) <= set(contracts.load_raw()["product"])


def test_columns_of_other_decimals_stay_on_their_side(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    low = np.round(rng.gamma(2, 20, 300), 2)
    whole = np.ceil(low + rng.gamma(1, 3, 300)).astype(int)
    noted = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10**7, 300), unit="s"))
    due = noted.dt.normalize() + pd.to_timedelta(rng.integers(1, 40, 300), unit="D")
    table = pd.DataFrame({"low": low, "whole": whole, "noted": noted, "due": due.dt.strftime("%Y-%m-%d")})
    dataset = register(tmp_path, table, "whole >= low", "due >= noted", name="mixed")
    made = restore_freely(dataset)
    assert made["whole"].dtype == "int64"
    assert (made["whole"] >= made["low"]).all()
    assert (made["due"] == made["due"].dt.normalize()).all()
    assert (made["due"] >= made["noted"]).all()


def test_rules_that_bound_a_column_from_both_sides_are_kept_by_the_columns_beside_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    low = rng.integers(0, 50, 300)
    table = pd.DataFrame({"low": low, "middle": low + rng.integers(0, 9, 300)})
    table["high"] = table["middle"] + rng.integers(0, 9, 300)
    dataset = register(tmp_path, table, "middle >= low", "middle <= high", name="sides")
    made = restore_freely(dataset)
    assert (made["low"] <= made["middle"]).all()
    assert (made["middle"] <= made["high"]).all()


def test_unique_columns_take_free_values_and_parts_of_a_job_do_not_meet(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=60)
    pairs = pd.MultiIndex.from_product([list("ABCDE"), days], names=["store", "day"]).to_frame(index=False)
    table = pairs.sample(200, random_state=1).assign(sales=np.random.default_rng(3).integers(1, 500, 200))
    dataset = register(tmp_path, table, "unique(store, day)", name="sales")
    first = restore_freely(dataset, 110, share=Share(0.0, 0.5))
    second = restore_freely(dataset, 110, seed=6, share=Share(0.5, 1.0))
    both = pd.concat([first, second])
    assert len(both) == 220
    assert not both.duplicated(["store", "day"]).any()
    with pytest.raises(SamplingError, match=r'"unique\(store, day\)" leaves too few combinations'):
        restore_freely(dataset, 400)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (("months >= payment",), r'breaks "months >= payment" in \d+ of \d+ rows'),
        (("kind >= product",), "No row of the sample speaks for"),
        (("range(amount, 0, 10)",), r'breaks "range\(amount, 0, 10\)" in \d+ of \d+ rows'),
        ((FORMULA, "payment = amount / months to 2 decimals"), 'is itself computed from "payment"'),
        (
            ("combination(kind, product)", "combination(product, branch)"),
            '"product" is in another combination',
        ),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_the_reason(
    contracts: Dataset, rules: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        plan(with_rules(contracts, *rules))


def test_a_column_that_an_entity_holds_constant_decides_no_other_rows(contracts: Dataset) -> None:
    entities = (EntitySpec("branch", ("branch",), constant=("closed",), sizes=((2, 100),)),)
    dataset = replace(
        contracts, spec=replace(contracts.spec, entities=entities, row_rules=("closed >= opened",))
    )
    kept = plan(dataset)
    assert [gap.column for gap in kept.plan.gaps] == ["opened"]
    formula = replace(
        dataset.spec, entities=(replace(entities[0], constant=("amount",)),), row_rules=(FORMULA,)
    )
    with pytest.raises(DataError, match='"amount" is the same in all rows of an entity'):
        plan(replace(dataset, spec=formula))


def test_shares_of_a_column_in_a_combination_become_those_of_its_combinations(contracts: Dataset) -> None:
    kept = plan(with_rules(contracts, "combination(kind, product)", FORMULA))
    shares = kept.translate({"kind": {"card": 0.6}, "branch": {"north": 0.5}})
    assert sum(shares["kind+product"].values()) == pytest.approx(0.6)
    assert len(shares["kind+product"]) == 2
    assert shares["branch"] == {"north": 0.5}
    with pytest.raises(SamplingError, match="two of the columns kind, product"):
        kept.translate({"kind": {"card": 0.6}, "product": {"gold": 0.5}})
    with pytest.raises(SamplingError, match='Shares were requested for "amount", which a rule decides'):
        kept.translate({"amount": {"1..2": 0.5}})

"""SDV's HMA for several tables: its limits are named early, and it keeps the keys."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import TrainingError
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.related.hma import RelatedHma, check_limits
from pipeline.synthesizers.related.protocol import OtherParent, TableInput
from tests.unit.synthesizers.related.small_tables import make_bank, make_table

_RECIPE = Recipe("gaussian_copula", use_hma=False)


def _make_pair() -> list[TableInput]:
    rng = np.random.default_rng(0)
    shops = make_table("shops", pd.DataFrame({"size": rng.normal(100, 20, 30).round()}))
    owner = np.repeat(np.arange(30), rng.integers(1, 5, 30))
    rows = pd.DataFrame(
        {"kind": rng.choice(["a", "b"], len(owner)), "sales": rng.gamma(2, 50, len(owner)).round(2)}
    )
    return [shops, make_table("sales", rows, owner="shops", owner_rows=owner)]


def test_two_tables_are_learned_and_keys_hold() -> None:
    synthesizer = RelatedHma(_RECIPE)
    synthesizer.fit(_make_pair())
    drawn = synthesizer.sample(1.0, seed=4)
    assert len(drawn["shops"].rows) == 30
    owner = drawn["sales"].owner_rows
    assert owner is not None
    assert 0 <= owner.min() <= owner.max() < 30
    assert set(drawn["sales"].rows["kind"]) <= {"a", "b"}
    state = synthesizer.state
    again = RelatedHma.from_state(SynthesizerState(state.values, dict(state.arrays)))
    pd.testing.assert_frame_equal(again.sample(1.0, seed=4)["sales"].rows, drawn["sales"].rows)


def test_a_third_level_is_refused_with_the_table_to_drop() -> None:
    bank = [table for table in make_bank() if table.name != "cards"]
    customers, accounts, _ = sorted(
        bank, key=lambda table: ["customers", "accounts", "transactions"].index(table.name)
    )
    owned = TableInput(
        "accounts", accounts.rows, accounts.columns, "customers", np.zeros(len(accounts.rows), int)
    )
    moves = make_table("moves", pd.DataFrame({"a": range(30)}), owner="accounts", owner_rows=np.arange(30))
    with pytest.raises(
        TrainingError, match='HMA cannot learn table "moves": it is on level 3 of at most 2'
    ) as found:
        check_limits([customers, owned, moves])
    assert found.value.hint == 'drop "moves", or choose autoregressive.'


def test_a_sixth_table_is_refused() -> None:
    tables = [make_table(f"table {number}", pd.DataFrame({"a": range(20)})) for number in range(6)]
    with pytest.raises(TrainingError, match='"table 5": it is one of 6 tables, of at most 5'):
        check_limits(tables)


def test_rows_without_a_parent_and_hierarchies_are_refused() -> None:
    shops, sales = _make_pair()
    assert sales.owner_rows is not None
    orphaned = TableInput(
        "sales", sales.rows, sales.columns, "shops", np.where(sales.owner_rows == 3, -1, sales.owner_rows)
    )
    with pytest.raises(TrainingError, match="rows without a parent"):
        check_limits([shops, orphaned])
    own = {"shops.head": OtherParent("shops", np.full(30, -1))}
    with pytest.raises(TrainingError, match='"shops": it refers to itself'):
        check_limits([TableInput("shops", shops.rows, shops.columns, others=own)])

"""Columns that may be missing: as many siblings have a value as their owner says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.synthesizers.related.filling import Filling
from pipeline.synthesizers.related.siblings import Siblings
from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive
from tests.unit.synthesizers.related.small_tables import RECIPE, make_table

NAN = np.nan
FILLING = Filling("0/count", "0/mean")


def test_a_row_is_empty_due_first_or_further_by_its_owner_and_the_siblings_before() -> None:
    above = {
        "0/count": np.array([2.0, 2.0, 2.0, 2.0, NAN]),
        "0/mean": np.array([NAN, 7.0, 7.0, 7.0, NAN]),
    }
    siblings = Siblings(
        np.array([0, 0, 1, 1, 0]),
        np.array([2, 2, 1, 1, 1]),
        last={"own/x": np.array([NAN, NAN, NAN, 7.0, NAN])},
    )
    found = FILLING.sort(above, siblings, "own/x")
    assert found.is_empty.tolist() == [True, False, False, False, False]
    assert found.is_first.tolist() == [False, True, False, False, False]
    assert found.is_due.tolist() == [False, False, True, False, False]
    assert found.is_further.tolist() == [False, False, False, True, False]


def test_the_odds_of_a_value_give_the_share_of_few_rows_and_keep_their_order() -> None:
    rows = 40
    above = {"0/count": np.full(rows, 2.0), "0/mean": np.ones(rows)}
    siblings = Siblings(np.zeros(rows, dtype=int), np.full(rows, 2), last={"own/x": np.full(rows, NAN)})
    values = np.where(np.arange(rows) < 28, 1.0, NAN)
    filling = FILLING.learn(above, siblings, "own/x", values)
    assert (filling.first, filling.further) == (0.7, None)
    chances = np.linspace(0.05, 0.4, rows)
    weights = np.stack([chances / 2, chances / 2, 1 - chances], axis=1)
    leaned = filling.lean(weights, filling.sort(above, siblings, "own/x"))
    after = 1 - leaned[:, -1] / leaned.sum(axis=1)
    assert after.mean() == pytest.approx(0.7, abs=1e-6)
    assert (np.diff(after) > 0).all()
    assert Filling.from_dict(filling.as_dict()) == filling


def test_a_network_that_saw_many_rows_decides_by_itself() -> None:
    rows = 6_000
    above = {"0/count": np.full(rows, 2.0), "0/mean": np.ones(rows)}
    siblings = Siblings(np.zeros(rows, dtype=int), np.full(rows, 2))
    assert FILLING.learn(above, siblings, "own/x", np.ones(rows)) == FILLING
    weights = np.full((rows, 2), 0.5)
    assert (FILLING.lean(weights, FILLING.sort(above, siblings, "own/x")) == weights).all()


def test_as_many_accounts_are_closed_as_in_the_sample() -> None:
    rng = np.random.default_rng(2)
    customers = make_table("customers", pd.DataFrame({"income": rng.gamma(4, 900, 300).round(2)}))
    owner = np.repeat(np.arange(300), rng.integers(1, 4, 300))
    opened = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 2_000, len(owner)), unit="D")
    closed = np.where(rng.random(len(owner)) < 0.12, rng.integers(100, 900, len(owner)), NAN)
    rows = pd.DataFrame({"opened": opened, "closed": closed})
    accounts = make_table("accounts", rows, owner="customers", owner_rows=owner, order="opened")
    synthesizer = RelatedAutoregressive(RECIPE)
    synthesizer.fit([customers, accounts])
    drawn = synthesizer.sample(8.0, seed=1)["accounts"].rows["closed"].notna()
    share = np.isfinite(closed).mean()
    assert drawn.mean() == pytest.approx(share, abs=0.02)

"""A small bank: customers, accounts that may have none, a card at most, and transactions in order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from pipeline.errors import SamplingError
from pipeline.progress import Progress, Signal, TableProgress
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.related.protocol import DrawnTable, TableInput
from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive
from tests.unit.synthesizers.related.small_tables import RECIPE, make_bank

Fitted = tuple[RelatedAutoregressive, dict[str, TableInput], dict[str, DrawnTable]]


@pytest.fixture(scope="module")
def bank() -> Fitted:
    tables = make_bank()
    synthesizer = RelatedAutoregressive(RECIPE)
    synthesizer.fit(tables)
    return synthesizer, {table.name: table for table in tables}, synthesizer.sample(1.0, seed=1)


def _count(owner: np.ndarray | None, parents: int) -> np.ndarray:
    assert owner is not None
    return np.bincount(owner[owner >= 0], minlength=parents)


def test_no_key_dangles(bank: Fitted) -> None:
    _, real, drawn = bank
    for name, table in drawn.items():
        if table.owner_rows is not None:
            parents = len(drawn[real[name].owner].rows)
            assert table.owner_rows.max() < parents
            assert len(table.owner_rows) == len(table.rows)
    card = drawn["transactions"].others["transactions.card_id"]
    assert -1 <= card.min() < card.max() < len(drawn["cards"].rows)


@pytest.mark.parametrize(("child", "parent"), [("accounts", "customers"), ("transactions", "accounts")])
def test_the_number_of_children_is_distributed_as_in_the_sample(
    bank: Fitted, child: str, parent: str
) -> None:
    _, real, drawn = bank
    of_real = _count(real[child].owner_rows, len(real[parent].rows))
    of_drawn = _count(drawn[child].owner_rows, len(drawn[parent].rows))
    assert ks_2samp(of_real, of_drawn).statistic < 0.07
    assert (of_drawn == 0).mean() == pytest.approx((of_real == 0).mean(), abs=0.07)
    assert of_drawn.max() <= of_real.max()


def test_the_number_of_children_goes_with_the_parent(bank: Fitted) -> None:
    _, _, drawn = bank
    counts = _count(drawn["accounts"].owner_rows, len(drawn["customers"].rows))
    is_gold = (drawn["customers"].rows["segment"] == "gold").to_numpy()
    assert counts[is_gold].mean() == pytest.approx(2.0, abs=0.25)
    assert counts[~is_gold].mean() == pytest.approx(0.5, abs=0.15)


def test_a_one_to_one_relation_stays_one(bank: Fitted) -> None:
    _, real, drawn = bank
    counts = _count(drawn["cards"].owner_rows, len(drawn["accounts"].rows))
    assert set(counts) == {0, 1}
    assert counts.mean() == pytest.approx(len(real["cards"].rows) / len(real["accounts"].rows), abs=0.07)


def test_optional_owners_stay_as_often_empty(bank: Fitted) -> None:
    _, real, drawn = bank
    of_real, of_drawn = real["accounts"].owner_rows, drawn["accounts"].owner_rows
    assert of_real is not None
    assert of_drawn is not None
    assert (of_drawn < 0).sum() == (of_real < 0).sum() > 50


def test_children_follow_each_other_in_time(bank: Fitted) -> None:
    _, _, drawn = bank
    rows = drawn["transactions"].rows.assign(owner=drawn["transactions"].owner_rows)
    gaps = rows.groupby("owner")["day"].diff().dropna()
    assert len(gaps) > 500
    assert gaps.min() >= pd.Timedelta(0)


def test_a_column_that_siblings_share_stays_shared(bank: Fitted) -> None:
    _, _, drawn = bank
    rows = drawn["transactions"].rows
    assert (rows.groupby(drawn["transactions"].owner_rows)["channel"].nunique() == 1).all()
    assert (rows["channel"] == "web").mean() == pytest.approx(0.5, abs=0.12)


def test_another_parent_belongs_to_the_same_ancestor(bank: Fitted) -> None:
    _, real, drawn = bank
    card = drawn["transactions"].others["transactions.card_id"]
    account = drawn["transactions"].owner_rows
    of_card = drawn["cards"].owner_rows
    assert account is not None
    assert of_card is not None
    assert (of_card[card[card >= 0]] == account[card >= 0]).all()
    expected = (real["transactions"].others["transactions.card_id"].rows >= 0).mean()
    assert (card >= 0).mean() == pytest.approx(expected, abs=0.08)


def test_missing_cells_and_dtypes_are_those_of_the_sample(bank: Fitted) -> None:
    _, real, drawn = bank
    for name, table in drawn.items():
        assert dict(table.rows.dtypes) == dict(real[name].rows.dtypes)
    score, currency = drawn["customers"].rows["score"], drawn["accounts"].rows["currency"]
    assert score.isna().mean() == pytest.approx(0.2, abs=0.07)
    assert currency.isna().mean() == pytest.approx(0.1, abs=0.05)
    assert not drawn["customers"].rows["since"].isna().any()


def _print(drawn: Mapping[str, DrawnTable]) -> str:
    parts = [
        f"{name}{table.rows.to_csv()}{table.owner_rows}{dict(table.others)}" for name, table in drawn.items()
    ]
    return "".join(parts)


def test_the_same_seed_gives_the_same_bytes_after_a_round_trip(bank: Fitted) -> None:
    synthesizer, _, drawn = bank
    state = synthesizer.state
    again = RelatedAutoregressive.from_state(SynthesizerState(state.values, dict(state.arrays)))
    assert _print(again.sample(1.0, seed=1)) == _print(drawn)
    assert _print(again.sample(1.0, seed=2)) != _print(drawn)


def test_the_same_fit_gives_the_same_bytes(bank: Fitted) -> None:
    _, _, drawn = bank
    again = RelatedAutoregressive(RECIPE)
    again.fit(make_bank())
    assert _print(again.sample(1.0, seed=1)) == _print(drawn)


def test_a_part_has_the_roots_that_were_asked_for(bank: Fitted) -> None:
    synthesizer, _, _ = bank
    assert dict(synthesizer.roots) == {"customers": 600}
    part = synthesizer.sample_roots({"customers": 40}, seed=5)
    assert len(part["customers"].rows) == 40
    assert 20 <= len(part["accounts"].rows) <= 70
    with pytest.raises(SamplingError, match='"cards" is no root'):
        synthesizer.sample_roots({"cards": 3}, seed=5)


def test_a_killed_fit_goes_on_with_the_tables_that_were_learned(bank: Fitted, tmp_path: Path) -> None:
    _, _, drawn = bank
    checkpoint = tmp_path / "fit"

    def kill(progress: Progress) -> None:
        if isinstance(progress, TableProgress) and progress.table == "transactions" and progress.epoch == 2:
            raise KeyboardInterrupt("killed")

    with pytest.raises(KeyboardInterrupt, match="killed"):
        RelatedAutoregressive(RECIPE).fit(make_bank(), kill, checkpoint)
    seen: list[str] = []

    def note(progress: Progress) -> None:
        assert isinstance(progress, TableProgress)
        seen.append(progress.table)

    again = RelatedAutoregressive(RECIPE)
    again.fit(make_bank(), note, checkpoint)
    assert set(seen) == {"transactions"}
    assert _print(again.sample(1.0, seed=1)) == _print(drawn)


def test_a_stopped_fit_leaves_a_model_of_all_tables() -> None:
    report = (synthesizer := RelatedAutoregressive(RECIPE)).fit(make_bank(), lambda _: Signal.STOP)
    assert report.was_stopped
    assert report.epochs_trained == 4
    assert set(synthesizer.sample(0.1, seed=0)) == {"customers", "accounts", "cards", "transactions"}

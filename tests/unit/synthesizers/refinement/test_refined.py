"""Rows chosen among candidates: what a synthesizer gets wrong is mended, what it gets right is left."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import SamplingError
from pipeline.synthesizers.protocol import Drawn, Shares, SynthesizerState
from pipeline.synthesizers.refinement.learner import LEAST_ROWS, MOST_CANDIDATES
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.refinement.refined import RefinedSynthesizer, refine, restore_refined
from pipeline.synthesizers.refinement.row_features import RowFeatures
from pipeline.synthesizers.width import ColumnPlan
from tests.unit.synthesizers.refinement.drawing import COLUMNS, DrawingSampler, make_rows, make_towns

TRAINING = make_rows(2_000, seed=1)
SKEWED = DrawingSampler(make_rows(20_000, seed=2, city_odds=(0.2, 0.3, 0.5)))


@pytest.fixture(scope="module")
def skewed() -> RefinedSynthesizer:
    return refine(SKEWED, TRAINING, COLUMNS, seed=3)


def share_of(table: pd.DataFrame, column: str, category: str) -> float:
    return float((table[column] == category).mean())


def test_a_perfect_generator_is_left_alone() -> None:
    perfect = DrawingSampler(make_rows(20_000, seed=4))
    refined = refine(perfect, TRAINING, COLUMNS, seed=3)
    assert refined.record.is_neutral
    assert refined.record.candidates == 1
    assert refined.sample(500, 7).equals(perfect.sample(500, 7))


@pytest.mark.parametrize("rows", [400, 2_000])
@pytest.mark.parametrize("seed", range(4))
def test_a_perfect_generator_is_left_alone_whatever_the_sample(rows: int, seed: int) -> None:
    perfect = DrawingSampler(make_rows(20_000, seed=100 + seed))
    record = refine(perfect, make_rows(rows, seed=200 + seed), COLUMNS, seed=seed).record
    assert (record.gains, record.mapped, record.raked, record.candidates) == ((), (), (), 1)


@pytest.mark.parametrize(("rows", "seed"), [(500, 1), (2_000, 2)])
def test_a_perfect_generator_of_many_rare_categories_is_left_alone(rows: int, seed: int) -> None:
    """Of categories that few rows hold, those that happen to hold more are known, the others are not."""
    perfect = DrawingSampler(make_towns(20_000, seed=100 + seed))
    record = refine(perfect, make_towns(rows, seed=200 + seed), COLUMNS, seed=seed).record
    assert (record.gains, record.mapped, record.raked, record.raked_pairs) == ((), (), (), ())
    assert (record.is_neutral, record.effective_share, record.candidates) == (True, 1.0, 1)


def test_a_wrong_share_of_a_category_is_corrected(skewed: RefinedSynthesizer) -> None:
    plain, chosen = SKEWED.sample(4_000, 7), skewed.sample(4_000, 7)
    assert share_of(plain, "city", "Bonn") == pytest.approx(0.2, abs=0.03)
    for city in ("Bonn", "Lyon", "Pune"):
        assert share_of(chosen, "city", city) == pytest.approx(share_of(TRAINING, "city", city), abs=0.01)


def test_columns_that_were_drawn_independently_depend_on_each_other_again() -> None:
    rng = np.random.default_rng(5)
    pool = make_rows(20_000, seed=6)
    shuffled = pd.DataFrame({name: pool[name].array[rng.permutation(len(pool))] for name in pool})
    refined = refine(DrawingSampler(shuffled), TRAINING, COLUMNS, seed=3)
    chosen = refined.sample(4_000, 8)
    wanted = TRAINING.groupby("city")["plan"].apply(lambda plans: (plans == "gold").mean())
    found = chosen.groupby("city")["plan"].apply(lambda plans: (plans == "gold").mean())
    assert shuffled.groupby("city")["plan"].apply(lambda plans: (plans == "gold").mean()).std() < 0.02
    assert (found - wanted).abs().max() < 0.08
    assert refined.record.gains[0] > 0.1


def test_a_bent_number_is_straight_again_and_no_single_value_is_copied() -> None:
    pool = make_rows(20_000, seed=6)
    bent = DrawingSampler(pool.assign(amount=np.round(pool["amount"] * 1.5 + 40, 2)))
    refined = refine(bent, TRAINING, COLUMNS, seed=3)
    chosen = refined.sample(4_000, 8)["amount"]
    assert refined.record.mapped == ("amount",)
    for part in (0.1, 0.5, 0.9):
        assert chosen.quantile(part) == pytest.approx(TRAINING["amount"].quantile(part), rel=0.08)
    singles = TRAINING["amount"].value_counts().loc[lambda counts: counts < 5].index
    # Values of two decimals meet by chance where they lie dense.
    assert chosen.isin(singles).mean() < 0.25


def test_missing_numbers_come_back_at_their_rate() -> None:
    training = TRAINING.assign(amount=TRAINING["amount"].where(TRAINING["plan"] == "gold"))
    pool = make_rows(20_000, seed=6)
    is_missing = np.random.default_rng(7).random(len(pool)) < 0.2
    refined = refine(
        DrawingSampler(pool.assign(amount=pool["amount"].mask(is_missing))), training, COLUMNS, 3
    )
    chosen = refined.sample(2_000, 8)
    assert chosen["amount"].isna().mean() == pytest.approx(training["amount"].isna().mean(), abs=0.04)
    assert chosen.loc[chosen["amount"].isna(), "plan"].eq("base").mean() > 0.95


def test_a_category_that_is_never_drawn_is_named() -> None:
    pool = make_rows(20_000, seed=6)
    refined = refine(DrawingSampler(pool[pool["city"] != "Pune"]), TRAINING, COLUMNS, seed=3)
    assert refined.record.never_drawn == {"city": ("Pune",)}
    assert any('never drew Pune of "city"' in finding for finding in refined.record.findings)


def test_a_category_of_few_real_rows_is_not_named() -> None:
    training = make_rows(520, seed=1)
    training.loc[:5, "city"] = "Oulu"
    record = refine(DrawingSampler(make_rows(20_000, seed=6)), training, COLUMNS, seed=3).record
    assert record.never_drawn == {}


def test_what_a_manifest_says_of_a_refinement_counts_categories_and_names_none() -> None:
    record = RefinementRecord(gains=(0.1,), never_drawn={"city": ("Bonn", "Oulu")})
    assert record.as_public() == {**record.as_dict(), "never_drawn": {"city": 2}}


def test_a_generator_that_hardly_draws_real_rows_is_said_to_be_at_fault() -> None:
    poor = DrawingSampler(make_rows(20_000, seed=6, city_odds=(0.004, 0.004, 0.992)))
    refined = refine(poor, TRAINING, COLUMNS, seed=3)
    assert refined.record.candidates == MOST_CANDIDATES
    assert refined.record.effective_share < 0.05
    assert "the synthesizer is at fault" in refined.record.findings[0]


@pytest.mark.parametrize("share", [0.1, 0.35, 0.9])
def test_shares_are_exact(skewed: RefinedSynthesizer, share: float) -> None:
    chosen = skewed.sample(1_000, 9, {"plan": {"gold": share}})
    assert (chosen["plan"] == "gold").sum() == round(1_000 * share)
    assert len(chosen) == 1_000


def test_what_a_share_leaves_over_keeps_its_real_proportions(skewed: RefinedSynthesizer) -> None:
    chosen = skewed.sample(4_000, 9, {"city": {"Bonn": 0.5}})
    real = TRAINING[TRAINING["city"] != "Bonn"]
    rest = chosen[chosen["city"] != "Bonn"]
    assert share_of(chosen, "city", "Bonn") == 0.5
    assert share_of(rest, "city", "Lyon") == pytest.approx(share_of(real, "city", "Lyon"), abs=0.04)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(skewed: RefinedSynthesizer) -> None:
    assert skewed.sample(800, 4).equals(skewed.sample(800, 4))
    assert not skewed.sample(800, 4).equals(skewed.sample(800, 5))
    again = refine(SKEWED, TRAINING, COLUMNS, seed=3)
    assert again.sample(800, 4).equals(skewed.sample(800, 4))


def test_a_stored_refinement_chooses_the_same_rows(skewed: RefinedSynthesizer) -> None:
    file, state = io.BytesIO(), skewed.state
    np.savez(file, **state.arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    values = json.loads(json.dumps(state.values))
    restored = restore_refined(SKEWED, SynthesizerState(values, arrays))
    assert restored.record == skewed.record
    assert restored.sample(800, 4).equals(skewed.sample(800, 4))


def test_too_few_training_rows_refine_nothing() -> None:
    refined = refine(SKEWED, TRAINING.head(LEAST_ROWS - 1), COLUMNS, seed=3)
    assert refined.record.is_neutral


def test_dates_and_whole_numbers_keep_their_types() -> None:
    def make(rows: int, seed: int, power: float) -> pd.DataFrame:
        days = (200 * np.random.default_rng(seed).random(rows) ** power).astype(np.int64)
        return pd.DataFrame(
            {"day": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"), "visits": days // 10}
        )

    columns = ModelledColumn("day", ModelledType.DATETIME), ModelledColumn("visits", ModelledType.NUMERICAL)
    training, sampler = make(1_000, 1, 1.0), DrawingSampler(make(10_000, 2, 2.0))
    chosen = refine(sampler, training, columns, seed=3).sample(1_000, 4)
    assert chosen.dtypes.equals(training.dtypes)
    assert sampler.pool["visits"].mean() == pytest.approx(6.2, abs=0.2)
    assert chosen["visits"].mean() == pytest.approx(training["visits"].mean(), abs=0.4)
    assert chosen["day"].max() <= training["day"].max()


def test_the_forced_rows_that_are_kept_are_counted(skewed: RefinedSynthesizer) -> None:
    @dataclass(frozen=True)
    class Forcing(DrawingSampler):
        """Marks every row of one city as forced."""

        def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
            drawn = super().draw(rows, seed, shares)
            return Drawn(drawn.table, (drawn.table["city"] == "Pune").to_numpy())

    refined = refine(Forcing(SKEWED.pool), TRAINING, COLUMNS, seed=3)
    drawn = refined.draw(1_000, 4)
    assert drawn.forced_rows == (drawn.table["city"] == "Pune").sum()
    assert drawn.table.equals(skewed.sample(1_000, 4))


def test_equal_values_name_one_category_of_a_share(skewed: RefinedSynthesizer) -> None:
    training = TRAINING.assign(plan=(TRAINING["plan"] == "gold").astype(int))
    pool = SKEWED.pool.assign(plan=(SKEWED.pool["plan"] == "gold").astype(int))
    refined = refine(DrawingSampler(pool), training, COLUMNS, seed=3)
    assert (refined.sample(333, 5, {"plan": {1.0: 0.7}})["plan"] == 1).sum() == 233


def test_trees_of_another_version_are_refused_with_what_to_do(skewed: RefinedSynthesizer) -> None:
    state = skewed.state
    nodes = {
        name: array[["value", "count"]] for name, array in state.arrays.items() if name.endswith(".nodes")
    }
    other = restore_refined(SKEWED, SynthesizerState(state.values, {**state.arrays, **nodes}))
    with pytest.raises(SamplingError, match="another version of scikit-learn"):
        other.sample(100, 1)


def test_numbers_of_a_refinement_of_an_earlier_version_stand_as_they_are() -> None:
    features = RowFeatures.learn(TRAINING, COLUMNS)
    arrays = {name: array for name, array in features.arrays.items() if not name.startswith("edges.")}
    earlier = RowFeatures.from_parts(features.values, arrays)
    assert earlier.read(TRAINING)[:, 2].max() > features.read(TRAINING)[:, 2].max() > 20
    assert RowFeatures.from_parts(features.values, features.arrays).read(TRAINING).tolist() == (
        features.read(TRAINING).tolist()
    )


@dataclass(frozen=True)
class RangeSampler:
    """Draws rows of a pool; half of them have an amount up to 60 where a share asks for that."""

    plain: DrawingSampler
    plans: tuple[ColumnPlan, ...] = ()

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        if not shares:
            return self.plain.draw(rows, seed)
        rng = np.random.default_rng(seed)
        is_low = (self.plain.pool["amount"] <= 60.0).to_numpy()
        places = [rng.choice(np.flatnonzero(part), rows // 2) for part in (is_low, ~is_low)]
        chosen = rng.permutation(np.concatenate(places))
        return Drawn(self.plain.pool.iloc[chosen].reset_index(drop=True))

    @property
    def state(self) -> SynthesizerState:
        return SynthesizerState({}, {})


def test_a_share_of_a_number_is_met_by_chosen_rows_and_the_rest_is_mended() -> None:
    refined = refine(RangeSampler(SKEWED), TRAINING, COLUMNS, seed=3)
    shares = {"amount": {"..60": 0.5}}
    chosen, plain = refined.sample(2_000, 7, shares), refined.plain.sample(2_000, 7, shares)
    assert int((chosen["amount"] <= 60.0).sum()) == 1_000
    is_low = TRAINING["amount"] <= 60.0
    wanted = np.mean([share_of(TRAINING[part], "city", "Bonn") for part in (is_low, ~is_low)])
    assert share_of(plain, "city", "Bonn") == pytest.approx(0.2, abs=0.06)
    assert share_of(chosen, "city", "Bonn") == pytest.approx(wanted, abs=0.08)

"""Ends that single rows hold: narrowed ranges, mirrored draws, and nothing of the true ends kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.columns import DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.ends import keep_inside, protect_ends
from pipeline.synthesizers.recipe import Recipe


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    size = rng.normal(1_000, 50, 400).round()
    size[:2] = 123, 4_567
    day = pd.Timestamp("2020-06-01") + pd.to_timedelta(rng.integers(0, 300, 400), unit="D")
    day = day.to_series(index=range(400))
    day[:2] = pd.Timestamp("1931-07-08"), pd.Timestamp("2071-03-05")
    return pd.DataFrame({"size": size.astype(int), "day": day})


COLUMNS = (
    ModelledColumn("size", ModelledType.NUMERICAL),
    ModelledColumn("day", ModelledType.DATETIME),
)


@pytest.mark.parametrize("name", ["ctgan", "gaussian_copula"])
def test_an_end_of_one_row_is_neither_sampled_nor_kept(name: str) -> None:
    table = _table()
    recipe = Recipe(synthesizer=name, epochs=2, batch_size=100, threads=1, use_hma=False, seed=1)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(table)
    sample = synthesizer.sample(5_000, seed=2)
    for column in table:
        assert sample[column].min() > table[column].min()
        assert sample[column].max() < table[column].max()
    kept = str(synthesizer.state.values)
    assert "4567" not in kept
    assert not any(number in kept for number in ("123.0", "-1214524800000000"))


@pytest.mark.parametrize("decimals", [0, None])
def test_draws_beyond_a_moved_end_leave_no_spike(decimals: int | None) -> None:
    rng = np.random.default_rng(0)
    observed = np.append(rng.gamma(2.0, 100.0, 2_000), [-40.0, 9_000.0])
    encoding = NumberEncoding.learn(
        pd.Series(observed if decimals is None else observed.round(decimals), name="x")
    )
    assert (encoding.decimals, encoding.mirrors_low, encoding.mirrors_high) == (decimals, True, True)
    # A fifth of these draws lies below the range.
    values = encoding.values(rng.normal(encoding.minimum + 85, 100, 20_000))
    assert values.min() >= encoding.minimum > observed.min()
    at_end = (values < encoding.minimum + 1).mean()
    beside = ((values >= encoding.minimum + 1) & (values < encoding.minimum + 11)).mean() / 10
    assert at_end < 3 * beside


def test_an_end_that_people_share_is_clipped_to() -> None:
    encoding = NumberEncoding.learn(pd.Series([0] * 10 + list(range(5, 60)) + [900], name="x"))
    assert (encoding.minimum, encoding.mirrors_low) == (0.0, False)
    assert encoding.values(np.array([-7.0, -1.0, 3.0])).tolist() == [0, 0, 3]


def test_training_numbers_stay_in_the_range_too() -> None:
    series = pd.Series([*range(100, 150), 9_999.0, np.nan], name="x")
    encoding = NumberEncoding.learn(series)
    numbers = encoding.numbers(series)
    assert np.nanmax(numbers) == encoding.maximum < 9_999
    assert np.isnan(numbers[-1])


@pytest.mark.parametrize(
    ("numbers", "ends"),
    [([5_213.0, 7_964.0], (5_000.0, 8_000.0)), ([4_567.0], (4_000.0, 5_000.0)), ([-0.37, 0.0], (-0.4, 0.0))],
)
def test_fewer_than_ten_rows_have_round_ends_beyond_them(
    numbers: list[float], ends: tuple[float, float]
) -> None:
    assert protect_ends(np.array(numbers)) == pytest.approx(ends)


def test_a_third_of_few_rows_decides_no_end() -> None:
    numbers = np.array([*range(101, 118), 3_000.0, 52_777.0])
    assert protect_ends(numbers) == protect_ends(np.append(numbers[:-1], 4_001.0))
    assert protect_ends(numbers)[1] < 200


def test_an_end_without_a_grid_is_left_too() -> None:
    numbers = np.append(np.linspace(0.0, 1.0, 40), [5.0] * 4)
    assert 0.85 < protect_ends(numbers)[1] <= 1.0


def test_dates_are_rounded_from_1970_on_and_not_from_the_first_one() -> None:
    days = pd.date_range("1990-01-01", periods=200, freq="11D").to_series(index=range(200), name="day")
    first = [
        DatetimeEncoding.learn(days.where(days.index > 0, one))
        for one in (days[0], pd.Timestamp("1901-02-03"))
    ]
    assert first[0] == first[1]


@pytest.mark.parametrize("dtype", ["int8", "Int8", "uint8"])
def test_the_range_stays_within_what_the_dtype_holds(dtype: str) -> None:
    largest = 255 if dtype == "uint8" else 127
    numbers = pd.Series(np.arange(largest - 40, largest + 1), name="x").astype(dtype)
    encoding = NumberEncoding.learn(numbers)
    drawn = encoding.values(np.linspace(-500.0, 500.0, 400))
    assert drawn.between(encoding.minimum, encoding.maximum).all()
    assert encoding.maximum <= largest


def test_numbers_are_mirrored_as_often_as_it_takes() -> None:
    kept = keep_inside(np.array([-3.0, 12.0, 27.0, -18.0, np.nan]), 0.0, 10.0, True, True)
    assert kept.tolist()[:4] == [3.0, 8.0, 7.0, 2.0]
    assert np.isnan(kept[4])
    assert keep_inside(np.array([-3.0, 12.0]), 0.0, 10.0, False, True).tolist() == [0.0, 8.0]

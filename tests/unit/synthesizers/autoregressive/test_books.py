"""Columns ↔ codes of the autoregressive synthesizer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.autoregressive.codebook import CategoryBook, Codebook, NumberBook
from pipeline.synthesizers.cells import Cells, bend, learn_cells
from pipeline.synthesizers.ends import cut_rows, find_middle, find_round, protect_ends


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _series(values: object, name: str = "column") -> pd.Series:
    return pd.Series(values, name=name)


def test_categories_come_back_in_their_own_dtype() -> None:
    series = _series(pd.Categorical(["b", "a"] * 5 + [None] * 2, categories=["b", "a"], ordered=True))
    book, codes = CategoryBook.learn(series)
    pd.testing.assert_series_equal(book.restore(codes, _rng()), series)


def test_a_rare_category_has_a_code_that_is_never_allowed() -> None:
    book, codes = CategoryBook.learn(_series(["a"] * 6 + ["b"] * 5 + ["lonely"] * 4))
    assert book.encoding.categories == ("a", "b")
    assert book.sizes == (3,)
    assert codes[-1, 0] == 2
    assert book.allowed(np.array([True, True]), codes[:, :0]).tolist() == [[True, True, False]]


def test_rare_levels_of_a_categorical_column_are_forgotten() -> None:
    book, _ = CategoryBook.learn(_series(pd.Categorical(["a"] * 6 + ["b"] * 5 + ["lonely"])))
    assert "lonely" not in str(book.as_dict())


def test_many_categories_become_two_variables_and_come_back() -> None:
    series = _series([f"c{number % 300:03d}" for number in range(3_000)])
    book, codes = CategoryBook.learn(series, is_split=True)
    assert book.sizes == (17, 18)
    pd.testing.assert_series_equal(book.restore(codes, _rng()), series)


def test_the_second_code_of_a_split_category_depends_on_the_first() -> None:
    book, _ = CategoryBook.learn(_series([f"c{number % 300:03d}" for number in range(3_000)]), is_split=True)
    wanted = np.zeros(300, dtype=bool)
    wanted[[19, 299]] = True
    no_codes = np.zeros((1, 0), dtype=np.int64)
    assert np.flatnonzero(book.allowed(wanted, no_codes)[0]).tolist() == [1, 16]
    places = book.allowed(wanted, np.array([[1], [16], [0]]))
    assert [np.flatnonzero(row).tolist() for row in places] == [[1], [11], []]


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "float32"])
def test_numbers_keep_their_dtype_and_their_missing_cells(dtype: str) -> None:
    has_missing = dtype in ("float64", "Int64")
    series = _series([1, 2, 3] * 10 + ([None] * 6 if has_missing else [])).astype(dtype)
    book, codes = NumberBook.learn(series, ModelledType.NUMERICAL)
    assert book.sizes == (3 + has_missing,)
    pd.testing.assert_series_equal(book.restore(codes, _rng()), series)


def test_numbers_in_bins_keep_decimals_and_stay_in_their_bin() -> None:
    series = _series(np.round(_rng().normal(0, 50, 4_000), 2))
    book, codes = NumberBook.learn(series, ModelledType.NUMERICAL)
    restored = book.restore(codes, _rng())
    assert book.sizes == (64,)
    assert np.array_equal(restored, restored.round(2))
    assert np.abs(restored.rank(pct=True) - series.rank(pct=True)).max() < 2 / 64


def test_dates_come_back_as_dates_within_the_range() -> None:
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(_rng().integers(0, 700, 2_000), "D")
    book, codes = NumberBook.learn(_series(days), ModelledType.DATETIME)
    restored = book.restore(codes, _rng())
    assert restored.dtype == "datetime64[ns]"
    assert (restored == restored.dt.normalize()).all()
    assert restored.between("2020-01-01", "2021-11-30").all()


def test_a_column_without_values_stays_empty() -> None:
    book, codes = NumberBook.learn(_series([np.nan] * 30), ModelledType.NUMERICAL)
    assert book.sizes == (1,)
    assert book.restore(codes, _rng()).isna().all()


def test_an_extreme_of_one_row_is_never_given() -> None:
    series = _series(np.append(_rng().integers(0, 1_000, 2_000), [-77_777, 99_999]))
    book, codes = NumberBook.learn(series, ModelledType.NUMERICAL)
    restored = book.restore(np.repeat(codes, 20, axis=0), _rng())
    assert restored.min() > -77_777
    assert restored.max() < 99_999
    assert "99999" not in str(book.as_dict())


def test_an_end_that_many_rows_hold_stays() -> None:
    assert protect_ends(np.repeat([0.0, 5.0, 9.0], 10)) == (0.0, 9.0)


@pytest.mark.parametrize("outermost", [[231.0, 1_000.0], [9_000.0, 1e9]])
def test_no_outlier_decides_how_far_the_range_reaches(outermost: list[float]) -> None:
    numbers = np.concatenate([np.arange(100.0), [200.0, 210.0, 220.0, *outermost]])
    assert protect_ends(numbers)[1] == 100.0


def test_the_range_does_not_cross_zero() -> None:
    numbers = np.append(1.5 ** np.arange(40.0), [-40.0] * 3)
    assert protect_ends(numbers)[0] == 0.0


def test_stretches_end_at_round_numbers_and_leave_no_gap() -> None:
    salaries = np.sort(_rng().lognormal(10.5, 0.4, 2_000).round(2))
    cells, _ = learn_cells(salaries, 0.01)
    inner = np.unique(np.concatenate([cells.lows, cells.highs]))[1:-1]
    # Half a step off the grid, no end is anybody's number.
    assert not np.isin(inner.round(3), salaries).any()
    assert np.median([len(f"{end + 0.005:.2f}".rstrip("0").rstrip(".").strip("0")) for end in inner]) <= 3
    order = np.argsort(cells.lows)
    assert np.allclose(cells.highs[order][:-1], cells.lows[order][1:])


def test_no_entry_of_a_cell_holds_too_few_rows() -> None:
    shared = np.repeat(np.arange(299.0), 12)
    numbers = np.append(shared, [156.5, 160.5])
    cells, codes = learn_cells(numbers, 0.5)
    drawn = cells.draw(np.repeat(codes, 50), _rng())
    assert not np.isin(drawn, [156.5, 160.5]).any()
    balances = _rng().lognormal(7.0, 1.0, 4_000).round()
    cells, _ = learn_cells(balances, 1.0)
    # The outermost stretches stand for the rows beyond them too.
    lows = np.where(cells.lows == cells.lows.min(), -np.inf, cells.lows)
    highs = np.where(cells.highs == cells.highs.max(), np.inf, cells.highs)
    held = [
        ((balances > low) & (balances < high)).sum()
        for low, high in zip(lows, highs, strict=True)
        if low < high
    ]
    assert min(held) >= 10


def test_stretches_without_a_grid_end_at_nobodys_number() -> None:
    numbers = np.append(_rng().normal(0.0, 1e-6, 1_000), [1.0, 2.0, 3.0])
    cells, codes = learn_cells(numbers, 0.0)
    inner = np.unique(np.concatenate([cells.lows, cells.highs]))[1:-1]
    assert not np.isin(inner, numbers).any()
    drawn = cells.draw(codes, _rng())
    assert np.quantile(drawn, 0.9) == pytest.approx(np.quantile(numbers, 0.9), rel=0.15)


def test_a_stretch_leans_to_where_its_rows_lie() -> None:
    numbers = np.append(np.linspace(0.0, 10.0, 12), np.linspace(60.0, 100.0, 12))
    cells, codes = learn_cells(np.repeat(numbers, 9), 0.0, bins=2)
    even = Cells(cells.spots, cells.lows, cells.highs, np.zeros(len(cells.tilts)))
    drawn, evenly = (one.draw(np.repeat(codes, 50), _rng()) for one in (cells, even))
    assert np.isin(cells.tilts, [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]).all()
    # Nobody is between 10 and 60: the stretch across leans to the side where its rows are.
    across = np.flatnonzero((cells.lows < 30.0) & (cells.highs > 30.0))
    assert np.abs(cells.tilts[across]).max() >= 0.5
    between = [((one > 15.0) & (one < 55.0)).mean() for one in (drawn, evenly)]
    assert between[0] < between[1]


def test_fewer_than_ten_rows_say_nothing_of_where_they_lie() -> None:
    cells, _ = learn_cells(np.array([0.0, 0.1, 0.2, 0.3, 100.0]), 0.1)
    assert cells.tilts.tolist() == [0.0]


@pytest.mark.parametrize("tilt", [-1.0, -0.25, 0.0, 0.5, 1.0])
def test_places_in_a_stretch_follow_its_density(tilt: float) -> None:
    places = np.linspace(0.0, 1.0, 11)
    shares = places * (1 - tilt) + tilt * places**2
    assert bend(shares, np.full(11, tilt)) == pytest.approx(places, abs=1e-7)


def test_cells_of_earlier_versions_are_drawn_evenly() -> None:
    arrays = {"spots": np.array([1.0]), "lows": np.array([10.0]), "highs": np.array([30.0])}
    drawn = Cells.from_arrays(arrays).draw(np.zeros(50, dtype=np.int64), _rng())
    rng = _rng()
    rng.random(50)
    assert drawn.tolist() == (10.0 + rng.random(50) * 20.0).tolist()


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(38.0, 43.0, 40.0), (1_234.0, 1_236.0, 1_236.0), (0.31, 0.34, 0.34), (0.28, 0.34, 0.3), (-7.0, 2.0, 0.0),
     (-480.0, -433.0, -440.0), (10_000.0, 95_000.0, 90_000.0), (5.0, 5.0, 5.0), (0.0, 1e-7, 1e-7)],
)  # fmt: skip
def test_the_roundest_number_up_to_another_is_found(low: float, high: float, found: float) -> None:
    assert find_round(low, high) == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(
    ("low", "high", "step", "found"),
    [(38.0, 43.0, 1.0, 40.0), (52_300.0, 52_700.0, 1.0, 52_500.0), (10_000.0, 95_000.0, 0.0, 50_000.0),
     (40.0, 42.0, 1.0, 41.0), (0.28, 0.34, 0.01, 0.3), (-480.0, -433.0, 1.0, -460.0)],
)  # fmt: skip
def test_the_roundest_number_in_the_middle_of_two_is_found(
    low: float, high: float, step: float, found: float
) -> None:
    assert find_middle(low, high, step) == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(("low", "high", "step"), [(41.0, 42.0, 1.0), (0.28, 0.29, 0.01), (3.0, 3.0, 0.0)])
def test_there_is_no_number_between_neighbours(low: float, high: float, step: float) -> None:
    assert np.isnan(find_middle(low, high, step))


def test_cuts_follow_from_rows_that_others_lie_between() -> None:
    salaries = np.sort(_rng().lognormal(10.5, 0.4, 600).round(-2))
    cuts = cut_rows(salaries, 40, 1.0)
    held = np.diff([0, *np.searchsorted(salaries, cuts), 600])
    assert len(cuts) > 20
    assert held.min() >= 10


def test_numbers_that_ten_rows_share_are_cut_apart() -> None:
    numbers = np.repeat(np.arange(50.0), 12)
    assert cut_rows(numbers, 50, 1.0).tolist() == (np.arange(1, 50) - 0.5).tolist()


def test_a_value_that_few_rows_hold_goes_to_its_neighbour() -> None:
    cells, codes = learn_cells(np.repeat([1.0, 2.0, 3.0, 9.0], [30, 2, 30, 30]), 1.0)
    assert len(cells) == 3
    assert codes[30] in (0, 1)
    assert set(cells.draw(codes, _rng())) == {1.0, 3.0, 9.0}


def test_no_bin_reaches_across_a_heavy_value() -> None:
    numbers = np.concatenate([_rng().uniform(-50, -1, 1_000), np.zeros(2_000), _rng().uniform(1, 50, 1_000)])
    cells, codes = learn_cells(numbers, 0.0)
    zero = codes[1_000]
    drawn = cells.draw(codes, _rng())
    assert (drawn[codes < zero] < 0).all()
    assert (drawn[codes == zero] == 0).all()
    assert (drawn[codes > zero] > 0).all()


def test_a_spot_that_rounds_up_stays_in_its_cell() -> None:
    class _AlmostOne(np.random.Generator):
        def random(self, size: int) -> np.ndarray:  # type: ignore[override]
            return np.full(size, np.nextafter(1.0, 0.0))

    cells, codes = learn_cells(np.repeat(np.arange(150.0), 10), 1.0)
    drawn = cells.draw(codes, _AlmostOne(np.random.PCG64(0)))
    assert np.array_equal(drawn, np.repeat(np.arange(150.0), 10))


def _codebook() -> tuple[Codebook, np.ndarray, pd.DataFrame]:
    table = pd.DataFrame(
        {
            "amount": np.round(_rng().gamma(2, 100, 600), 1),
            "kind": ["x", "y", "z"] * 200,
            "flag": [True, False] * 300,
        }
    )
    columns = (
        ModelledColumn("amount", ModelledType.NUMERICAL),
        ModelledColumn("kind", ModelledType.CATEGORICAL),
        ModelledColumn("flag", ModelledType.BOOLEAN),
    )
    return *Codebook.learn(table, columns, ()), table


def test_narrow_columns_are_drawn_first_and_the_table_keeps_its_order() -> None:
    codebook, codes, table = _codebook()
    assert [column.name for column in codebook.drawn] == ["flag", "kind", "amount"]
    restored = codebook.restore(codes, _rng())
    assert restored.columns.tolist() == ["amount", "kind", "flag"]
    assert restored.dtypes.equals(table.dtypes)


def test_a_codebook_survives_plain_values_and_arrays() -> None:
    codebook, codes, _ = _codebook()
    again = Codebook.from_parts(codebook.values, codebook.arrays)
    pd.testing.assert_frame_equal(again.restore(codes, _rng()), codebook.restore(codes, _rng()))

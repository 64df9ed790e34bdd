from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.features import (
    check_as_of,
    draw_birth_dates,
    extract,
    modelled_columns,
    render,
    render_expiries,
)
from pipeline.datasets.parsing import compute_ages
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, FeatureSpec, ModelledColumn, ModelledType, Role
from pipeline.errors import DataError, MetadataError, SamplingError

AS_OF = date(2026, 1, 1)
SPEC = DatasetSpec(
    name="people",
    title="People",
    description="",
    table="people",
    as_of=AS_OF,
    columns=(
        ColumnSpec("gender", Role.MODELLED, "categorical"),
        ColumnSpec("address", Role.IDENTITY, "us_address", follows=("state",)),
        ColumnSpec("born", Role.IDENTITY, "date_of_birth", follows=("age",)),
        ColumnSpec("expiry", Role.IDENTITY, "card_expiry", follows=("months",)),
        ColumnSpec(
            "balance", Role.MODELLED, "numerical", options={"decimals": 2, "minimum": 0, "maximum": 50}
        ),
        ColumnSpec("joined", Role.MODELLED, "datetime"),
    ),
    features=(
        FeatureSpec("age", "age", "born"),
        FeatureSpec("state", "us_state", "address"),
        FeatureSpec("months", "months_ahead", "expiry", {"maximum": 60}),
    ),
)
RAW = pd.DataFrame(
    {
        "gender": ["Female", "Male"],
        "address": ["4821 Alder Ridge Road, Fairmont Falls, TX 75201", "1 Main Street, Ames, IA 50010-1234"],
        "born": ["1990-01-01", "1990-01-02"],
        "expiry": ["02/26", "01/31"],
        "balance": ["1.5", "20"],
        "joined": ["2020-02-29", "2021-01-01"],
    }
)


def test_modelled_columns_keep_raw_order_with_features_in_place() -> None:
    assert modelled_columns(SPEC) == (
        ModelledColumn("gender", ModelledType.CATEGORICAL),
        ModelledColumn("state", ModelledType.CATEGORICAL),
        ModelledColumn("age", ModelledType.NUMERICAL),
        ModelledColumn("months", ModelledType.NUMERICAL),
        ModelledColumn("balance", ModelledType.NUMERICAL),
        ModelledColumn("joined", ModelledType.DATETIME),
    )


def test_extract_gives_typed_features() -> None:
    modelled = extract(SPEC, RAW, AS_OF)
    assert list(modelled) == ["gender", "state", "age", "months", "balance", "joined"]
    assert modelled["state"].tolist() == ["TX", "IA"]
    assert modelled["age"].tolist() == [36, 35]
    assert modelled["months"].tolist() == [1, 60]
    assert modelled["balance"].tolist() == [1.5, 20.0]
    assert modelled["joined"].dtype == "datetime64[ns]"


def test_extract_reads_typed_columns_like_text() -> None:
    typed = RAW.assign(born=pd.to_datetime(RAW["born"]), balance=[1.5, 20.0])
    pd.testing.assert_frame_equal(extract(SPEC, typed, AS_OF), extract(SPEC, RAW, AS_OF))


def test_extract_keeps_missing_cells_missing() -> None:
    gaps = RAW.astype(object).where([[False] * 6, [True] * 6], None)
    assert extract(SPEC, gaps, AS_OF).isna().to_numpy().tolist() == [[True] * 6, [False] * 6]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            "born",
            "yesterday",
            r'column "born" holds no date.*in 1 of 2 rows, the first is "yesterday" in row 2',
        ),
        ("address", "nowhere", r'column "address" holds no address.*"nowhere" in row 2'),
        ("expiry", "13/27", r'column "expiry" holds no expiry.*"13/27" in row 2'),
        ("balance", "many", r'column "balance" holds no number.*"many" in row 2'),
    ],
)
def test_extract_names_the_bad_cell(column: str, value: str, message: str) -> None:
    bad = RAW.copy()
    bad.loc[1, column] = value
    with pytest.raises(DataError, match=message):
        extract(SPEC, bad, AS_OF)


@pytest.mark.parametrize("year", [1900, 1998, 1999, 2026, 2099, 2100, 2199])
def test_two_digit_years_are_read_in_the_century_of_the_tables_date(year: int) -> None:
    as_of = date(year, 6, 30)
    expiries = pd.DataFrame({"expiry": render_expiries(np.arange(1.0, 61.0), as_of)})
    spec = replace(SPEC, columns=(SPEC.columns[3],), features=(SPEC.features[2],))
    assert extract(spec, expiries, as_of)["months"].tolist() == list(range(1, 61))
    lapsed = pd.DataFrame({"expiry": [f"06/{(year - 20) % 100:02d}", f"06/{(year + 79) % 100:02d}"]})
    assert extract(spec, lapsed, as_of)["months"].tolist() == [-240, 948]


@pytest.mark.parametrize("as_of", [date(1, 1, 1), date(1899, 12, 31), date(2200, 1, 1), date(9999, 12, 31)])
def test_dates_from_which_no_age_can_be_counted_are_refused(as_of: date) -> None:
    with pytest.raises(DataError, match="may lie from 1900-01-01 to 2199-12-31"):
        check_as_of(as_of)
    with pytest.raises(DataError, match="out of range"):
        draw_birth_dates(np.array([30.0]), as_of, np.random.default_rng(0))


@pytest.mark.parametrize("as_of", [date(1900, 1, 1), date(2000, 2, 29), date(2199, 12, 31)])
def test_every_age_has_its_birth_date_from_the_first_to_the_last_date(as_of: date) -> None:
    ages = np.repeat(np.arange(0.0, 121.0), 30)
    births = draw_birth_dates(ages, as_of, np.random.default_rng(0))
    assert np.array_equal(compute_ages(births, as_of), ages)


def test_extract_names_an_absent_column() -> None:
    with pytest.raises(DataError, match='no column "expiry"'):
        extract(SPEC, RAW.drop(columns="expiry"), AS_OF)


def test_render_inverts_extract() -> None:
    modelled = extract(SPEC, RAW, AS_OF)
    rendered = render(SPEC, modelled, AS_OF, np.random.default_rng(0))
    assert set(rendered) == {"gender", "born", "expiry", "balance", "joined"}
    table = RAW.assign(**{name: pd.Series(values) for name, values in rendered.items()})
    pd.testing.assert_frame_equal(extract(SPEC, table, AS_OF), modelled)


def test_render_clips_and_rounds_numbers() -> None:
    modelled = extract(SPEC, RAW, AS_OF).assign(balance=[-3.0, 12.3456])
    assert list(render(SPEC, modelled, AS_OF, np.random.default_rng(0))["balance"]) == [0.0, 12.35]


def test_render_gives_whole_numbers_as_integers() -> None:
    spec = DatasetSpec(
        "t", "", "", "t", AS_OF, (ColumnSpec("n", Role.MODELLED, "numerical", options={"decimals": 0}),)
    )
    rng = np.random.default_rng(0)
    assert render(spec, pd.DataFrame({"n": [1.2, 2.7]}), AS_OF, rng)["n"].tolist() == [1, 3]
    with_gap = render(spec, pd.DataFrame({"n": [1.2, np.nan]}), AS_OF, rng)["n"]
    assert str(with_gap.dtype) == "Int64"
    assert with_gap.isna().tolist() == [False, True]


def test_render_turns_numbered_categories_into_numbers() -> None:
    column = ColumnSpec("flag", Role.MODELLED, "categorical", options={"stored_as": "number"})
    spec = DatasetSpec("t", "", "", "t", AS_OF, (column,))
    modelled = extract(spec, pd.DataFrame({"flag": [0, 1]}), AS_OF)
    assert modelled["flag"].tolist() == ["0", "1"]
    assert render(spec, modelled, AS_OF, np.random.default_rng(0))["flag"].tolist() == [0, 1]


def test_render_names_an_absent_column() -> None:
    with pytest.raises(SamplingError, match='no column "age"'):
        render(SPEC, extract(SPEC, RAW, AS_OF).drop(columns="age"), AS_OF, np.random.default_rng(0))


def test_unknown_feature_kind_is_refused() -> None:
    spec = DatasetSpec("t", "", "", "t", AS_OF, SPEC.columns, (FeatureSpec("x", "horoscope", "born"),))
    with pytest.raises(MetadataError, match='the kind "horoscope" is unknown'):
        modelled_columns(spec)


@pytest.mark.parametrize("as_of", [date(2026, 1, 1), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)])
def test_birth_dates_have_exactly_the_age(as_of: date) -> None:
    ages = np.repeat(np.arange(0, 80.0), 400)
    births = draw_birth_dates(ages, as_of, np.random.default_rng(1))
    expected = [
        as_of.year - b.year - ((as_of.month, as_of.day) < (b.month, b.day)) for b in pd.DatetimeIndex(births)
    ]
    assert expected == ages.astype(int).tolist()
    assert compute_ages(births, as_of).tolist() == ages.tolist()


def test_birth_dates_reach_both_ends_of_an_age() -> None:
    births = draw_birth_dates(np.full(20_000, 30.0), AS_OF, np.random.default_rng(2))
    assert births.min() == np.datetime64("1995-01-02")
    assert births.max() == np.datetime64("1996-01-01")


def test_birth_dates_of_unknown_age_are_missing() -> None:
    births = draw_birth_dates(np.array([np.nan, 30.0]), AS_OF, np.random.default_rng(0))
    assert np.isnat(births).tolist() == [True, False]


def test_expiries_cross_years_and_stay_inside_the_window() -> None:
    months = np.array([1, 2, 60, 61, -5, np.nan])
    assert render_expiries(months, date(2025, 11, 30)).tolist() == [
        "12/25",
        "01/26",
        "11/30",
        "11/30",
        "12/25",
        None,
    ]

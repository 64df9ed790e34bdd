"""Dates of single people, in many rows each, are never learned as they are, and never leave unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.own_dates import find_own_dates
from pipeline.datasets.own_numbers import FEWEST_HOLDERS
from pipeline.datasets.spec import DatasetSpec
from pipeline.evaluation.privacy.real_codes import evaluate_codes
from pipeline.evaluation.results import Verdict
from pipeline.models.own_dates import blur_own_dates
from pipeline.models.own_values import extract_unowned
from pipeline.models.stretches import cut_stretches

PEOPLE, ROWS = 150, 1_200
RNG = np.random.default_rng(11)
OWNER = RNG.integers(0, PEOPLE, ROWS)
CODES = np.array([f"C{100_000 + 37 * number}" for number in range(PEOPLE)])


def draw_days(first: str, last: str, size: int = PEOPLE) -> pd.DatetimeIndex:
    start, end = pd.Timestamp(first), pd.Timestamp(last)
    return pd.DatetimeIndex(start + pd.to_timedelta(RNG.integers(0, (end - start).days, size), unit="D"))


SINCE = draw_days("2001-01-01", "2020-12-28")
OWN = {
    "day": SINCE,
    "birthday": draw_days("1940-01-01", "2000-12-31"),
    "second": SINCE + pd.to_timedelta(RNG.integers(8 * 3_600, 18 * 3_600, PEOPLE), unit="s"),
    "weekdays": SINCE - pd.to_timedelta(np.maximum(0, SINCE.dayofweek - 4), unit="D"),
    "months": draw_days("1900-01-01", "2020-12-31").to_period("M").to_timestamp(),
    "month_ends": draw_days("1900-01-01", "2020-12-31") + pd.offsets.MonthEnd(0),
}
SHARED = {
    "close": draw_days("2020-01-01", "2020-12-31"),
    "months": SINCE.to_period("M").to_timestamp(),
    "campaigns": pd.DatetimeIndex(RNG.choice(draw_days("2001-01-01", "2020-12-28", 5), PEOPLE)),
}


def draw(**columns: pd.DatetimeIndex) -> pd.DataFrame:
    """Rows of people with a code: each column has one date for each of them."""
    own = {name: values[OWNER] for name, values in columns.items()}
    rng = np.random.default_rng(3)
    return pd.DataFrame({"cust": CODES[OWNER], **own, "spent": rng.lognormal(3, 1, ROWS).round(2)})


def describe(table: pd.DataFrame) -> DatasetSpec:
    return detect(table, "t", date(2026, 1, 1))[0]


def evaluate(real: pd.DataFrame, made: pd.DataFrame) -> tuple[Verdict | None, str]:
    found = evaluate_codes(real, made, describe(real))
    return found.verdict, found.sentence


@pytest.mark.parametrize("name", OWN)
def test_an_own_date_is_drawn_anew_among_those_of_several_people(name: str) -> None:
    table = draw(opened=OWN[name])
    blurred = blur_own_dates(describe(table), table)["opened"]
    real = table["opened"]
    assert blurred.isin(real).mean() < 0.25
    assert blurred.nunique() > 1.5 * PEOPLE
    assert np.corrcoef(blurred.astype("int64"), real.astype("int64"))[0, 1] > 0.98
    assert blurred.dt.normalize().between(real.min().normalize(), real.max()).all()
    assert blurred.dtype == "datetime64[ns]"
    assert blur_own_dates(describe(table), table)["opened"].equals(blurred)


def test_weekdays_office_hours_and_ends_of_months_stay() -> None:
    tables = {name: draw(opened=OWN[name]) for name in OWN}
    blurred = {name: blur_own_dates(describe(table), table)["opened"] for name, table in tables.items()}
    real = tables["second"]["opened"]
    assert (blurred["second"].dt.dayofweek == real.dt.dayofweek).mean() > 0.95
    assert blurred["second"].dt.hour.between(8, 18).all()
    assert not blurred["second"].isin(real).any()
    times = blurred["second"].dt.strftime("%H:%M:%S")
    assert times.isin(real.dt.strftime("%H:%M:%S")).mean() < 0.1
    assert (blurred["weekdays"].dt.dayofweek < 5).all()
    assert blurred["months"].dt.is_month_start.all()
    assert blurred["month_ends"].dt.is_month_end.all()


@pytest.mark.parametrize("name", SHARED)
def test_dates_that_many_people_share_or_that_lie_close_stay_as_they_are(name: str) -> None:
    table = draw(opened=SHARED[name])
    assert blur_own_dates(describe(table), table) == {}


def test_dates_of_single_rows_and_public_ones_stay_as_they_are() -> None:
    table = draw(opened=OWN["second"])
    spec = describe(table)
    public = tuple(replace(one, is_public=one.name == "opened") for one in spec.columns)
    assert blur_own_dates(replace(spec, columns=public), table) == {}
    single = table.drop_duplicates("cust")
    assert blur_own_dates(describe(single), single) == {}
    booked = table.assign(booked=draw_days("2021-01-01", "2025-12-31", ROWS))
    assert "booked" not in blur_own_dates(describe(booked), booked)


def test_moments_that_come_back_are_drawn_anew_without_a_code_too() -> None:
    table = draw(opened=OWN["second"]).drop(columns="cust")
    assert not blur_own_dates(describe(table), table)["opened"].isin(table["opened"]).any()
    days = draw(opened=OWN["day"]).drop(columns="cust")
    assert blur_own_dates(describe(days), days) == {}


def test_the_order_of_the_dates_of_a_row_stays() -> None:
    wait = pd.to_timedelta(RNG.integers(0, 40, PEOPLE) * (RNG.random(PEOPLE) < 0.7), unit="D")
    table = draw(opened=SINCE, active=SINCE + wait, login=SINCE + wait + pd.Timedelta("3h"))
    table["booked"] = table["active"] + pd.to_timedelta(RNG.integers(0, 500, ROWS), unit="D")
    blurred = blur_own_dates(describe(table), table)
    assert set(blurred) == {"opened", "active", "login"}
    assert (blurred["opened"] <= blurred["active"]).all()
    assert (blurred["active"] <= blurred["login"]).all()
    assert (blurred["active"] <= table["booked"]).all()
    is_same = table["opened"] == table["active"]
    assert (blurred["opened"] == blurred["active"])[is_same].all()
    assert blurred["opened"].isin(table["opened"]).mean() < 0.15


def test_a_date_of_ten_people_is_nobodys_own() -> None:
    days = OWN["birthday"].to_numpy().copy()
    days[:10] = np.datetime64("1970-07-07")
    table = draw(opened=pd.DatetimeIndex(days))
    spec = describe(table)
    own = find_own_dates(spec, next(one for one in spec.columns if one.name == "opened"), table)
    assert own is not None
    assert (own.holders < FEWEST_HOLDERS).all()
    is_shared = table["opened"] == "1970-07-07"
    assert (blur_own_dates(spec, table)["opened"][is_shared] == "1970-07-07").all()


def test_parts_odd_cells_and_written_forms_are_learned_without_own_dates() -> None:
    table = draw(opened=OWN["second"])
    table["until"] = table["opened"].dt.strftime("%d.%m.%Y")
    table.loc[table.index % 20 == 0, "until"] = "unknown"
    spec = describe(table)
    plain, learned = (f(spec, table) for f in (extract, extract_unowned))
    assert list(learned) == list(plain)
    weeks = next(one.name for one in spec.features if one.kind == "week" and one.column == "opened")
    times = next(one.name for one in spec.features if one.kind == "time_of_day" and one.column == "opened")
    assert learned[times].isin(plain[times]).mean() < 0.1
    assert (learned[weeks] != plain[weeks]).mean() > 0.9
    assert learned["spent"].equals(plain["spent"])


def extract(spec: DatasetSpec, table: pd.DataFrame) -> pd.DataFrame:
    from pipeline.datasets import features

    return features.extract(spec, table, spec.as_of)


@pytest.mark.parametrize("name", ["birthday", "second", "day"])
def test_an_export_that_repeats_own_dates_is_stopped(name: str) -> None:
    real = draw(opened=OWN[name])
    made = real.sample(1_000, replace=True, random_state=1).assign(cust="C9")
    verdict, sentence = evaluate(real, made)
    assert verdict is Verdict.FAIL
    assert '1,000 of 1,000 rows repeat a real value of "opened"' in sentence
    assert "dates that belong to single people" in sentence
    learned = real.assign(**blur_own_dates(describe(real), real))
    assert evaluate(real, learned.sample(1_000, replace=True, random_state=1))[0] is Verdict.PASS


def test_a_stretch_has_ten_people_or_more() -> None:
    holders = np.array([8, 9, 1, 1, 9, 9, 3])
    first, last = cut_stretches(holders)
    people = np.add.reduceat(holders, np.unique(first))
    assert people.tolist() == [17, 11, 12]
    assert last.tolist() == [1, 1, 4, 4, 4, 6, 6]

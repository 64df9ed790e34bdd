"""Timestamps as week, weekday and time of day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets.calendar import PARTS, TIME, WEEK, WEEKDAY, compose, extract_part, find_parts, to_spans

STAMPS = pd.Series(
    pd.to_datetime(["2024-01-17 13:45:12", "2024-02-29 00:00:00", None, "2023-12-31 23:59:59"])
)


def take_apart(dates, parts=PARTS):
    return {part: extract_part(dates, part) for part in parts}


def test_parts_name_monday_weekday_and_seconds():
    parts = take_apart(STAMPS)
    assert parts[WEEK].dt.strftime("%Y-%m-%d").tolist()[:2] == ["2024-01-15", "2024-02-26"]
    assert parts[WEEKDAY].tolist() == ["Wednesday", "Thursday", None, "Sunday"]
    assert parts[TIME].tolist()[0] == 13 * 3600 + 45 * 60 + 12
    assert parts[WEEK].isna().tolist() == [False, False, True, False]


@given(
    st.lists(
        st.datetimes(min_value=pd.Timestamp("1700-01-01"), max_value=pd.Timestamp("2200-01-01")), min_size=1
    )
)
def test_parts_give_the_timestamps_back(stamps):
    dates = pd.Series(stamps, dtype="datetime64[ns]").dt.floor("s")
    composed = compose(take_apart(dates), 1.0, np.random.default_rng(0))
    pd.testing.assert_series_equal(composed, dates, check_names=False)


def test_missing_lengths_are_nat_whatever_memory_held_before():
    lengths = pd.Series(np.arange(300.0))
    lengths[::3] = np.nan
    large = [np.full(300, 1.7e308) for _ in range(50)]
    del large  # whose memory the next arrays are made in
    spans = to_spans(lengths, "D")
    assert spans[[1, 299]].tolist() == [pd.Timedelta(days=1), pd.Timedelta(days=299)]
    assert spans.isna().tolist() == lengths.isna().tolist()


def test_times_are_rounded_down_to_the_precision_of_the_column():
    composed = compose(take_apart(STAMPS), 60.0, np.random.default_rng(0))
    assert composed.dt.strftime("%H:%M:%S").tolist()[::3] == ["13:45:00", "23:59:00"]


def test_a_weekday_missing_beside_a_week_is_that_of_another_row():
    parts = take_apart(STAMPS) | {WEEKDAY: pd.Series(["Friday", None, None, "Friday"], dtype=object)}
    composed = compose(parts, 1.0, np.random.default_rng(0))
    assert composed.dt.day_name().tolist()[:2] == ["Friday", "Friday"]
    assert composed.isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("days", "clock", "expected"),
    [
        (range(0, 700), "00:00:00", ()),
        ([day for day in range(700) if day % 7 < 5], "00:00:00", (WEEK, WEEKDAY)),
        (range(0, 700), "09:30:00", PARTS),
        (range(0, 20), "09:30:00", ()),
    ],
)
def test_only_what_differs_by_weekday_or_hour_is_taken_apart(days, clock, expected):
    monday = pd.Timestamp(f"2024-01-01 {clock}")
    dates = pd.Series([monday + pd.Timedelta(days=day) for day in days])
    assert find_parts(dates) == expected

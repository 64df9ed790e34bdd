"""Dates, times, periods and booleans: which form is learned, what is odd, what is left open."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.datasets.forms import DateForm, Hints, TimeForm, learn_form, vote_day_first
from pipeline.errors import MetadataError
from tests.unit.datasets.forms.written import column, learn, written_again


@pytest.mark.parametrize(
    ("texts", "form", "first"),
    [
        (("05-JAN-24", "17-FEB-23"), {"pattern": "%d-%b-%y", "case": "upper"}, "2024-01-05"),
        (("1st January 2024", "22nd March 2023", "13th May 2022"), {"pattern": "%o %B %Y"}, "2024-01-01"),
        (("March 3rd, 2023", "February 11th, 2024"), {"pattern": "%B %o, %Y"}, "2023-03-03"),
        (("21st of Mar 2024", "2nd of Oct 2023"), {"pattern": "%o of %b %Y"}, "2024-03-21"),
        (("21ST MAR 2024", "2ND OCT 2023"), {"pattern": "%O %b %Y", "case": "upper"}, "2024-03-21"),
        (("Friday, 2nd Feb 2024", "Monday, 23rd Oct 2023"), {"pattern": "%A, %o %b %Y"}, "2024-02-02"),
        (("1. Januar 2024", "17. März 2023"), {"pattern": "%-d. %B %Y", "language": "de"}, "2024-01-01"),
        (("01. Jan. 2024", "24. Dez. 2022"), {"pattern": "%d. %b. %Y", "language": "de"}, "2024-01-01"),
        (("1 janvier 2024", "24 août 2022"),
         {"pattern": "%-d %B %Y", "language": "fr", "case": "lower"}, "2024-01-01"),
        (("01 janv. 2024", "24 août 2022"),
         {"pattern": "%d %b %Y", "language": "fr-dots", "case": "lower"}, "2024-01-01"),
        (("17JAN2022:14:47:43", "05FEB2021:03:02:01"),
         {"pattern": "%d%b%Y:%H:%M:%S", "case": "upper"}, "2022-01-17 14:47:43"),
        (("1/5/2024 1:05 pm", "12/31/2024 12:00 am"),
         {"pattern": "%-m/%-d/%Y %-I:%M %P"}, "2024-01-05 13:05"),
        (("2022-01-17 14:47:43+0530", "2022-02-17 04:47:43+0530"),
         {"pattern": "%Y-%m-%d %H:%M:%S%z", "offset": "+0530"}, "2022-01-17 14:47:43"),
        (("2024-01-17-13.45.12.123456", "2024-12-17-13.45.12.023456"),
         {"pattern": "%Y-%m-%d-%H.%M.%S.%6f"}, "2024-01-17 13:45:12.123456"),
        (("2022-01-17 14:47:43.123456789", "2022-01-17 14:47:43.100000000"),
         {"pattern": "%Y-%m-%d %H:%M:%S.%9f"}, "2022-01-17 14:47:43.123456789"),
        (("2022-01-17 14:47:00", "2022-01-18 09:00:00"),
         {"pattern": "%Y-%m-%d %H:%M:%S"}, "2022-01-17 14:47"),
        (("17012022", "31122023"), {"pattern": "%d%m%Y"}, "2022-01-17"),
        (("20220117144743", "20220118000000"), {"pattern": "%Y%m%d%H%M%S"}, "2022-01-17 14:47:43"),
        (("20220117T144743Z", "20220118T144743Z"),
         {"pattern": "%Y%m%dT%H%M%S%z", "offset": "Z"}, "2022-01-17 14:47:43"),
        (("2023-03-01 09:00:00 CET", "2023-08-21 10:25:41 CET"),
         {"pattern": "%Y-%m-%d %H:%M:%S %Z", "zone": "CET"}, "2023-03-01 09:00"),
        (("2023-03-01 09:00 CET", "2023-08-21 10:25 CEST", "2023-11-02 10:25 CET"),
         {"pattern": "%Y-%m-%d %H:%M %Z", "zone": "CET/CEST"}, "2023-03-01 09:00"),
        (("Wed Mar 01 09:00:00 UTC 2023", "Mon Aug 21 10:25:41 UTC 2023"),
         {"pattern": "%a %b %d %H:%M:%S %Z %Y", "zone": "UTC"}, "2023-03-01 09:00"),
        (("Wed, 01 Mar 2023 09:00:00 +0000", "Mon, 21 Aug 2023 10:25:41 +0000"),
         {"pattern": "%a, %d %b %Y %H:%M:%S %z", "offset": "+0000"}, "2023-03-01 09:00"),
        (("Wednesday, March 1, 2023", "Monday, August 21, 2023"),
         {"pattern": "%A, %B %-d, %Y"}, "2023-03-01"),
        (("Mi, 01.03.2023", "Mo, 21.08.2023"), {"pattern": "%a, %d.%m.%Y", "language": "de"}, "2023-03-01"),
        (("Wed 03/01/2023", "Mon 08/21/2023"), {"pattern": "%a %m/%d/%Y"}, "2023-03-01"),
        (("98-01-17", "99-11-30"), {"pattern": "%y-%m-%d"}, "1998-01-17"),
        (("5.1.2024", "17.11.2023"), {"pattern": "%-d.%-m.%Y"}, "2024-01-05"),
    ],
)  # fmt: skip
def test_a_form_of_dates_is_learned_and_writes_the_same_texts(
    texts: tuple[str, ...], form: dict[str, Any], first: str
) -> None:
    learned = learn(*texts)
    assert learned.form.as_dict() == {"kind": "date", **form}
    assert not learned.is_ambiguous
    assert learned.values.iloc[0] == pd.Timestamp(first)
    assert written_again(learned.form, column(*texts)) == list(texts)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (("13:45", "7:05"), {"kind": "time", "pattern": "%-H:%M"}),
        (("1:45 PM", "12:05 AM"), {"kind": "time", "pattern": "%-I:%M %p"}),
        (("13:45:12.250", "07:05:00.000"), {"kind": "time", "pattern": "%H:%M:%S.%3f"}),
        (("1:23:45", "27:03:00", "100:00:00"), {"kind": "duration", "hour_width": 1}),
        (("PT1H30M", "P1DT2H", "PT0S"), {"kind": "duration", "style": "iso_days"}),
        (("PT27H", "PT1.5S"), {"kind": "duration", "style": "iso", "decimals": 1}),
        (("3 days 04:00:00", "0 days 09:20:00"), {"kind": "duration", "style": "days"}),
        (("Jan 2024", "Mar 2023"), {"kind": "period", "pattern": "%b %Y"}),
        (("2024Q1", "2023Q4"), {"kind": "period", "pattern": "%YQ%q"}),
        (("FY2024", "FY2023"), {"kind": "period", "pattern": "FY%Y"}),
        (("Yes", "No", "Yes"), {"kind": "boolean", "true": "Yes", "false": "No"}),
        (("NEIN", "JA"), {"kind": "boolean", "true": "JA", "false": "NEIN"}),
        (("true", "false"), {"kind": "boolean"}),
    ],
)
def test_other_forms_are_learned_and_write_the_same_texts(
    texts: tuple[str, ...], form: dict[str, Any]
) -> None:
    learned = learn(*texts)
    assert learned.form.as_dict() == form
    assert written_again(learned.form, column(*texts)) == list(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("Yes", "Yes"),
        ("Y", "N", "U"),
        ("May", "April"),
        ("31/02", "1/2"),
    ],
)
def test_what_only_looks_like_a_date_or_a_boolean_is_none(texts: tuple[str, ...]) -> None:
    assert learn_form(column(*texts)) is None


def test_whole_numbers_of_eight_digits_that_are_no_days_are_numbers() -> None:
    assert learn("10050000", "37040000").form.as_dict() == {"kind": "number", "decimals": 0}


def test_a_day_above_twelve_settles_the_order() -> None:
    assert learn("01/02/2024", "13/02/2024").form.as_dict()["pattern"] == "%d/%m/%Y"
    assert learn("01/02/2024", "02/13/2024").form.as_dict()["pattern"] == "%m/%d/%Y"


def test_the_order_is_settled_by_cells_in_another_form() -> None:
    learned = learn("01/02/2024", "03/04/2024", "02/13/2024 10:00")
    assert not learned.is_ambiguous
    assert learned.values.iloc[0] == pd.Timestamp("2024-01-02")


def test_an_open_order_is_ambiguous_and_a_hint_settles_it() -> None:
    assert learn("01/02/2024", "03/04/2024").is_ambiguous
    for day_first, day in ((True, "2024-02-01"), (False, "2024-01-02")):
        learned = learn("01/02/2024", "03/04/2024", day_first=day_first)
        assert not learned.is_ambiguous
        assert learned.values.iloc[0] == pd.Timestamp(day)


def test_after_dots_the_day_comes_first() -> None:
    learned = learn("01.02.2024", "03.04.2024")
    assert not learned.is_ambiguous
    assert learned.values.iloc[0] == pd.Timestamp("2024-02-01")


def test_a_short_year_before_hyphens_is_ambiguous_where_it_may_be_a_day() -> None:
    learned = learn("22-01-17", "21-11-30")
    assert learned.is_ambiguous
    assert DateForm("%y-%m-%d") in (learned.form, *learned.alternatives)


def test_columns_vote_on_the_order_of_day_and_month() -> None:
    clear, open_, iso = learn("13/02/2024"), learn("01/02/2024"), learn("2024-02-01")
    assert vote_day_first([clear, open_, iso]) is True
    assert vote_day_first([open_, iso]) is None
    assert vote_day_first([learn("02/13/2024")]) is False


def test_dates_that_no_calendar_has_are_odd() -> None:
    texts = ["2024-01-05"] * 20 + [
        "2023-02-29",
        "2024-13-01",
        "9999-12-31",
        "0000-00-00",
        "31-DEC-9999",
        "soon",
    ]
    learned = learn(*texts)
    assert learned.odd.tolist() == [False] * 20 + [True] * 6


def test_many_sentinels_leave_a_column_of_dates() -> None:
    learned = learn(*["31.12.9999"] * 60, *["99991231"] * 20, *["17.01.2022"] * 30)
    assert learned.form == DateForm("%d.%m.%Y")
    assert learned.share == 30 / 110


def test_varying_offsets_keep_wall_times_and_are_said() -> None:
    texts = ("2022-01-17T14:47:43+01:00", "2022-07-17T14:47:43+02:00", "2022-08-17T14:47:43+02:00")
    learned = learn(*texts)
    assert learned.form.as_dict()["offset_varies"] is True
    assert learned.form.as_dict()["offset"] == "+02:00"
    assert learned.values.iloc[0] == pd.Timestamp("2022-01-17 14:47:43")
    assert "offsets vary" in learned.why


def test_another_offset_is_moved_to_the_constant_one() -> None:
    form = DateForm("%Y-%m-%dT%H:%M%z", offset="+05:30")
    assert form.read(column("2022-01-17T10:00Z")).values.iloc[0] == pd.Timestamp("2022-01-17 15:30")


def test_a_reference_year_places_short_years() -> None:
    assert learn("17.01.45", "18.01.71").values.dt.year.tolist() == [2045, 1971]
    assert learn("17.01.45", "18.01.71", reference_year=2024).values.dt.year.tolist() == [1945, 1971]


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (("44578", "44815.5"), "excel"),
        (("1642430863", "1662907234"), "epoch_s"),
        (("1642430863000", "1662907234801"), "epoch_ms"),
    ],
)
def test_numbers_are_dates_only_where_a_hint_says_so(texts: tuple[str, ...], pattern: str) -> None:
    learned = learn(*texts, serial=True)
    assert learned.form == DateForm(pattern)
    assert learned.values.dt.year.unique().tolist() == [2022]
    assert written_again(learned.form, column(*texts)) == list(texts)
    without = learn_form(column(*texts), Hints())
    assert without is not None
    assert without.form.kind == "number"


def test_months_in_figures_are_periods_only_where_several_fit() -> None:
    months = ["202201", "202202", "202212", "202301", "202309", "202011"]
    assert learn(*months).form.as_dict() == {"kind": "period", "pattern": "%Y%m"}
    assert learn(*months, "202244").form.kind == "number"


def test_a_form_says_its_order_unit_and_whether_it_has_a_time() -> None:
    stamp = DateForm("%m/%d/%Y %H:%M:%S.%3f")
    assert (stamp.is_day_first, stamp.unit, stamp.has_time) == (False, "ms", True)
    assert (DateForm().is_day_first, DateForm().unit, DateForm().has_time) == (None, "D", False)
    assert DateForm("%d %b %Y").is_day_first is None


def test_missing_dates_are_written_as_none() -> None:
    assert DateForm("%d.%m.%y").write(pd.Series([pd.NaT, pd.Timestamp("2024-03-01")])).tolist() == [
        None,
        "01.03.24",
    ]
    assert TimeForm().write(pd.to_timedelta(pd.Series([None, "05:06:07"]))).tolist() == [None, "05:06:07"]


def test_dates_of_another_zone_are_odd() -> None:
    learned = learn(*["2023-03-01 09:00:00 CET"] * 9, "2023-03-01 09:00:00 JST")
    assert learned.odd.tolist() == [False] * 9 + [True]


@pytest.mark.parametrize("zone", ["", "XYZ", "CET/JST"])
def test_a_zone_that_is_unknown_is_refused(zone: str) -> None:
    with pytest.raises(MetadataError, match="zone"):
        DateForm("%Y-%m-%d %H:%M %Z", zone=zone)


@pytest.mark.parametrize("texts", [("45246.382288", "45064.409450"), ("45246.38", "45064.5")])
def test_days_of_a_spreadsheet_keep_their_decimals(texts: tuple[str, ...]) -> None:
    learned = learn(*texts, serial=True)
    assert written_again(learned.form, column(*texts)) == list(texts)
    third = learned.form.write(pd.Series(pd.to_datetime(["2023-08-21 10:25:41.049"]))).iloc[0]
    assert len(str(third).partition(".")[2]) <= max(len(text.partition(".")[2]) for text in texts)


@pytest.mark.parametrize("odd", ["2st March 2024", "11st March 2024", "3nd May 2023", "31st April 2024"])
def test_days_with_a_wrong_ending_are_odd(odd: str) -> None:
    form = DateForm("%o %B %Y")
    reading = form.read(pd.Series(["22nd March 2024", odd, "11TH may 2024"]))
    assert reading.odd.tolist() == [False, True, False]
    assert form.write(reading.values).tolist() == ["22nd March 2024", None, "11th May 2024"]


def test_every_day_of_a_year_is_written_with_its_ending_and_read_again() -> None:
    days = pd.Series(pd.date_range("2024-01-01", "2024-12-31"))
    form = DateForm("%B %o, %Y")
    texts = form.write(days)
    assert texts[:4].str.split().str[1].tolist() == ["1st,", "2nd,", "3rd,", "4th,"]
    assert texts[10:13].str.split().str[1].tolist() == ["11th,", "12th,", "13th,"]
    assert form.read(texts).values.tolist() == days.tolist()

"""Weeks, halves and fiscal years: read as days, written as they came, in their order."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.forms import PeriodForm, form_from_dict
from tests.unit.datasets.forms.written import column, learn, written_again

PATTERNS = (
    "%G-W%V",
    "W%V %G",
    "KW %V/%G",
    "%GW%V",
    "H%h %Y",
    "%Y-H%h",
    "FY%y/%N",
    "%Y-%L",
    "Q%q FY%y",
    "FY%Y/%L",
)


@pytest.mark.parametrize(
    ("texts", "pattern", "unit", "first"),
    [
        (("2023-W49", "2023-W01", "2020-W53"), "%G-W%V", "week", "2023-12-04"),
        (("KW 3/2024", "KW 41/2024", "KW 12/2024"), "KW %-V/%G", "week", "2024-01-15"),
        (("2024W07", "2024W52"), "%GW%V", "week", "2024-02-12"),
        (("H1 2023", "H2 2023"), "H%h %Y", "half", "2023-01-01"),
        (("2H23", "1H24"), "%hH%y", "half", "2023-07-01"),
        (("FY23/24", "FY24/25", "FY99/00"), "FY%y/%N", "year", "2023-01-01"),
        (("2019/20", "2020/21", "2030/31"), "%Y/%N", "year", "2019-01-01"),
        (("FY2024Q1", "FY2023Q4"), "FY%YQ%q", "quarter", "2024-01-01"),
        (("2021-22", "2022-23", "2021-22"), "%Y-%N", "year", "2021-01-01"),
        (("2024-M02", "2024-M11"), "%Y-M%m", "month", "2024-02-01"),
    ],
)
def test_periods_keep_their_form(texts: tuple[str, ...], pattern: str, unit: str, first: str) -> None:
    learned = learn(*texts)
    assert isinstance(learned.form, PeriodForm)
    assert (learned.form.pattern, learned.form.unit) == (pattern, unit)
    assert str(learned.values.iloc[0].date()) == first
    assert written_again(learned.form, column(*texts)) == list(texts)
    assert form_from_dict(learned.form.as_dict()) == learned.form


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("%G-W%V", "2023-W53"), ("%G-W%V", "2023-W00"), ("H%h %Y", "H3 2023"), ("FY%y/%N", "FY20/27")],
)
def test_periods_that_do_not_exist_are_odd(pattern: str, text: str) -> None:
    assert PeriodForm(pattern).read(column(text)).odd.all()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.dates(date(1980, 1, 7), date(2060, 12, 1)), min_size=1, max_size=30),
    st.sampled_from(PATTERNS),
)  # fmt: skip
def test_what_a_period_form_writes_it_reads(days: list[object], pattern: str) -> None:
    form = PeriodForm(pattern)
    dates = pd.Series(pd.to_datetime(days))
    written = form.write(dates)
    again = form.read(written)
    assert not again.odd.any()
    assert form.write(again.values).tolist() == written.tolist()
    assert (again.values <= dates).all()
    order = dates.argsort(kind="stable")
    assert again.values.iloc[order].is_monotonic_increasing


@pytest.mark.parametrize(
    "texts", [("FY20/27", "FY21/25", "FY22/29"), ("KW 1", "KW 12", "KW 7"), ("Q1-FY24/25", "Q2-FY24/25")]
)
def test_other_names_of_periods_are_categories(texts: tuple[str, ...]) -> None:
    table = pd.DataFrame({"p": list(texts) * 40, "v": [place / 7 for place in range(40 * len(texts))]})
    spec, _ = detect(table, "t")
    assert (spec.columns[0].role, spec.columns[0].kind) == ("modelled", "categorical")

"""For every form: what is written is read back, and what is read is written back; learning finds the form."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pipeline.datasets.forms import (
    BooleanForm,
    DateForm,
    DurationForm,
    Form,
    NumberForm,
    PeriodForm,
    TimeForm,
    form_from_dict,
    learn_form,
)

repeatable = settings(max_examples=30)

TEMPLATES = [
    ("#", "-#"), ("#", "(#)"), ("#", "#-"), ("+#", "-#"), ("#", "−#"), ("$#", "-$#"), ("$#", "$-#"),
    ("$#", "($#)"), ("€ #", "€ -#"), ("# EUR", "-# EUR"), ("# EUR", "# EUR-"), ("CHF #", "-CHF #"),
    ("#%", "-#%"), ("# %", "-# %"), ("# kg", "-# kg"), ("Rs. #", "-Rs. #"),
    ("#\u00a0€", "-#\u00a0€"), ("R$ #", "-R$ #"), ("#USD", "-#USD"),
]  # fmt: skip

DATE_PATTERNS = [
    "%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%-m/%-d/%Y", "%-d.%-m.%Y",
    "%m/%d/%y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d%m%Y", "%d-%b-%y", "%d-%b-%Y", "%d %b %Y",
    "%o %B %Y", "%B %o, %Y", "%o of %b %y", "%O %b %Y",
    "%-d %B %Y", "%b %d, %Y", "%B %-d, %Y", "%d%b%Y", "%-d. %B %Y", "%Y-%b-%d", "%y-%m-%d",
]  # fmt: skip

CLOCKS = [
    "", " %H:%M", "T%H:%M:%S", " %H:%M:%S", " %H:%M:%S.%3f", "T%H:%M:%S.%6f", " %-H:%M",
    " %I:%M %p", " %-I:%M:%S%P", "-%H.%M.%S.%6f", "T%H:%M:%S%z", " %H:%M:%S.%9f %z", ":%H:%M:%S",
]  # fmt: skip

PERIOD_PATTERNS = [
    "%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%YQ%q", "Q%q %Y", "%Y-Q%q", "%qQ%Y", "FY%Y",
    "%YM%m", "%b%Y",
]  # fmt: skip


@st.composite
def number_forms(draw: st.DrawFn) -> NumberForm:
    decimal = draw(st.sampled_from(".,"))
    grouping = draw(
        st.sampled_from(
            [sign for sign in ("", ",", ".", " ", "\u202f", "\u00a0", "'", "’", "_") if sign != decimal]
        )
    )
    positive, negative = draw(st.sampled_from(TEMPLATES))
    least, most = sorted((draw(st.integers(0, 8)), draw(st.integers(0, 8))))
    return NumberForm(
        decimal, grouping, bool(grouping) and draw(st.booleans()), positive, negative, least, most,
        zero_before_point=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def date_forms(draw: st.DrawFn) -> DateForm:
    pattern = draw(st.sampled_from(DATE_PATTERNS)) + draw(st.sampled_from(CLOCKS))
    language = draw(st.sampled_from(["en", "de", "fr", "es", "it"]))
    offset = draw(st.sampled_from(["+05:30", "+0530", "-08", "Z", "+00:00"])) if "%z" in pattern else ""
    return DateForm(
        pattern, language=language, case=draw(st.sampled_from(["title", "lower", "upper"])), offset=offset
    )


def _amounts(form: NumberForm, whole: list[int]) -> pd.Series:
    return pd.Series([number / 10**form.max_decimals for number in whole], dtype=float)  # type: ignore[operator]


def _moments(form: DateForm, moments: list[datetime]) -> pd.Series:
    return pd.Series(pd.DatetimeIndex(moments).floor({"m": "min"}.get(form.unit, form.unit)))


def _assert_reads_back(form: Form, values: pd.Series) -> pd.Series:
    texts = form.write(values)
    reading = form.read(texts)
    assert not reading.odd.any()
    pd.testing.assert_series_equal(reading.values, values, check_exact=True, check_dtype=False)
    assert form.write(reading.values).tolist() == texts.tolist()
    return texts


def _assert_learned(texts: pd.Series, values: pd.Series, kind: str) -> None:
    """The learned form reads the same values, or says that it guesses and knows one that does."""
    learned = learn_form(texts)
    assert learned is not None
    assume(learned.form.kind == kind)
    forms = (learned.form, *learned.alternatives) if learned.is_ambiguous else (learned.form,)
    readings = [form.read(texts).values.astype(values.dtype) for form in forms]
    assert any(reading.equals(values) for reading in readings), (learned, texts.tolist())


whole_numbers = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8)
moments = st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2060, 12, 31)), min_size=1, max_size=8)


@repeatable
@given(number_forms(), whole_numbers)
@example(NumberForm(",", ".", max_decimals=2, min_decimals=2), [0, 5, -5, 100, 123456789])
@example(NumberForm(".", ",", lakh=True, max_decimals=0), [999, 1000, 99999, 100000, 9999999, 10000000])
def test_numbers_are_read_back_as_they_were_written(form: NumberForm, whole: list[int]) -> None:
    _assert_reads_back(form, _amounts(form, whole))


@repeatable
@given(number_forms(), whole_numbers)
def test_the_form_of_written_numbers_is_learned(form: NumberForm, whole: list[int]) -> None:
    values = _amounts(form, whole)
    texts = form.write(values)
    is_phone = "+" in form.positive and not form.grouping and not texts.str.contains(r"[.,]").all()
    assume(not is_phone)
    assume(not texts.str.fullmatch(r"\d{16,}").any())
    _assert_learned(texts, values, "number")


@repeatable
@given(st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=1, max_size=8))
@example([1e-6, 1e-7, 0.1, 1e22, 0.30000000000000004])
def test_floats_as_python_writes_them_are_read_back_exactly(numbers: list[float]) -> None:
    values = pd.Series(numbers) + 0.0
    form = NumberForm(notation="general", min_decimals=1)
    texts = form.write(values)
    reading = form.read(texts)
    assert np.array_equal(reading.values, values)
    assert form.write(reading.values).tolist() == texts.tolist()


@repeatable
@given(
    st.lists(st.integers(-9999, 9999).filter(lambda n: abs(n) >= 1000), min_size=1, max_size=8),
    st.integers(-12, 12),
    st.sampled_from(["E+00", "e+00", "e0", "E000"]),
)
def test_scientific_numbers_are_read_back_as_they_were_written(
    mantissas: list[int], power: int, exponent: str
) -> None:
    form = NumberForm(min_decimals=3, max_decimals=3, notation="scientific", exponent=exponent)
    values = pd.Series([float(f"{mantissa}e{power}") for mantissa in mantissas])
    texts = _assert_reads_back(form, values)
    _assert_learned(texts, values, "number")


@repeatable
@given(date_forms(), moments)
def test_dates_are_read_back_as_they_were_written(form: DateForm, given_moments: list[datetime]) -> None:
    _assert_reads_back(form, _moments(form, given_moments))


@repeatable
@given(date_forms(), moments)
def test_the_form_of_written_dates_is_learned(form: DateForm, given_moments: list[datetime]) -> None:
    values = _moments(form, given_moments)
    _assert_learned(form.write(values), values, "date")


@pytest.mark.parametrize("pattern", ["excel", "epoch_s", "epoch_ms"])
@repeatable
@given(given_moments=moments)
def test_serial_dates_are_read_back_as_they_were_written(pattern: str, given_moments: list[datetime]) -> None:
    form = DateForm(pattern)
    precision = {"s": "s", "ms": "ms"}[form.unit]
    _assert_reads_back(form, pd.Series(pd.DatetimeIndex(given_moments).floor(precision)))


@repeatable
@given(
    st.sampled_from(["%H:%M", "%H:%M:%S", "%-H:%M:%S", "%I:%M %p", "%-I:%M:%S%P", "%H:%M:%S.%3f"]), moments
)
def test_times_of_day_are_read_back_and_learned(pattern: str, given_moments: list[datetime]) -> None:
    form = TimeForm(pattern)
    precision = "ms" if "f" in pattern else "s" if "S" in pattern else "min"
    days = pd.Series(pd.DatetimeIndex(given_moments))
    values = (days - days.dt.normalize()).dt.floor(precision)
    _assert_learned(_assert_reads_back(form, values), values, "time")


@repeatable
@given(
    st.sampled_from(["hours", "hours_minutes", "days", "iso", "iso_days"]),
    st.lists(st.timedeltas(timedelta(0), timedelta(days=900)), min_size=1, max_size=8),
    st.sampled_from([0, 3, 6]),
)
def test_lengths_of_time_are_read_back_and_learned(style: str, spans: list[timedelta], decimals: int) -> None:
    form = DurationForm(style, decimals=0 if style == "hours_minutes" else decimals)
    precision = "min" if style == "hours_minutes" else {0: "s", 3: "ms", 6: "us"}[decimals]
    values = pd.Series(pd.TimedeltaIndex(spans).floor(precision))
    _assert_learned(_assert_reads_back(form, values), values, "duration")


@repeatable
@given(st.sampled_from(PERIOD_PATTERNS), st.sampled_from(["en", "de", "fr"]), moments)
def test_periods_are_read_back_and_learned(
    pattern: str, language: str, given_moments: list[datetime]
) -> None:
    form = PeriodForm(pattern, language=language)
    frequency = {"month": "M", "quarter": "Q", "year": "Y"}[form.unit]
    values = pd.Series(pd.PeriodIndex(given_moments, freq=frequency).to_timestamp()).astype("datetime64[ns]")
    _assert_learned(_assert_reads_back(form, values), values, "period")


@repeatable
@given(st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=9))
def test_booleans_are_read_back_as_they_were_written(states: list[bool | None]) -> None:
    _assert_reads_back(BooleanForm("Ja", "Nein"), pd.Series(states, dtype="boolean"))


@repeatable
@given(st.one_of(number_forms(), date_forms()))
def test_a_form_survives_yaml(form: Form) -> None:
    assert form_from_dict(yaml.safe_load(yaml.safe_dump(form.as_dict()))) == form


@pytest.mark.parametrize(
    "form",
    [
        NumberForm(notation="scientific", min_decimals=1, max_decimals=None, exponent="E+00"),
        DateForm("%d.%m.%y", also=("%Y-%m-%d",), latest_year=2030),
        DateForm("%Y-%m-%dT%H:%M%z", offset="+01:00", offset_varies=True),
        TimeForm("%-I:%M %p", also=("%H:%M",)),
        DurationForm("iso_days", decimals=3),
        PeriodForm("%b %Y", language="de", case="upper"),
        BooleanForm("Y", "N"),
    ],
    ids=lambda form: form.kind,
)
def test_every_kind_of_form_survives_yaml(form: Form) -> None:
    assert form_from_dict(yaml.safe_load(yaml.safe_dump(form.as_dict()))) == form


@pytest.mark.parametrize(
    "form", [NumberForm(), DateForm(), TimeForm(), DurationForm(), PeriodForm(), BooleanForm()]
)
def test_a_default_form_is_stored_as_its_kind_alone(form: Form) -> None:
    assert form.as_dict() == {"kind": form.kind}

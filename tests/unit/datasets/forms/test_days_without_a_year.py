"""Days that are written without a year: valid ones, 29 February among them, and no months with a year."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.datasets.forms import DateForm, PeriodForm, form_from_dict, learn_form
from pipeline.datasets.forms.strptime import strptime_pattern
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.datasets.typed import read_column
from pipeline.datasets.written import write_cells, write_in_form, write_plain, write_typed
from pipeline.errors import MetadataError

DAYS = pd.Series(pd.date_range("2000-01-01", "2000-12-31"))


@pytest.mark.parametrize(
    ("pattern", "more"),
    [
        ("%-d %b", {}),
        ("%b %-d", {}),
        ("%d %B", {"case": "upper"}),
        ("%d-%b", {"language": "fr", "case": "lower"}),
        ("%-d. %B", {"language": "de"}),
        ("%B %o", {}),
        ("%o of %B", {}),
    ],
)
def test_every_day_of_a_leap_year_is_read_learned_and_written_alike(
    pattern: str, more: dict[str, str]
) -> None:
    form = DateForm(pattern, **more)  # type: ignore[arg-type]
    texts = form.write(DAYS)
    assert form.read(texts).values.tolist() == DAYS.tolist()
    assert not form.has_year
    found = learn_form(texts)
    assert found is not None
    assert found.form == form
    assert found.form.write(found.values).tolist() == texts.tolist()
    assert form_from_dict(form.as_dict()) == form


def test_days_that_no_year_has_are_odd() -> None:
    reading = DateForm("%-d %b").read(pd.Series(["29 Feb", "30 Feb", "31 Apr", "0 May", "31 May"]))
    assert reading.odd.tolist() == [False, True, True, True, False]


def test_a_month_with_two_digits_after_it_is_one_of_a_year() -> None:
    texts = pd.Series([f"{month} {year}" for month in ("Apr", "May", "Dec") for year in range(18, 25)] * 3)
    found = learn_form(texts)
    assert found is not None
    assert isinstance(found.form, PeriodForm)
    assert found.form.pattern == "%b %y"


@pytest.mark.parametrize(
    "texts", [("12 MAYO", "3 MARS"), ("7 Apricot", "8 Julep"), ("MAR7", "APR12", "MAY3")]
)
def test_words_and_codes_that_begin_like_months_are_no_days(texts: tuple[str, ...]) -> None:
    assert learn_form(pd.Series(texts * 30)) is None


def test_a_number_of_a_month_needs_a_year_beside_its_day() -> None:
    with pytest.raises(MetadataError, match="which is invalid"):
        DateForm("%d.%m")


def test_days_without_a_year_are_text_in_every_file() -> None:
    form = DateForm("%-d %b")
    column = ColumnSpec("day", Role.MODELLED, ModelledType.DATETIME, form=form.as_dict())
    spec = DatasetSpec("t", "T", "", "t", DAYS[0].date(), columns=(column,))
    texts = pd.Series(["7 Apr", "29 Feb", "tbc", "31 Dec"])
    table = pd.DataFrame({"day": read_column(texts, form)})
    assert write_in_form(spec, table)["day"].tolist() == texts.tolist()
    assert write_plain(spec, table)["day"].tolist() == texts.tolist()
    assert write_typed(spec, table)["day"].tolist() == texts.tolist()
    cells, words = write_cells(spec, table)
    assert (cells["day"].tolist(), words) == (texts.tolist(), {})


@pytest.mark.parametrize("pattern", ["%-d %b", "%o %B", "%o %B %Y"])
def test_other_programs_are_given_no_pattern_that_they_could_not_read(pattern: str) -> None:
    assert strptime_pattern(DateForm(pattern)) is None

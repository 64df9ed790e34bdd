"""Dates, times and periods of digits in columns of whole numbers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.spec import ColumnSpec, DatasetSpec
from pipeline.datasets.storing import as_stored
from pipeline.datasets.typed import conform
from pipeline.datasets.written import write_cells, write_in_form, write_typed

_ROWS = 400
_RNG = np.random.default_rng(4)
_MOMENTS = pd.Series(pd.Timestamp("2018-01-01") + pd.to_timedelta(_RNG.integers(0, 3_000_000, _ROWS), "min"))


def _column(spec: DatasetSpec) -> ColumnSpec:
    return spec.columns[0]


def _write(pattern: str) -> pd.Series:
    return _MOMENTS.dt.strftime(pattern).astype("int64")


def _detect(values: pd.Series, name: str = "v") -> tuple[DatasetSpec, pd.DataFrame]:
    """The description of a column beside a measure, and its table as it is stored."""
    cells = pd.DataFrame({name: values, "x": _RNG.uniform(1, 9, len(values))})
    typed = type_table(cells)
    spec, _ = detect(typed.table, "t", date(2026, 1, 1), typed=typed)
    return spec, as_stored(spec, cells, typed.table)


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("%Y%m%d", "date"),
        ("%Y%m", "period"),
        ("%Y%j", "date"),
        ("%y%m%d", "date"),
        ("%d%m%Y", "date"),
        ("%Y%m%d%H", "date"),
        ("%H%M", "time"),
        ("%H%M%S", "time"),
    ],
)
@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64"])
def test_whole_numbers_are_the_dates_that_their_digits_are_as_text(
    pattern: str, kind: str, dtype: str
) -> None:
    values = _write(pattern).astype(dtype)
    spec, stored = _detect(values)
    assert (_column(spec).form["kind"], _column(spec).form.get("pattern")) == (kind, pattern)
    read = pd.DataFrame({"v": conform(stored["v"], _column(spec), "t")})
    assert write_typed(spec, read)["v"].tolist() == values.tolist()
    assert conform(values, _column(spec), "t").equals(read["v"])


def test_odd_numbers_among_dates_are_kept_apart_and_come_back_as_numbers() -> None:
    values = _write("%Y%m%d")
    values[::40], values[5::40] = 99999999, 0
    spec, stored = _detect(values)
    assert _column(spec).options["odd_words"] == ["0", "99999999"]
    read = pd.DataFrame({"v": conform(stored["v"], _column(spec), "t")})
    typed, words = write_cells(spec, read)
    assert (typed["v"].tolist(), words) == (values.tolist(), {})


def test_missing_cells_among_dates_in_numbers_stay_missing() -> None:
    values = _write("%Y%m").astype("Int64")
    values[::10] = pd.NA
    spec, stored = _detect(values)
    read = pd.DataFrame({"v": conform(stored["v"], _column(spec), "t")})
    assert write_typed(spec, read)["v"].isna().tolist() == values.isna().tolist()


def test_plain_files_hold_dates_as_dates() -> None:
    spec, stored = _detect(_write("%Y%m%d"))
    read = pd.DataFrame({"v": conform(stored["v"], _column(spec), "t")})
    assert write_typed(spec, read, is_plain=True)["v"].tolist() == _MOMENTS.dt.normalize().tolist()


def test_a_birth_date_in_a_number_is_a_birth_date_in_a_number() -> None:
    values = pd.Series(pd.Timestamp("1950-01-01") + pd.to_timedelta(_RNG.integers(0, 18_000, _ROWS), "D"))
    numbers = values.dt.strftime("%Y%m%d").astype("int64")
    spec, _ = _detect(numbers, "birth_date")
    assert _column(spec).kind == "date_of_birth"
    assert write_typed(spec, pd.DataFrame({"birth_date": values}))["birth_date"].tolist() == numbers.tolist()


def test_times_that_lost_their_zeros_are_text_with_them() -> None:
    spec, stored = _detect(_write("%H%M"))
    read = pd.DataFrame({"v": conform(stored["v"], _column(spec), "t")})
    assert write_in_form(spec, read)["v"].tolist() == _MOMENTS.dt.strftime("%H%M").tolist()


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(_RNG.integers(0, 2_360, _ROWS)),
        pd.Series(_RNG.integers(0, 60, _ROWS)).where(np.arange(_ROWS) % 50 > 0, 130),
        pd.Series(_RNG.lognormal(8, 1.5, _ROWS).astype("int64")),
        pd.Series(_RNG.integers(100_000, 999_999, _ROWS)),
        pd.Series(_RNG.integers(10_000_000, 99_999_999, _ROWS)),
        pd.Series(_RNG.integers(1950, 2024, _ROWS)),
        pd.Series(_RNG.integers(0, 2, _ROWS).astype(bool)),
        pd.Series(np.append(_RNG.integers(0, 2_360, _ROWS - 1), -5)),
    ],
)  # fmt: skip
def test_other_whole_numbers_are_no_dates(values: pd.Series) -> None:
    assert type_table(pd.DataFrame({"v": values})).whole == frozenset()

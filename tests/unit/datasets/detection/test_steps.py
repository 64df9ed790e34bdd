"""Times that are rounded in their source are rounded in the same way in what is made of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.features import extract, render
from pipeline.datasets.forms import Hints
from pipeline.datasets.spec import DatasetSpec
from pipeline.datasets.written import write_in_form

AS_OF = date(2026, 1, 31)
MOMENTS = pd.Timestamp(2024, 3, 1) + pd.to_timedelta(
    np.random.default_rng(5).integers(0, 8000, 300) * 900, unit="s"
)


def written_after_a_change(texts: list[str], name: str) -> tuple[DatasetSpec, list[str]]:
    """A column whose modelled values are all a little off, as a synthesizer draws them, written again."""
    cells = pd.DataFrame({name: texts, "v": [f"{place}.5" for place in range(len(texts))]})
    typed = type_table(cells, Hints())
    spec, _ = detect(typed.table, "t", AS_OF, typed=typed)
    modelled = extract(spec, typed.table, AS_OF)
    for column in modelled.select_dtypes("number"):
        modelled[column] = modelled[column] + 37
    rendered = pd.DataFrame(render(spec, modelled, AS_OF, np.random.default_rng(0)))
    return spec, write_in_form(spec, rendered)[name].tolist()


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("booked", "%Y-%m-%d %H:%M:%S"), ("ctime", "%a %b %d %H:%M:%S %Y"), ("compact", "%Y%m%dT%H%M%S"),
        ("zulu", "%Y-%m-%dT%H:%M:%SZ"), ("clock", "%H:%M:%S"), ("hms", "%H%M%S"), ("hm", "%H:%M"),
    ],
)  # fmt: skip
def test_times_stay_quarters_of_an_hour(name: str, pattern: str) -> None:
    _, written = written_after_a_change([moment.strftime(pattern) for moment in MOMENTS], name)
    minutes = {pd.to_datetime(text, format=pattern).minute for text in written}
    seconds = {pd.to_datetime(text, format=pattern).second for text in written}
    assert (minutes <= {0, 15, 30, 45}, seconds) == (True, {0})


@pytest.mark.parametrize(("name", "unit"), [("epoch", 1), ("posted_at", 1), ("posted_at", 1000)])
def test_seconds_since_1970_stay_whole_minutes(name: str, unit: int) -> None:
    _, written = written_after_a_change([str(int(one.timestamp()) * unit) for one in MOMENTS], name)
    assert {int(text) % (900 * unit) for text in written} == {0}


def test_times_to_the_second_and_other_numbers_have_no_step() -> None:
    rng = np.random.default_rng(1)
    seconds = [
        (one + pd.Timedelta(seconds=int(rng.integers(0, 900)))).strftime("%H:%M:%S") for one in MOMENTS
    ]
    assert "step" not in written_after_a_change(seconds, "clock")[0].columns[0].options
    amounts = [str(int(place) * 60) for place in rng.integers(1, 9000, 300)]
    assert "step" not in written_after_a_change(amounts, "amount")[0].columns[0].options

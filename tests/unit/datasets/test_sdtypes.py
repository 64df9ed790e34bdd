"""SDV metadata of a dataset: SDV reads the file by it, and the workbench finds the same forms again."""

from __future__ import annotations

import re
import warnings
from datetime import datetime
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from sdv.metadata import Metadata

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.detection.detect import adopt
from pipeline.datasets.forms import DateForm, DurationForm, Form, NumberForm, PeriodForm, TimeForm
from pipeline.datasets.forms.strptime import strptime_pattern
from pipeline.errors import MetadataError
from pipeline.settings import UploadLimits
from tests.unit.datasets.forms.test_round_trips import date_forms, moments

ROWS = 400

DATES: dict[str, Form] = {
    "iso_t": DateForm("%Y-%m-%dT%H:%M:%S"),
    "dotted": DateForm("%d.%m.%Y"),
    "short": DateForm("%d.%m.%y"),
    "unpadded": DateForm("%-d.%-m.%Y"),
    "american": DateForm("%m/%d/%Y %I:%M %p"),
    "lower_case": DateForm("%m/%d/%Y %-I:%M:%S%P"),
    "fraction": DateForm("%Y-%m-%d %H:%M:%S.%3f"),
    "offset": DateForm("%Y-%m-%dT%H:%M:%S%z", offset="+05:30"),
    "short_offset": DateForm("%Y-%m-%d %H:%M:%S%z", offset="-08"),
    "compact": DateForm("%Y%m%d"),
    "of_year": DateForm("%Y%j"),
    "oracle": DateForm("%d-%b-%y", case="upper"),
    "german": DateForm("%-d. %B %Y", language="de"),
    "weekday": DateForm("%a, %d %b %Y"),
    "zone": DateForm("%Y-%m-%d %H:%M:%S %Z", zone="CET/CEST"),
    "date_epoch": DateForm("epoch_s"),
    "date_serial": DateForm("excel"),
    "month": PeriodForm("%Y-%m"),
    "month_number": PeriodForm("%Y%m"),
    "month_name": PeriodForm("%B %Y"),
    "fiscal": PeriodForm("FY%y"),
    "fiscal_both": PeriodForm("FY%Y/%N"),
    "quarter": PeriodForm("%qQ%y"),
    "half": PeriodForm("H%h %Y"),
    "week": PeriodForm("%G-W%V"),
}
OTHERS: dict[str, Form] = {
    "dollars": NumberForm(grouping=",", positive="$#", negative="-$#", min_decimals=2, max_decimals=2),
    "euros": NumberForm(",", ".", positive="# EUR", negative="-# EUR", min_decimals=2, max_decimals=2),
    "rate": NumberForm(positive="#%", negative="-#%", min_decimals=1, max_decimals=1),
    "fixed": NumberForm(min_decimals=3, max_decimals=3),
    "clock": TimeForm("%H:%M"),
    "lasted": DurationForm("hours"),
}
SAID = {
    "dotted": "%d.%m.%Y",
    "unpadded": "%d.%m.%Y",
    "american": "%m/%d/%Y %I:%M %p",
    "lower_case": "%m/%d/%Y %I:%M:%S%p",
    "fraction": "%Y-%m-%d %H:%M:%S.%f",
    "offset": "%Y-%m-%dT%H:%M:%S%z",
    "of_year": "%Y%j",
    "oracle": "%d-%b-%y",
    "month_number": "%Y%m",
    "fiscal": "FY%y",
}
NOT_SAID = {
    "short_offset", "german", "zone", "date_epoch", "date_serial", "fiscal_both", "quarter", "half", "week",
}  # fmt: skip


@pytest.fixture(scope="module")
def written() -> pd.DataFrame:
    """A table with a column in each form, and numbers and dates with odd words among them."""
    rng = np.random.default_rng(11)
    moments = pd.Series(pd.Timestamp("2003-01-01") + pd.to_timedelta(rng.integers(0, 6 * 10**8, ROWS), "s"))
    amounts = pd.Series(rng.lognormal(6, 1, ROWS).round(3))
    spans = pd.Series(pd.to_timedelta(rng.integers(60, 80_000, ROWS), "s"))
    columns = {name: form.write(moments) for name, form in DATES.items()}
    columns |= {
        name: form.write(amounts if isinstance(form, NumberForm) else spans) for name, form in OTHERS.items()
    }
    is_odd = rng.random(ROWS) < 0.05
    columns["odd_date"] = columns["dotted"].mask(is_odd, "offen")
    columns["odd_amount"] = columns["fixed"].mask(is_odd, "k.A.")
    columns["region"] = pd.Series(rng.choice(["Nord", "Süd", "West"], ROWS))
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def both(written: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Dataset]:
    """The dataset of the table, and the one registered with the metadata of the first."""
    folder = tmp_path_factory.mktemp("sdtypes")
    file = folder / "forms.csv"
    written.to_csv(file, index=False)
    catalog = Catalog(folder / "datasets", UploadLimits())
    first = catalog.add("forms", [file])
    return first, catalog.add("again", [file], first.metadata_path)


def _described(dataset: Dataset) -> dict[str, dict[str, str]]:
    metadata = Metadata.load_from_json(dataset.metadata_path).to_dict()
    columns: dict[str, dict[str, str]] = metadata["tables"][dataset.spec.table]["columns"]
    return columns


def test_forms_come_back_through_the_metadata_of_a_dataset(both: tuple[Dataset, Dataset]) -> None:
    first, again = ({column.name: column for column in one.spec.columns} for one in both)
    assert {name: column.form for name, column in again.items()} == {
        name: column.form for name, column in first.items()
    }
    assert {name: form.as_dict() for name, form in DATES.items()} == {
        name: {"kind": "date", **first[name].form} for name in DATES
    }
    assert [column.kind for column in again.values()] == [column.kind for column in first.values()]
    assert again["odd_date"].options["odd_words"] == first["odd_date"].options["odd_words"] == ["offen"]
    assert again["odd_amount"].options["odd_words"] == ["k.A."]
    assert both[1].spec.source.get("findings") == both[0].spec.source.get("findings")
    assert both[1].load_cells().equals(both[0].load_cells())
    assert _described(both[1]) == _described(both[0])


def test_dates_are_described_by_the_pattern_of_the_file(both: tuple[Dataset, Dataset]) -> None:
    columns = _described(both[0])
    assert {name: columns[name]["datetime_format"] for name in SAID} == SAID
    assert {name for name in DATES if columns[name]["sdtype"] != "datetime"} == NOT_SAID
    assert columns["odd_date"] == columns["odd_amount"] == columns["week"]
    assert columns["week"] == {"sdtype": "unknown", "pii": False}


def test_sdv_reads_the_dates_of_the_file_by_its_metadata(
    written: pd.DataFrame, both: tuple[Dataset, Dataset]
) -> None:
    names = [*DATES, "odd_date", "odd_amount"]
    columns = {name: one for name, one in _described(both[0]).items() if name in names}
    metadata = Metadata.load_from_dict(
        {"tables": {"forms": {"columns": columns}}, "METADATA_SPEC_VERSION": "V1"}
    )
    table = pd.read_csv(BytesIO(written[names].to_csv(index=False).encode()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        metadata.validate_data({"forms": table})


@settings(max_examples=60)
@given(date_forms(), moments)
def test_pandas_reads_what_a_form_writes_by_its_pattern(form: DateForm, drawn: list[datetime]) -> None:
    pattern = strptime_pattern(form)
    texts = form.write(pd.Series(pd.DatetimeIndex(drawn)))
    if pattern is None:
        assert form.language != "en" or form.offset == "-08" or re.search("%[oO]", form.pattern)
        return
    read = pd.to_datetime(texts, format=pattern)
    walls = read.dt.tz_localize(None) if read.dt.tz is not None else read
    assert walls.astype("datetime64[ns]").tolist() == form.read(texts).values.tolist()


WEEKS = pd.DataFrame({"week": [f"2022-W{week % 50 + 1:02d}" for week in range(60)]})


def _adopt(cells: pd.DataFrame, **described: str) -> tuple[dict[str, object], tuple[str, ...]]:
    columns = {name: {"sdtype": "datetime", "datetime_format": form} for name, form in described.items()}
    spec, _ = adopt(cells, "t", {"tables": {"t": {"columns": columns}}})
    return dict(spec.columns[0].form), tuple(spec.source.get("findings", ()))


def test_pattern_that_no_cell_has_gives_way_to_that_of_the_cells_and_is_said() -> None:
    form, findings = _adopt(WEEKS, week="%Y-%m-%d")
    assert form == {"kind": "period", "pattern": "%G-W%V"}
    assert findings == (
        'Column "week" is not written in the form %Y-%m-%d of the metadata; it was read by the form that '
        "its cells have.",
    )


def test_given_order_of_day_and_month_wins_over_a_guess() -> None:
    cells = pd.DataFrame({"day": [f"0{row % 9 + 1}/0{row % 7 + 1}/2024" for row in range(60)]})
    assert _adopt(cells, day="%m/%d/%Y") == ({"kind": "date", "pattern": "%m/%d/%Y"}, ())
    assert _adopt(cells, day="%d/%m/%Y") == ({"kind": "date", "pattern": "%d/%m/%Y"}, ())


def test_odd_words_among_dates_of_a_given_pattern_are_refused() -> None:
    cells = WEEKS.assign(week=WEEKS["week"].where(WEEKS.index != 7, "soon"))
    with pytest.raises(MetadataError, match="no date in the form %Y-%m-%d in 60 of 60 rows"):
        _adopt(cells, week="%Y-%m-%d")

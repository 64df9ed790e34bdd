"""Metadata against the cells of its table."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sdv.metadata import Metadata

from pipeline.datasets.metadata import check_data
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import MetadataError


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        (["2024-01-05", "2024-02-01", ""], ""),
        (["2024-01-05", "2025-02-01", "2024-03-01"], "2025-02-01"),
        (["2023-01-05", "2024-02-01", "2024-03-01"], "2023-01-05"),
        (["2024-01-05", "1 May", "2024-03-01"], "1 May"),
        (["", "", ""], ""),
    ],
)
def test_dates_are_checked_by_format_and_range_whatever_their_place(days: list[str], problem: str) -> None:
    described = {
        "sdtype": "datetime", "datetime_format": "%Y-%m-%d", "range_min": "2024-01-01",
        "range_max": "2024-12-31",
    }  # fmt: skip
    content = {
        "columns": {"day": described, "name": {"sdtype": "categorical"}},
        "METADATA_SPEC_VERSION": "V1",
    }
    metadata = Metadata.load_from_dict(content, "visits")
    cells = pd.DataFrame({"day": days, "name": ["a", "b", "c"]}).replace({"": None})
    spec = DatasetSpec("visits", "Visits", "", "visits", date(2024, 1, 1), ())
    if problem:
        with pytest.raises(MetadataError, match=problem):
            check_data(metadata, spec, cells)
    else:
        check_data(metadata, spec, cells)


@pytest.mark.parametrize(
    ("sizes", "problem"), [(["5", "", "90"], ""), (["5", "7", "101"], "101"), (["5", "many", "7"], "many")]
)
def test_numbers_are_checked_by_range_whatever_their_place(sizes: list[str], problem: str) -> None:
    described = {"sdtype": "numerical", "range_min": 0, "range_max": 100}
    metadata = Metadata.load_from_dict(
        {"columns": {"size": described}, "METADATA_SPEC_VERSION": "V1"}, "visits"
    )
    cells = pd.DataFrame({"size": sizes}).replace({"": None})
    spec = DatasetSpec("visits", "Visits", "", "visits", date(2024, 1, 1), ())
    if problem:
        with pytest.raises(MetadataError, match=problem):
            check_data(metadata, spec, cells)
    else:
        check_data(metadata, spec, cells)

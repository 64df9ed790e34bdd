"""Codes that name the year of a date in their row, such as INV-2024-00017."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import ModelledType

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
"""A year between other characters, in a code or in the pattern of one."""

_SHARE = 0.99  # of the rows have the year of the date in the code
_FIRST_LOOK = 100


def find_dated_codes(findings: Mapping[str, Finding], table: pd.DataFrame) -> dict[str, Finding]:
    """The findings, with the option `year_of` on codes whose year is that of a date in each row."""
    dates = [name for name, one in findings.items() if one.kind == ModelledType.DATETIME]
    found = dict(findings)
    for name, finding in findings.items():
        if finding.kind != "code" or not _name_years(finding.options.get("patterns", ())):
            continue
        date = next((one for one in dates if _agree(table[name], table[one])), None)
        if date is not None:
            why = f'{finding.why}; its year is that of "{date}"'
            found[name] = replace(finding, options={**finding.options, "year_of": date}, why=why)
    return found


def _name_years(patterns: Sequence[str]) -> bool:
    """Whether each of several patterns names a year of its own."""
    years = [YEAR.findall(pattern) for pattern in patterns]
    return len(patterns) > 1 and all(len(each) == 1 for each in years)


def _agree(codes: pd.Series, dates: pd.Series) -> bool:
    """Whether nearly all rows, and nearly all of the first ones, have the year of the date in the code."""
    if not pd.api.types.is_datetime64_any_dtype(dates):
        return False
    return all(_share(codes.head(rows), dates.head(rows)) >= _SHARE for rows in (_FIRST_LOOK, len(codes)))


def _share(codes: pd.Series, dates: pd.Series) -> float:
    years = as_text(codes).str.extract(f"({YEAR.pattern})")[0]
    is_told = years.notna() & dates.notna()
    agreeing = years[is_told].astype(int) == dates[is_told].dt.year
    return float(agreeing.mean()) if len(agreeing) else 0.0

"""Short ways to state what a form does with texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.datasets.forms import Form, Hints, Learned, form_from_dict, learn_form

CASES = Path(__file__).resolve().parents[3] / "cases"


def column(*texts: str | None) -> pd.Series:
    """A column of texts."""
    return pd.Series(texts, dtype=object)


def learn(*texts: str | None, **hints: object) -> Learned:
    """The form of a column that surely has one."""
    learned = learn_form(column(*texts), Hints(**hints))  # type: ignore[arg-type]
    assert learned is not None
    return learned


def written_again(form: Form, texts: pd.Series) -> list[str | None]:
    """What a form writes of what it read."""
    return form.write(form.read(texts).values).tolist()


def case_column(file: str, name: str) -> pd.Series:
    """A column of one of the case tables as texts; the test is skipped where the tables are not at hand."""
    path = CASES / f"{file}.csv"
    if not path.exists():
        pytest.skip("the case tables are not at hand")
    separator = ";" if file in ("dot_thousands", "eu_decimals", "foreign") else ","
    encoding = "latin-1" if file == "eu_decimals" else "utf-8"
    table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding=encoding)
    return table[name].astype(object)


def assert_number_is_kept(texts: tuple[str, ...], form: dict[str, Any], values: list[float]) -> None:
    """Cells have this form of numbers and these values, and are written again as they are."""
    learned = learn(*texts)
    assert learned.form.as_dict() == {"kind": "number", **form}
    assert learned.values.tolist() == values
    assert written_again(learned.form, column(*texts)) == list(texts)
    assert form_from_dict(learned.form.as_dict()) == learned.form

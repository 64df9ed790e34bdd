"""Dates and amounts in the forms of letters and meters, through the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms import form_from_dict
from tests.integration.conftest import Command, Refusal

ROWS = 300


def _write(path: Path) -> None:
    rng = np.random.default_rng(12)
    days = pd.Series(pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1200, ROWS), "D"))
    forms = {
        "signed": {"pattern": "%o %B %Y"},
        "paid": {"pattern": "%b %o, %Y"},
        "renewal": {"pattern": "%-d %B"},
    }
    columns = {name: form_from_dict({"kind": "date", **form}).write(days) for name, form in forms.items()}
    columns["volts"] = pd.Series([f"{volts:.1f}V" for volts in rng.normal(225, 4, ROWS)])
    columns["hertz"] = pd.Series([f"{hertz:.2f}Hz" for hertz in rng.normal(50, 0.05, ROWS)])
    columns["part"] = pd.Series([f"{number}B" for number in rng.integers(1000, 9999, ROWS)])
    pd.DataFrame(columns).to_csv(path, index=False)


@pytest.mark.parametrize("arguments", [(), ("--plain",)])
def test_dates_and_amounts_come_back_in_their_forms(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    source, out = tmp_path / "readings.csv", tmp_path / "out.csv"
    _write(source)
    name = f"readings{len(arguments)}"
    command("add", name, source)
    columns = {one["name"]: one for one in command("columns", name)["columns"]}
    kinds = {one["name"]: one["kind"] for one in columns.values()}
    assert [kinds[one] for one in ("signed", "paid", "renewal")] == ["datetime"] * 3
    assert [kinds[one] for one in ("volts", "hertz")] == ["numerical"] * 2
    assert columns["part"]["role"] == "identity"
    command("generate", name, "--rows", 1000, "--epochs", 1, "--out", out, *arguments)
    made = pd.read_csv(out, dtype=str)
    kept = ["renewal"] if arguments else ["signed", "paid", "renewal", "volts", "hertz"]
    for one in kept:
        form = form_from_dict(columns[one]["form"])
        reading = form.read(made[one])
        assert not reading.odd.any(), one
        assert form.write(reading.values).tolist() == made[one].tolist(), one
    assert command("evaluate", name, out)["validity"]["score"] == 1.0


def test_parts_of_one_row_each_are_no_categories(command: Command, refusal: Refusal, tmp_path: Path) -> None:
    source = tmp_path / "parts.csv"
    _write(source)
    command("add", "parts", source)
    told = refusal("columns", "parts", "--set", "part.kind=categorical")
    assert 'Column "part" cannot be of the kind "categorical"' in told
    assert "part.kind=code" in told
    assert (
        next(one for one in command("columns", "parts")["columns"] if one["name"] == "part")["role"]
        == "identity"
    )

"""Columns of a workbook with text beside numbers: added, generated, and measured in the same reading."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.integration.conftest import Command

ROWS, MADE = 300, 1000


def _draw_day(rng: random.Random) -> datetime:
    return datetime(2022, 1, 1) + timedelta(days=rng.randint(0, 700))


def _draw_dated(rng: random.Random) -> Any:
    day = _draw_day(rng)
    return rng.choice([day, day, (day - datetime(1899, 12, 30)).days, f"{day:%d.%m.%Y}"])


def _at(rate: float, text: str, number: float) -> Callable[[random.Random], Any]:
    def draw(rng: random.Random) -> Any:
        size = rng.randint(1, 99)
        return text.format(size) if rng.random() < rate else round(size * number, 2)

    return draw


COLUMNS: dict[str, Callable[[random.Random], Any]] = {
    "share": _at(0.95, "{}%", 0.01),
    "rate": _at(0.7, "{}%", 0.01),
    "price": _at(0.1, "{} EUR", 1),
    "amount": _at(0.1, "2.5{:02d},50", 30.25),
    "dated": _draw_dated,
    "iso": lambda rng: f"{_draw_day(rng):%Y-%m-%d}",
    "moment": lambda rng: f"{_draw_day(rng):%Y-%m-%d} {rng.randint(0, 23):02d}:15:00",
    "local": lambda rng: f"{_draw_day(rng):%d.%m.%Y}",
    "whole": lambda rng: str(rng.randint(1, 5000)),
}
LIMITS = {"share": (0.005, 1.2), "rate": (0.005, 1.2), "price": (0, 120), "amount": (1, 4_000)}
UNITS = str.maketrans({".": "", ",": ".", "%": "", "E": "", "U": "", "R": "", " ": ""})


def _save(path: Path, seed: int) -> Path:
    rng = random.Random(seed)
    workbook = openpyxl.Workbook()
    workbook.active.append(["n", *COLUMNS])
    for _ in range(ROWS):
        workbook.active.append([rng.uniform(1, 9), *(draw(rng) for draw in COLUMNS.values())])
    workbook.save(path)
    return path


def _read(path: Path) -> dict[str, list[Any]]:
    columns = openpyxl.load_workbook(path).active.iter_cols(values_only=True)
    return {str(name): cells for name, *cells in columns}


def _value(name: str, cell: Any) -> float:
    """The number that a cell of a numeric column means."""
    if not isinstance(cell, str):
        return float(cell)
    return float(cell.translate(UNITS)) / (100 if "%" in cell else 1)


def _find_shares(cells: list[Any]) -> dict[str, float]:
    kinds = ["number" if isinstance(cell, int | float) else type(cell).__name__ for cell in cells]
    return {kind: kinds.count(kind) / len(kinds) for kind in set(kinds)}


def test_values_in_cells_of_several_kinds_are_right_and_at_their_rates(
    command: Command, tmp_path: Path
) -> None:
    files = [_save(tmp_path / "own.xlsx", 1), _save(tmp_path / "sibling.xlsx", 2), tmp_path / "made.xlsx"]
    command("add", "mixed_cells", files[0])
    command("generate", "mixed_cells", "--rows", MADE, "--synthesizer", "gaussian_copula", "--out", files[2])
    for file in files:
        found = command("evaluate", "mixed_cells", file)["validity"]
        assert found["is_valid"], [one for one in found["rules"] if one["failed"]]
    own, made = _read(files[0]), _read(files[2])
    for name in COLUMNS:
        wanted, shares = _find_shares(own[name]), _find_shares(made[name])
        assert shares == pytest.approx(wanted, abs=0.005), name
    for name, (least, most) in LIMITS.items():
        values = [_value(name, cell) for cell in made[name]]
        assert least <= min(values), name
        assert max(values) <= most, name
    days = {cell for cell in made["dated"] if isinstance(cell, int)}
    assert min(days) > 44_000
    assert max(days) < 46_000
    assert all(datetime.strptime(cell, "%Y-%m-%d") for cell in made["iso"])


def test_percentages_of_a_csv_are_as_odd_where_they_are_measured_as_where_they_are_added(
    command: Command, tmp_path: Path
) -> None:
    rng = random.Random(4)
    cells = [f"{rng.randint(1, 99)}%" if row % 20 else f"0.{rng.randint(10, 99)}" for row in range(ROWS)]
    file = tmp_path / "rates.csv"
    file.write_text("n,pct\n" + "".join(f"{rng.uniform(1, 9):.4f},{cell}\n" for cell in cells))
    command("add", "bare_rates", file)
    rules = command("evaluate", "bare_rates", file)["validity"]["rules"]
    assert [(one["column"], one["failed"]) for one in rules if one["failed"]] == [("pct", ROWS // 20)]

"""A workbook of two related sheets: what its cells hold as text comes back as text, all else as it was."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tests.integration.conftest import Command

SHOPS, SALES = 80, 600


def _write(path: Path) -> None:
    """Shops and their sales: text in every form that numbers, dates and times have, beside typed cells."""
    rng = np.random.default_rng(8)
    first = date(2001, 1, 1)
    shops = {
        "shop_no": [f"{place * 7 + 11:04d}" for place in range(SHOPS)],
        "share": [f"{number}%" for number in rng.integers(5, 95, SHOPS)],
        "opens": [
            f"{hour:02d}:{minute * 15:02d}" for hour, minute in rng.integers((5, 0), (23, 4), (SHOPS, 2))
        ],
        "founded": [
            (first + timedelta(int(day))).strftime("%d.%m.%Y") for day in rng.integers(0, 8000, SHOPS)
        ],
        "size": [int(number) for number in rng.integers(100, 999, SHOPS)],
        "is_open": [bool(one) for one in rng.integers(0, 2, SHOPS)],
    }
    sales = {
        "sale_id": list(range(1000, 1000 + SALES)),
        "shop_no": [shops["shop_no"][place] for place in rng.integers(0, SHOPS, SALES)],
        "amount": [f"{number:,.2f}" for number in rng.normal(3000, 900, SALES)],
        "at": [time(int(hour), int(minute)) for hour, minute in rng.integers((6, 0), (22, 60), (SALES, 2))],
        "sold": [first + timedelta(int(day)) for day in rng.integers(8000, 8700, SALES)],
        "qty": [float(number) / 4 for number in rng.integers(1, 40, SALES)],
    }
    with pd.ExcelWriter(path) as book:
        pd.DataFrame(shops).to_excel(book, sheet_name="shops", index=False)
        pd.DataFrame(sales).to_excel(book, sheet_name="sales", index=False)


def _list_types(path: Path) -> dict[str, dict[str, set[str]]]:
    """By sheet and column the types of the cells."""
    found: dict[str, dict[str, set[str]]] = {}
    for sheet in openpyxl.load_workbook(path):
        header, *rows = sheet.iter_rows(values_only=True)
        columns = zip(header, zip(*rows, strict=True), strict=True)
        names = {"int": "number", "float": "number", "datetime": "date"}
        found[sheet.title] = {
            str(name): {names.get(type(cell).__name__, type(cell).__name__) for cell in cells}
            for name, cells in columns
        }
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "trade.xlsx"
    _write(path)
    return path


def test_cells_of_every_sheet_have_the_types_of_the_source(
    command: Command, source: Path, tmp_path: Path
) -> None:
    command("add", "trade", source)
    out = tmp_path / "out.xlsx"
    command("generate", "trade", "--epochs", 1, "--out", out)
    assert _list_types(out) == _list_types(source)
    shops = pd.read_excel(out, sheet_name="shops", dtype=object)
    sales = pd.read_excel(out, sheet_name="sales", dtype=object)
    forms = {
        "shop_no": r"\d{4}",
        "share": r"\d{1,3}%",
        "opens": r"\d\d:\d\d",
        "founded": r"\d\d\.\d\d\.\d{4}",
    }
    for name, form in forms.items():
        assert shops[name].str.fullmatch(form).all(), name
    assert sales["amount"].str.fullmatch(r"\d,\d{3}\.\d\d|\d{1,3}\.\d\d").all()
    assert set(sales["shop_no"]) <= set(shops["shop_no"])
    command("add", "traded", out)
    added, original = (
        {
            (table, one["name"]): one["form"]
            for table, columns in command("columns", name)["tables"].items()
            for one in columns
        }
        for name in ("traded", "trade")
    )
    assert added == original


def test_a_plain_workbook_has_numbers_and_dates_in_every_sheet(
    command: Command, source: Path, tmp_path: Path
) -> None:
    command("add", "plainly", source)
    out = tmp_path / "plain.xlsx"
    command("generate", "plainly", "--epochs", 1, "--plain", "--out", out)
    types = _list_types(out)
    assert (types["shops"]["share"], types["shops"]["founded"]) == ({"number"}, {"date"})
    assert (types["sales"]["amount"], types["shops"]["shop_no"]) == ({"number"}, {"str"})

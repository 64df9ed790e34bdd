"""An outsider's check of exported files: no code of `pipeline`, each rule written again, a row at a time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

Row = dict[str, str]

EMPLOYEE_COLUMNS = [
    "name",
    "user_id",
    "email",
    "ssn",
    "blood_group",
    "gender",
    "address",
    "date_of_birth",
    "driver_license",
]
PCI_COLUMNS = ["card_holder_name", "cvv", "expiration_date", "credit_card_number", "card_provider"]

# First digits and length as the networks publish them; a lone sample of each is enough for an outsider.
_NETWORKS = {
    "Visa": (r"4", {16}),
    "Mastercard": (r"5[1-5]|2[2-7]", {16}),
    "American Express": (r"3[47]", {15}),
    "Discover": (r"6011|65|64[4-9]", {16}),
    "JCB": (r"35", {16}),
    "Diners Club": (r"3[0689]", {14}),
}
_BLOOD_GROUPS = {a + b for a in ("A", "B", "AB", "O") for b in "+-"}


def read_rows(path: Path) -> list[Row]:
    """Rows of an export in any format, every cell as text."""
    readers: dict[str, Callable[[Path], list[Row]]] = {
        ".csv": _read_csv,
        ".json": _read_json,
        ".xlsx": _read_excel,
        ".docx": _read_word,
        ".parquet": _read_parquet,
    }
    return readers[path.suffix](path)


def find_employee_faults(rows: list[Row], as_of: date) -> list[str]:
    """What is wrong with Employee rows; empty when nothing is."""
    faults = [] if rows and list(rows[0]) == EMPLOYEE_COLUMNS else [f"columns {list(rows[0])}"]
    for column in ("user_id", "email", "ssn", "driver_license"):
        if len({row[column] for row in rows}) != len(rows):
            faults.append(f"{column} repeats")
    for number, row in enumerate(rows):
        faults += [f"row {number}: {problem}" for problem in _employee_problems(row, as_of)]
    return faults


def find_pci_faults(rows: list[Row], as_of: date) -> list[str]:
    """What is wrong with PCI rows; empty when nothing is."""
    faults = [] if rows and list(rows[0]) == PCI_COLUMNS else [f"columns {list(rows[0])}"]
    if len({row["credit_card_number"] for row in rows}) != len(rows):
        faults.append("credit_card_number repeats")
    for number, row in enumerate(rows):
        faults += [f"row {number}: {problem}" for problem in _pci_problems(row, as_of)]
    return faults


def _employee_problems(row: Row, as_of: date) -> list[str]:
    area, group, serial = row["ssn"].split("-")
    born = date.fromisoformat(row["date_of_birth"])
    age = as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))
    surname = re.sub(r"[^a-z]", "", row["name"].split()[-1].lower())
    checks = {
        "ssn": re.fullmatch(r"\d{3}-\d\d-\d{4}", row["ssn"])
        and area not in {"000", "666"}
        and area < "900"
        and group != "00"
        and serial != "0000",
        "email domain": re.fullmatch(
            r"[a-z0-9._+-]+@(?:[a-z0-9-]+\.)*example(\.com|\.org|\.net)?", row["email"]
        ),
        "email follows name": surname in re.sub(r"[^a-z]", "", row["email"].split("@")[0]),
        "blood group": row["blood_group"] in _BLOOD_GROUPS,
        "gender": row["gender"] in {"Female", "Male"},
        "address": re.fullmatch(r"\d+ .+, .+, [A-Z]{2} \d{5}", row["address"]),
        "age": 16 <= age <= 90 and born < as_of,
        "driver license": re.fullmatch(r"[A-Z0-9]{6,19}", row["driver_license"]),
        "name": len(row["name"].split()) >= 2,
    }
    return [f"{name}: {row}" for name, passes in checks.items() if not passes]


def _pci_problems(row: Row, as_of: date) -> list[str]:
    number, provider = row["credit_card_number"], row["card_provider"]
    start, lengths = _NETWORKS[provider]
    month, year = (int(part) for part in row["expiration_date"].split("/"))
    ahead = (2000 + year - as_of.year) * 12 + month - as_of.month
    checks = {
        "luhn": _passes_luhn(number),
        "network": re.match(start, number) and len(number) in lengths,
        "cvv": re.fullmatch(r"\d{4}" if provider == "American Express" else r"\d{3}", row["cvv"]),
        "expiry": 1 <= month <= 12 and 1 <= ahead <= 60,
        "name": len(row["card_holder_name"].split()) >= 2,
    }
    return [f"{name}: {row}" for name, passes in checks.items() if not passes]


def _passes_luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _read_csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read_json(path: Path) -> list[Row]:
    return [{key: str(value) for key, value in row.items()} for row in json.loads(path.read_text("utf-8"))]


def _read_excel(path: Path) -> list[Row]:
    import openpyxl

    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    return [
        {str(key): _as_text(value) for key, value in zip(lines[0], line, strict=True)} for line in lines[1:]
    ]


def _read_word(path: Path) -> list[Row]:
    import docx
    from docx.oxml.ns import qn

    lines = []
    for line in docx.Document(str(path)).tables[0]._tbl.iterchildren(qn("w:tr")):
        cells = line.iterchildren(qn("w:tc"))
        lines.append(["".join(text.text or "" for text in cell.iter(qn("w:t"))) for cell in cells])
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def _read_parquet(path: Path) -> list[Row]:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(path).to_pylist()
    return [{key: _as_text(value) for key, value in row.items()} for row in rows]


def _as_text(value: object) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value)

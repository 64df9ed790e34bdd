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

# First and last prefixes, and the length, as the networks publish them.
_NETWORKS = {
    "Visa": ([(4, 4)], 16),
    "Mastercard": ([(51, 55), (2221, 2720)], 16),
    "American Express": ([(34, 34), (37, 37)], 15),
    "Discover": ([(6011, 6011), (644, 649), (65, 65)], 16),
    "JCB": ([(3528, 3589)], 16),
    "Diners Club": ([(300, 305), (3095, 3095), (36, 36), (38, 39)], 14),
}
# First and last three digits of the ZIP codes of states that lie in one block.
_ZIP_BLOCKS = {
    "CA": (900, 961), "FL": (320, 349), "GA": (300, 319), "IL": (600, 629), "MA": (10, 27), "MI": (480, 499),
    "NC": (270, 289), "NJ": (70, 89), "NY": (100, 149), "OH": (430, 459), "PA": (150, 196), "TN": (370, 385),
    "TX": (750, 799), "WA": (980, 994), "WI": (530, 549),
}  # fmt: skip
_LICENCES = {
    "CA": r"[A-Z]\d{7}", "FL": r"[A-Z]\d{12}", "ID": r"[A-Z]{2}\d{6}[A-Z]|\d{9}", "NJ": r"[A-Z]\d{14}",
    "OK": r"[A-Z]?\d{9}", "PA": r"\d{8}", "TX": r"\d{7,8}", "WI": r"[A-Z]\d{13}",
}  # fmt: skip
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
    state, zip_code = row["address"].split(", ")[-1].split()
    first, last = _ZIP_BLOCKS.get(state, (0, 999))
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
        "zip in state": first <= int(zip_code[:3]) <= last,
        "driver license": re.fullmatch(_LICENCES.get(state, r"[A-Z0-9]{6,19}"), row["driver_license"]),
        "name": len(row["name"].split()) >= 2,
    }
    return [f"{name}: {row}" for name, passes in checks.items() if not passes]


def _pci_problems(row: Row, as_of: date) -> list[str]:
    number, provider = row["credit_card_number"], row["card_provider"]
    ranges, length = _NETWORKS[provider]
    month, short_year = (int(part) for part in row["expiration_date"].split("/"))
    century = as_of.year - as_of.year % 100
    year = min((century - 100 + short_year, century + short_year, century + 100 + short_year),
               key=lambda candidate: abs(candidate - as_of.year))  # fmt: skip
    ahead = (year - as_of.year) * 12 + month - as_of.month
    checks = {
        "luhn": _passes_luhn(number),
        "network": len(number) == length
        and any(first <= int(number[: len(str(first))]) <= last for first, last in ranges),
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

"""Exports of 10,000 Employee-like rows against the usual loops over cells, alternating in one process.

The usual loop of python-docx sets the text of every cell and nothing else; the one of openpyxl
also formats header, dates and text, as the workbench's sheet does. Every cell is compared.
"""

from __future__ import annotations

import gc
import io
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

import numpy as np
import openpyxl
import pandas as pd
from docx import Document
from docx.oxml.ns import qn
from openpyxl.styles import Font, PatternFill

from pipeline.exporters import ExportFormat, Provenance, export_table

ROWS = 10_000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# Cell by cell, Word takes longer than everything else together.
SLOW_ROUNDS = min(ROUNDS, 2)
Action = Callable[[], bytes]


def main() -> None:
    """Print medians and ratios; raise ValueError where two files differ in the text of a cell."""
    table = make_table(ROWS)
    export = partial(_export, table)
    word = measure(
        SLOW_ROUNDS, loop=partial(write_word_by_cell, table), ours=partial(export, ExportFormat.WORD)
    )
    excel = measure(
        ROUNDS, loop=partial(write_excel_by_cell, table), ours=partial(export, ExportFormat.EXCEL)
    )
    compare("Word", *map(read_word, word.contents))
    compare("Excel", *map(read_excel, excel.contents))
    print(f"{ROWS:,} rows of {table.shape[1]} columns, median seconds")
    for name, result in (("word", word), ("excel", excel)):
        print(
            f"  {name:<8} ours {result.ours_s:7.3f}   loop {result.loop_s:7.3f}   ratio {result.ratio:5.1f}"
        )
    for fmt in (ExportFormat.CSV, ExportFormat.JSON, ExportFormat.PARQUET):
        print(
            f"  {fmt:<8} ours {statistics.median(timed(partial(export, fmt))[0] for _ in range(ROUNDS)):7.3f}"
        )
    print(f"  the same text in all {table.size:,} cells of Word and of Excel")


class Measurement:
    """Seconds of both sides, round by round, and the last file of each."""

    def __init__(self, loop: list[float], ours: list[float], contents: tuple[bytes, bytes]) -> None:
        self.loop_s, self.ours_s = statistics.median(loop), statistics.median(ours)
        self.ratio = self.loop_s / self.ours_s
        self.contents = contents


def measure(rounds: int, loop: Action, ours: Action) -> Measurement:
    """Run both sides alternately, after one run of ours that loads the libraries."""
    ours()
    slow, fast = [], []
    for _ in range(rounds):
        seconds, theirs = timed(loop)
        slow.append(seconds)
        seconds, content = timed(ours)
        fast.append(seconds)
    return Measurement(slow, fast, (theirs, content))


def timed(action: Action) -> tuple[float, bytes]:
    """Seconds of one run and what it returned."""
    gc.collect()
    start = time.perf_counter()
    content = action()
    return time.perf_counter() - start, content


def make_table(rows: int, seed: int = 0) -> pd.DataFrame:
    """A table with the columns and lengths of Employee; seeded, without need of a fitted model."""
    draw = np.random.default_rng(seed)
    numbers = draw.permutation(10**6)[:rows]
    streets, cities = ["Alder Ridge Road", "Oak Street", "Elm Court"], ["Fairmont Falls", "Ely", "Lake Port"]
    first, last = (
        draw.choice(["Mary", "Zoë", "Bartholomew"], rows),
        draw.choice(["Li", "O'Brien", "Smith"], rows),
    )
    return pd.DataFrame(
        {
            "name": [f"{a} {b}" for a, b in zip(first, last, strict=True)],
            "user_id": [f"U{number:08d}" for number in numbers],
            "email": [f"{a}.{number}@example.com".lower() for a, number in zip(first, numbers, strict=True)],
            "ssn": [f"{100 + n % 500}-{10 + n % 89}-{1000 + n % 8999}" for n in numbers],
            "blood_group": draw.choice(["A+", "O+", "B-", "AB+"], rows),
            "gender": draw.choice(["Female", "Male"], rows),
            "address": [
                f"{n % 9999} {street}, {city}, TX {75000 + n % 999}"
                for n, street, city in zip(
                    numbers, draw.choice(streets, rows), draw.choice(cities, rows), strict=True
                )
            ],
            "date_of_birth": pd.Timestamp("1960-01-01") + pd.to_timedelta(numbers % 16_000, unit="D"),
            "driver_license": [f"A{number:012d}" for number in numbers],
        }
    )


def write_word_by_cell(table: pd.DataFrame) -> bytes:
    """The loop that python-docx suggests, with one cell object after another."""
    document = Document()
    grid = document.add_table(rows=len(table) + 1, cols=table.shape[1])
    for row, texts in zip(grid.rows, _text_rows(table), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def write_excel_by_cell(table: pd.DataFrame) -> bytes:
    """The loop of openpyxl: one formatted cell after another."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(table.columns))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color="1F3864")
    formats = ["yyyy-mm-dd" if dtype.kind == "M" else "@" for dtype in table.dtypes]
    for row, values in enumerate(table.itertuples(index=False), start=2):
        for column, (value, number_format) in enumerate(zip(values, formats, strict=True), start=1):
            sheet.cell(row, column, value).number_format = number_format
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read_word(content: bytes) -> Iterator[list[str]]:
    """The text of every cell, row by row, without python-docx's slow cell objects."""
    for row in Document(io.BytesIO(content)).element.body.iter(qn("w:tr")):
        yield ["".join(text.text or "" for text in cell.iter(qn("w:t"))) for cell in row.iter(qn("w:tc"))]


def read_excel(content: bytes) -> Iterator[list[str]]:
    """The value of every cell as text, row by row."""
    for row in openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows():
        yield [str(cell.value) for cell in row]


def compare(name: str, loop: Iterator[list[str]], ours: Iterator[list[str]]) -> None:
    """Raise ValueError at the first row that differs, or where one side has more rows."""
    count = 0
    for number, (theirs, found) in enumerate(zip(loop, ours, strict=True)):
        if theirs != found:
            raise ValueError(f"{name}, row {number}: {theirs} is not {found}")
        count += 1
    if count != ROWS + 1:
        raise ValueError(f"{name}: {count} rows instead of {ROWS + 1}")


def _text_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    yield list(table.columns)
    yield from table.assign(date_of_birth=table["date_of_birth"].dt.strftime("%Y-%m-%d")).to_numpy().tolist()


def _export(table: pd.DataFrame, fmt: ExportFormat) -> bytes:
    return export_table(table, fmt, Provenance("Employee", "employee", ROWS, 0, date(2026, 1, 1), "bench"))


if __name__ == "__main__":
    main()

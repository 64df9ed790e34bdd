"""Case tables, and what the command line makes of them, as text."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "cases"


@dataclass(frozen=True)
class Made:
    """A case: the real and the generated table, both as text, and what the commands printed."""

    real: pd.DataFrame
    made: pd.DataFrame
    added: dict[str, Any]
    generated: dict[str, Any]
    evaluated: dict[str, Any]
    columns: dict[str, dict[str, Any]]
    manifest: str
    file: Path


@dataclass(frozen=True)
class Layout:
    """How a case's file is to be read by a program that knows it."""

    separator: str = ","
    encoding: str = "utf-8"
    skip: int = 0
    has_header: bool = True
    drop_last: int = 0


def read_texts(path: Path, layout: Layout) -> pd.DataFrame:
    """All cells of a delimited file as text, "" where nothing is written."""
    text = path.read_bytes().decode(layout.encoding).removeprefix("\ufeff")
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator) if row]
    rows = rows[layout.skip :]
    header = rows.pop(0) if layout.has_header else [f"column_{n}" for n in range(1, len(rows[0]) + 1)]
    return pd.DataFrame(rows[: len(rows) - layout.drop_last], columns=header, dtype=str)


def cut_lines(source: Path, target: Path, layout: Layout, lines: int = 250) -> Path:
    """An extract of a delimited file: its first lines, in its own encoding; measuring it is quick."""
    text = source.read_bytes().decode(layout.encoding)
    records = text.splitlines(keepends=True)
    # A cell with line breaks must not be cut in two.
    kept = records if source.stem == "awkward_text" else records[:lines]
    target.write_bytes("".join(kept).encode(layout.encoding))
    return target

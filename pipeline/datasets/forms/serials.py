"""Dates that are written as a number: days of a spreadsheet, seconds or milliseconds since 1970."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.moments import DAY, NO_MOMENT, SECOND

SERIALS = ("excel", "epoch_s", "epoch_ms")
_EXCEL_EPOCH = pd.Timestamp("1899-12-30").value
_RANGES = {"excel": (1, 132000), "epoch_s": (-2 * 10**9, 9 * 10**9), "epoch_ms": (-2 * 10**12, 9 * 10**12)}
_USUAL = {"excel": (14000, 80000), "epoch_s": (10**8, 4 * 10**9), "epoch_ms": (10**11, 4 * 10**12)}
_NUMBER = re.compile(rb"-?9{1,13}(\.9{1,11})?")
MOST_DECIMALS = 10
"""Decimals of a day that are written at most: ten tell milliseconds apart, and a float holds them."""

_TELLS_TIMES = 2
"""Fewer decimals say nothing of how the others are written: 45246.5 is noon."""


def read_serials(cells: Cells, serial: str) -> np.ndarray:
    """Nanoseconds since 1970 (wall time) of cells that hold such a number in its range."""
    moments = np.full(len(cells), NO_MOMENT)
    low, high = _RANGES[serial]
    for code, rows in enumerate(cells.rows):
        if _NUMBER.fullmatch(cells.shapes[code]) is None:
            continue
        numbers = pc.cast(cells.texts_of(code), pa.float64()).to_numpy()
        is_read = (numbers >= low) & (numbers <= high)
        moments[rows[is_read]] = _nanoseconds(numbers[is_read], serial)
    return moments


def find_decimals(cells: Cells, serial: str) -> tuple[int, bool]:
    """The most decimals that days of a spreadsheet have in a column, and whether all have as many."""
    if serial != "excel":
        return MOST_DECIMALS, False
    counts = {len(shape.partition(b".")[2]) for shape in cells.shapes if _NUMBER.fullmatch(shape) is not None}
    most = max(counts, default=MOST_DECIMALS)
    if not _TELLS_TIMES <= most <= MOST_DECIMALS:
        return MOST_DECIMALS, False
    return most, len(counts) == 1


def write_serials(
    nanoseconds: np.ndarray, serial: str, decimals: int = MOST_DECIMALS, is_fixed: bool = False
) -> np.ndarray:
    """Texts of moments as such numbers, with decimals only where they are needed unless they are fixed."""
    if serial == "epoch_ms":
        return (nanoseconds // 10**6).astype(str).astype(object)
    if serial == "epoch_s":
        return (nanoseconds // SECOND).astype(str).astype(object)
    days, rest = np.divmod(nanoseconds - _EXCEL_EPOCH, DAY)
    numbers = [f"{part / DAY:.{decimals}f}" for part in rest]
    texts = [str(day + int(part[0])) + part[1:] for day, part in zip(days, numbers, strict=True)]
    if not is_fixed:
        texts = [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]
    return np.array(texts, dtype=object)


def usual_serial(numbers: np.ndarray) -> str | None:
    """The serial whose usual years (about 1938 to 2119, since 1973 for the epochs) hold all numbers."""
    for serial, (low, high) in _USUAL.items():
        if len(numbers) and (numbers >= low).all() and (numbers <= high).all():
            return serial
    return None


def _nanoseconds(numbers: np.ndarray, serial: str) -> np.ndarray:
    if serial == "epoch_ms":
        return np.rint(numbers).astype(np.int64) * 10**6
    if serial == "epoch_s":
        return np.rint(numbers).astype(np.int64) * SECOND
    days = np.floor(numbers)
    milliseconds = np.rint((numbers - days) * 86400 * 1000)
    return days.astype(np.int64) * DAY + milliseconds.astype(np.int64) * 10**6 + _EXCEL_EPOCH

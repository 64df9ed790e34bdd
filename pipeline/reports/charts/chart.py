"""What a chart is: a figure, a sentence on how to read it, and its numbers for documents without figures."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.reports.charts.binning import LEAST_CELL_ROWS, LEAST_REAL_ROWS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_ROWS = 20_000
"""Larger tables are drawn from a sample of this size."""

FOLD_NOTE = f" Real values that fewer than {LEAST_REAL_ROWS} rows share are never drawn by themselves."
RANGE_NOTE = (
    f" The axis ends where 1% of the real rows, and {LEAST_REAL_ROWS} of them or more, lie at or beyond its "
    "end."
)


def tell_hidden(parts: int, noun: str, rest: str = "") -> str:
    """What to say of bins or cells that are left empty to protect single people; "" where there is none."""
    if not parts:
        return ""
    are = f"1 {noun} that holds" if parts == 1 else f"{parts:,} {noun}s that hold"
    return f" Left empty: {are} fewer than {LEAST_CELL_ROWS} real rows{rest}."


@dataclass(frozen=True)
class Bars:
    """Numbers (%) of a chart by label: series of equal length with their colours, None for no number."""

    label_title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Numbers (-1 to 1) of every pair of labels, None where there is no number."""

    labels: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Maps:
    """Shares of rows (%) by cell, one map for each title: rows of cells from the top, None where empty."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    panels: tuple[tuple[str, tuple[tuple[float | None, ...], ...]], ...]


@dataclass(frozen=True)
class Chart:
    """A figure, the text that says how to read it and what the drawing leaves out, and its numbers.

    One that `is_wide` needs a whole line, and more room than a phone has. `listing` takes the place of the
    caption where only the numbers are shown; it is empty where the caption fits both.
    """

    figure: Figure
    caption: str
    numbers: Bars | Grid | Maps | None = None
    is_wide: bool = False
    listing: str = ""

    @property
    def title(self) -> str:
        """The title as plain text."""
        return unescape(str(self.figure.layout.title.text))

    @property
    def height(self) -> int:
        """The height of the figure in pixels."""
        return int(self.figure.layout.height)


def thin(*tables: pd.DataFrame, most: int = MOST_ROWS) -> tuple[list[pd.DataFrame], str]:
    """Tables of at most `most` rows (the same ones every time), and a note where rows were left out."""
    drawn = [table if len(table) <= most else table.sample(most, random_state=0) for table in tables]
    is_thinned = any(len(table) > most for table in tables)
    return drawn, f" Drawn from a sample of {most:,} rows." if is_thinned else ""

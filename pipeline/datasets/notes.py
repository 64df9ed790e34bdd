"""Sentences on how a file was read, none of which holds a value of the file."""

from __future__ import annotations

import pandas as pd

from pipeline.datasets.endings import has_value
from pipeline.datasets.layout import Layout


def say_layout(layout: Layout | None) -> tuple[str, ...]:
    """What was skipped above the table, and how its header was read."""
    if layout is None:
        return ()
    said = []
    if layout.skipped:
        lines = "One line was" if layout.skipped == 1 else f"{layout.skipped} lines were"
        said.append(f"{lines} skipped above the {'table' if layout.is_neutral else 'header'}.")
    if layout.is_neutral:
        said.append(f"Nothing names the columns: they are called column_1 to column_{layout.width}.")
    if layout.header_rows > 1:
        said.append(f"The header takes {layout.header_rows} rows, whose names were joined.")
    return tuple(said)


def say_dropped(columns: int) -> tuple[str, ...]:
    """How many columns without name and value were left out."""
    if not columns:
        return ()
    what = (
        "An empty column without a name was"
        if columns == 1
        else f"{columns} empty columns without names were"
    )
    return (f"{what} left out, as separators at the end of every line make them.",)


def say_empty(cells: pd.DataFrame) -> tuple[str, ...]:
    """The columns without a value in any row, by their places."""
    empty = [place for place, name in enumerate(cells, start=1) if not has_value(cells[name])]
    return tuple(f"Column {place} has no value in any row." for place in empty)

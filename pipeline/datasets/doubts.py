"""Sentences on columns that need a decision, kept with a dataset and said when it is registered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.datasets.source import with_doubts
from pipeline.datasets.spec import DatasetSpec
from pipeline.datasets.typed import conform
from pipeline.datasets.unsure import describe_unsure

FindDoubts = Callable[[pd.DataFrame, DatasetSpec], Sequence[str]]
"""Given typed rows of a table and its spec, one sentence for each column that needs a decision."""

_ROWS = 100_000


def note_doubts(spec: DatasetSpec, table: pd.DataFrame, find_doubts: FindDoubts) -> DatasetSpec:
    """The spec with what a look at its rows says of its columns; `table` is text, of which some rows do."""
    rows = table.iloc[:: max(1, -(-len(table) // _ROWS))]
    where = f'Table "{spec.table}"'
    typed = {column.name: conform(rows[column.name], column, where) for column in spec.columns}
    doubts = (*find_doubts(pd.DataFrame(typed), spec), *describe_unsure(spec))
    return replace(spec, source=with_doubts(spec.source, doubts))

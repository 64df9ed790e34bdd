"""Columns of amounts in several currencies, which no form of numbers holds."""

from __future__ import annotations

import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.number_sightings import count_cells, find_sightings
from pipeline.datasets.forms.units import is_currency

_ENOUGH = 0.8  # of the cells are amounts
_VISIBLE = 0.02  # of the cells are of a currency


def find_currencies(texts: pd.Series) -> tuple[str, ...]:
    """The currencies of a column of amounts, the most frequent first; () unless there are two or more."""
    cells = Cells.of(texts)
    counts = count_cells(find_sightings(cells), lambda sighting: sighting.number.unit)
    found = {unit: count for unit, count in counts.most_common() if is_currency(unit)}
    if sum(found.values()) < _ENOUGH * max(1, cells.present):
        return ()
    common = tuple(unit for unit, count in found.items() if count >= _VISIBLE * cells.present)
    return common if len(common) > 1 else ()

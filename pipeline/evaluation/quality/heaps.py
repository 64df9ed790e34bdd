"""Numbers and dates that pile up at one value: rows that were cut off at an end, or set to a default."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.datasets.spec import CONTINUOUS, ModelledColumn
from pipeline.evaluation.privacy.intervals import chance_of_noise
from pipeline.evaluation.results_fidelity import Heap, HeapPlace
from pipeline.evaluation.shortfalls import LEAST_ROWS

LEAST_EXCESS = 0.02
"""A heap holds at least this share of rows more than the same value does among real rows."""

LEAST_RATIO = 3.0
"""A heap is at least so many times as frequent as its value among real rows."""


def find_heaps(
    real: Sequence[pd.DataFrame], synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> tuple[Heap, ...]:
    """The gravest heap of each column of numbers or dates, in table order; `real` are parts of one table.

    A value is a heap where Fisher's exact test finds it more often than among real rows, at a chance of
    1 in 741 shared among all values of all columns, and by LEAST_EXCESS and LEAST_RATIO.
    """
    counted = {
        column.name: (
            pd.concat([part[column.name] for part in real]).value_counts(),
            synthetic[column.name].value_counts(),
        )
        for column in columns
        if column.kind in CONTINUOUS
    }
    chance = chance_of_noise(max(1, sum(len(made) for _, made in counted.values())))
    found = (_find_heap(name, known, made, chance) for name, (known, made) in counted.items())
    return tuple(heap for heap in found if heap is not None)


def _find_heap(column: str, real: pd.Series, synthetic: pd.Series, chance: float) -> Heap | None:
    """The value with the largest excess; both tables are counts of rows by value."""
    rows, real_rows = int(synthetic.sum()), int(real.sum())
    if min(rows, real_rows) < LEAST_ROWS:
        return None
    shares, real_shares = synthetic / rows, real.reindex(synthetic.index, fill_value=0) / real_rows
    excess = (shares - real_shares).where(shares >= LEAST_RATIO * real_shares, 0.0)
    place = int(excess.to_numpy().argmax())
    value, hits = synthetic.index[place], int(synthetic.iloc[place])
    real_hits = round(float(real_shares.iloc[place]) * real_rows)
    if excess.iloc[place] < LEAST_EXCESS or _test(hits, rows, real_hits, real_rows) > chance:
        return None
    return Heap(column, _place(value, synthetic.index), hits / rows, real_hits / real_rows)


def _test(hits: int, rows: int, real_hits: int, real_rows: int) -> float:
    """The chance of as many hits among synthetic rows, where both tables come from one population."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(hits - 1, rows + real_rows, hits + real_hits, rows))


def _place(value: object, values: pd.Index) -> HeapPlace:
    if value == values.min():
        return HeapPlace.LOWEST
    return HeapPlace.HIGHEST if value == values.max() else HeapPlace.INNER

"""Training rows without numbers that belong to single people: each is drawn anew among those of several."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.own_numbers import FEWEST_HOLDERS, OwnNumbers, find_own_numbers
from pipeline.datasets.spec import DatasetSpec

_STREAM = 0x6F776E


def blur_own_values(spec: DatasetSpec, raw: pd.DataFrame, modelled: pd.DataFrame) -> pd.DataFrame:
    """The modelled table of a raw one, own numbers drawn anew between those of `FEWEST_HOLDERS` people.

    Synthesizers keep values that many rows share, and cannot know that these rows are one person's. A table
    without such numbers comes back as it is.
    """
    blurred: dict[str, pd.Series] = {}
    for column in spec.columns:
        if column.name not in modelled or not pd.api.types.is_numeric_dtype(modelled[column.name]):
            continue
        own = find_own_numbers(spec, column, raw)
        if own is not None:
            stream = np.random.SeedSequence([_STREAM, *column.name.encode()])
            blurred[column.name] = _blur(modelled[column.name], own, np.random.default_rng(stream))
    return modelled.assign(**blurred) if blurred else modelled


def _blur(numbers: pd.Series, own: OwnNumbers, rng: np.random.Generator) -> pd.Series:
    steps = own.read(numbers)
    places = np.minimum(np.searchsorted(own.values, steps), len(own.values) - 1)
    is_own = own.values[places] == steps
    low, high = _cut(own)
    cells = places[is_own]
    drawn = rng.integers(low[cells], high[cells] + 1)
    found = numbers.to_numpy(copy=True)
    found[is_own] = own.write(drawn)
    return pd.Series(found, index=numbers.index, name=numbers.name)


def _cut(own: OwnNumbers) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the stretch that each value lies in; a stretch has `FEWEST_HOLDERS` people or more."""
    held = np.cumsum(own.holders)
    cells = (held - 1) // FEWEST_HOLDERS
    # The last stretch, with too few people, belongs to the one before.
    cells = np.minimum(cells, max(0, int(held[-1]) // FEWEST_HOLDERS - 1))
    first = np.searchsorted(cells, cells, side="left")
    last = np.searchsorted(cells, cells, side="right") - 1
    return own.values[first], own.values[last]

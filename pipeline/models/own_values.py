"""Training rows without values that belong to single people: each is drawn anew among those of several."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.own_numbers import OwnNumbers, find_own_numbers
from pipeline.datasets.spec import DatasetSpec
from pipeline.models.own_categories import blur_own_categories
from pipeline.models.own_dates import blur_own_dates
from pipeline.models.stretches import cut_stretches, make_stream


def extract_unowned(spec: DatasetSpec, raw: pd.DataFrame) -> pd.DataFrame:
    """The modelled table of a raw one as synthesizers learn it, without values of single people."""
    modelled = features.extract(spec, raw, spec.as_of, blur_own_dates(spec, raw))
    return blur_own_categories(spec, raw, blur_own_values(spec, raw, modelled))


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
            blurred[column.name] = _blur(modelled[column.name], own, make_stream(column.name))
    return modelled.assign(**blurred) if blurred else modelled


def _blur(numbers: pd.Series, own: OwnNumbers, rng: np.random.Generator) -> pd.Series:
    steps = own.read(numbers)
    places = np.minimum(np.searchsorted(own.values, steps), len(own.values) - 1)
    is_own = own.values[places] == steps
    first, last = cut_stretches(own.holders)
    cells = places[is_own]
    drawn = rng.integers(own.values[first[cells]], own.values[last[cells]] + 1)
    found = numbers.to_numpy(copy=True)
    found[is_own] = own.write(drawn)
    return pd.Series(found, index=numbers.index, name=numbers.name)

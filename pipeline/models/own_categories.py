"""Training rows without categories that few people have: rows count there as often as people have them.

Two customers with eight rows each give their town sixteen rows, which is enough for a synthesizer that
counts rows, and yet it is the town of two people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.datasets.entities import find_leader
from pipeline.datasets.own_numbers import count_holders
from pipeline.datasets.spec import DatasetSpec, EntitySpec, ModelledType, Role
from pipeline.models.stretches import make_stream
from pipeline.synthesizers.ends import FEWEST_ROWS

_FEWEST_PEOPLE = 20
"""Of fewer people hardly any category would be left."""


def blur_own_categories(spec: DatasetSpec, raw: pd.DataFrame, modelled: pd.DataFrame) -> pd.DataFrame:
    """The modelled table of a raw one, without categories that describe fewer than `FEWEST_ROWS` people.

    Such a cell is taken from a row whose category more people have, together with the columns that it
    determines, so that a town keeps its county. A column without any such category stays as it is.
    """
    for entity in spec.entities:
        leader, names = find_leader(entity, spec.columns), _list_names(spec, entity, modelled)
        if leader is not None and leader.name in raw and names:
            owners = pd.factorize(raw[leader.name])[0]
            if owners.max(initial=-1) + 1 >= _FEWEST_PEOPLE:
                modelled = _blur(modelled, names, owners)
    return modelled


def _list_names(spec: DatasetSpec, entity: EntitySpec, modelled: pd.DataFrame) -> list[str]:
    """The columns of categories that describe an entity."""
    return [
        one.name
        for one in spec.columns
        if one.name in entity.constant
        and one.role is Role.MODELLED
        and one.kind == ModelledType.CATEGORICAL
        and not one.is_public
        and one.name in modelled
    ]


def _blur(modelled: pd.DataFrame, names: Sequence[str], owners: np.ndarray) -> pd.DataFrame:
    values = {name: modelled[name].to_numpy(dtype=object, copy=True) for name in names}
    is_changed = False
    for name in names:
        codes = pd.factorize(values[name])[0]
        is_told, is_own = codes >= 0, _list_own(codes, owners)
        known = np.flatnonzero(is_told & ~is_own)
        if not is_own.any() or not len(known):
            continue
        donors = make_stream(name).choice(known, int(is_own.sum()))
        for other in [name, *(one for one in names if one != name and _determines(codes, values[one]))]:
            values[other][is_own] = values[other][donors]
        is_changed = True
    if not is_changed:
        return modelled
    return modelled.assign(
        **{
            name: pd.Series(cells, modelled.index).astype(modelled[name].dtype)
            for name, cells in values.items()
        }
    )


def _list_own(codes: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """The rows of categories that few people have; those without an owner may be anybody's."""
    present = codes >= 0
    holders = count_holders(codes[present], owners[present])
    is_own = (holders > 0) & (holders < FEWEST_ROWS)
    is_own[codes[present & (owners < 0)]] = False
    return present & np.append(is_own, False)[codes]


def _determines(codes: np.ndarray, others: np.ndarray) -> bool:
    """Whether each category comes with one value of another column."""
    present = codes >= 0
    pairs = np.column_stack([codes, pd.factorize(others)[0]])[present]
    return len(np.unique(pairs, axis=0)) == len(np.unique(codes[present]))

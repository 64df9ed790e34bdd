"""Identity columns of entities: derived once for each entity, repeated in all of its rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline import identity
from pipeline.datasets.entities import find_leader
from pipeline.datasets.kinds import tells_apart
from pipeline.datasets.spec import ColumnSpec
from pipeline.identity import IdentityRequest
from pipeline.identity.task import ColumnTask
from pipeline.models.grouping import Group, Grouping

_ATTEMPTS = 30
_AGAIN = 0x616E6577


def derive_grouped(request: IdentityRequest, grouping: Grouping) -> dict[str, np.ndarray]:
    """The columns of a request: those of entities from their parents down, then those of single rows."""
    derived: dict[str, np.ndarray] = {}
    for group in grouping.groups:
        derived |= _derive_group(replace(request, given=derived), group)
    rest = tuple(column for column in request.columns if column.name not in derived)
    return derived | identity.derive(replace(request, columns=rest, given=derived))


def repeat_rendered(
    columns: Mapping[str, np.ndarray | pd.Series], grouping: Grouping
) -> dict[str, np.ndarray | pd.Series]:
    """The same columns, those of entities as in the first row of each: a birth or opening date stays one."""
    repeated = dict(columns)
    for group in grouping.groups:
        for name in (*group.entity.columns, *group.entity.constant):
            if name in repeated:
                repeated[name] = pd.Series(repeated[name]).iloc[group.owner_of_row].reset_index(drop=True)
    return repeated


def _derive_group(request: IdentityRequest, group: Group) -> dict[str, np.ndarray]:
    described = [column for column in request.columns if column.name in group.entity.columns]
    given = {name: values[group.owners] for name, values in request.given.items()}
    known = {*request.modelled, *given, *(column.name for column in described)}
    alone = replace(
        request,
        columns=tuple(_describe_once(column, known) for column in described),
        modelled=request.modelled.iloc[group.owners].reset_index(drop=True),
        first_row=group.first,
        total_rows=group.total,
        given=given,
    )
    values = _derive_apart(alone, group)
    return {
        column.name: ColumnTask(alone, column).with_gaps(values[column.name])[group.numbers]
        for column in described
    }


def _derive_apart(request: IdentityRequest, group: Group) -> dict[str, np.ndarray]:
    """The columns of some entities, each once; no two have the same value in the column that stands for them.

    Codes differ by themselves. A name or an address that two entities have by chance is derived anew for the
    later one, with what it is made of.
    """
    leader = find_leader(group.entity, request.columns)
    if leader is None or tells_apart(leader.kind) or leader.is_unique:
        return identity.derive(request)
    first = _with_followed(leader, request.columns)
    values = identity.derive(replace(request, columns=first))
    for attempt in range(1, _ATTEMPTS + 1):
        again = np.flatnonzero(pd.Series(values[leader.name]).duplicated())
        if not len(again):
            break
        seed = int(np.random.SeedSequence([request.seed, _AGAIN, attempt]).generate_state(1)[0])
        # The last attempt numbers the values of kinds that run out of words.
        is_last = attempt == _ATTEMPTS
        columns = tuple(replace(one, is_unique=is_last and one is leader) for one in first)
        drawn = identity.derive(replace(request, columns=columns, seed=seed))
        for name, column in drawn.items():
            values[name][again] = column[again]
    rest = tuple(one for one in request.columns if one not in first)
    return values | identity.derive(replace(request, columns=rest, given={**request.given, **values}))


def _with_followed(leader: ColumnSpec, columns: Sequence[ColumnSpec]) -> tuple[ColumnSpec, ...]:
    """The column and those of the same entity that it is made of."""
    known = {one.name: one for one in columns}
    wanted, found = [leader.name], set()
    while wanted:
        name = wanted.pop()
        if name in known and name not in found:
            found.add(name)
            wanted.extend(known[name].follows)
    return tuple(one for one in columns if one.name in found)


def _describe_once(column: ColumnSpec, known: Collection[str]) -> ColumnSpec:
    """The column as it is among entities: a code is unique there, whatever it is among rows."""
    follows = tuple(name for name in column.follows if name in known)
    return replace(column, is_unique=column.is_unique or tells_apart(column.kind), follows=follows)

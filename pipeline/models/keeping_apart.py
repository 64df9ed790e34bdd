"""Nobody pays himself: columns of one set of accounts that are never equal in a row of the sample.

Accounts are dealt to the rows of each side apart, so that both sides of a row may get the same one. Such a
row trades one side, with all that describes it, for that of another row: every account keeps its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.datasets.entities import find_chain
from pipeline.datasets.spec import DIFFERS, DatasetSpec, EntitySpec
from pipeline.models.grouping import list_constants


def keep_apart(
    spec: DatasetSpec, columns: Mapping[str, np.ndarray | pd.Series], modelled: pd.DataFrame
) -> tuple[dict[str, np.ndarray | pd.Series], pd.DataFrame]:
    """The columns of a part and its modelled rows, with no two equal where a rule of the dataset says so."""
    kept, rows = dict(columns), modelled
    for rule in spec.rules:
        if rule.rule != DIFFERS or not {rule.column, *rule.others} <= set(kept):
            continue
        moved, fixed = _choose_side(spec, rule.column, rule.others[0])
        names = _list_side(spec, moved)
        if fixed in names:
            continue
        order = _trade(kept[moved], [kept[fixed], *_list_further(spec, moved, fixed, kept)])
        if order is None:
            continue
        for name in names & set(kept):
            kept[name] = pd.Series(kept[name]).iloc[order].reset_index(drop=True)
        places = {name: rows[name].iloc[order].set_axis(rows.index) for name in names & set(rows.columns)}
        rows = rows.assign(**places)
    return kept, rows


def _list_further(
    spec: DatasetSpec, moved: str, fixed: str, columns: Mapping[str, np.ndarray | pd.Series]
) -> list[np.ndarray | pd.Series]:
    """What the moved column must differ from besides."""
    pairs = [(rule.column, rule.others[0]) for rule in spec.rules if rule.rule == DIFFERS]
    others = {other for pair in pairs if moved in pair for other in pair} - {moved, fixed}
    return [columns[name] for name in sorted(others & set(columns))]


def _choose_side(spec: DatasetSpec, later: str, earlier: str) -> tuple[str, str]:
    """The column that trades and the one that stays: blocks of rows of one account are not torn apart."""
    family = _find_family(spec, later)
    is_sorted = any(one.is_sorted for one in family)
    other_is_free = not any(one.is_sorted for one in _find_family(spec, earlier))
    return (earlier, later) if is_sorted and other_is_free else (later, earlier)


def _find_family(spec: DatasetSpec, name: str) -> list[EntitySpec]:
    """The entity that a column describes, those above it and those below them."""
    own = next((one for one in spec.entities if name in one.columns), None)
    if own is None:
        return []
    root = (own, *find_chain(spec.entities, own))[-1]
    return [one for one in spec.entities if one is root or root in find_chain(spec.entities, one)]


def _list_side(spec: DatasetSpec, name: str) -> set[str]:
    """The column, all that stays the same in what it stands for, and the columns that follow any of these."""
    names = {name}
    for entity in _find_family(spec, name):
        names |= {*entity.columns, *list_constants(spec, entity)}
    while True:
        following = {one.name for one in spec.columns if names & set(one.follows)} - names
        if not following:
            return names
        names |= following


def _trade(moved: np.ndarray | pd.Series, others: Sequence[np.ndarray | pd.Series]) -> np.ndarray | None:
    """An order of the moved column's rows in which none equals the others' value; None where none did.

    Rows trade with the next row that can: a row for which there is none keeps its value.
    """
    sides = [pd.Series(values, dtype=object).reset_index(drop=True) for values in (moved, *others)]
    codes = pd.factorize(pd.concat(sides, ignore_index=True))[0].reshape(len(sides), -1)
    values, barred = codes[0].copy(), codes[1:]
    equal = np.flatnonzero(((barred == values) & (values >= 0)).any(axis=0))
    if not len(equal):
        return None
    order = np.arange(len(values))
    for row in equal.tolist():
        if values[row] not in barred[:, row]:
            continue
        for step in range(1, len(values)):
            other = (row + step) % len(values)
            if values[other] not in barred[:, row] and values[row] not in barred[:, other]:
                values[[row, other]] = values[[other, row]]
                order[[row, other]] = order[[other, row]]
                break
    return order

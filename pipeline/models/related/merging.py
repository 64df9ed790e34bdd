"""Drawn rows that repeat a key of parents and categories alone: they become one row, with all their children.

A link table has no value that could move, and synthesizers may draw a pair twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.choices import from_combined
from pipeline.datasets.rules.given import RuleTables
from pipeline.models.rules.apart import Promise, trace_rows
from pipeline.models.rules.keeping import RulePlan
from pipeline.synthesizers.related.protocol import DrawnTable


def merge_repeats(plan: RulePlan, drawn: Mapping[str, DrawnTable]) -> dict[str, DrawnTable]:
    """The drawn tables with the rows merged that no other step can keep apart."""
    merged = dict(drawn)
    for promise in plan.promises:
        if promise.moved or promise.table not in merged:
            continue
        numbers = _number(plan, merged, promise)
        if numbers is None:
            continue
        _, first, place = np.unique(numbers, return_index=True, return_inverse=True)
        twins = np.where(numbers >= 0, first[place.reshape(-1)], np.arange(len(numbers)))
        if (twins != np.arange(len(twins))).any():
            merged = _merge(plan.schema, merged, promise.table, twins)
    return merged


def _number(plan: RulePlan, drawn: Mapping[str, DrawnTable], promise: Promise) -> np.ndarray | None:
    links = {
        relation: positions
        for name in drawn
        for relation, positions in list_links(plan.schema, name, drawn[name]).items()
    }
    tables = {name: _with_parts(plan, name, one.rows) for name, one in drawn.items()}
    return trace_rows(RuleTables(plan.schema, tables, links), promise.table, promise.columns)


def _with_parts(plan: RulePlan, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The drawn rows with the columns of combinations, and a number for each row where nothing is drawn."""
    found = rows.reset_index(drop=True)
    for one in plan.merged:
        if one.table == name and one.name in found:
            found = pd.concat([found, from_combined(one.form, found[one.name])], axis=1)
    foreign = {column for one in plan.schema.list_relations(name) for column in one.columns}
    foreign |= {column for column, _, _ in plan.schema.get(name).copied}
    missing = [one for one in plan.schema.get(name).columns if one not in found and one not in foreign]
    return found.assign(**{one: np.arange(len(found)) for one in missing})


def list_links(schema: RelatedSchema, name: str, drawn: DrawnTable) -> dict[str, np.ndarray]:
    """The positions of a drawn table's parents by relation id."""
    owner = schema.find_owner(name)
    found = dict(drawn.others)
    if owner is not None and drawn.owner_rows is not None:
        found[owner.id] = drawn.owner_rows
    return found


def _merge(
    schema: RelatedSchema, drawn: Mapping[str, DrawnTable], name: str, twins: np.ndarray
) -> dict[str, DrawnTable]:
    """The tables without the rows of `name` whose twin is another row; what refers to them refers to that."""
    kept = np.flatnonzero(twins == np.arange(len(twins)))
    places = np.full(len(twins), -1)
    places[kept] = np.arange(len(kept))
    moved = np.append(places[twins], -1)
    table = drawn[name]
    merged = dict(drawn)
    merged[name] = DrawnTable(
        table.rows.iloc[kept].reset_index(drop=True),
        None if table.owner_rows is None else table.owner_rows[kept],
        {relation: positions[kept] for relation, positions in table.others.items()},
    )
    for one in schema.relations:
        if one.parent != name or one.child not in merged:
            continue
        child = merged[one.child]
        if one.is_owner and child.owner_rows is not None:
            merged[one.child] = replace(child, owner_rows=moved[child.owner_rows])
        elif one.id in child.others:
            others = {**child.others, one.id: moved[child.others[one.id]]}
            merged[one.child] = replace(child, others=others)
    return merged

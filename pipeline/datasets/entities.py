"""What comes back in several rows: persons, accounts, devices, found by which columns determine which.

Codes that determine each other describe one entity. Where a code determines another one, but not the
other way round, the other stands for the parent: an account has one client, a client several accounts.
Codes that determine nothing of each other are independent entities, such as the two sides of a payment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pipeline.datasets.entity_codes import Codes, coarsen, code, determines, find_usual, stand_together
from pipeline.datasets.kinds import find_kind, tells_apart
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, Role

_MOST_CODES = 20
_REPEATED_SHARE = 0.05  # of the rows hold a value that comes back, in a column of codes
_FEWEST_REPEATED = 20
_NEARLY_ONE = 0.9  # as many values of a column as there are entities: it describes the same one
_FEWEST_NAMES = 20
_NAME_ROWS = 2.0  # a name comes in each of so many rows, where it stands for a person who comes back
_FEWEST_OFTEN, _OFTEN_ROWS = 3, 5.0  # of so many rows each, however few names there are
_LESS_THAN_CHANCE = 0.5  # as many distinct names as chance would give
_MOST_PARTS = 3_000
_OF_COUNTRY = frozenset({"country", "place"})  # what kinds of a country follow, by their `follows`


def find_entities(table: pd.DataFrame, columns: Sequence[ColumnSpec]) -> tuple[EntitySpec, ...]:
    """The entities whose codes come back in several rows of a table, in the order of their columns.

    Identity columns that are not unique are looked at, `columns` of modelled ones only as to whether they
    stay the same within an entity. Of two entities that a column is constant in, the parent has it.
    """
    identity = [one for one in columns if one.role is Role.IDENTITY and not one.is_unique]
    coded = {one.name: code(table[one.name]) for one in identity}
    founders = [coded[one.name] for one in identity if _founds(one, table[one.name], coded[one.name])]
    founders = founders[:_MOST_CODES]
    shared = [
        codes
        for one in identity
        if _founds_shared(one, codes := coded[one.name])
        and not any(determines(founder, codes) for founder in founders)
    ]
    found = _link(_merge([*founders, *shared[: _MOST_CODES - len(founders)]]))
    if not found:
        return ()
    taken = {codes.name for one in found for codes in one.columns}
    described = [coded[one.name] for one in identity if one.name not in taken]
    modelled = [code(table[one.name]) for one in columns if one.role is Role.MODELLED]
    further, constant = _sort_out(found, described), _sort_out(found, modelled)
    found = [
        replace(one, columns=one.columns + further[one.leader.name], constant=constant[one.leader.name])
        for one in found
    ]
    places = {one.name: place for place, one in enumerate(columns)}
    return _describe(found, places)


def keep_together(spec: DatasetSpec, table: pd.DataFrame) -> DatasetSpec:
    """The spec with the entities of its table.

    Columns of an entity follow what is constant in it, and the country that they agree with row by row: the
    rows of an entity are dealt within countries, also where too few come back to show it.
    """
    entities = find_entities(table, spec.columns)
    features = {one.name: one.column for one in spec.features}
    columns = {column.name: column for column in spec.columns}
    for entity in entities:
        family = (entity, *find_chain(entities, entity))
        constant = {name for one in family for name in (*one.columns, *one.constant)}
        for name in entity.columns:
            kept = {*constant, *list_countries(spec.columns, (name,))}
            follows = tuple(other for other in columns[name].follows if features.get(other, other) in kept)
            columns[name] = replace(columns[name], follows=follows)
    return replace(spec, entities=entities, columns=tuple(columns.values()))


def list_countries(columns: Sequence[ColumnSpec], names: Collection[str]) -> tuple[str, ...]:
    """The columns of countries that the identity columns `names` agree with in each row."""
    modelled = {one.name for one in columns if one.role is Role.MODELLED}
    following = (one for one in columns if one.name in names and _goes_with_country(one))
    return tuple(dict.fromkeys(other for one in following for other in one.follows if other in modelled))


def _goes_with_country(column: ColumnSpec) -> bool:
    kind = find_kind(column.kind) if column.role is Role.IDENTITY else None
    return kind is not None and kind.follows in _OF_COUNTRY


def find_chain(entities: Sequence[EntitySpec], entity: EntitySpec) -> tuple[EntitySpec, ...]:
    """An entity's parent, the parent of that one, and so on up to the root."""
    known = {one.name: one for one in entities}
    chain: list[EntitySpec] = []
    while entity.parent:
        entity = known[entity.parent]
        chain.append(entity)
    return tuple(chain)


def find_leader(entity: EntitySpec, columns: Sequence[ColumnSpec]) -> ColumnSpec | None:
    """The column that stands for an entity: its first code, else its first column."""
    described = [one for one in columns if one.name in entity.columns]
    return next((one for one in described if tells_apart(one.kind)), described[0] if described else None)


def find_main_root(entities: Sequence[EntitySpec]) -> EntitySpec | None:
    """The root entity whose family has the most identity columns; the first of several, None of none."""
    families: dict[str, int] = {}
    for entity in entities:
        root = (entity, *find_chain(entities, entity))[-1].name
        families[root] = families.get(root, 0) + len(entity.columns)
    roots = [one for one in entities if not one.parent]
    return max(roots, key=lambda one: families[one.name], default=None)


@dataclass(frozen=True)
class _Found:
    """An entity on its way: `columns[0]` stands for it, `parent` names the first column of its parent."""

    columns: tuple[Codes, ...]
    constant: tuple[Codes, ...] = ()
    parent: str = ""
    others: tuple[str, ...] = field(default=())

    @property
    def leader(self) -> Codes:
        return self.columns[0]


def _founds(column: ColumnSpec, values: pd.Series, codes: Codes) -> bool:
    """Whether a column alone shows that something comes back."""
    counts = codes.count_rows()
    rows, repeated = int(counts.sum()), int(counts[counts > 1].sum())
    if codes.distinct < 2 or repeated < max(_FEWEST_REPEATED, _REPEATED_SHARE * rows):
        return False
    if tells_apart(column.kind):
        return True
    is_often = codes.distinct >= _FEWEST_NAMES and rows >= _NAME_ROWS * codes.distinct
    return column.kind == "person_name" and is_often and _is_no_chance(values)


def _founds_shared(column: ColumnSpec, codes: Codes) -> bool:
    """Whether names, addresses or texts come back: they identify no one, but equal ones stay equal."""
    rows = int(codes.count_rows().sum())
    if column.kind == "person_name":
        return codes.distinct >= _FEWEST_OFTEN and rows >= _OFTEN_ROWS * codes.distinct
    kind = find_kind(column.kind)
    if kind is None or not kind.is_shared or not kind.is_grouped:
        return False
    return codes.distinct >= _FEWEST_NAMES and rows >= _NAME_ROWS * codes.distinct


def _is_no_chance(names: pd.Series) -> bool:
    """Whether whole names are far fewer than their first and last words would give when drawn apart."""
    parts = names.dropna().astype(str).str.strip().str.extract(r"^(\S+)\s+(.*)$").dropna()
    if len(parts) < _FEWEST_REPEATED:
        return False
    first, last = (parts[side].value_counts(normalize=True).to_numpy() for side in (0, 1))
    if max(len(first), len(last)) > _MOST_PARTS:
        return True
    chances = np.outer(first, last)
    expected = float((1.0 - (1.0 - chances) ** len(parts)).sum())
    return bool(names.nunique() < _LESS_THAN_CHANCE * expected)


def _merge(founders: Sequence[Codes]) -> list[_Found]:
    """Codes that determine each other as one entity, the one with the most entities first."""
    found: list[list[Codes]] = []
    for codes in sorted(founders, key=lambda one: -one.distinct):
        same = next((group for group in found if _is_same(group[0], codes)), None)
        if same is None:
            found.append([codes])
        else:
            same.append(codes)
    # The most complete column stands for the entity.
    return [_Found(tuple(sorted(group, key=lambda one: -int(one.is_present.sum())))) for group in found]


def _is_same(first: Codes, second: Codes) -> bool:
    """Two accidental equals of a code that is too short for all entities do not make it a parent."""
    if not determines(first, second):
        return False
    return second.distinct >= _NEARLY_ONE * first.distinct or determines(second, first)


def _link(found: list[_Found]) -> list[_Found]:
    """Each entity with its parent: the finest one that it determines; what else it determines is its own."""
    linked = [
        replace(one, others=tuple(other.leader.name for other in found if _is_above(other, one)))
        for one in found
    ]
    linked = [_choose_parent(one, linked) for one in linked]
    return _fold(linked)


def _is_above(other: _Found, one: _Found) -> bool:
    return other is not one and determines(one.leader, other.leader)


def _choose_parent(one: _Found, found: Sequence[_Found]) -> _Found:
    above = [other for other in found if other.leader.name in one.others]
    if not above:
        return one
    return replace(one, parent=max(above, key=lambda other: other.leader.distinct).leader.name)


def _fold(found: list[_Found]) -> list[_Found]:
    """An entity that another determines without descending from it gives its columns to that one."""
    known = {one.leader.name: one for one in found}
    parents = {one.parent for one in found}
    folded: dict[str, str] = {}
    for one in found:
        for name in one.others:
            if name not in parents and name not in folded:
                folded[name] = one.leader.name
    kept = [one for one in found if one.leader.name not in folded]
    return [replace(one, columns=one.columns + _gather(folded, known, one.leader.name)) for one in kept]


def _gather(folded: Mapping[str, str], known: Mapping[str, _Found], name: str) -> tuple[Codes, ...]:
    return tuple(codes for other, into in folded.items() if into == name for codes in known[other].columns)


def _sort_out(found: Sequence[_Found], columns: Sequence[Codes]) -> dict[str, tuple[Codes, ...]]:
    """Columns that stay the same within an entity, by the one with the fewest entities of those."""
    owned: dict[str, tuple[Codes, ...]] = {one.leader.name: () for one in found}
    for column in columns:
        owners = [one.leader for one in found if determines(one.leader, column)]
        if owners:
            name = min(owners, key=lambda one: one.distinct).name
            owned[name] = (*owned[name], column)
    return owned


def _describe(found: Sequence[_Found], places: Mapping[str, int]) -> tuple[EntitySpec, ...]:
    """Specs in the order of their first columns; an entity is named after its first column."""
    names = {
        one.leader.name: min((codes.name for codes in one.columns), key=places.__getitem__) for one in found
    }
    leaders = {one.leader.name: one.leader for one in found}
    specs = [
        EntitySpec(
            name=names[one.leader.name],
            columns=_in_order(one.columns, places),
            constant=_in_order(one.constant, places),
            sizes=coarsen(one.leader.count_rows()),
            parent=names[one.parent] if one.parent else "",
            per_parent=_count_children(one.leader, leaders[one.parent]) if one.parent else (),
            is_sorted=stand_together(one.leader),
        )
        for one in found
    ]
    return tuple(sorted(specs, key=lambda spec: places[spec.name]))


def _in_order(columns: Sequence[Codes], places: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted((one.name for one in columns), key=places.__getitem__))


def _count_children(child: Codes, parent: Codes) -> tuple[tuple[int, int], ...]:
    owners = find_usual(child, parent)
    return coarsen(np.bincount(owners[owners >= 0], minlength=parent.distinct))

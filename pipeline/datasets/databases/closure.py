"""A part of a large database in which nothing dangles: from root rows down to their children, up to parents.

Rows of a root are chosen by a hash of their key, so that the choice is the same each time, in whatever order
the database stores them. Each chosen row brings the rows that refer to it, and these
theirs; then every row brings the rows that it refers to, and these theirs. Rows that came up so, of a table
that was reached downwards, bring their children as the chosen ones do: they would look childless. This goes
on until nothing is added or `MOST_TIMES` as many rows as at first are there; what is left is a finding.
A relation of a table to itself, and one that would lead down in a circle, is followed up only.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from pipeline.datasets.databases.queries import Key, Queries
from pipeline.datasets.databases.reflection import Declared
from pipeline.datasets.related.schema import RelatedTable, Relation
from pipeline.errors import DataError

MOST_UNREACHED = 100_000
"""Rows of a table that no root leads to: more of them are left out."""
MOST_TIMES = 3
"""How many times the rows that the roots lead down to may be followed down in all."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which rows of a table are read: all, the first `limit`, or those with one of the keys of a pair.

    A pair is columns and what they hold; a row that fits several pairs is read once.
    """

    is_whole: bool = False
    limit: int | None = None
    pairs: tuple[tuple[tuple[str, ...], Sequence[Key]], ...] = ()


@dataclass
class _Rows:
    """What is known of the chosen rows of a table: their identities, and values that others refer to."""

    identities: set[Key] = field(default_factory=set)
    held: dict[tuple[str, ...], set[Key]] = field(default_factory=lambda: defaultdict(set))
    pairs: dict[tuple[str, ...], set[Key]] = field(default_factory=lambda: defaultdict(set))
    is_whole: bool = False
    limit: int | None = None


class Closure:
    """Chooses the rows of all tables from limits on the rows of some of them."""

    def __init__(self, queries: Queries, declared: Declared, roots: Mapping[str, int], seed: int) -> None:
        self._queries = queries
        self._tables = {table.name: table for table in declared.tables}
        self._relations = declared.relations
        self._roots = dict(roots)
        self._seed = seed
        self._rows: dict[str, _Rows] = {name: _Rows() for name in self._tables}
        self._wanted: dict[tuple[str, tuple[str, ...]], set[Key]] = defaultdict(set)
        self._asked: dict[tuple[str, tuple[str, ...]], set[Key]] = defaultdict(set)
        self._followed: dict[str, set[Key]] = defaultdict(set)
        self.findings: list[str] = []
        _check_roots(roots, self._tables)

    def choose(self) -> dict[str, Chosen]:
        """The rows to read of each table."""
        down = _list_down(self._roots, self._relations)
        order = _order_down(self._roots, down)
        for name in order:
            if name in self._roots:
                self._take_root(name, self._roots[name])
            self._take_children_of(name, down)
        for name in self._list_unreached(order):
            self._take_unreached(name)
        self._close(order, down)
        return {name: self._describe(name) for name in self._tables}

    def _take_root(self, name: str, limit: int) -> None:
        identity = self._identify(name)
        if identity is None:
            raise DataError(
                f'Table "{name}" has no key, so that none of its rows can be chosen.',
                "limit another table, from which keys lead to this one.",
            )
        keys = self._draw(name, identity, limit)
        for rows in self._queries.find(name, self._list_needed(name), identity, keys):
            self._take(name, rows)

    def _draw(self, name: str, identity: tuple[str, ...], limit: int) -> set[Key]:
        """The rows with the least hashes: each row is as likely as any other."""

        def hash_key(key: Key) -> bytes:
            return blake2b("\x1f".join((str(self._seed), *map(str, key))).encode(), digest_size=8).digest()

        keys = (key for batch in self._queries.read_keys(name, identity) for key in batch)
        hashed = ((hash_key(key), place, key) for place, key in enumerate(keys))
        return {key for _, _, key in heapq.nsmallest(limit, hashed)}

    def _close(self, order: Sequence[str], down: Sequence[Relation]) -> None:
        """Take parents, and the children of parents that were not chosen, in turns."""
        parents = dict.fromkeys(one.parent for one in down)
        most = MOST_TIMES * self._count(parents)
        self._take_parents()
        while any(self._list_open(one) for one in down):
            if self._count(parents) > most:
                self.findings += [
                    self._tell_open(name, down) for name in parents if self._find_open(name, down)
                ]
                return
            for name in order:
                self._take_children_of(name, down)
            self._take_parents()

    def _count(self, names: Iterable[str]) -> int:
        return sum(len(self._rows[name].identities) for name in names)

    def _list_open(self, relation: Relation) -> set[Key]:
        """The rows of the parent, by their key, whose children were not asked for."""
        return self._rows[relation.parent].held[relation.parent_columns] - self._followed[relation.id]

    def _find_open(self, name: str, down: Sequence[Relation]) -> int:
        return max((len(self._list_open(one)) for one in down if one.parent == name), default=0)

    def _tell_open(self, name: str, down: Sequence[Relation]) -> str:
        return (
            f'{self._find_open(name, down):,} of {self._count([name]):,} rows of "{name}" are read only '
            "because others refer to them, and without what belongs to them, which would be too many rows: "
            "they look as if nothing did. Limit the roots to more rows, or read all of them."
        )

    def _take_children_of(self, name: str, down: Sequence[Relation]) -> None:
        """The rows of a table that belong to rows whose children were not asked for."""
        for relation in (one for one in down if one.child == name):
            if keys := self._list_open(relation):
                self._followed[relation.id] |= keys
                self._take_children(relation, keys)

    def _take_children(self, relation: Relation, keys: set[Key]) -> None:
        if self._identify(relation.child) is None:
            # Without a key, rows are told by what they refer to.
            self._rows[relation.child].pairs[relation.columns] |= keys
        for rows in self._queries.find(
            relation.child, self._list_needed(relation.child), relation.columns, keys
        ):
            self._take(relation.child, rows)

    def _take_unreached(self, name: str) -> None:
        count = self._queries.count(name)
        if count <= MOST_UNREACHED:
            self.findings.append(f'Table "{name}" hangs on no root and is read whole ({count:,} rows).')
            self._rows[name].is_whole = True
            for rows in self._queries.read_keys(name, self._list_needed(name)):
                self._take(name, rows)
            return
        self.findings.append(
            f'Table "{name}" hangs on no root: {MOST_UNREACHED:,} of its {count:,} rows are read.'
        )
        if self._identify(name) is None:
            self._take_first(self._tables[name])
        else:
            self._take_root(name, MOST_UNREACHED)

    def _take_first(self, table: RelatedTable) -> None:
        self._rows[table.name].limit = MOST_UNREACHED
        needed = self._list_needed(table.name)
        for rows in self._queries.read_first(table, needed, MOST_UNREACHED):
            self._take(table.name, rows)

    def _take_parents(self) -> None:
        """What the chosen rows refer to, until nothing is missing; what the source lacks is asked once."""
        while True:
            pending = {
                (name, columns): keys - self._rows[name].held[columns] - self._asked[name, columns]
                for (name, columns), keys in list(self._wanted.items())
            }
            pending = {place: keys for place, keys in pending.items() if keys}
            if not pending:
                return
            for (name, columns), keys in pending.items():
                self._asked[name, columns] |= keys
                for rows in self._queries.find(name, self._list_needed(name), columns, keys):
                    self._take(name, rows)

    def _take(self, name: str, rows: Iterable[Key]) -> None:
        """Note rows that are chosen: who they are, what refers to them, and what they refer to."""
        places = {column: place for place, column in enumerate(self._list_needed(name))}
        identity, known = self._identify(name), self._rows[name]
        own = [places[column] for column in identity or ()]
        held = [(one, [places[column] for column in one]) for one in self._list_referred(name)]
        wanted = [
            (self._wanted[one.parent, one.parent_columns], [places[column] for column in one.columns])
            for one in self._relations
            if one.child == name
        ]
        for row in rows:
            if own:
                known.identities.add(tuple(row[place] for place in own))
            for columns, where in held:
                known.held[columns].add(tuple(row[place] for place in where))
            for keys, where in wanted:
                key = tuple(row[place] for place in where)
                if None not in key:
                    keys.add(key)

    def _describe(self, name: str) -> Chosen:
        rows, identity = self._rows[name], self._identify(name)
        if rows.is_whole or rows.limit is not None:
            return Chosen(rows.is_whole, rows.limit)
        if identity is None:
            return Chosen(
                pairs=tuple((held, sorted(keys, key=_sort_key)) for held, keys in rows.pairs.items())
            )
        return Chosen(pairs=((identity, sorted(rows.identities, key=_sort_key)),))

    def _identify(self, name: str) -> tuple[str, ...] | None:
        """The columns that tell the rows of a table apart; None where it has no key."""
        table = self._tables[name]
        if table.primary_key:
            return table.primary_key
        required = (key for key in table.unique if all(table.types[one].is_required for one in key))
        return next(iter((*required, *self._list_referred(name))), None)

    def _list_referred(self, name: str) -> list[tuple[str, ...]]:
        return list(dict.fromkeys(one.parent_columns for one in self._relations if one.parent == name))

    def _list_needed(self, name: str) -> tuple[str, ...]:
        """The columns of keys and of foreign keys."""
        foreign = [column for one in self._relations if one.child == name for column in one.columns]
        referred = [column for key in self._list_referred(name) for column in key]
        needed = tuple(dict.fromkeys((*(self._identify(name) or ()), *referred, *foreign)))
        return needed or self._tables[name].columns[:1]

    def _list_unreached(self, reached: Sequence[str]) -> list[str]:
        known = set(reached)
        while more := {one.parent for one in self._relations if one.child in known} - known:
            known |= more
        return [name for name in self._tables if name not in known]


def _check_roots(roots: Mapping[str, int], tables: Mapping[str, RelatedTable]) -> None:
    for name, limit in roots.items():
        if name not in tables:
            raise DataError(f'There is no table "{name}" to limit.', f"use one of {', '.join(tables)}.")
        if limit < 1:
            raise DataError(f'"{name}" cannot be limited to {limit} rows.', "give 1 or more.")


def _list_down(roots: Iterable[str], relations: Sequence[Relation]) -> list[Relation]:
    """The relations that are followed from parent to child: no way down leads in a circle."""
    found: dict[str, Relation] = {}
    finished: set[str] = set()

    def descend(name: str, above: tuple[str, ...]) -> None:
        for one in relations:
            if one.parent == name and one.child not in (*above, name):
                found[one.id] = one
                if one.child not in finished:
                    descend(one.child, (*above, name))
        finished.add(name)

    for root in roots:
        if root not in finished:
            descend(root, ())
    return list(found.values())


def _order_down(roots: Iterable[str], down: Sequence[Relation]) -> list[str]:
    """The tables that are reached downwards, each after all that lead to it."""
    rest = list(dict.fromkeys((*roots, *(one.child for one in down))))
    done: list[str] = []
    while rest:
        free = [name for name in rest if not any(one.child == name and one.parent in rest for one in down)]
        done += free
        rest = [name for name in rest if name not in free]
    return done


def _sort_key(key: Key) -> tuple[tuple[str, Key], ...]:
    return tuple((type(value).__name__, (value,)) for value in key)

"""Whether keys and relations hold in the rows: what does not is named with counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import NoReturn

import numpy as np

from pipeline.datasets.related.columns import NO_PARENT, ORPHAN, KeyColumns, count_repeats, number_rows
from pipeline.datasets.related.schema import Relation
from pipeline.errors import DataError

_MOST_PROBLEMS = 5  # that one message names


def verify_keys(
    columns: KeyColumns,
    keys: Mapping[str, Sequence[Sequence[str]]],
    unique: Mapping[str, Sequence[Sequence[str]]] = MappingProxyType({}),
) -> None:
    """Raise DataError where a key has no value in a row, or the same in two.

    Those of `unique` may be empty in any number of rows, as a database takes it.
    """
    problems = [
        *((table, one) for table, key in _list_pairs(keys) for one in _check_filled(columns, table, key)),
        *(
            (table, one)
            for wanted in (keys, unique)
            for table, key in _list_pairs(wanted)
            for one in _check_distinct(columns, table, key)
        ),
    ]
    if problems:
        key = f"`add ... --key {problems[0][0]}=none`"
        hint = f"correct these rows, or name another key of the table, or none: {key}."
        _refuse([one for _, one in problems], hint)


def verify_relations(positions: Mapping[Relation, np.ndarray]) -> None:
    """Raise DataError where rows of a child have no parent: which tables, how many rows, the first one."""
    broken = {one: rows for one, rows in positions.items() if (rows == ORPHAN).any()}
    problems = [
        f'{int((rows == ORPHAN).sum()):,} of {len(rows):,} rows of "{one.child}" have no row in '
        f'"{one.parent}" by {_list(one.columns)}, the first is row {int((rows == ORPHAN).argmax()) + 1}'
        for one, rows in broken.items()
    ]
    if problems:
        _refuse(
            problems,
            "add the missing rows to the parent's table, leave these rows out, "
            f"or say that the columns are no foreign key: `add ... --no-relation {next(iter(broken)).id}`.",
        )


def verify_order(tables: Sequence[str], relations: Sequence[Relation]) -> tuple[str, ...]:
    """The tables with parents before children, else as they were; DataError names the tables of a cycle."""
    done, left = _order(tables, relations)
    if left:
        raise _describe_cycle(left, relations)
    return tuple(done)


def is_circular(tables: Sequence[str], relations: Sequence[Relation]) -> bool:
    """Whether tables refer to each other in a circle; references to rows of the own table are none."""
    return bool(_order(tables, relations)[1])


def _order(tables: Sequence[str], relations: Sequence[Relation]) -> tuple[list[str], dict[str, set[str]]]:
    """The tables that can be ordered, and for all others the parents that keep them from it."""
    parents = {name: {one.parent for one in relations if one.child == name} - {name} for name in tables}
    done: list[str] = []
    while ready := [name for name in tables if name not in done and parents[name] <= set(done)]:
        done.append(ready[0])
    return done, {name: parents[name] - set(done) for name in tables if name not in done}


def list_partly_empty(columns: KeyColumns, relations: Sequence[Relation]) -> Iterator[tuple[Relation, int]]:
    """Relations of several columns of which some rows fill only a part, and how many rows.

    As in SQL such a row has no parent. What it fills must be in another relation, or it would be lost: the
    account of a booking without a card.
    """
    for one in relations:
        elsewhere = {
            name for other in relations if other.child == one.child and other != one for name in other.columns
        }
        filled = np.array([part.codes >= 0 for part in columns.list(one.child, one.columns)])
        lost = filled[[name not in elsewhere for name in one.columns]]
        count = int((lost.any(axis=0) & ~filled.all(axis=0)).sum()) if len(lost) else 0
        if count:
            yield one, count


def tell_rows(count: int) -> str:
    """A number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"


def _list_pairs(keys: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[tuple[str, Sequence[str]]]:
    return ((table, key) for table, wanted in keys.items() for key in wanted)


def _check_filled(columns: KeyColumns, table: str, key: Sequence[str]) -> Iterator[str]:
    missing = number_rows(columns.list(table, key)) == NO_PARENT
    if empty := int(missing.sum()):
        first = int(missing.argmax()) + 1
        yield f"{_name_key(table, key)} is empty in {tell_rows(empty)}, the first is row {first}"


def _check_distinct(columns: KeyColumns, table: str, key: Sequence[str]) -> Iterator[str]:
    repeats, first = count_repeats(columns.list(table, key))
    if repeats:
        yield (
            f"{_name_key(table, key)} is in an earlier row already in {tell_rows(repeats)}, "
            f"the first is row {first}"
        )


def _name_key(table: str, key: Sequence[str]) -> str:
    return f'table "{table}": the key {_list(key)}'


def _describe_cycle(parents: Mapping[str, set[str]], relations: Sequence[Relation]) -> DataError:
    """The shortest way to say which tables refer to each other."""
    path = [min(parents, key=lambda name: (len(parents[name]), name))]
    while path[-1] not in path[:-1]:
        path.append(sorted(parents[path[-1]])[0])
    circle = path[path.index(path[-1]) :]
    steps = list(pairwise(circle))
    names = [next(one.id for one in relations if (one.child, one.parent) == step) for step in steps]
    return DataError(
        f"The tables {' → '.join(circle)} refer to each other in a circle, by {', '.join(names)}.",
        f"say which of these columns is no foreign key, as in `add ... --no-relation {names[0]}`; a table "
        "that refers to its own rows is no circle.",
    )


def _list(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _refuse(problems: Sequence[str], hint: str) -> NoReturn:
    shown = "; ".join(problems[:_MOST_PROBLEMS])
    more = f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
    raise DataError(f"{shown[0].upper()}{shown[1:]}{more}.", hint)

"""Where the values of foreign keys come from: two keys that share a column must take it from one place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from pipeline.datasets.related.relations import are_named_alike
from pipeline.datasets.related.schema import Relation
from pipeline.errors import DataError

Column = tuple[str, str]


def find_origins(column: Column, relations: Sequence[Relation]) -> frozenset[Column]:
    """The columns of ancestors, by table and name, that a column takes its values from; itself if own."""
    return _find_origins(column, relations, frozenset())


def _find_origins(
    column: Column, relations: Sequence[Relation], passed: frozenset[Column]
) -> frozenset[Column]:
    above = [
        _get_source(one, column[1])
        for one in relations
        if one.child == column[0] and column[1] in one.columns
    ]
    above = [one for one in above if one not in passed | {column}]
    if not above:
        return frozenset({column})
    return frozenset().union(*(_find_origins(one, relations, passed | {column}) for one in above))


def find_clash(relations: Sequence[Relation]) -> tuple[Relation, Relation, str] | None:
    """Two foreign keys and the column that they share, where it would come from two places at once."""
    for one, other in combinations(relations, 2):
        for name in one.columns if one.child == other.child else ():
            if name in other.columns and _clash(name, one, other, relations):
                return one, other, name
    return None


def refuse_clash(relations: Sequence[Relation]) -> None:
    """Raise DataError for two foreign keys that cannot both be kept."""
    clash = find_clash(relations)
    if clash is None:
        return
    one, other, name = clash
    places = [".".join(_get_source(relation, name)) for relation in (one, other)]
    raise DataError(
        f'The foreign keys {one.id} and {other.id} share the column "{name}", which would have to be in '
        f"{places[0]} and in {places[1]} at once.",
        f"drop one of them, as in `add ... --no-relation {other.id}`, or say that the parents go together: "
        f'`add ... --relation "{places[0]} -> {places[1]}"`.',
    )


def without_clashes(given: Sequence[Relation], found: Sequence[Relation]) -> tuple[Relation, ...]:
    """The relations that are given, and those found without what clashes: those of fewer columns go first."""
    kept = list(found)
    while (clash := find_clash([*given, *kept])) is not None:
        guesses = [one for one in clash[:2] if one in kept]
        if not guesses:
            break
        kept.remove(min(guesses, key=lambda one: (len(one.columns), are_named_alike(one))))
    return (*given, *kept)


def _clash(name: str, one: Relation, other: Relation, relations: Sequence[Relation]) -> bool:
    own = (one.child, name)
    sources = [source for source in (_get_source(one, name), _get_source(other, name)) if source != own]
    if len(sources) < 2:
        return False
    first, second = (find_origins(source, relations) for source in sources)
    return first != second


def _get_source(relation: Relation, column: str) -> Column:
    return relation.parent, relation.parent_columns[relation.columns.index(column)]

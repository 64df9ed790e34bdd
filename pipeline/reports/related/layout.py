"""Where the tables of a schema are drawn: in rows, each table below all that it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.datasets.related.schema import RelatedSchema, Relation

MOST_ABREAST = 4
"""A row of more tables would be too small to read on a page."""

_SWEEPS = 4


@dataclass(frozen=True, order=True)
class Spot:
    """A table in its row, or a place where the lines from a parent pass through a row further down."""

    table: str
    row: int
    is_passage: bool = False


@dataclass(frozen=True)
class Way:
    """A relation as the spots that its line goes through, from the parent to the child."""

    relation: Relation
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class SchemaLayout:
    """The spots of every row from left to right, and the way of every relation between two tables."""

    rows: tuple[tuple[Spot, ...], ...]
    ways: tuple[Way, ...]


def compute_layout(schema: RelatedSchema) -> SchemaLayout:
    """Place the tables of a schema so that few lines cross; equal schemas are placed equally."""
    relations = [one for one in schema.relations if not one.is_self]
    places = _assign_rows(_find_levels([table.name for table in schema.tables], relations))
    ways = tuple(_lead(one, places) for one in relations)
    spots = dict.fromkeys(Spot(name, row) for name, row in places.items())
    spots |= dict.fromkeys(spot for way in ways for spot in way.spots)
    height = max(places.values()) + 1
    rows = [[spot for spot in spots if spot.row == row] for row in range(height)]
    return SchemaLayout(_sort_rows(rows, ways), ways)


def _find_levels(names: Sequence[str], relations: Sequence[Relation]) -> dict[str, int]:
    """How far down each table is; one that refers to none stands right above the first of its children."""
    levels: dict[str, int] = {}
    for name in names:
        parents = [one.parent for one in relations if one.child == name]
        levels[name] = 1 + max((levels[parent] for parent in parents), default=-1)
    for name in names:
        below = [levels[one.child] for one in relations if one.parent == name]
        if below and not levels[name]:
            levels[name] = min(below) - 1
    return levels


def _assign_rows(levels: Mapping[str, int]) -> dict[str, int]:
    """The row of each table; a level of many tables takes several rows of about the same length."""
    places: dict[str, int] = {}
    row = 0
    for level in sorted(set(levels.values())):
        names = [name for name, found in levels.items() if found == level]
        rows = -(-len(names) // MOST_ABREAST)
        for place, name in enumerate(names):
            places[name] = row + place * rows // len(names)
        row += rows
    return places


def _lead(relation: Relation, places: Mapping[str, int]) -> Way:
    first, last = places[relation.parent], places[relation.child]
    passed = tuple(Spot(relation.parent, row, is_passage=True) for row in range(first + 1, last))
    return Way(relation, (Spot(relation.parent, first), *passed, Spot(relation.child, last)))


def _sort_rows(rows: list[list[Spot]], ways: Sequence[Way]) -> tuple[tuple[Spot, ...], ...]:
    """Put every spot near the middle of those that it is joined with, downwards and upwards in turn."""
    steps = [pair for way in ways for pair in zip(way.spots, way.spots[1:], strict=False)]
    above: dict[Spot, list[Spot]] = {}
    below: dict[Spot, list[Spot]] = {}
    for upper, lower in steps:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    for _ in range(_SWEEPS):
        for row in range(1, len(rows)):
            rows[row] = _sort_row(rows[row], rows[row - 1], above)
        for row in range(len(rows) - 2, -1, -1):
            rows[row] = _sort_row(rows[row], rows[row + 1], below)
    return tuple(tuple(row) for row in rows)


def _sort_row(row: list[Spot], beside: list[Spot], joined: Mapping[Spot, list[Spot]]) -> list[Spot]:
    places = {spot: (place + 0.5) / len(beside) for place, spot in enumerate(beside)}
    own = {spot: (place + 0.5) / len(row) for place, spot in enumerate(row)}

    def find_middle(spot: Spot) -> float:
        found = [places[one] for one in joined.get(spot, ())]
        return sum(found) / len(found) if found else own[spot]

    return sorted(row, key=find_middle)

"""The two tables of a relation as measures read them, cut to whole parents with all their children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.datasets.spec import ModelledColumn


@dataclass(frozen=True, eq=False)
class RelatedSample:
    """Modelled rows by table, and links by relation id: the position of each row's parent, -1 for none.

    A table without modelled columns is a frame without columns that has its rows.
    """

    rows: Mapping[str, pd.DataFrame]
    links: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Side:
    """Children and parents of one relation; `places` is the position of each child's parent, -1 for none.

    `entities` are the root entities of the children, given where the parent is public.
    """

    children: pd.DataFrame
    parents: pd.DataFrame
    places: np.ndarray
    entities: np.ndarray | None = None

    @property
    def groups(self) -> np.ndarray:
        """What belongs together: the children of a parent, or of a root entity where the parent is public."""
        return self.places if self.entities is None else self.entities


@dataclass(frozen=True, eq=False)
class Sides:
    """What is compared along one relation.

    `real` against `synthetic`, and for ceiling and floor one half of the real parents against the other.
    Parents of a public table are the same on all sides (`is_shared`).
    """

    relation: Relation
    child_columns: Sequence[ModelledColumn]
    parent_columns: Sequence[ModelledColumn]
    real: Side
    synthetic: Side
    first: Side
    second: Side
    is_shared: bool


def make_sides(
    schema: RelatedSchema,
    relation: Relation,
    columns: Mapping[str, Sequence[ModelledColumn]],
    samples: tuple[RelatedSample, RelatedSample],
    is_holdout: Mapping[str, np.ndarray],
    seed: int,
) -> Sides:
    """The sides of a relation from the real and the synthetic sample.

    Along the owner, the real side is what the model was trained on. Other relations lead from one root
    entity to another, so that it would lose most of its rows: there it is the whole real sample. Halves are
    of root entities, so that no entity is in both.
    """
    real, synthetic = samples
    is_shared = schema.get(relation.parent).is_public
    whole = take_side(real, relation, find_roots(schema, real, relation.child)[0] if is_shared else None)
    trained = whole
    if relation.is_owner:
        kept = [
            ~is_holdout.get(name, np.zeros(len(real.rows[name]), dtype=bool)) for name in _names(relation)
        ]
        trained = cut_side(whole, kept[0], np.ones(len(whole.parents), dtype=bool) if is_shared else kept[1])
    first, second = _halve(schema, relation, real, whole, is_shared, seed)
    return Sides(
        relation,
        columns.get(relation.child, ()),
        columns.get(relation.parent, ()),
        trained,
        take_side(
            synthetic, relation, find_roots(schema, synthetic, relation.child)[0] if is_shared else None
        ),
        first,
        second,
        is_shared,
    )


def _names(relation: Relation) -> tuple[str, str]:
    return relation.child, relation.parent


def take_side(sample: RelatedSample, relation: Relation, entities: np.ndarray | None = None) -> Side:
    """All rows of both tables; a position outside of the parents counts as none."""
    children = sample.rows[relation.child].reset_index(drop=True)
    parents = sample.rows[relation.parent].reset_index(drop=True)
    places = np.asarray(sample.links[relation.id], dtype=np.int64)
    is_there = (places >= 0) & (places < len(parents))
    return Side(children, parents, np.where(is_there, places, -1), entities)


def cut_side(side: Side, is_child: np.ndarray, is_parent: np.ndarray) -> Side:
    """The chosen parents with those of the chosen children that they have, or that have no parent."""
    # The last entry stands for position -1, no parent.
    new = np.append(np.where(is_parent, np.cumsum(is_parent) - 1, -1), -1)
    kept = is_child & ((side.places < 0) | np.append(is_parent, True)[side.places])
    places = new[side.places[kept]]
    return Side(
        side.children[kept].reset_index(drop=True),
        side.parents[is_parent].reset_index(drop=True),
        places,
        None if side.entities is None else side.entities[kept],
    )


def shuffle_side(side: Side, rng: np.random.Generator) -> Side:
    """The same children dealt to random parents: every parent keeps its number."""
    places = side.places.copy()
    has_parent = places >= 0
    places[has_parent] = rng.permutation(places[has_parent])
    return replace(side, places=places)


def _halve(
    schema: RelatedSchema, relation: Relation, sample: RelatedSample, whole: Side, is_shared: bool, seed: int
) -> tuple[Side, Side]:
    table = relation.child if is_shared else relation.parent
    roots, count = find_roots(schema, sample, table)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    is_first = rng.permutation(np.arange(count) % 2 == 0)[roots]
    every = [np.ones(len(whole.children), dtype=bool), np.ones(len(whole.parents), dtype=bool)]
    halves = [
        cut_side(whole, part, every[1]) if is_shared else cut_side(whole, every[0], part)
        for part in (is_first, ~is_first)
    ]
    return halves[0], halves[1]


def find_roots(schema: RelatedSchema, sample: RelatedSample, table: str) -> tuple[np.ndarray, int]:
    """The root entity of each row of a table, and how many there are.

    Rows without an owner are their own, and so are those of a public one, which is no entity of a person.
    """
    owner, rows = schema.find_owner(table), len(sample.rows[table])
    if owner is None or schema.get(owner.parent).is_public:
        return np.arange(rows), rows
    roots, count = find_roots(schema, sample, owner.parent)
    places = np.asarray(sample.links[owner.id], dtype=np.int64)
    alone = places < 0
    found = np.where(alone, count + np.cumsum(alone) - 1, np.append(roots, 0)[places])
    return found, count + int(alone.sum())

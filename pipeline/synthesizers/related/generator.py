"""New rows of all tables, parents before children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.synthesizers.related.ancestors import climb, gather
from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.copula import Copula
from pipeline.synthesizers.related.fitted import FittedNode, PublicRows
from pipeline.synthesizers.related.protocol import DrawnTable
from pipeline.synthesizers.related.references import IMPOSSIBLE, Reference, find_scopes
from pipeline.synthesizers.related.sequences import SequenceModel
from pipeline.synthesizers.related.tables import COUNT, OWN, TIMES, Node


@dataclass
class Made:
    """The rows that were drawn of one node."""

    node: Node
    rows: int
    owner: np.ndarray | None
    values: Columns
    others: dict[str, np.ndarray] = field(default_factory=dict)

    def take(self, rows: np.ndarray) -> None:
        """Go on with these rows, in this order."""
        self.rows = len(rows)
        self.owner = None if self.owner is None else self.owner[rows]
        self.values = {key: values[rows] for key, values in self.values.items()}
        self.others = {relation: found[rows] for relation, found in self.others.items()}


class Generator:
    """Draws all tables once; `roots` says how many rows each root has, by its internal name."""

    def __init__(self, nodes: Sequence[FittedNode], roots: Mapping[str, float], seed: int) -> None:
        self._nodes = {one.node.name: one for one in nodes}
        self._roots = roots
        self._seeds = dict(zip(self._nodes, np.random.SeedSequence(seed).spawn(len(nodes)), strict=True))
        self._made: dict[str, Made] = {}
        self._keys = {name: list(one.attributes) for name, one in self._nodes.items()}

    def make(self) -> dict[str, Made]:
        """The rows of every node."""
        for name, fitted in self._nodes.items():
            rng = np.random.default_rng(self._seeds[name])
            made = self._draw(fitted, rng)
            self._made[name] = made
            if not fitted.node.is_public:
                self._refer(fitted, made, rng)
        return self._made

    def _draw(self, fitted: FittedNode, rng: np.random.Generator) -> Made:
        node = fitted.node
        if isinstance(fitted.model, PublicRows):
            rows = fitted.model
            return Made(node, node.rows, rows.owner, dict(rows.values), dict(rows.others))
        if not node.owner:
            return self._draw_root(fitted, rng)
        counts = self._count(fitted, rng)
        orphans = _round(node.orphans * self._factor(node), rng)
        owners = len(counts)
        above = gather(node, np.append(np.arange(owners), np.full(orphans, -1)), self._made, self._keys)
        counts = np.append(counts, np.ones(orphans, dtype=np.int64))
        values, owner = self._draw_children(fitted, above, counts, rng)
        made = Made(node, len(owner), np.where(owner < owners, owner, -1), values)
        for key, held in fitted.held.items():
            made.values[key] = self._made[node.owner].values[held][owner]
        return made

    def _draw_root(self, fitted: FittedNode, rng: np.random.Generator) -> Made:
        node = fitted.node
        rows = _round(self._roots.get(node.name, 0), rng)
        if node.natural and (attribute := fitted.attributes[node.natural]).is_category:
            rows = min(rows, attribute.categories)
        if isinstance(fitted.model, Copula):
            drawn = fitted.model.draw(rows, rng)
            values = {key: fitted.attributes[key].settle(numbers) for key, numbers in drawn.items()}
        else:
            values, _ = self._draw_children(fitted, {}, np.ones(rows, dtype=np.int64), rng)
        if node.natural:
            values[node.natural] = _separate(fitted.attributes[node.natural], values[node.natural])
        return Made(node, rows, None, values)

    def _draw_children(
        self, fitted: FittedNode, above: Columns, counts: np.ndarray, rng: np.random.Generator
    ) -> tuple[Columns, np.ndarray]:
        if not isinstance(fitted.model, SequenceModel):
            return {}, np.repeat(np.arange(len(counts)), counts)
        masks = {}
        for one in fitted.references:
            codes = fitted.attributes[one.key].codes(np.arange(fitted.attributes[one.key].categories))
            possible = self._list_possible(fitted.node, one, len(counts), int(codes.max()) + 1)
            masks[one.key] = possible[:, codes]
        return fitted.model.draw(above, counts, masks, rng)

    def _count(self, fitted: FittedNode, rng: np.random.Generator) -> np.ndarray:
        """The number of children of each row of the owner."""
        node, owner = fitted.node, self._made[fitted.node.owner]
        if fitted.dealt is not None:
            counts = _deal(fitted.dealt, _round(self._roots.get(node.name, 0), rng), rng)
        else:
            counts = np.maximum(np.rint(owner.values[COUNT + node.name]), 0).astype(np.int64)
        if node.natural:
            counts = np.minimum(counts, _count_most(fitted.attributes[node.natural]))
        for one in fitted.references:
            if one.is_required:
                counts = np.where(self._list_possible(node, one, len(counts), 0).any(axis=1), counts, 0)
        owner.values[COUNT + node.name] = counts.astype(np.float64)
        return counts

    def _list_possible(self, node: Node, reference: Reference, owners: int, codes: int) -> np.ndarray:
        """The codes of a relation that each row of the owner can have; the rest are without an owner."""
        parent = self._made[reference.parent]
        of_parent = find_scopes(parent, reference.scope, self._made)
        scopes = self._find_scopes_of_owners(node, reference.scope, owners)
        size = codes or int(reference.group(parent, of_parent).max(initial=0)) + 2
        return reference.list_possible(scopes, parent, of_parent, size)

    def _find_scopes_of_owners(self, node: Node, scope: str, owners: int) -> np.ndarray:
        known = self._made[node.owner].rows if node.owner else 0
        if not scope:
            return np.zeros(owners, dtype=np.int64)
        positions = np.append(np.arange(known), np.full(max(owners - known, 0), -1))
        return dict(climb(node, positions, self._made))[scope]

    def _refer(self, fitted: FittedNode, made: Made, rng: np.random.Generator) -> None:
        """Give the rows their other parents; rows that must have one and cannot are dropped."""
        for one in fitted.references:
            parent = self._made[one.parent]
            codes = fitted.attributes[one.key].codes(made.values[one.key])
            owner = np.arange(made.rows) if made.owner is None else made.owner
            child = (find_scopes(made, one.scope, self._made), owner)
            made.others[one.relation] = one.choose(
                codes, child, parent, find_scopes(parent, one.scope, self._made), rng
            )
        is_kept = np.ones(made.rows, dtype=bool)
        for found in made.others.values():
            is_kept &= found != IMPOSSIBLE
        if not is_kept.all():
            made.take(np.flatnonzero(is_kept))
        for place, hierarchy in enumerate(fitted.hierarchies):
            depths = fitted.attributes[hierarchy.key].codes(made.values[hierarchy.key])
            times = made.values[TIMES + hierarchy.relation]
            scopes = find_scopes(made, hierarchy.scope, self._made)
            found, depths = hierarchy.choose(depths, scopes, times, rng)
            made.others[hierarchy.relation] = found
            _sort_by_depth(made, [one.relation for one in fitted.hierarchies[: place + 1]], depths)

    def _factor(self, node: Node) -> float:
        """How many times the sample's rows the root of a node has."""
        root = find_generated_root(node, self._nodes)
        return self._roots.get(root.name, 0) / max(root.rows, 1)


def find_generated_root(node: Node, nodes: Mapping[str, FittedNode]) -> Node:
    """The last of a node's owners, itself among them, that is generated."""
    if not node.owner or nodes[node.owner].node.is_public:
        return node
    return find_generated_root(nodes[node.owner].node, nodes)


def assemble(
    table: str, columns: Sequence[str], made: Mapping[str, Made], nodes: Mapping[str, FittedNode]
) -> DrawnTable:
    """A table as its columns were given, out of its internal one and the one between it and its owner."""
    own, fitted = made[table], nodes[table]
    attributes: dict[str, Attribute] = {**fitted.attributes, **fitted.held_attributes}
    values, owner = dict(own.values), own.owner
    if owner is not None and nodes[fitted.node.owner].node.is_between:
        between = made[fitted.node.owner]
        natural = between.node.natural
        attributes[natural] = nodes[fitted.node.owner].attributes[natural]
        values[natural] = between.values[natural][owner]
        owner = None if between.owner is None else between.owner[owner]
    rows = pd.DataFrame(
        {column: attributes[OWN + column].series(values[OWN + column]) for column in columns},
        index=pd.RangeIndex(own.rows),
    )
    return DrawnTable(rows, owner, own.others)


def _sort_by_depth(made: Made, relations: Sequence[str], depths: np.ndarray) -> None:
    """Put rows behind those that they refer to; `relations` are those to the table itself so far."""
    order = np.argsort(depths, kind="stable")
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    for relation in relations:
        found = made.others[relation]
        made.others[relation] = np.where(found >= 0, np.append(position, -1)[found], -1)
    made.take(order)


def _count_most(attribute: Attribute) -> int:
    low, high = attribute.ends
    return attribute.categories if attribute.is_category else int((high - low) / (attribute.step or 1e-9)) + 1


def _deal(dealt: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """`rows` rows over the rows of a public owner, as `dealt` has them, to within one."""
    ends = np.cumsum(dealt) / max(dealt.sum(), 1) * rows
    return np.diff(np.floor(np.append(0.0, ends) + 0.0005 + 0.999 * rng.random())).astype(np.int64)


def _round(number: float, rng: np.random.Generator) -> int:
    """A whole number next to `number`, in the mean equal to it."""
    return int(np.floor(number + (rng.random() if number % 1 else 0.0)))


def _separate(attribute: Attribute, values: np.ndarray) -> np.ndarray:
    """`values` moved to the next free one where two are equal."""
    low, high = attribute.ends
    step, high = (
        (1.0, attribute.categories - 1.0) if attribute.is_category else (attribute.step or 1e-9, high)
    )
    order = np.argsort(values, kind="stable")
    places = np.arange(len(values)) * step
    moved = np.maximum.accumulate(values[order] - places) + places
    moved = np.minimum(moved, high - places[::-1]) if len(values) <= (high - low) / step + 1 else moved
    kept = np.empty(len(values))
    kept[order] = moved if attribute.is_category else attribute.round(moved)
    return kept

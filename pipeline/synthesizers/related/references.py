"""Parents besides the owner: a child says which kind it has, and gets a row of that kind that fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.related.ancestors import Level, climb
from pipeline.synthesizers.related.attributes import Attribute
from pipeline.synthesizers.related.choosing import Limits, choose_rows
from pipeline.synthesizers.related.grouping import Grouping, list_features
from pipeline.synthesizers.related.protocol import OtherParent
from pipeline.synthesizers.related.tables import OWN, PICK, TIMES, Frame

_MOST_RANKED = 8
IMPOSSIBLE = -2
"""Stands for the parent of a row that must have one where none fits: the row cannot be."""


@dataclass(frozen=True)
class Reference:
    """A relation to a parent besides the owner.

    The rows of both always share their row of the table `scope` (empty: none). A child's code is 0 for no
    parent, else 1 + the parent's group: its rank within the scope where `is_ranked`. `is_single` where no
    parent has two children, `is_distinct` where no owner has two children of one parent. `weights` are how
    often the rows of a public parent are chosen.
    """

    relation: str
    parent: str
    scope: str
    is_required: bool
    is_single: bool
    is_distinct: bool
    grouping: Grouping | None = None
    weights: np.ndarray | None = None

    @property
    def key(self) -> str:
        """The child's column of codes."""
        return PICK + self.relation

    def group(self, parent: Level, scopes: np.ndarray) -> np.ndarray:
        """The group of each row of the parent; `scopes` are their rows of the scope's table."""
        rows = len(scopes)
        return _rank(scopes) if self.grouping is None else self.grouping.assign(parent.values, rows)

    def choose(
        self,
        codes: np.ndarray,
        child: tuple[np.ndarray, np.ndarray],
        parent: Level,
        scopes: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """A row of `parent` for each code, -1 for none, `IMPOSSIBLE` where one is needed and none fits.

        `child` are the scopes and the owners of the children, `scopes` those of the parent's rows.
        """
        weights = self.weights
        if weights is None:
            weights = parent.values.get(TIMES + self.relation, np.ones(len(scopes)))
        wanted = np.where(codes > 0, codes - 1, -1).astype(np.int64)
        wanted = np.where((wanted < 0) & self.is_required, 0, wanted)
        found = choose_rows(
            wanted,
            child,
            scopes,
            self.group(parent, scopes),
            np.maximum(weights, 0.0),
            Limits(self.is_single, self.is_distinct),
            rng,
        )
        missing = IMPOSSIBLE if self.is_required else -1
        return np.where((found < 0) & (wanted >= 0), missing, found)

    def list_possible(
        self, scopes: np.ndarray, parent: Level, of_parent: np.ndarray, codes: int
    ) -> np.ndarray:
        """Which codes have a row for each of `scopes` (rows × codes).

        Where a parent may be missing, all groups count once the scope has a row of any, and `choose` gives
        another row of the scope for a group that has none. The share of a group that no new row falls in
        (rows of rare categories) would else go to "no parent" as well.
        """
        groups = self.group(parent, of_parent) + 1
        possible = np.zeros((len(scopes), max(codes, int(groups.max(initial=0)) + 1)), dtype=bool)
        possible[:, 0] = not self.is_required
        fits = (of_parent >= 0) & (groups < possible.shape[1])
        has = np.zeros(
            (int(max(scopes.max(initial=-1), of_parent.max(initial=-1))) + 2, possible.shape[1]), dtype=bool
        )
        has[of_parent[fits], groups[fits]] = True
        possible |= np.where((scopes >= 0)[:, None], has[scopes], False)
        if not self.is_required:
            possible[:, 1:] |= possible[:, 1:].any(axis=1, keepdims=True)
        return possible[:, :codes]

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values for `from_parts`."""
        names = ("relation", "parent", "scope", "is_required", "is_single", "is_distinct")
        grouping = None if self.grouping is None else self.grouping.values
        return {**{name: getattr(self, name) for name in names}, "grouping": grouping}

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        weights = {} if self.weights is None else {"weights": self.weights}
        return weights | ({} if self.grouping is None else self.grouping.arrays)

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The reference again."""
        plain = dict(values)
        grouping = plain.pop("grouping")
        found = None if grouping is None else Grouping.from_parts(grouping, arrays)
        return cls(**plain, grouping=found, weights=arrays.get("weights"))


def learn_reference(
    relation: str, other: OtherParent, child: Frame, levels: Mapping[str, Frame], seed: int
) -> Reference:
    """Learn one relation, and give the child its codes and the parent how often its rows are referred to."""
    parent, rows = levels[other.parent], other.rows.astype(np.int64)
    times = np.bincount(rows[rows >= 0], minlength=parent.node.rows).astype(np.float64)
    scope = _find_scope(child, parent, rows, levels)
    scopes = find_scopes(parent, scope, levels)
    is_ranked = bool(scope) and int(np.bincount(scopes[scopes >= 0]).max(initial=0)) <= _MOST_RANKED
    is_public = parent.node.is_public
    if not (is_ranked or is_public):
        parent.add(TIMES + relation, Attribute.of_numbers(TIMES + relation, times), times)
    reference = Reference(
        relation,
        other.parent,
        scope,
        bool((rows >= 0).all()),
        _is_single(other, times),
        other.is_distinct or _is_distinct(child, rows),
        None if is_ranked else _group(parent, times, seed),
        _shrink(times) if is_public else None,
    )
    groups = reference.group(parent, scopes)
    child.add_codes(reference.key, np.where(rows >= 0, np.append(groups, 0)[rows] + 1, 0))
    return reference


def find_scopes(level: Level, scope: str, levels: Mapping[str, Level]) -> np.ndarray:
    """For each row of a node its row of the table `scope`; 0 where that is no table, -1 where it has none."""
    if not scope:
        return np.zeros(level.rows, dtype=np.int64)
    if level.node.name == scope:
        return np.arange(level.rows)
    return dict(climb(level.node, level.owner, levels))[scope]


def _find_scope(child: Frame, parent: Frame, rows: np.ndarray, levels: Mapping[str, Frame]) -> str:
    """The nearest table whose row is the same for all children and their parents; empty: none."""
    above = dict(climb(parent.node, parent.owner, levels))
    above[parent.node.name] = np.arange(parent.node.rows)
    for name, of_child in climb(child.node, child.owner, levels):
        if name not in above:
            continue
        both = (rows >= 0) & (of_child >= 0)
        of_parent = above[name][rows[both]]
        if both.any() and levels[name].node.rows > 1 and bool((of_parent == of_child[both]).all()):
            return name
    return ""


def _group(parent: Frame, times: np.ndarray, seed: int) -> Grouping:
    keys = list_features(list(parent.attributes), (OWN, TIMES))
    kept = {key: parent.attributes[key] for key in keys}
    grouping = Grouping.learn(kept, parent.values, parent.node.rows, seed)
    return Grouping.of_public(times, grouping) if parent.node.is_public else grouping


def _is_single(other: OtherParent, times: np.ndarray) -> bool:
    return other.is_one_to_one or bool(times.max(initial=0) <= 1 and times.sum() >= FEWEST_ROWS)


def _is_distinct(child: Frame, rows: np.ndarray) -> bool:
    """Whether no owner has two children of one parent, though owners have several children."""
    if child.owner is None:
        return False
    both = (rows >= 0) & (child.owner >= 0)
    pairs = np.stack([child.owner[both], rows[both]], axis=1)
    has_several = len(np.unique(pairs[:, 0])) < len(pairs)
    return has_several and len(np.unique(pairs, axis=0)) == len(pairs)


def _shrink(times: np.ndarray) -> np.ndarray:
    """How often each row is chosen; those chosen by few share their mean."""
    is_few = times < FEWEST_ROWS
    return np.where(is_few, times[is_few].mean() if is_few.any() else 0.0, times)


def _rank(scopes: np.ndarray) -> np.ndarray:
    """The place of each row among those of its scope."""
    order = np.argsort(scopes, kind="stable")
    ordered = scopes[order]
    starts = np.searchsorted(ordered, ordered)
    ranks = np.empty(len(scopes), dtype=np.int64)
    ranks[order] = np.arange(len(scopes)) - starts
    return ranks

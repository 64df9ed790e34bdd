"""Rows that refer to rows of their own table, as employees to managers: a depth each prevents cycles."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from pipeline.datasets.related.circles import climb_rows, find_circles
from pipeline.synthesizers.related.ancestors import climb
from pipeline.synthesizers.related.attributes import Attribute
from pipeline.synthesizers.related.choosing import Limits, choose_rows
from pipeline.synthesizers.related.protocol import OtherParent
from pipeline.synthesizers.related.tables import DEPTH, TIMES, Frame

_DEEPEST = 1_000
"""Rows that are deeper count as this deep."""


@dataclass(frozen=True)
class Hierarchy:
    """A relation of a table to itself, inside the rows of one row of the table `scope` (empty: all).

    A row of depth 0 refers to none, or `is_self_rooted` to itself; any other one to a row of the depth
    before. `is_single` where no row is referred to twice.
    """

    relation: str
    scope: str
    is_self_rooted: bool
    is_single: bool

    @property
    def key(self) -> str:
        """The column of depths."""
        return DEPTH + self.relation

    def choose(
        self, depths: np.ndarray, scopes: np.ndarray, times: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """The row that each row refers to, and its depth; about as often as `times` say."""
        settled = np.where(scopes >= 0, _close_gaps(depths, scopes), 0)
        wanted = settled - 1
        limits = Limits(self.is_single, is_strict=True)
        chosen = choose_rows(wanted, (scopes, scopes), scopes, settled, np.maximum(times, 0.0), limits, rng)
        return np.where((chosen < 0) & self.is_self_rooted, np.arange(len(chosen)), chosen), settled

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for the constructor."""
        return asdict(self)


def learn_hierarchy(relation: str, other: OtherParent, frame: Frame, levels: dict[str, Frame]) -> Hierarchy:
    """Learn one relation, and give the rows their depth and how often they are referred to."""
    own = np.arange(frame.rows)
    rows = other.rows.astype(np.int64)
    upper = np.where(rows == own, -1, rows)
    times = np.bincount(upper[upper >= 0], minlength=frame.rows).astype(np.float64)
    frame.add_codes(DEPTH + relation, _measure(upper))
    frame.add(TIMES + relation, Attribute.of_numbers(TIMES + relation, times), times)
    if not (frame.node.order or frame.node.natural):
        # Siblings by depth: each then knows from the one before who may be above it.
        frame.node = replace(frame.node, order=DEPTH + relation)
    # Where no row is without a reference, one that has no row above it can only refer to itself.
    is_self_rooted = bool((rows == own).sum() > (rows < 0).sum() or (rows >= 0).all())
    return Hierarchy(relation, _find_scope(frame, upper, levels), is_self_rooted, other.is_one_to_one)


def _measure(upper: np.ndarray) -> np.ndarray:
    """The depth of each row, 0 where it refers to none. A circle is opened at its first row.

    That row counts as one below a row without a reference, so that only rows that refer to none have depth 0;
    where there are none, the rows that open circles have depth 0.
    """
    _, lowest = find_circles(upper)
    opened = upper.copy()
    opened[lowest] = -1
    depth, top = climb_rows(opened)
    has_roots = bool((upper < 0).any())
    return np.minimum(depth + (has_roots & (upper[top] >= 0)), _DEEPEST)


def _find_scope(frame: Frame, upper: np.ndarray, levels: dict[str, Frame]) -> str:
    has = upper >= 0
    for name, positions in climb(frame.node, frame.owner, levels):
        is_shared = bool((positions[has] == positions[upper[has]]).all())
        if has.any() and is_shared and levels[name].rows > 1:
            return name
    return ""


def _close_gaps(depths: np.ndarray, scopes: np.ndarray) -> np.ndarray:
    """Depths without one that a scope skips."""
    pairs, inverse = np.unique(np.stack([scopes, depths], axis=1), axis=0, return_inverse=True)
    starts = np.searchsorted(pairs[:, 0], pairs[:, 0])
    return (np.arange(len(pairs)) - starts)[inverse.reshape(-1)]

"""From several tables to what is fitted: columns lifted, relations learned, then table by table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.related.ancestors import gather, gather_attributes
from pipeline.synthesizers.related.copula import Copula
from pipeline.synthesizers.related.course import Course
from pipeline.synthesizers.related.fitted import FittedNode, Model, PublicRows
from pipeline.synthesizers.related.hierarchy import Hierarchy, learn_hierarchy
from pipeline.synthesizers.related.lifting import lift_children, list_held
from pipeline.synthesizers.related.protocol import TableInput
from pipeline.synthesizers.related.references import Reference, learn_reference
from pipeline.synthesizers.related.table_learner import TableLearner
from pipeline.synthesizers.related.tables import Frame, build_frames

_SMALL_ROOT = 500
"""A table without an owner and of fewer rows is learned by a copula."""


class RelatedLearner:
    """One training request for several tables; `course` reports, stops and resumes it."""

    def __init__(self, tables: Sequence[TableInput], course: Course) -> None:
        self._course = course
        self._tables = {table.name: table for table in tables}
        self._frames = {frame.node.name: frame for frame in build_frames(tables)}
        self._references: dict[str, list[Reference]] = {name: [] for name in self._frames}
        self._hierarchies: dict[str, list[Hierarchy]] = {name: [] for name in self._frames}

    def learn(self) -> tuple[FittedNode, ...]:
        """Learn all tables, parents first."""
        for name, frame in self._frames.items():
            if not frame.node.is_public:
                self._learn_relations(name, frame)
        lift_children(list(self._frames.values()))
        names = list(self._frames)
        fitted = []
        for place, name in enumerate(names):
            known = self._course.find(name)
            if known is None:
                known = self._fit(self._frames[name], place)
                self._course.keep(known)
            fitted.append(known)
        return tuple(fitted)

    def _learn_relations(self, name: str, frame: Frame) -> None:
        table = self._tables.get(name)
        for relation, other in table.others.items() if table else ():
            if other.parent == name:
                self._hierarchies[name].append(learn_hierarchy(relation, other, frame, self._frames))
            else:
                seed = self._course.seed_of(len(self._references[name]))
                self._references[name].append(learn_reference(relation, other, frame, self._frames, seed))

    def _fit(self, frame: Frame, place: int) -> FittedNode:
        name, owner = frame.node.name, frame.node.owner
        upper = self._frames.get(owner)
        held = list_held(upper.attributes, name) if upper else {}
        return FittedNode(
            frame.node,
            dict(frame.attributes),
            self._fit_rows(frame, place),
            {own: key for key, own in held.items()},
            {own: upper.attributes[key] for key, own in held.items()} if upper else {},
            tuple(self._references[name]),
            tuple(self._hierarchies[name]),
            self._list_dealt(frame),
        )

    def _fit_rows(self, frame: Frame, place: int) -> Model:
        node = frame.node
        if node.is_public:
            others = self._tables[node.name].others
            return PublicRows(frame.values, frame.owner, {key: one.rows for key, one in others.items()})
        if not frame.attributes:
            return None
        if not node.owner and node.rows < _SMALL_ROOT:
            return Copula.learn(frame.attributes, frame.values)
        nodes = {name: one.node for name, one in self._frames.items()}
        attributes = {name: one.attributes for name, one in self._frames.items()}
        keys = {name: list(one) for name, one in attributes.items()}
        above = gather(node, frame.owner, self._frames, keys)
        known = gather_attributes(node, nodes, attributes)
        is_public = bool(node.owner) and nodes[node.owner].is_public
        return TableLearner(frame, above, known, self._course, place, is_public).learn()

    def _list_dealt(self, frame: Frame) -> np.ndarray | None:
        """How many rows each row of a public owner has; those with few exchange theirs."""
        upper = self._frames.get(frame.node.owner)
        if upper is None or not upper.node.is_public or frame.owner is None:
            return None
        counts = np.bincount(frame.owner[frame.owner >= 0], minlength=upper.rows)
        few = np.flatnonzero(counts < FEWEST_ROWS)
        counts[few] = np.random.default_rng(self._course.seed_of(0)).permutation(counts[few])
        return counts

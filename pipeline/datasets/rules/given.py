"""The tables and links that a rule reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, Relation
from pipeline.datasets.rules.numbers import as_steps
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import MetadataError

_CLOCKS = ("time", "duration")


@dataclass(frozen=True, eq=False)
class RuleTables:
    """Typed tables by name (numbers as numbers, dates as datetime64) and links by relation id.

    A link holds for each row of the child the position of its parent, -1 where there is none. `clocks`
    are the columns whose numbers are times of day or durations, by table and name: the kind of their form.
    """

    schema: RelatedSchema
    tables: Mapping[str, pd.DataFrame]
    links: Mapping[str, np.ndarray]
    clocks: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """One table with a plain index; MetadataError where it is not there."""
        if name not in self.tables:
            raise MetadataError(f'A rule reads the table "{name}", which is not given.', "give all tables.")
        return self.tables[name]

    def column(self, table: str, name: str) -> pd.Series:
        """One column by position; the position of the parent for a foreign key that is not in the table."""
        frame = self.table(table)
        if name in frame:
            return frame[name].reset_index(drop=True)
        for relation in self.schema.list_relations(table):
            if name in relation.columns and relation.id in self.links:
                positions = pd.Series(self.links[relation.id])
                return positions.where(positions >= 0).astype("Int64")
        raise MetadataError(
            f'A rule reads the column "{name}" of table "{table}", which is not there.',
            f"use one of {', '.join(map(str, frame.columns))}.",
        )

    def relation(self, rule: RelatedRule) -> Relation:
        """The relation that a rule goes along; MetadataError where there is none of that id."""
        for relation in self.schema.relations:
            if relation.id == rule.relation:
                return relation
        raise MetadataError(
            f'The rule {rule.kind} of table "{rule.table}" goes along no relation: "{rule.relation}".',
            f"use one of {', '.join(one.id for one in self.schema.relations) or 'none: there is none'}.",
        )

    def parents(self, relation: Relation) -> np.ndarray:
        """Positions of the parents of a child's rows, -1 where there is none."""
        return np.asarray(self.links[relation.id], dtype=np.int64)

    def from_parent(self, relation: Relation, column: str) -> pd.Series:
        """A parent's column for each row of the child, missing where there is no parent."""
        values, positions = self.column(relation.parent, column), self.parents(relation)
        return values.reindex(positions).reset_index(drop=True)

    def siblings(self, relation: Relation, order: str) -> np.ndarray:
        """Rows of the child that have a parent, by parent and then by a column; ties and "" as they stand."""
        parents = self.parents(relation)
        keys: list[np.ndarray] = [parents]
        if order:
            # Rows without a value of the order come last.
            steps = as_steps(self.column(relation.child, order))
            keys = [np.where(np.isnan(steps), np.inf, steps), parents]
        rows = np.lexsort(keys)
        return rows[parents[rows] >= 0]


def list_clocks(table: str, spec: DatasetSpec) -> dict[tuple[str, str], str]:
    """The columns of a table that hold times or durations as numbers, for `RuleTables.clocks`."""
    kinds = {one.name: str(one.form.get("kind", "")) for one in spec.columns}
    return {(table, name): kind for name, kind in kinds.items() if kind in _CLOCKS}

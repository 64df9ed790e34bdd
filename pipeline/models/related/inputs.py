"""Several tables as models learn them: rules built in, training rows alone, links among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.spec import DatasetSpec
from pipeline.evaluation.reference import list_protected
from pipeline.evaluation.related.reference import NONE, RelatedReference
from pipeline.models.related.echoes import Echo, find_echoes
from pipeline.models.related.people import extract_of_people, find_people
from pipeline.models.related.proposing import read_given
from pipeline.models.rules.apart import list_unique, plan_promises
from pipeline.models.rules.keeping import RulePlan
from pipeline.models.rules.planning import plan_rules
from pipeline.synthesizers.related.protocol import OtherParent, TableInput


@dataclass(frozen=True)
class LearnedTables:
    """The tables of a dataset as they are learned.

    `tables` are typed, with gaps and merged columns in place of what rules decide, `specs` describe them;
    `protected` are the real values of identity columns by table, `echoes` the columns that repeat an
    ancestor's in a part of their rows.
    """

    reference: RelatedReference
    plan: RulePlan
    specs: Mapping[str, DatasetSpec]
    tables: Mapping[str, pd.DataFrame]
    protected: Mapping[str, Mapping[str, np.ndarray]]
    echoes: tuple[Echo, ...] = ()

    def list_inputs(self) -> list[TableInput]:
        """The training rows of all tables as a synthesizer takes them, parents before children."""
        return [self._describe(table.name) for table in self.reference.schema.tables]

    def count_training_rows(self) -> dict[str, int]:
        """How many rows of each table are learned."""
        return {name: int((~held).sum()) for name, held in self.reference.held.items()}

    def _describe(self, name: str) -> TableInput:
        schema, spec = self.reference.schema, self.specs.get(name)
        table, owner = schema.get(name), schema.find_owner(name)
        columns = features.modelled_columns(spec) if spec else ()
        natural = find_natural(schema, name, tuple(column.name for column in columns))
        rows = self._take_training(name, spec, natural)
        others = [one for one in schema.list_relations(name) if not one.is_owner]
        return TableInput(
            name=name,
            rows=rows,
            columns=columns,
            owner=owner.parent if owner else "",
            owner_rows=self._take_links(owner.id, name, owner.parent) if owner else None,
            others={
                one.id: OtherParent(
                    one.parent,
                    self._settle(one.id, name, one.parent),
                    one.is_one_to_one,
                    self._is_distinct(table, owner, one),
                )
                for one in others
            },
            order=table.order if table.order in rows else "",
            natural=natural,
            is_public=table.is_public,
        )

    def _is_distinct(self, table: RelatedTable, owner: Relation | None, one: Relation) -> bool:
        """Whether a key lets no owner have two rows of one parent, as a link table does."""
        above = {*(owner.columns if owner else ()), *one.columns}
        keys = list_unique(self.reference.schema, table, self.plan.rules)
        return owner is not None and any(set(one.columns) <= set(key) <= above for key in keys)

    def _take_training(self, name: str, spec: DatasetSpec | None, natural: tuple[str, ...]) -> pd.DataFrame:
        """The modelled training rows of a table, without values of single people; public ones stay."""
        schema, is_held = self.reference.schema, self.reference.held[name]
        if spec is None:
            return pd.DataFrame(index=pd.RangeIndex(int((~is_held).sum())))
        raw = self.tables[name][~is_held].reset_index(drop=True)
        if schema.get(name).is_public:
            return features.extract(spec, raw, spec.as_of)
        people = find_people(schema, name, lambda one: self._take_links(one.id, one.child, one.parent))
        return extract_of_people(spec, raw, people, natural)

    def _take_links(self, relation_id: str, child: str, parent: str) -> np.ndarray:
        """The positions of training parents for training rows; `NONE` for a parent that is held out, too."""
        held, links = self.reference.held, self.reference.links
        places = np.where(held[parent], NONE, np.cumsum(~held[parent]) - 1)
        found = links[child][relation_id][~held[child]]
        return np.where(found == NONE, NONE, places[found]).astype(np.int64)

    def _settle(self, relation_id: str, child: str, parent: str) -> np.ndarray:
        """Links whose parent is held out go to another training parent: the share without must stay."""
        places = self._take_links(relation_id, child, parent)
        whole = self.reference.links[child][relation_id][~self.reference.held[child]]
        lost, known = (places == NONE) & (whole != NONE), places[places != NONE]
        if not lost.any() or not len(known):
            return places
        settled = places.copy()
        settled[lost] = np.random.default_rng(len(places)).choice(known, int(lost.sum()))
        return settled


def learn_tables(dataset: RelatedDataset, reference: RelatedReference) -> LearnedTables:
    """The tables of a dataset with the confirmed rules built in."""
    schema = dataset.schema
    given = read_given(dataset, reference)
    singles = {table.name: dataset.table(table.name) for table in schema.tables}
    # Rows keep their places, since links count on them.
    specs = {
        name: replace(
            single.spec, entities=tuple(replace(one, is_sorted=False) for one in single.spec.entities)
        )
        for name, single in singles.items()
        if single is not None
    }
    plan = plan_rules(schema, given, specs)
    plan = replace(plan, promises=plan_promises(schema, given, specs, plan.rules))
    protected = {name: list_protected(spec, reference.raw[name]) for name, spec in specs.items()}
    described = {name: plan.describe(name, spec) for name, spec in specs.items()}
    echoes = find_echoes(schema, given, specs)
    return LearnedTables(reference, plan, described, plan.transform(given, reference.raw), protected, echoes)


def find_natural(schema: RelatedSchema, name: str, modelled: tuple[str, ...]) -> tuple[str, ...]:
    """The modelled columns that, with the owner, are a key of the table."""
    table, owner = schema.get(name), schema.find_owner(name)
    above = set(owner.columns) if owner else set()
    for key in (table.primary_key, *table.unique):
        rest = tuple(column for column in key if column not in above)
        if rest and len(rest) < len(key) + (not above) and set(rest) <= set(modelled):
            return rest
    return ()

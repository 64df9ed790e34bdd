"""The real side of comparisons of several tables: modelled rows, links, and what is held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.compute import COMPUTED
from pipeline.datasets.rules.gaps import find_decided
from pipeline.datasets.spec import DatasetSpec
from pipeline.evaluation.reference import Reference, list_protected

NONE = -1
"""The position of a parent that a row does not have."""


@dataclass(frozen=True)
class RelatedReference:
    """Several tables as models and evaluations need them.

    `raw` and `modelled` have all rows of each table and its own columns, typed and as features, no column for
    a table that has none. `links` are positions of parents by relation id, `held` marks rows that training
    never sees. `tables` are the references of the tables with columns of their own, public ones excepted:
    those are kept as they are.
    """

    schema: RelatedSchema
    tables: Mapping[str, Reference]
    raw: Mapping[str, pd.DataFrame]
    modelled: Mapping[str, pd.DataFrame]
    links: Mapping[str, Mapping[str, np.ndarray]]
    held: Mapping[str, np.ndarray]

    @property
    def all_links(self) -> dict[str, np.ndarray]:
        """The links of all tables by relation id."""
        return {name: places for links in self.links.values() for name, places in links.items()}


_RANGES = ("number_range", "integer_range", "date_range")


def _without_ranges(schema: RelatedSchema, table: str, spec: DatasetSpec) -> DatasetSpec:
    """The spec without the sample's ranges of columns that a rule decides: a balance follows its bookings."""
    decided = {
        rule.columns[0] if rule.kind in COMPUTED else find_decided(rule)
        for rule in schema.rules
        if rule.is_confirmed
        and rule.table == table
        and rule.kind in (*COMPUTED, "inequality", "after_parent", "before_parent")
    }
    parents = {one.id: one.parent for one in schema.relations}
    decided |= {
        str(rule.options["parent_column"])
        for rule in schema.rules
        if rule.is_confirmed and rule.kind == "before_parent" and parents[rule.relation] == table
    }
    rules = tuple(one for one in spec.rules if one.rule not in _RANGES or one.column not in decided)
    return replace(spec, rules=rules)


def load_related_reference(dataset: RelatedDataset) -> RelatedReference:
    """Read the tables of a dataset once and derive what models and comparisons need of them."""
    schema, held = dataset.schema, dataset.split()
    raws: dict[str, pd.DataFrame] = {}
    modelled: dict[str, pd.DataFrame] = {}
    references: dict[str, Reference] = {}
    for table in schema.tables:
        single = dataset.table(table.name)
        if single is None:
            raws[table.name] = pd.DataFrame(index=pd.RangeIndex(len(held[table.name])))
            modelled[table.name] = raws[table.name]
            continue
        spec, raw = _without_ranges(schema, table.name, single.spec), single.load_raw()
        raws[table.name] = raw
        modelled[table.name] = features.extract(spec, raw, spec.as_of)
        if not table.is_public:
            references[table.name] = Reference(
                spec=spec,
                raw=raw,
                training=modelled[table.name][~held[table.name]].reset_index(drop=True),
                holdout=modelled[table.name][held[table.name]].reset_index(drop=True),
                protected=list_protected(spec, raw),
            )
    links = {table.name: dataset.load_links(table.name) for table in schema.tables}
    return RelatedReference(schema, references, raws, modelled, links, held)

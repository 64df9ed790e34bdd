"""Drawn rows of several tables as whole tables: identity columns derived, keys taken from the parents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.restoring import restore_tables
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import ColumnSpec, DatasetSpec
from pipeline.models.model import SampleRequest, assemble
from pipeline.models.related.echoes import repeat_values
from pipeline.models.related.inputs import LearnedTables
from pipeline.models.related.merging import list_links
from pipeline.models.related.ordering import order_rows
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.protocol import Drawn
from pipeline.synthesizers.related.protocol import DrawnTable


@dataclass(frozen=True)
class Places:
    """Where the rows of a part begin in its table, and how many rows the table has in the whole job."""

    first_row: int = 0
    total_rows: int | None = None


@dataclass(frozen=True)
class RelatedRequest:
    """Which tables to make: `scale` times the training roots, or `roots` of each root table.

    `places` are those of a part of a job by table; nothing where the tables are made in one piece. The
    modelled rows of a part are drawn from `part_seed`, so that only identity columns go by the seed of the
    job. `headroom` as in `IdentityRequest`.
    """

    seed: int
    as_of: date
    options: IdentityOptions
    scale: float = 1.0
    roots: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, Places] = field(default_factory=dict)
    part_seed: int | None = None
    headroom: float = 1.0

    @property
    def drawn_seed(self) -> int:
        """The seed of the modelled rows."""
        return self.seed if self.part_seed is None else self.part_seed


@dataclass(frozen=True)
class RelatedSample:
    """Generated tables with all of their columns, typed, and for each relation the positions of parents."""

    tables: Mapping[str, pd.DataFrame]
    links: Mapping[str, Mapping[str, np.ndarray]]


def assemble_tables(
    dataset: RelatedDataset,
    learned: LearnedTables,
    drawn: Mapping[str, DrawnTable],
    request: RelatedRequest,
) -> RelatedSample:
    """Whole tables of drawn rows: own columns, then what rules decide, then keys, parents before children."""
    schema = dataset.schema
    links: dict[str, dict[str, np.ndarray]]
    links = {name: list_links(schema, name, rows) for name, rows in drawn.items()}
    own = {name: _make_own(dataset, learned, name, rows, request) for name, rows in drawn.items()}
    all_links = {relation: places for found in links.values() for relation, places in found.items()}
    kept = learned.plan.restore(RuleTables(schema, own, all_links), request.drawn_seed)
    kept, links = order_rows(schema, learned.specs, kept, links)
    all_links = {relation: places for found in links.values() for relation, places in found.items()}
    kept = repeat_values(learned.echoes, RuleTables(schema, kept, all_links), request.drawn_seed)
    return RelatedSample(restore_tables(schema, kept, links), links)


def _make_own(
    dataset: RelatedDataset,
    learned: LearnedTables,
    name: str,
    drawn: DrawnTable,
    request: RelatedRequest,
) -> pd.DataFrame:
    """The table's own columns as they are learned; those of a public table are the sample's."""
    single = dataset.table(name)
    if single is None:
        return pd.DataFrame(index=pd.RangeIndex(len(drawn.rows)))
    if dataset.schema.get(name).is_public:
        return learned.tables[name]
    places = request.places.get(name, Places())
    asked = SampleRequest(
        rows=len(drawn.rows),
        seed=seed_table(request.seed, name),
        as_of=request.as_of,
        shares={},
        options=request.options,
        protected=learned.protected[name],
        first_row=places.first_row,
        total_rows=places.total_rows,
        headroom=request.headroom,
    )
    return assemble(learned.specs[name], Drawn(drawn.rows), asked).table


def seed_table(seed: int, name: str) -> int:
    """The seed of a table's identity columns: names of two tables must not be drawn alike."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def describe_table(dataset: RelatedDataset, name: str) -> DatasetSpec:
    """The spec of a table with all of its columns: foreign keys and repeated columns as in the parent."""
    schema, table = dataset.schema, dataset.schema.get(name)
    single = dataset.table(name)
    known = {column.name: column for column in single.spec.columns} if single else {}
    for relation in schema.list_relations(name):
        above = known if relation.is_self else _list_columns(dataset, relation.parent)
        for column, key in zip(relation.columns, relation.parent_columns, strict=True):
            known[column] = replace(above[key], name=column, is_unique=False, follows=())
    by_id = {one.id: one for one in schema.list_relations(name)}
    for column, relation_id, source in table.copied:
        above = _list_columns(dataset, by_id[relation_id].parent)
        known[column] = replace(above[source], name=column, is_unique=False, follows=())
    columns = tuple(known[column] for column in table.columns)
    if single is not None:
        return replace(single.spec, table=name, columns=columns)
    return DatasetSpec(
        name=schema.name, title=name, description="", table=name, as_of=schema.as_of, columns=columns
    )


def _list_columns(dataset: RelatedDataset, name: str) -> dict[str, ColumnSpec]:
    return {column.name: column for column in describe_table(dataset, name).columns}

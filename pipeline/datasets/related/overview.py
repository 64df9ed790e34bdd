"""A set of tables for readers: keys and relations, and of each table what is learned and what was noticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.datasets.columns import Learned, list_learned
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.compute import COMPUTED
from pipeline.datasets.source import list_findings
from pipeline.datasets.spec import DatasetSpec

_EMPTY = "The table has no row and is left out; check that the export was complete."


@dataclass(frozen=True)
class SetOverview:
    """A set, registered or only looked at.

    `learned` is by table, without public ones, which are kept as they are; `findings` are sentences by table,
    only where there are any: what was noticed in its file, columns that need somebody's decision, and under
    the name of the set what was noticed of all.
    """

    schema: RelatedSchema
    learned: Mapping[str, Learned]
    findings: Mapping[str, tuple[str, ...]]

    @property
    def headline(self) -> str:
        """How many columns are learned, and which are replaced by invented text, as a sentence."""
        return describe_learned(self.learned)


def describe_set(schema: RelatedSchema, specs: Mapping[str, DatasetSpec]) -> SetOverview:
    """The overview of a set; `specs` describe the own columns of the tables that have any."""
    specs = {name: specs[name] for name in schema.by_name if schema.list_own_columns(name)}
    found = {name: list_findings(spec.source) for name, spec in specs.items()}
    found |= dict.fromkeys(schema.source.get("left_out", ()), (_EMPTY,))
    found[schema.name] = (*schema.source.get("findings", ()), *found.get(schema.name, ()))
    learned = {
        table.name: list_learned_columns(schema, table.name, specs.get(table.name))
        for table in schema.tables
        if not table.is_public
    }
    return SetOverview(schema, learned, {name: said for name, said in found.items() if said})


def list_learned_columns(schema: RelatedSchema, name: str, spec: DatasetSpec | None) -> Learned:
    """What becomes of all columns of a table.

    Foreign keys and copies are the parents', and what a confirmed rule computes follows from others.
    """
    own = list_learned(spec) if spec else Learned((), (), ())
    computed = {
        rule.columns[0]
        for rule in schema.rules
        if rule.is_confirmed and rule.table == name and rule.kind in COMPUTED
    }
    modelled = tuple(one for one in own.modelled if one not in computed)
    known = {*modelled, *own.replaced}
    derived = tuple(one for one in schema.get(name).columns if one not in known)
    return Learned(modelled, derived, own.replaced)


def describe_learned(tables: Mapping[str, Learned]) -> str:
    """How many columns of all tables are learned, and which are replaced by invented text."""
    modelled = sum(len(one.modelled) for one in tables.values())
    total = sum(len(one.modelled) + len(one.derived) + len(one.replaced) for one in tables.values())
    replaced = [f"{name}.{column}" for name, one in tables.items() for column in one.replaced]
    ending = f"; replaced by invented text: {', '.join(replaced)}" if replaced else ""
    return f"Learned: {modelled} of {total} columns in {len(tables)} tables{ending}."

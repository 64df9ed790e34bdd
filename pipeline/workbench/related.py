"""The use cases of datasets of several related tables: register, describe, change, remove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.access.publicity import as_public, require_may_publish
from pipeline.datasets.columns import ColumnInfo, describe_columns
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from pipeline.models.related.assembly import describe_table
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.progress import OnProgress

_NO_OPTIONS = ReadOptions()


class RelatedService:
    """Datasets of several tables, as one actor may see and change them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @needs(AccountRole.VIEWER)
    def list(self) -> tuple[RelatedSchema, ...]:
        """The schemas of every dataset of several tables, built-in ones first."""
        return self.context.stores.related.list()

    @needs(AccountRole.VIEWER)
    def get(self, name: str) -> RelatedSchema:
        """The schema of one dataset; NotFoundError where there is none."""
        return self.context.stores.related.get(name).schema

    @needs(AccountRole.VIEWER)
    def has(self, name: str) -> bool:
        """Whether there is a dataset of several tables of that name."""
        return self.context.stores.related.is_known(name)

    @needs(AccountRole.ANALYST)
    def is_set(self, workbook: Path) -> bool:
        """Whether the sheets of a workbook are tables that refer to each other."""
        try:
            return bool(self.plan("set", [workbook]).relations)
        except DataError:
            return False

    @needs(AccountRole.VIEWER)
    def describe_columns(self, name: str) -> dict[str, tuple[ColumnInfo, ...]]:
        """By table what each column was taken for, keys among them."""
        dataset = self.context.stores.related.get(name)
        tables = dataset.schema.tables
        return {one.name: describe_columns(describe_table(dataset, one.name)) for one in tables}

    @needs(AccountRole.ANALYST)
    def plan(self, name: str, files: Sequence[Path], options: ReadOptions = _NO_OPTIONS) -> RelatedSchema:
        """The schema that `add` would register, with the evidence for its keys; writes nothing."""
        from pipeline.datasets.related.catalog import plan_tables

        catalog = self.context.stores.related
        return plan_tables(name, catalog.read(files, options), options=options).schema

    @needs(AccountRole.ANALYST)
    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
    ) -> RelatedSchema:
        """Register several tables with their keys, found or given; nothing is left behind on any failure."""
        catalog = self.context.stores.related
        catalog.check_name(name)
        public = as_public(options.public)
        require_may_publish(self.context.actor, name, public, (), self.context.record)
        return self._record_added(catalog.add(name, files, metadata, options))

    @needs(AccountRole.ANALYST)
    def add_database(
        self,
        name: str,
        url: str,
        schema: str | None = None,
        tables: Sequence[str] | None = None,
        roots: Mapping[str, int] | None = None,
        password: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> RelatedSchema:
        """Register the tables of a database, or a part of their rows in which no key dangles."""
        from pipeline.datasets.databases.declaring import declare, list_read_tables
        from pipeline.datasets.databases.reading import read_database

        catalog = self.context.stores.related
        catalog.check_name(name)
        found = read_database(url, schema, tables, roots, on_progress, password)
        added = catalog.add_tables(name, list_read_tables(found), declared=declare(found))
        return self._record_added(added)

    @needs(AccountRole.ANALYST)
    def change_columns(self, name: str, table: str, changes: Sequence[str]) -> None:
        """Change columns of one table, such as "amount.minimum=0"; DataError says what is wrong."""
        catalog = self.context.stores.related
        spec, before = catalog.plan_table(name, table, changes), catalog.get(name).table(table)
        columns = before.spec.columns if before else ()
        require_may_publish(self.context.actor, name, spec.columns, columns, self.context.record)
        catalog.change_tables(name, {table: spec})
        self.context.record(AuditEvent.DATASET_CHANGED, name, columns=len(changes))

    @needs(AccountRole.ANALYST)
    def change(self, name: str, draft: RelatedSchema) -> RelatedSchema:
        """Give a dataset another schema (keys, relations, public tables, rules), checked in its tables."""
        if {one.name for one in draft.tables if one.is_public} - self._list_public(name):
            self.context.require(AccountRole.ADMIN, "related.change")
        changed = self.context.stores.related.change(name, draft)
        self.context.record(AuditEvent.DATASET_CHANGED, name)
        return changed.schema

    @needs(AccountRole.VIEWER)
    def propose_rules(self, name: str) -> RelatedSchema:
        """The schema with the rules that hold in every row of the sample beside those that it has."""
        from pipeline.models.related.proposing import propose

        dataset = self.context.stores.related.get(name)
        return propose(dataset, self.context.stores.related_models.obtain_reference(dataset))

    @needs(AccountRole.ANALYST)
    def change_rules(
        self, name: str, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> RelatedSchema:
        """Add and remove rules by their texts; a rule that the sample breaks is refused with the counts."""
        from pipeline.models.related.proposing import edit_rules

        dataset = self.context.stores.related.get(name)
        reference = self.context.stores.related_models.obtain_reference(dataset)
        return self.change(name, edit_rules(dataset, reference, added, removed))

    @needs(AccountRole.ANALYST)
    def accept_rules(self, name: str) -> RelatedSchema:
        """Keep every rule that holds in the sample from now on."""
        proposed = self.propose_rules(name)
        rules = tuple(replace(rule, is_confirmed=True) for rule in proposed.rules)
        return self.change(name, replace(proposed, rules=rules))

    @needs(AccountRole.ANALYST)
    def remove(self, name: str) -> None:
        """Remove a dataset; NotFoundError where there is none, DataError for a built-in one."""
        self.context.stores.related.remove(name)
        self.context.record(AuditEvent.DATASET_REMOVED, name)

    def _list_public(self, name: str) -> set[str]:
        return {one.name for one in self.get(name).tables if one.is_public}

    def _record_added(self, added: RelatedDataset) -> RelatedSchema:
        schema = added.schema
        columns = sum(len(table.columns) for table in schema.tables)
        self.context.record(AuditEvent.DATASET_ADDED, schema.name, columns=columns)
        return schema

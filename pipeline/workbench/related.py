"""The use cases of datasets of several related tables: register, describe, change, remove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.access.publicity import as_public, require_may_publish, require_may_publish_tables
from pipeline.datasets.columns import ColumnInfo, describe_columns
from pipeline.datasets.related.editing import SaidKeys, SetEdits
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError, WorkbenchError
from pipeline.models.related.assembly import describe_table
from pipeline.workbench.context import Context, needs
from pipeline.workbench.doubts import find_doubts

if TYPE_CHECKING:
    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.datasets.related.declared import Declared
    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.related.own_columns import PlannedSet
    from pipeline.datasets.related.reading import ReadTable
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.datasets.spec import ColumnSpec
    from pipeline.progress import OnProgress

_NO_OPTIONS = ReadOptions()
_NO_KEYS = SaidKeys()


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

    @needs(AccountRole.VIEWER)
    def describe(self, name: str) -> SetOverview:
        """Keys and relations of one dataset, and of each table what is learned and what was noticed."""
        return self.context.stores.related.get(name).describe()

    @needs(AccountRole.ANALYST)
    def is_set(self, workbook: Path) -> bool:
        """Whether the sheets of a workbook are tables that refer to each other."""
        from pipeline.datasets.related.catalog import find_keys

        try:
            return bool(find_keys("set", self.context.stores.related.read([workbook])).schema.relations)
        except DataError:
            return False

    @needs(AccountRole.VIEWER)
    def describe_columns(self, name: str) -> dict[str, tuple[ColumnInfo, ...]]:
        """By table what each column was taken for, keys among them."""
        dataset = self.context.stores.related.get(name)
        tables = dataset.schema.tables
        return {one.name: describe_columns(describe_table(dataset, one.name)) for one in tables}

    @needs(AccountRole.ANALYST)
    def plan(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
        keys: SaidKeys = _NO_KEYS,
    ) -> SetOverview:
        """What `add` would register, with the evidence for its keys and all doubts; writes nothing."""
        from pipeline.datasets.related.catalog import plan_tables

        tables = self.context.stores.related.read(files, options)
        return plan_tables(name, tables, metadata, options, find_doubts, _declare(keys, tables)).describe()

    @needs(AccountRole.ANALYST)
    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
        keys: SaidKeys = _NO_KEYS,
    ) -> SetOverview:
        """Register several tables with their keys, found or given.

        Every table is looked at as one table is; nothing is left behind on any failure.
        """
        catalog = self.context.stores.related
        catalog.check_name(name)
        public = as_public(options.public)
        require_may_publish(self.context.actor, name, public, (), self.context.record)
        tables = catalog.read(files, options)
        declared = _declare(keys, tables)
        self.context.record_begun(AuditEvent.DATASET_ADDED, name)
        return self._record_added(catalog.add_tables(name, tables, metadata, options, find_doubts, declared))

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
        keys: SaidKeys = _NO_KEYS,
    ) -> SetOverview:
        """Register the tables of a database, or a part of their rows in which no key dangles."""
        catalog = self.context.stores.related
        catalog.check_name(name)
        read, declared = _read_database(url, schema, tables, roots, password, on_progress, keys)
        self.context.record_begun(AuditEvent.DATASET_ADDED, name)
        catalog.add_tables(name, read, find_doubts=find_doubts, declared=declared)
        return self._record_added(self._keep_checks(name))

    @needs(AccountRole.ANALYST)
    def plan_database(
        self,
        name: str,
        url: str,
        schema: str | None = None,
        tables: Sequence[str] | None = None,
        roots: Mapping[str, int] | None = None,
        password: str | None = None,
        on_progress: OnProgress | None = None,
        keys: SaidKeys = _NO_KEYS,
    ) -> SetOverview:
        """What `add_database` would register; the tables are read, and nothing is written."""
        from pipeline.datasets.related.catalog import plan_tables

        read, declared = _read_database(url, schema, tables, roots, password, on_progress, keys)
        return plan_tables(name, read, find_doubts=find_doubts, declared=declared).describe()

    @needs(AccountRole.ANALYST)
    def edit(self, name: str, wanted: SetEdits, is_dry_run: bool = False) -> SetOverview:
        """Change keys, relations and columns of a dataset, all of it or nothing, as one version.

        Everything is checked in the tables first; `is_dry_run` keeps nothing. DataError says what is wrong.
        Declaring a column or a table public needs an administrator.
        """
        catalog = self.context.stores.related
        planned = catalog.plan_edits(name, wanted, find_doubts)
        if is_dry_run:
            return planned.describe(catalog.get(name).list_specs())
        self._require_may_publish(name, planned)
        self.context.record_begun(AuditEvent.DATASET_CHANGED, name)
        changed = catalog.keep(name, planned)
        count = len(wanted.settings) + len(wanted.added) + len(wanted.dropped)
        self.context.record(AuditEvent.DATASET_CHANGED, name, columns=count)
        return changed.describe()

    @needs(AccountRole.ANALYST)
    def change(self, name: str, draft: RelatedSchema) -> RelatedSchema:
        """Give a dataset another schema (keys, relations, public tables, rules), checked in its tables."""
        self._require_public_tables(name, draft)
        self.context.record_begun(AuditEvent.DATASET_CHANGED, name)
        changed = self.context.stores.related.change(name, draft, find_doubts)
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
        self.context.record_begun(AuditEvent.DATASET_REMOVED, name)
        self.context.stores.related.remove(name)
        self.context.record(AuditEvent.DATASET_REMOVED, name)

    def _keep_checks(self, name: str) -> RelatedDataset:
        """A dataset just added, with what its database checks as rules; on a failure it is gone again."""
        from pipeline.models.related.proposing import has_checks, keep_checks

        catalog, models = self.context.stores.related, self.context.stores.related_models
        dataset = catalog.get(name)
        if not has_checks(dataset.schema):
            return dataset
        try:
            schema = keep_checks(dataset, models.obtain_reference(dataset))
            return catalog.change(name, schema, find_doubts)
        except WorkbenchError:
            catalog.remove(name)
            raise

    def _require_may_publish(self, name: str, planned: PlannedSet) -> None:
        """Refuse to declare columns and tables public unless an administrator does; record either."""
        dataset = self.context.stores.related.get(name)
        self._require_public_tables(name, planned.schema)
        for table, own in planned.own.items():
            before = dataset.table(table)
            columns = before.spec.columns if before else ()
            require_may_publish(
                self.context.actor,
                name,
                _name_columns(table, own.spec.columns),
                _name_columns(table, columns),
                self.context.record,
            )

    def _require_public_tables(self, name: str, draft: RelatedSchema) -> None:
        known = {one.name for one in self.get(name).tables if one.is_public}
        added = [one.name for one in draft.tables if one.is_public and one.name not in known]
        require_may_publish_tables(self.context.actor, name, added, self.context.record)

    def _record_added(self, added: RelatedDataset) -> SetOverview:
        schema = added.schema
        columns = sum(len(table.columns) for table in schema.tables)
        self.context.record(AuditEvent.DATASET_ADDED, schema.name, columns=columns)
        return added.describe()


def _read_database(
    url: str,
    schema: str | None,
    tables: Sequence[str] | None,
    roots: Mapping[str, int] | None,
    password: str | None,
    on_progress: OnProgress | None,
    keys: SaidKeys,
) -> tuple[Sequence[ReadTable], Declared]:
    """The tables of a database, and what it and the user say of their keys."""
    from pipeline.datasets.databases.declaring import declare, list_read_tables
    from pipeline.datasets.databases.reading import read_database
    from pipeline.datasets.related.declared import join_declared

    found = read_database(url, schema, tables, roots, on_progress, password)
    read = list_read_tables(found)
    return read, join_declared(_declare(keys, read), declare(found))


def _declare(keys: SaidKeys, tables: Sequence[ReadTable]) -> Declared:
    return keys.declare({one.name: [str(column) for column in one.cells] for one in tables})


def _name_columns(table: str, columns: Sequence[ColumnSpec]) -> list[ColumnSpec]:
    """The columns under names that say their table."""
    return [replace(one, name=f"{table}.{one.name}") for one in columns]

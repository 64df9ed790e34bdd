"""The use cases of datasets: list, look up, register, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.access.publicity import as_public, require_may_publish
from pipeline.datasets import features
from pipeline.datasets.columns import ColumnInfo, Learned, describe_columns, list_learned
from pipeline.datasets.kinds import KINDS
from pipeline.datasets.shares import count_shares
from pipeline.datasets.shelf import DamagedDataset
from pipeline.datasets.source import Preview, ReadOptions
from pipeline.datasets.spec import DatasetSpec, ModelledType
from pipeline.exporters import require_folder, write_atomically
from pipeline.models.library import fetch_dataset
from pipeline.models.preview import preview_rows
from pipeline.workbench.context import Context, needs
from pipeline.workbench.doubts import find_doubts

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.rules.editing import RuleInfo

_NO_OPTIONS = ReadOptions()


class DatasetService:
    """Datasets, as one actor may see and change them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @needs(AccountRole.VIEWER)
    def list(self) -> tuple[DatasetSpec, ...]:
        """Every dataset, built-in ones first; reads no table."""
        return self.context.stores.catalog.list()

    @needs(AccountRole.VIEWER)
    def list_damaged(self) -> tuple[DamagedDataset, ...]:
        """Registered datasets that cannot be read any more; `remove` removes them."""
        return self.context.stores.catalog.list_damaged()

    @needs(AccountRole.VIEWER)
    def get(self, name: str) -> DatasetSpec:
        """One dataset's description; NotFoundError where there is none of that name."""
        return self.context.stores.catalog.get(name).spec

    @needs(AccountRole.VIEWER)
    def list_modelled_columns(self, name: str) -> tuple[str, ...]:
        """Names of the columns that synthesizers learn, in table order: features of the raw ones."""
        spec = self.get(name)
        return tuple(column.name for column in features.modelled_columns(spec))

    @needs(AccountRole.VIEWER)
    def list_kinds(self) -> tuple[str, ...]:
        """Every kind that a column can have: what synthesizers learn, then what is derived."""
        return (*(kind.value for kind in ModelledType), *sorted(KINDS))

    @needs(AccountRole.ANALYST)
    def list_sample_shares(self, name: str) -> dict[str, dict[str, float]]:
        """Of each column for which the dataset declares shares, those of the sample, 0–1, by category."""
        dataset = self.context.stores.catalog.get(name)
        training = self.context.stores.library.obtain_reference(dataset).training
        return {
            column: count_shares(training[column], tuple(declared))
            for column, declared in dataset.spec.shares.items()
        }

    @needs(AccountRole.ANALYST)
    def preview(self, file: Path, options: ReadOptions = _NO_OPTIONS) -> Preview:
        """The first rows of a file, what was guessed about it, and what could be chosen instead."""
        return self.context.stores.catalog.preview(file, options)

    @needs(AccountRole.ANALYST)
    def plan(self, file: Path, options: ReadOptions = _NO_OPTIONS, name: str = "preview") -> DatasetSpec:
        """What `add` would take each column of a file for; registers nothing. DataError as for `add`.

        `name` is the one that the dataset will have, which its findings tell.
        """
        return self.context.stores.catalog.plan(file, options, find_doubts, name)

    @needs(AccountRole.ANALYST)
    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
    ) -> DatasetSpec:
        """Register a table; its columns are detected unless metadata (SDV format) says what they are.

        DataError where the name is taken or the table cannot be read, MetadataError where the two disagree.
        """
        stores = self.context.stores
        public = as_public(options.public)
        require_may_publish(self.context.actor, name, public, (), self.context.record)
        self.context.record_begun(AuditEvent.DATASET_ADDED, name)
        added = stores.catalog.add(name, files, metadata, options, find_doubts)
        if stores.mirror:
            stores.mirror.push(f"datasets/{name}", added.fingerprint)
        spec = added.spec
        self.context.record(AuditEvent.DATASET_ADDED, spec.name, columns=len(spec.columns))
        return spec

    @needs(AccountRole.VIEWER)
    def describe_columns(self, name: str) -> tuple[ColumnInfo, ...]:
        """What each column was taken for, why, and what else it could be."""
        return describe_columns(self.get(name))

    @needs(AccountRole.VIEWER)
    def list_learned(self, name: str) -> Learned:
        """Which columns are learned, derived anew, and replaced by invented text."""
        return list_learned(self.get(name))

    @needs(AccountRole.ANALYST)
    def change_columns(
        self, name: str, changes: Sequence[str], is_dry_run: bool = False
    ) -> tuple[ColumnInfo, ...]:
        """Change columns, such as "amount.kind=numerical"; `is_dry_run` only checks against the sample.

        DataError says what is wrong with a change. Declaring a column public needs an administrator.
        """
        catalog = self.context.stores.catalog
        before, spec = self.get(name), catalog.plan_change(name, changes, find_doubts)
        if not is_dry_run:
            require_may_publish(self.context.actor, name, spec.columns, before.columns, self.context.record)
            self.context.record_begun(AuditEvent.DATASET_CHANGED, name)
            changed = catalog.change(name, spec)
            if mirror := self.context.stores.mirror:
                mirror.push(f"datasets/{name}", changed.fingerprint)
            self.context.record(AuditEvent.DATASET_CHANGED, name, columns=len(changes))
        return describe_columns(spec)

    @needs(AccountRole.VIEWER)
    def list_rules(self, name: str) -> tuple[RuleInfo, ...]:
        """The rules that every generated row keeps, with the rows of the sample that speak for each."""
        dataset = self.context.stores.catalog.get(name)
        if not dataset.spec.row_rules:
            return ()
        from pipeline.datasets.rules.editing import list_rules

        return list_rules(dataset.spec, dataset.load_raw())

    @needs(AccountRole.VIEWER)
    def propose_rules(self, name: str) -> tuple[RuleInfo, ...]:
        """The rules of a dataset, and those that hold in every row of its sample and can be kept as well."""
        from pipeline.datasets.rules.editing import propose

        dataset = self.context.stores.catalog.get(name)
        return propose(dataset.spec, dataset.load_raw())

    @needs(AccountRole.ANALYST)
    def change_rules(
        self, name: str, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> tuple[RuleInfo, ...]:
        """Add and remove rules by their texts, such as "closed >= opened".

        DataError for one that the sample breaks, with the counts, or that cannot be kept beside the others.
        """
        from pipeline.datasets.rules.editing import edit_rules

        dataset = self.context.stores.catalog.check_own(name)
        return self._keep_rules(name, edit_rules(dataset.spec, dataset.load_raw(), added, removed))

    @needs(AccountRole.ANALYST)
    def accept_rules(self, name: str) -> tuple[RuleInfo, ...]:
        """Keep every rule that `propose_rules` finds from now on."""
        from pipeline.datasets.rules.editing import accept_rules

        dataset = self.context.stores.catalog.check_own(name)
        return self._keep_rules(name, accept_rules(dataset.spec, dataset.load_raw()))

    def _keep_rules(self, name: str, spec: DatasetSpec) -> tuple[RuleInfo, ...]:
        if spec.row_rules != self.get(name).row_rules:
            self.context.record_begun(AuditEvent.DATASET_CHANGED, name)
            changed = self.context.stores.catalog.change(name, spec)
            if mirror := self.context.stores.mirror:
                mirror.push(f"datasets/{name}", changed.fingerprint)
            self.context.record(AuditEvent.DATASET_CHANGED, name)
        return self.list_rules(name)

    @needs(AccountRole.ANALYST)
    def save_metadata(self, name: str, path: Path) -> None:
        """Write the metadata of a dataset in SDV's format to a file; it holds no value of the table."""
        require_folder(path)
        content = self.context.stores.catalog.get(name).metadata_path.read_bytes()
        write_atomically(path, content)

    @needs(AccountRole.ANALYST)
    def preview_rows(self, name: str, changes: Sequence[str] = (), rows: int = 10) -> pd.DataFrame:
        """Synthetic rows as they would come out after changes, as text; a small model is fitted for them."""
        catalog = self.context.stores.catalog
        dataset = catalog.get(name)
        spec = catalog.plan_change(name, changes) if changes else dataset.spec
        return preview_rows(replace(dataset, spec=spec), rows, self.context.settings.identity)

    @needs(AccountRole.ANALYST)
    def remove(self, name: str) -> None:
        """Remove a registered dataset; NotFoundError where there is none, DataError for a built-in one."""
        stores = self.context.stores
        self.context.record_begun(AuditEvent.DATASET_REMOVED, name)
        stores.catalog.remove(name)
        if stores.mirror:
            stores.mirror.remove(f"datasets/{name}")
        self.context.record(AuditEvent.DATASET_REMOVED, name)

    @needs(AccountRole.VIEWER)
    def fetch(self, name: str) -> None:
        """Bring a dataset up to date with the store of `store.url`, if there is one that holds it."""
        fetch_dataset(self.context.stores.catalog, self.context.stores.mirror, name)

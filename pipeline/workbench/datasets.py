"""The use cases of datasets: list, look up, register, remove."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets import features
from pipeline.datasets.catalog import DamagedDataset
from pipeline.datasets.kinds import KINDS
from pipeline.datasets.source import Preview, ReadOptions
from pipeline.datasets.spec import DatasetSpec, ModelledType
from pipeline.models.library import fetch_dataset
from pipeline.workbench.context import Context, needs

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
    def preview(self, file: Path, options: ReadOptions = _NO_OPTIONS) -> Preview:
        """The first rows of a file, what was guessed about it, and what could be chosen instead."""
        return self.context.stores.catalog.preview(file, options)

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
        added = stores.catalog.add(name, files, metadata, options)
        stores.mirror.push(f"datasets/{name}", added.fingerprint)
        spec = added.spec
        self.context.record(AuditEvent.DATASET_ADDED, spec.name, columns=len(spec.columns))
        return spec

    @needs(AccountRole.ANALYST)
    def remove(self, name: str) -> None:
        """Remove a registered dataset; NotFoundError where there is none, DataError for a built-in one."""
        stores = self.context.stores
        stores.catalog.remove(name)
        stores.mirror.remove(f"datasets/{name}")
        self.context.record(AuditEvent.DATASET_REMOVED, name)

    @needs(AccountRole.VIEWER)
    def fetch(self, name: str) -> None:
        """Bring a dataset up to date with the store of `store.url`, if there is one that holds it."""
        fetch_dataset(self.context.stores.catalog, self.context.stores.mirror, name)

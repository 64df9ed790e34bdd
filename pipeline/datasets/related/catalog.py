"""The sets of several tables that there are, each a folder that is complete or does not exist."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.datasets.catalog import DamagedDataset, check_new_name, list_names
from pipeline.datasets.content import FileMemory
from pipeline.datasets.leftovers import BEFORE, mark_as_ours, sweep
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.declared import NOTHING, Declared
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema
from pipeline.datasets.related.schema_file import load_schema
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError, MetadataError, NotFoundError, StoreError
from pipeline.settings import PROJECT_ROOT, UploadLimits

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts
    from pipeline.datasets.related.describe import Described
    from pipeline.datasets.related.reading import ReadTable
    from pipeline.datasets.related.storing import Request
    from pipeline.datasets.spec import DatasetSpec

BUILTIN_SETS: Mapping[str, Path] = MappingProxyType({"bank": PROJECT_ROOT / "content3"})
_NO_OPTIONS = ReadOptions()
_SCHEMAS: FileMemory[RelatedSchema] = FileMemory(256)


class RelatedCatalog:
    """Lists, gives, adds, changes and removes sets of tables.

    `is_taken` says whether a dataset of one table has a name: names are unique among both. Built-in sets
    are only read.
    """

    def __init__(
        self,
        registered_folder: Path,
        limits: UploadLimits,
        is_taken: Callable[[str], bool] = lambda name: False,
        builtin_folders: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        self._registered_folder = registered_folder
        self._limits = limits
        self._is_taken = is_taken
        self._builtin_folders = builtin_folders

    def list(self) -> tuple[RelatedSchema, ...]:
        """Every set that can be read, built-in ones first; reads `schema.yaml` files only."""
        return tuple(one for one in self._load_schemas() if isinstance(one, RelatedSchema))

    def list_damaged(self) -> tuple[DamagedDataset, ...]:
        """The sets that `list` leaves out, with the reason; `remove` deletes them."""
        return tuple(one for one in self._load_schemas() if isinstance(one, DamagedDataset))

    def is_known(self, name: str) -> bool:
        """Whether there is a set of this name, damaged or not."""
        return name in self._names()

    def get(self, name: str) -> RelatedDataset:
        """One set by name; raise NotFoundError with names that come close, MetadataError if damaged."""
        self._check_known(name)
        return RelatedDataset(self._load_schema(name), self._folder_of(name))

    def read(self, files: Sequence[Path], options: ReadOptions = _NO_OPTIONS) -> tuple[ReadTable, ...]:
        """The tables of files, folders, workbooks and archives, within the limits of uploads."""
        from pipeline.datasets import confined
        from pipeline.datasets.related.reading import read_tables

        return confined.call(read_tables, self._limits, files, self._limits, options)

    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
        find_doubts: FindDoubts | None = None,
        declared: Declared = NOTHING,
    ) -> RelatedDataset:
        """Register the tables of files, with keys found or given; on any failure nothing is left behind.

        Raises as `add_tables` and `read_tables` do.
        """
        self.check_name(name)
        return self.add_tables(name, self.read(files, options), metadata, options, find_doubts, declared)

    def add_tables(
        self,
        name: str,
        tables: Sequence[ReadTable],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
        find_doubts: FindDoubts | None = None,
        declared: Declared = NOTHING,
    ) -> RelatedDataset:
        """Register tables that were read already; on any failure nothing is left behind.

        `metadata` is an SDV metadata file with relationships, which gives keys and sdtypes. Raises DataError
        or MetadataError for a bad name, keys that repeat, orphans, circles and tables that are too small,
        StoreError where the state folder cannot be written.
        """
        # Lists of datasets are shown without what registers them.
        from pipeline.datasets.related.storing import write_set

        self.check_name(name)
        described, request = plan_tables(name, tables, metadata, options, find_doubts, declared)
        cells = {one.name: one.cells for one in tables}
        target = self._registered_folder / name
        with self._draft(name, ".adding-", "written") as draft:
            write_set(draft / name, described, cells, request)
            (draft / name).rename(target)
        return RelatedDataset(described.schema, target)

    def remove(self, name: str) -> None:
        """Delete a registered set, damaged or not.

        NotFoundError where there is none, DataError for a built-in one, StoreError where its folder resists.
        """
        self._check_known(name)
        self.check_own(name)
        with self._draft(name, ".removing-", "removed") as draft:
            self._folder_of(name).rename(draft / name)

    def plan_change(self, name: str, draft: RelatedSchema) -> Described:
        """A changed schema (see `edits`) as `change` would keep it, with its evidence; writes nothing."""
        from pipeline.datasets.related.changes import plan_schema

        self._check_known(name)
        self.check_own(name)
        return plan_schema(self.get(name), draft)

    def change(self, name: str, draft: RelatedSchema) -> RelatedDataset:
        """Give a registered set another schema; the one before is kept among its versions.

        Owners, orders, copies and evidence follow from it anew. Tables whose keys or foreign keys changed are
        described again. Raises as `add_tables`, and StoreError where the folder cannot be written; the set
        then stays as it was.
        """
        from pipeline.datasets.related.changes import write_schema_change

        described, before = self.plan_change(name, draft), self.get(name)
        return self._replace(name, lambda folder: write_schema_change(folder, before, described))

    def plan_table(
        self, name: str, table: str, changes: Sequence[str], find_doubts: FindDoubts | None = None
    ) -> DatasetSpec:
        """The description of one table after changes such as "amount.minimum=0"; writes nothing."""
        from pipeline.datasets.related.changes import plan_table

        self._check_known(name)
        self.check_own(name)
        return plan_table(self.get(name), table, changes, find_doubts)

    def change_table(self, name: str, table: str, spec: DatasetSpec) -> RelatedDataset:
        """Give one table of a set another description; raises as `change`."""
        from pipeline.datasets.related.changes import write_table_change

        self._check_known(name)
        self.check_own(name)
        return self._replace(name, lambda folder: write_table_change(folder, table, spec))

    def _replace(self, name: str, build: Callable[[Path], None]) -> RelatedDataset:
        """Put another version of a set, which `build` makes of a copy, in its place; all of it or nothing."""
        folder = self._folder_of(name)
        with self._draft(name, ".changing-", "changed") as draft:
            changed = draft / name
            shutil.copytree(folder, changed)
            build(changed)
            RelatedDataset(load_schema(changed / SCHEMA_FILE), changed).validate()
            folder.rename(draft / BEFORE)
            changed.rename(folder)
        return self.get(name)

    def check_name(self, name: str) -> None:
        """Raise DataError for a name that is not valid or is taken, by a set or by a dataset of one table."""
        check_new_name(name, self.is_known(name) or self._is_taken(name))

    def check_own(self, name: str) -> None:
        """Raise DataError for a built-in set."""
        if name in self._builtin_folders:
            raise DataError(f'The dataset "{name}" is built in.', "register your own tables to change them.")

    @contextmanager
    def _draft(self, name: str, prefix: str, verb: str) -> Iterator[Path]:
        """A temporary folder beside the sets; what killed processes left there is removed first."""
        try:
            self._registered_folder.mkdir(parents=True, exist_ok=True)
            sweep(self._registered_folder)
            with tempfile.TemporaryDirectory(
                dir=self._registered_folder, prefix=mark_as_ours(prefix)
            ) as folder:
                yield Path(folder)
        except OSError as error:
            raise StoreError(
                f'The dataset "{name}" cannot be {verb} in {self._registered_folder}.',
                "check the folder's rights and space, and that no other registration of that name runs.",
            ) from error

    def _check_known(self, name: str) -> None:
        names = self._names()
        if name not in names:
            close = difflib.get_close_matches(name, names, n=3) or names
            raise NotFoundError(
                f'There is no dataset "{name}" of several tables.',
                f"use one of {', '.join(close) or 'none'}.",
            )

    def _names(self) -> tuple[str, ...]:
        return list_names(self._registered_folder, self._builtin_folders)

    def _folder_of(self, name: str) -> Path:
        return self._builtin_folders.get(name, self._registered_folder / name)

    def _load_schemas(self) -> Iterator[RelatedSchema | DamagedDataset]:
        for name in self._names():
            try:
                yield self._load_schema(name)
            except MetadataError as error:
                yield DamagedDataset(name, error.message, error.hint)

    def _load_schema(self, name: str) -> RelatedSchema:
        path = self._folder_of(name) / SCHEMA_FILE
        schema = replace(_SCHEMAS.obtain(path, load_schema), is_builtin=name in self._builtin_folders)
        if schema.name != name:
            raise MetadataError(
                f'{path}: name: "{schema.name}" is not "{name}".',
                "rename the folder or the dataset so that they match.",
            )
        return schema


def plan_tables(
    name: str,
    tables: Sequence[ReadTable],
    metadata: Path | None = None,
    options: ReadOptions = _NO_OPTIONS,
    find_doubts: FindDoubts | None = None,
    declared: Declared = NOTHING,
) -> tuple[Described, Request]:
    """The schema of tables and how they would be registered; writes nothing, raises as `add_tables`."""
    from pipeline.datasets.related.describe import describe_tables
    from pipeline.datasets.related.sdv_metadata import read_related_metadata
    from pipeline.datasets.related.storing import Request, check_public, check_rows

    cells = {one.name: one.cells for one in tables}
    check_public(options, cells)
    sdtypes = {}
    if metadata is not None:
        given = read_related_metadata(metadata, cells)
        declared, sdtypes = given.declared, dict(given.tables)
    source = {"tables": {one.name: dict(one.source) for one in tables}}
    described = describe_tables(name, cells, declared, source=source)
    for one in tables:
        check_rows(described.schema, one.name, len(one.cells))
    return described, Request(options, sdtypes, find_doubts)

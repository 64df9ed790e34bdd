"""The sets of several tables that there are, each a folder that is complete or does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.datasets.content import FileMemory
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.declared import NOTHING, Declared, join_declared
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema
from pipeline.datasets.related.schema_file import load_schema
from pipeline.datasets.shelf import DamagedDataset, Shelf, check_same_name
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from pipeline.settings import PROJECT_ROOT, UploadLimits

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts
    from pipeline.datasets.related.completing import Described
    from pipeline.datasets.related.editing import SetEdits
    from pipeline.datasets.related.own_columns import PlannedSet
    from pipeline.datasets.related.reading import ReadTable

BUILTIN_SETS: Mapping[str, Path] = MappingProxyType({"bank": PROJECT_ROOT / "content3"})
_NO_OPTIONS = ReadOptions()
_MOST_NAMED = 10
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
        self._shelf = Shelf(registered_folder, builtin_folders, _load_schema, " of several tables")
        self._limits = limits
        self._is_taken = is_taken

    def list(self) -> tuple[RelatedSchema, ...]:
        """Every set that can be read, built-in ones first; reads `schema.yaml` files only."""
        return self._shelf.list()

    def list_damaged(self) -> tuple[DamagedDataset, ...]:
        """The sets that `list` leaves out, with the reason; `remove` deletes them."""
        return self._shelf.list_damaged()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sets, damaged ones among them, built-in ones first."""
        return self._shelf.names

    def is_known(self, name: str) -> bool:
        """Whether there is a set of this name, damaged or not."""
        return name in self.names

    def get(self, name: str) -> RelatedDataset:
        """One set by name; raise NotFoundError with names that come close, MetadataError if damaged."""
        return RelatedDataset(*self._shelf.get(name))

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

        Raises as `plan_tables`, and StoreError where the state folder cannot be written.
        """
        # Lists of datasets are shown without what registers them.
        from pipeline.datasets.related.storing import write_set

        self.check_name(name)
        planned = plan_tables(name, tables, metadata, options, find_doubts, declared)
        folder = self._shelf.add(name, lambda folder: write_set(folder, planned))
        return RelatedDataset(planned.schema, folder)

    def remove(self, name: str) -> None:
        """Delete a registered set, damaged or not.

        NotFoundError where there is none, DataError for a built-in one, StoreError where its folder resists.
        """
        self._check_own(name)
        self._shelf.remove(name)

    def plan_edits(self, name: str, wanted: SetEdits, find_doubts: FindDoubts | None = None) -> PlannedSet:
        """A set after changes of keys, relations and columns, as `keep` would keep it; writes nothing.

        Owners, orders, copies and evidence follow from them anew. Tables whose keys or foreign keys changed
        are described again. Raises as `plan_tables`, and DataError for a built-in set.
        """
        from pipeline.datasets.related.changes import plan_edits

        self._check_own(name)
        return plan_edits(self.get(name), wanted, find_doubts)

    def change(
        self, name: str, draft: RelatedSchema, find_doubts: FindDoubts | None = None
    ) -> RelatedDataset:
        """Give a registered set another schema (see `edits`); raises as `plan_edits` and `keep`."""
        from pipeline.datasets.related.changes import plan_schema

        self._check_own(name)
        return self.keep(name, plan_schema(self.get(name), draft, find_doubts))

    def keep(self, name: str, planned: PlannedSet) -> RelatedDataset:
        """Give a registered set what was planned; what was before is kept among its versions.

        StoreError where the folder cannot be written; the set then stays as it was.
        """
        from pipeline.datasets.related.changes import write_changes

        def build(folder: Path) -> None:
            write_changes(folder, planned)
            RelatedDataset(load_schema(folder / SCHEMA_FILE), folder).validate()

        self._shelf.replace(name, build)
        return self.get(name)

    def check_name(self, name: str) -> None:
        """Raise DataError for a name that is not valid or is taken, by a set or by a dataset of one table."""
        self._shelf.check_new(name, self._is_taken(name))

    def _check_own(self, name: str) -> None:
        self._shelf.check_own(name, "register your own tables to change them.")


def plan_tables(
    name: str,
    tables: Sequence[ReadTable],
    metadata: Path | None = None,
    options: ReadOptions = _NO_OPTIONS,
    find_doubts: FindDoubts | None = None,
    declared: Declared = NOTHING,
) -> PlannedSet:
    """Tables as they would be registered; writes nothing.

    `metadata` is an SDV metadata file with relationships, which gives keys and sdtypes. Raises DataError
    or MetadataError for keys that repeat, orphans, circles, tables that are too small, and columns that
    cannot be read or generated.
    """
    from pipeline.datasets.related.own_columns import Request, check_public, note_former_keys, plan_set
    from pipeline.datasets.related.sdv_metadata import read_related_metadata

    cells = {one.name: one.cells for one in tables}
    check_public(options, cells)
    sdtypes = {}
    if metadata is not None:
        given = read_related_metadata(metadata, cells)
        declared, sdtypes = join_declared(declared, given.declared), dict(given.tables)
    described = find_keys(name, tables, declared)
    planned = plan_set(described, cells, Request(options, sdtypes, find_doubts))
    return note_former_keys(planned, declared.omitted)


def find_keys(name: str, tables: Sequence[ReadTable], declared: Declared = NOTHING) -> Described:
    """The schema of tables alone, without a look at what their columns are; raises as `plan_tables`."""
    from pipeline.datasets.related.covers import find_covers, tell_cover
    from pipeline.datasets.related.own_columns import check_rows

    kept, empty = _leave_out_empty(tables)
    source = {**declared.source, **({"left_out": empty} if empty else {})}
    known = declared.without(empty)
    described = _describe(name, kept, known, source)
    covers = find_covers(kept, described.schema, known)
    if covers:
        kept = [one for one in kept if one not in covers]
        findings = [*source.get("findings", ()), *map(tell_cover, covers)]
        described = _describe(name, kept, known, {**source, "findings": findings})
    for one in kept:
        check_rows(described.schema, one.name, len(one.cells))
    return described


def _describe(
    name: str, tables: Sequence[ReadTable], declared: Declared, source: Mapping[str, Any]
) -> Described:
    from pipeline.datasets.related.describe import describe_tables

    cells = {one.name: one.cells for one in tables}
    sources = {one.name: dict(one.source) for one in tables}
    return describe_tables(name, cells, declared, source={**source, "tables": sources})


def _leave_out_empty(tables: Sequence[ReadTable]) -> tuple[list[ReadTable], list[str]]:
    """The tables with rows, and the names of those without; DataError where these leave no two."""
    kept = [one for one in tables if len(one.cells)]
    empty = [one.name for one in tables if not len(one.cells)]
    if empty and len(kept) < 2:
        raise DataError(
            f"Tables without a row are left out ({', '.join(empty[:_MOST_NAMED])}), and "
            f"{'one is' if kept else 'none is'} left.",
            "give a sample with rows in two tables at least.",
        )
    return kept, empty


def _load_schema(name: str, folder: Path, is_builtin: bool) -> RelatedSchema:
    path = folder / SCHEMA_FILE
    schema = _SCHEMAS.obtain(path, load_schema)
    check_same_name(path, schema.name, name)
    return replace(schema, is_builtin=is_builtin)

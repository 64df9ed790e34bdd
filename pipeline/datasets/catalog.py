"""The datasets that there are: built-in ones, which are only read, and those in the state folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datasets.content import FileMemory, settle
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.metadata import read_metadata
from pipeline.datasets.reading import preview_table, read_table
from pipeline.datasets.shelf import DamagedDataset, Shelf, check_same_name
from pipeline.datasets.source import Preview, ReadOptions, join_findings
from pipeline.datasets.spec import SPEC_FILE, DatasetSpec
from pipeline.datasets.spec_file import load_spec
from pipeline.errors import DataError, MetadataError
from pipeline.settings import PROJECT_ROOT, UploadLimits

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts

BUILTIN_FOLDERS: Mapping[str, Path] = MappingProxyType(
    {"employee": PROJECT_ROOT / "content", "pci": PROJECT_ROOT / "content2"}
)
FEWEST_ROWS = 25
"""Rows of a table, so that 20 are left to learn from when a fifth is held out."""

_NO_OPTIONS = ReadOptions()
_PLANNED = "preview"
_SPECS: FileMemory[DatasetSpec] = FileMemory(256)


class Catalog:
    """Lists, gives, adds and removes datasets; built-in ones cannot be written.

    `list_others` gives the names of datasets of several tables: names are unique among both.
    """

    def __init__(
        self,
        registered_folder: Path,
        limits: UploadLimits,
        builtin_folders: Mapping[str, Path] = BUILTIN_FOLDERS,
        list_others: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._shelf = Shelf(registered_folder, builtin_folders, _load_spec, list_others=list_others)
        self._limits = limits
        self._list_others = list_others

    def list(self) -> tuple[DatasetSpec, ...]:
        """Every dataset that can be read, built-in ones first; reads `dataset.yaml` files only."""
        return self._shelf.list()

    def list_damaged(self) -> tuple[DamagedDataset, ...]:
        """The datasets that `list` leaves out, with the reason; `remove` deletes them."""
        return self._shelf.list_damaged()

    def is_known(self, name: str) -> bool:
        """Whether there is a dataset of this name, damaged or not."""
        return name in self._shelf.names

    def get(self, name: str) -> Dataset:
        """One dataset by name; raise NotFoundError with names that come close, MetadataError if damaged."""
        return Dataset(*self._shelf.get(name))

    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions = _NO_OPTIONS,
        find_doubts: FindDoubts | None = None,
    ) -> Dataset:
        """Register one table, with metadata detected or given; on any failure nothing is left behind.

        `options` say how the file is read; how it was read, and what was noticed, is the spec's `source`.
        `find_doubts` is given typed rows and says which columns need a decision.
        Raises DataError or MetadataError for a bad name, file or metadata, StoreError when the state
        folder cannot be written.
        """
        from pipeline.datasets.storing import decide_doubts, write_dataset

        self._shelf.check_new(name, name in self._list_others())
        table, spec, described = self._describe(name, self._only_file(files), metadata, options)
        spec = decide_doubts(spec, table, find_doubts)

        def build(folder: Path) -> None:
            write_dataset(Dataset(spec, folder), table, described)
            Dataset(spec, folder).validate()
            settle(folder.iterdir())

        return Dataset(spec, self._shelf.add(name, build))

    def preview(self, file: Path, options: ReadOptions = _NO_OPTIONS) -> Preview:
        """The first rows of a file, what was guessed about it, and what could be chosen instead."""
        from pipeline.datasets import confined

        return confined.call(preview_table, self._limits, Path(file), self._limits, options)

    def plan(
        self,
        file: Path,
        options: ReadOptions = _NO_OPTIONS,
        find_doubts: FindDoubts | None = None,
        name: str = _PLANNED,
    ) -> DatasetSpec:
        """The description that `add` would make of a file under a name; writes nothing."""
        from pipeline.datasets.storing import decide_doubts

        table, spec, _ = self._describe(name, Path(file), None, options)
        return decide_doubts(spec, table, find_doubts)

    def plan_change(
        self, name: str, changes: Sequence[str], find_doubts: FindDoubts | None = None
    ) -> DatasetSpec:
        """The description of a registered dataset after changes such as "amount.minimum=0"; writes nothing.

        DataError for a built-in dataset, and where a change is wrong or its sample contradicts it.
        """
        from pipeline.datasets.changes import apply_changes, parse_changes
        from pipeline.datasets.shared_categories import require_shared_categories
        from pipeline.datasets.storing import decide_doubts

        self._shelf.check_own(name, "register your own table to change its columns.")
        dataset = self.get(name)
        cells, wanted = dataset.load_cells(), parse_changes(dataset.spec, changes)
        spec = apply_changes(dataset.spec, cells, wanted)
        changed = Dataset(spec, dataset.folder)
        if spec.row_rules:
            from pipeline.datasets.rules.editing import require_kept

            require_kept(spec, changed.load_raw())
        require_shared_categories(spec, wanted, lambda: changed.split().training)
        return decide_doubts(spec, cells, find_doubts)

    def check_own(self, name: str) -> Dataset:
        """A dataset that was registered; DataError for a built-in one."""
        self._shelf.check_own(name, "register your own table to change its rules.")
        return self.get(name)

    def change(self, name: str, spec: DatasetSpec) -> Dataset:
        """Give a registered dataset another description; the one before is kept among its versions.

        Its fingerprint changes, so that no model of the earlier version is used for it. StoreError where
        the folder cannot be written; the dataset then stays as it was.
        """
        from pipeline.datasets.detection.detect import describe_metadata
        from pipeline.datasets.storing import keep_version, write_description

        def build(folder: Path) -> None:
            keep_version(folder)
            write_description(Dataset(spec, folder), describe_metadata(spec))
            Dataset(spec, folder).validate()
            settle(folder.glob("*.*"))

        self._shelf.replace(name, build)
        return self.get(name)

    def remove(self, name: str) -> None:
        """Delete a registered dataset, damaged or not.

        NotFoundError where there is none, DataError for a built-in one, StoreError where its folder resists.
        """
        self._shelf.check_own(name, "remove only datasets that you registered.")
        self._shelf.remove(name)

    def _only_file(self, files: Sequence[Path]) -> Path:
        if len(files) != 1:
            raise DataError(
                f"A dataset has one table, but {len(files)} files were given.",
                "join related tables into one file, or register each as a dataset of its own.",
            )
        return Path(files[0])

    def _describe(
        self, name: str, file: Path, metadata: Path | None, options: ReadOptions
    ) -> tuple[pd.DataFrame, DatasetSpec, dict[str, Any]]:
        """The table as text, its spec and its SDV metadata."""
        from pipeline.datasets import confined
        from pipeline.datasets.detection.detect import adopt, detect
        from pipeline.datasets.detection.typing import type_table
        from pipeline.datasets.sdtypes import correct_formats
        from pipeline.datasets.storing import as_stored, find_hints

        found = confined.call(read_table, self._limits, file, self._limits, options)
        cells, source = found.cells, found.describe_source()
        if len(cells) < FEWEST_ROWS:
            raise DataError(
                f"{file.name} has {len(cells)} rows; at least {FEWEST_ROWS} are needed.",
                "give a larger sample.",
            )
        if metadata is None:
            typed = type_table(cells, find_hints(options, found.source.separator), _name_given(name))
            spec, described = detect(typed.table, name, date.today(), public=options.public, typed=typed)
            return as_stored(spec, cells, typed.table), replace(spec, source=source), described
        described = read_metadata(metadata, name)
        _check_described(described["tables"][name], cells, metadata)
        hints = find_hints(options, found.source.separator)
        spec, texts = adopt(cells, name, described, date.today(), hints=hints)
        table = described["tables"][name]
        table["columns"] = correct_formats(table["columns"], spec)
        return texts, replace(spec, source=join_findings(source, spec.source)), described


def _name_given(name: str) -> str:
    """The name that somebody gave, empty for a preview."""
    return "" if name == _PLANNED else name


def _load_spec(name: str, folder: Path, is_builtin: bool) -> DatasetSpec:
    path = folder / SPEC_FILE
    spec = _SPECS.obtain(path, load_spec)
    check_same_name(path, spec.name, name)
    return replace(spec, is_builtin=is_builtin)


def _check_described(described: Mapping[str, Any], cells: pd.DataFrame, metadata: Path) -> None:
    columns, found = set(described["columns"]), set(cells.columns)
    for names, problem in ((columns - found, "are not in the table"), (found - columns, "are not described")):
        if names:
            raise MetadataError(
                f"{metadata.name}: the columns {', '.join(sorted(names))} {problem}.",
                "describe exactly the columns of the table in the metadata.",
            )

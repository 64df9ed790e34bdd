"""The datasets that there are: built-in ones, which are only read, and those in the state folder."""

from __future__ import annotations

import difflib
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datasets.content import FileMemory, settle
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.metadata import read_metadata
from pipeline.datasets.reading import preview_table, read_table
from pipeline.datasets.source import Preview, ReadOptions
from pipeline.datasets.spec import SPEC_FILE, DatasetSpec
from pipeline.datasets.spec_file import load_spec
from pipeline.errors import DataError, MetadataError, NotFoundError, StoreError
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
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SPECS: FileMemory[DatasetSpec] = FileMemory(256)


@dataclass(frozen=True)
class DamagedDataset:
    """A dataset whose `dataset.yaml` cannot be used, what is wrong with it, and what to do."""

    name: str
    message: str
    hint: str


class Catalog:
    """Lists, gives, adds and removes datasets; built-in ones cannot be written.

    `is_taken` says whether a dataset of several tables has a name: names are unique among both.
    """

    def __init__(
        self,
        registered_folder: Path,
        limits: UploadLimits,
        builtin_folders: Mapping[str, Path] = BUILTIN_FOLDERS,
        is_taken: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._registered_folder = registered_folder
        self._limits = limits
        self._builtin_folders = builtin_folders
        self._is_taken = is_taken

    def list(self) -> tuple[DatasetSpec, ...]:
        """Every dataset that can be read, built-in ones first; reads `dataset.yaml` files only."""
        return tuple(spec for spec in self._load_specs() if isinstance(spec, DatasetSpec))

    def list_damaged(self) -> tuple[DamagedDataset, ...]:
        """The datasets that `list` leaves out, with the reason; `remove` deletes them."""
        return tuple(spec for spec in self._load_specs() if isinstance(spec, DamagedDataset))

    def is_known(self, name: str) -> bool:
        """Whether there is a dataset of this name, damaged or not."""
        return name in self._names()

    def get(self, name: str) -> Dataset:
        """One dataset by name; raise NotFoundError with names that come close, MetadataError if damaged."""
        self._check_known(name)
        return Dataset(self._load_spec(name), self._folder_of(name))

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

        self._check_name(name)
        table, spec, described = self._describe(name, self._only_file(files), metadata, options)
        spec = decide_doubts(spec, table, find_doubts)
        target = self._registered_folder / name
        try:
            self._registered_folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._registered_folder, prefix=".adding-") as folder:
                built = Path(folder) / name
                write_dataset(Dataset(spec, built), table, described)
                Dataset(spec, built).validate()
                settle(built.iterdir())
                built.rename(target)
        except OSError as error:
            raise StoreError(
                f'The dataset "{name}" cannot be written to {self._registered_folder}.',
                "check the folder's rights and space, and that no other registration of that name runs.",
            ) from error
        return Dataset(spec, target)

    def preview(self, file: Path, options: ReadOptions = _NO_OPTIONS) -> Preview:
        """The first rows of a file, what was guessed about it, and what could be chosen instead."""
        return preview_table(Path(file), self._limits, options)

    def plan(
        self, file: Path, options: ReadOptions = _NO_OPTIONS, find_doubts: FindDoubts | None = None
    ) -> DatasetSpec:
        """The description that `add` would make of a file; writes nothing."""
        from pipeline.datasets.storing import decide_doubts

        table, spec, _ = self._describe(_PLANNED, Path(file), None, options)
        return decide_doubts(spec, table, find_doubts)

    def plan_change(
        self, name: str, changes: Sequence[str], find_doubts: FindDoubts | None = None
    ) -> DatasetSpec:
        """The description of a registered dataset after changes such as "amount.minimum=0"; writes nothing.

        DataError for a built-in dataset, and where a change is wrong or its sample contradicts it.
        """
        from pipeline.datasets.changes import apply_changes, parse_changes
        from pipeline.datasets.storing import decide_doubts

        dataset = self.get(name)
        if name in self._builtin_folders:
            raise DataError(
                f'The dataset "{name}" is built in.', "register your own table to change its columns."
            )
        cells = dataset.load_cells()
        spec = apply_changes(dataset.spec, cells, parse_changes(dataset.spec, changes))
        return decide_doubts(spec, cells, find_doubts)

    def change(self, name: str, spec: DatasetSpec) -> Dataset:
        """Give a registered dataset another description; the one before is kept among its versions.

        Its fingerprint changes, so that no model of the earlier version is used for it. StoreError where
        the folder cannot be written; the dataset then stays as it was.
        """
        from pipeline.datasets.detection.detect import describe_metadata
        from pipeline.datasets.storing import keep_version, write_description

        folder = self._folder_of(name)
        try:
            with tempfile.TemporaryDirectory(dir=self._registered_folder, prefix=".changing-") as draft:
                changed = Path(draft) / name
                shutil.copytree(folder, changed)
                keep_version(changed)
                write_description(Dataset(spec, changed), describe_metadata(spec))
                Dataset(spec, changed).validate()
                settle(changed.glob("*.*"))
                folder.rename(Path(draft) / "before")
                changed.rename(folder)
        except OSError as error:
            raise StoreError(
                f'The dataset "{name}" cannot be changed.', "check the rights and the space of its folder."
            ) from error
        return Dataset(spec, folder)

    def remove(self, name: str) -> None:
        """Delete a registered dataset, damaged or not.

        NotFoundError where there is none, DataError for a built-in one, StoreError where its folder resists.
        """
        self._check_known(name)
        if name in self._builtin_folders:
            raise DataError(f'The dataset "{name}" is built in.', "remove only datasets that you registered.")
        try:
            with tempfile.TemporaryDirectory(dir=self._registered_folder, prefix=".removing-") as folder:
                self._folder_of(name).rename(Path(folder) / name)
        except OSError as error:
            raise StoreError(
                f'The dataset "{name}" cannot be removed.', "check the folder's rights."
            ) from error

    def _check_known(self, name: str) -> None:
        names = self._names()
        if name not in names:
            close = difflib.get_close_matches(name, names, n=3) or names
            raise NotFoundError(f'There is no dataset "{name}".', f"use one of {', '.join(close)}.")

    def _names(self) -> tuple[str, ...]:
        return list_names(self._registered_folder, self._builtin_folders)

    def _folder_of(self, name: str) -> Path:
        return self._builtin_folders.get(name, self._registered_folder / name)

    def _load_specs(self) -> Iterator[DatasetSpec | DamagedDataset]:
        for name in self._names():
            try:
                yield self._load_spec(name)
            except MetadataError as error:
                yield DamagedDataset(name, error.message, error.hint)

    def _load_spec(self, name: str) -> DatasetSpec:
        path = self._folder_of(name) / SPEC_FILE
        spec = replace(_SPECS.obtain(path, load_spec), is_builtin=name in self._builtin_folders)
        if spec.name != name:
            raise MetadataError(
                f'{path}: name: "{spec.name}" is not "{name}".',
                "rename the folder or the dataset so that they match.",
            )
        return spec

    def _check_name(self, name: str) -> None:
        check_new_name(name, self.is_known(name) or self._is_taken(name))

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
        from pipeline.datasets.detection.detect import adopt, detect
        from pipeline.datasets.detection.typing import type_table
        from pipeline.datasets.storing import as_stored, find_hints

        found = read_table(file, self._limits, options)
        cells, source = found.cells, found.describe_source()
        if len(cells) < FEWEST_ROWS:
            raise DataError(
                f"{file.name} has {len(cells)} rows; at least {FEWEST_ROWS} are needed.",
                "give a larger sample.",
            )
        if metadata is None:
            typed = type_table(cells, find_hints(options, found.source.separator))
            spec, described = detect(typed.table, name, date.today(), public=options.public, typed=typed)
            return as_stored(spec, cells, typed.table), replace(spec, source=source), described
        described = read_metadata(metadata, name)
        _check_described(described["tables"][name], cells, metadata)
        spec, texts = adopt(cells, name, described, date.today())
        return texts, replace(spec, source=source), described


def check_new_name(name: str, is_taken: bool) -> None:
    """Raise DataError for a name that no dataset can have, or that one has."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f'"{name}" is not a valid dataset name.',
            "use a lower-case letter, followed by at most 63 of a-z, 0-9, _ and -.",
        )
    if is_taken:
        raise DataError(
            f'There is a dataset "{name}" already.', "choose another name, or remove that one first."
        )


def list_names(registered_folder: Path, builtin: Collection[str]) -> tuple[str, ...]:
    """The names of built-in datasets, then those of the folders of registered ones."""
    found = registered_folder.glob("*/")
    registered = sorted(path.name for path in found if path.is_dir() and _NAME.fullmatch(path.name))
    return (*builtin, *(name for name in registered if name not in builtin))


def _check_described(described: Mapping[str, Any], cells: pd.DataFrame, metadata: Path) -> None:
    columns, found = set(described["columns"]), set(cells.columns)
    for names, problem in ((columns - found, "are not in the table"), (found - columns, "are not described")):
        if names:
            raise MetadataError(
                f"{metadata.name}: the columns {', '.join(sorted(names))} {problem}.",
                "describe exactly the columns of the table in the metadata.",
            )

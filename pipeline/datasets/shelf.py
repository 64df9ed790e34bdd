"""Named folders, each complete or not there: built-in ones, which are only read, and registered ones."""

from __future__ import annotations

import difflib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.errors import DataError, MetadataError, NotFoundError, StoreError

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
Description = TypeVar("Description")


@dataclass(frozen=True)
class DamagedDataset:
    """A dataset whose description cannot be used, what is wrong with it, and what to do."""

    name: str
    message: str
    hint: str


class Shelf(Generic[Description]):
    """Finds, adds, replaces and removes folders by name.

    `load` reads the description of a folder and raises MetadataError where it is damaged; `noun` says in
    messages what the folders are. What killed processes left beside them goes with the next write.
    `list_others` gives the names of datasets of another kind, which are said where a name is neither's.
    """

    def __init__(
        self,
        folder: Path,
        builtin: Mapping[str, Path],
        load: Callable[[str, Path, bool], Description],
        noun: str = "",
        list_others: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._folder = folder
        self._builtin = builtin
        self._load = load
        self._noun = noun
        self._list_others = list_others

    @property
    def names(self) -> tuple[str, ...]:
        """The names of built-in folders, then those of registered ones."""
        found = self._folder.glob("*/")
        registered = sorted(path.name for path in found if path.is_dir() and _NAME.fullmatch(path.name))
        return (*self._builtin, *(name for name in registered if name not in self._builtin))

    def list(self) -> tuple[Description, ...]:
        """The descriptions of all folders that can be read."""
        return tuple(one for one in self._load_all() if not isinstance(one, DamagedDataset))

    def list_damaged(self) -> tuple[DamagedDataset, ...]:
        """The folders that `list` leaves out, with the reason."""
        return tuple(one for one in self._load_all() if isinstance(one, DamagedDataset))

    def get(self, name: str) -> tuple[Description, Path]:
        """A description and its folder; NotFoundError with names that come close, or MetadataError."""
        self._check_known(name)
        return self._describe(name), self._find(name)

    def check_new(self, name: str, is_taken: bool) -> None:
        """Raise DataError for a name that no folder can have, or that is taken, here or as `is_taken`."""
        if not _NAME.fullmatch(name):
            raise DataError(
                f'"{name}" is not a valid dataset name.',
                "use a lower-case letter, followed by at most 63 of a-z, 0-9, _ and -.",
            )
        if is_taken or name in self.names:
            raise DataError(
                f'There is a dataset "{name}" already.', "choose another name, or remove that one first."
            )

    def check_own(self, name: str, hint: str) -> None:
        """Raise NotFoundError where there is no such folder, DataError for a built-in one."""
        self._check_known(name)
        if name in self._builtin:
            raise DataError(f'The dataset "{name}" is built in.', hint)

    def add(self, name: str, build: Callable[[Path], None]) -> Path:
        """The new folder that `build` makes at a path that it is given; on any failure there is none."""
        target = self._folder / name
        with self._draft(name, ".adding-", "written") as draft:
            build(draft / name)
            (draft / name).rename(target)
        return target

    def replace(self, name: str, build: Callable[[Path], None]) -> None:
        """Put another version, which `build` makes of a copy, in the place of a folder; all or nothing."""
        from pipeline.datasets.leftovers import BEFORE

        folder = self._find(name)
        with self._draft(name, ".changing-", "changed") as draft:
            changed = draft / name
            shutil.copytree(folder, changed)
            build(changed)
            folder.rename(draft / BEFORE)
            changed.rename(folder)

    def remove(self, name: str) -> None:
        """Delete a folder, damaged or not; StoreError where it resists."""
        with self._draft(name, ".removing-", "removed") as draft:
            self._find(name).rename(draft / name)

    @contextmanager
    def _draft(self, name: str, prefix: str, verb: str) -> Iterator[Path]:
        """A temporary folder beside the others; what killed processes left there is removed first."""
        # Datasets are read without what writes them.
        from pipeline.datasets.leftovers import mark_as_ours, sweep

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            sweep(self._folder)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=mark_as_ours(prefix)) as folder:
                yield Path(folder)
        except OSError as error:
            raise StoreError(
                f'The dataset "{name}" cannot be {verb} in {self._folder}.',
                "check the folder's rights and space, and that no other registration of that name runs.",
            ) from error

    def _check_known(self, name: str) -> None:
        names = self.names
        if name in names:
            return
        others = self._list_others()
        noun, known = (" of one table", names) if name in others else (self._noun, (*names, *others))
        close = difflib.get_close_matches(name, known, n=3) or known
        raise NotFoundError(
            f'There is no dataset "{name}"{noun}.', f"use one of {', '.join(close) or 'none'}."
        )

    def _find(self, name: str) -> Path:
        return self._builtin.get(name, self._folder / name)

    def _describe(self, name: str) -> Description:
        return self._load(name, self._find(name), name in self._builtin)

    def _load_all(self) -> Iterator[Description | DamagedDataset]:
        for name in self.names:
            try:
                yield self._describe(name)
            except MetadataError as error:
                yield DamagedDataset(name, error.message, error.hint)


def check_same_name(path: Path, given: str, name: str) -> None:
    """Raise MetadataError where the file of a folder names another dataset than the folder."""
    if given != name:
        raise MetadataError(
            f'{path}: name: "{given}" is not "{name}".',
            "rename the folder or the dataset so that they match.",
        )

"""A dataset: a folder with raw tables, SDV metadata and `dataset.yaml`, read, split and checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets import metadata
from pipeline.datasets.content import FileMemory
from pipeline.datasets.entities import find_main_root
from pipeline.datasets.formulas import restore_formula
from pipeline.datasets.holdout import hold_out_whole
from pipeline.datasets.reading import match_plain_forms, read_sibling, read_stored
from pipeline.datasets.source import SourceFormat
from pipeline.datasets.spec import METADATA_FILE, SPEC_FILE, DatasetSpec
from pipeline.datasets.stored_names import name_stored
from pipeline.datasets.typed import conform, has_values, is_tolerant, without_words
from pipeline.errors import DataError, MetadataError
from pipeline.settings import UploadLimits


@dataclass(frozen=True)
class Split:
    """Rows to learn from, and rows that training never sees; both keep the order of the raw table."""

    training: pd.DataFrame
    holdout: pd.DataFrame


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk: `<table>.csv`, `metadata.json` and `dataset.yaml` in one folder."""

    spec: DatasetSpec
    folder: Path

    @property
    def table_path(self) -> Path:
        """The raw table: UTF-8, comma-separated, one header line."""
        return self.folder / f"{name_stored(self.spec.table)}.csv"

    @property
    def metadata_path(self) -> Path:
        """SDV metadata of the raw table."""
        return self.folder / METADATA_FILE

    @property
    def data_fingerprint(self) -> str:
        """SHA-256 of the raw table alone; it decides the split."""
        return compute_sha256(self.table_path)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over table, metadata and `dataset.yaml`: equal content gives equal fingerprints."""
        return compute_sha256(self.table_path, self.metadata_path, self.folder / SPEC_FILE)

    def load_cells(self) -> pd.DataFrame:
        """The raw table as it is in the file: text, empty cells missing (None)."""
        # A copy, because callers may change what they get.
        return _CELLS.obtain(self.table_path, read_stored).copy()

    def load_raw(self) -> pd.DataFrame:
        """The raw table in spec order: numbers and dates typed, all else text, empty cells missing."""
        return self._conform(self.load_cells(), self.table_path.name)

    def read_like(self, path: Path, limits: UploadLimits | None = None) -> pd.DataFrame:
        """Another file with this dataset's columns, typed as by `load_raw`; further columns are left out.

        Text is written as registration wrote it, so that 1.0 is the category 1 in every kind of file.
        The file may be an extract in the form of the dataset's own file, with what is above and below
        its table, or an export. The apostrophe that an export for spreadsheets puts before a formula
        comes off again.
        """
        from pipeline.datasets import confined

        names = [column.name for column in self.spec.columns]
        source = SourceFormat.from_dict(self.spec.source)
        cells = confined.call(read_sibling, limits or UploadLimits(), path, source, names, limits)
        if path.suffix.lower() != ".parquet":
            cells = self._restore_formulas(cells)
        texts = [column.name for column in self.spec.columns if not has_values(column)]
        plain = match_plain_forms(cells, self.load_cells()[texts])
        return self._conform(plain, path.name)

    def split(self) -> Split:
        """Training and holdout rows: the same content gives the same split, wherever it is.

        The rows of an entity are never in both.
        """
        raw = self.load_raw()
        ranks = np.array(compute_row_ranks(self.data_fingerprint, len(raw)))
        wanted = max(1, round(len(raw) * self.spec.holdout_fraction))
        root = find_main_root(self.spec.entities)
        if root is None:
            is_held = np.zeros(len(raw), dtype=bool)
            is_held[ranks.argsort()[:wanted]] = True
        else:
            is_held = hold_out_whole(raw[list(root.columns)], ranks, wanted)
        return Split(raw[~is_held].reset_index(drop=True), raw[is_held].reset_index(drop=True))

    def validate(self) -> None:
        """Check that table, `dataset.yaml` and `metadata.json` agree; raise MetadataError or DataError."""
        cells = _CELLS.obtain(self.table_path, read_stored)
        _check_same_columns(self.spec, list(cells.columns))
        table = self._conform(cells, self.table_path.name)
        if self.spec.row_rules:
            # Most tables have no such rules.
            from pipeline.datasets.rules.editing import require_kept

            require_kept(self.spec, table)
        typed = {
            column.name: without_words(table[column.name], column)
            if is_tolerant(column)
            else cells[column.name]
            for column in self.spec.columns
        }
        metadata.check_data(
            metadata.load_metadata(self.metadata_path, self.spec.table),
            self.spec,
            pd.DataFrame(typed, copy=False),
        )

    def _restore_formulas(self, cells: pd.DataFrame) -> pd.DataFrame:
        known = {column.name for column in self.spec.columns}
        names = [name if name in known else restore_formula(name) for name in cells.columns]
        restored = {at: self._restore_texts(cells.iloc[:, at], name) for at, name in enumerate(names)}
        return pd.DataFrame(restored, index=cells.index).set_axis(names, axis=1)

    def _restore_texts(self, values: pd.Series, name: str) -> pd.Series:
        """The texts without the apostrophes of an export; what the own table holds stays as it is."""
        if not _may_be_guarded(values):
            return values
        own = self.load_cells()
        known = set(own[name]) if name in own else set()
        return values.map(
            lambda cell: restore_formula(cell) if isinstance(cell, str) and cell not in known else cell
        )

    def _conform(self, cells: pd.DataFrame, file: str) -> pd.DataFrame:
        absent = [column.name for column in self.spec.columns if column.name not in cells.columns]
        if absent:
            names = ", ".join(f'"{name}"' for name in absent)
            raise DataError(
                f"{file} has no column {names}.", f'give it the columns of the dataset "{self.spec.name}".'
            )
        where = f'Table "{self.spec.table}"'
        typed = {column.name: conform(cells[column.name], column, where) for column in self.spec.columns}
        return pd.DataFrame(typed, copy=False)


_DIGESTS: FileMemory[bytes] = FileMemory(1_024)
# Files of 16 MiB in all, whose cells take about ten times as much memory; a larger one by itself.
_CELLS: FileMemory[pd.DataFrame] = FileMemory(16 * 2**20, is_counted_in_bytes=True)


def _may_be_guarded(values: pd.Series) -> bool:
    """Whether a text begins with an apostrophe, which an export may have put there."""
    return pd.api.types.is_object_dtype(values) and bool(values.astype(str).str.startswith("'").any())


def _check_same_columns(spec: DatasetSpec, found: list[str]) -> None:
    described = {column.name for column in spec.columns}
    for names, problem in (
        (described - set(found), "are not in the table"),
        (set(found) - described, "are missing"),
    ):
        if names:
            listed = ", ".join(sorted(names))
            raise MetadataError(
                f'Dataset "{spec.name}": the columns {listed} {problem} as {SPEC_FILE} describes it.',
                f"describe exactly the columns of the table in {SPEC_FILE}.",
            )


def compute_row_ranks(fingerprint: str, rows: int) -> list[int]:
    """A pseudo-random rank for each row; hashes stay the same where numpy's generators may change."""
    seed = hashlib.sha256(fingerprint.encode())
    ranks = []
    for row in range(rows):
        digest = seed.copy()
        digest.update(row.to_bytes(8, "big"))
        ranks.append(int.from_bytes(digest.digest()[:7], "big"))
    return ranks


def compute_sha256(*paths: Path) -> str:
    """One digest over the files' content; line ends do not count, since version control may change them."""
    total = hashlib.sha256()
    for path in paths:
        total.update(_DIGESTS.obtain(path, _digest))
    return total.hexdigest()


def _digest(path: Path) -> bytes:
    try:
        content = path.read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise DataError(
            f"The file {path} of a dataset cannot be read.", "restore it or register again."
        ) from error
    return hashlib.sha256(content).digest()

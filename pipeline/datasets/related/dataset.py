"""A dataset of several tables in its folder: read, restored and split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets.content import FileMemory
from pipeline.datasets.dataset import Dataset, compute_sha256
from pipeline.datasets.related.lengths import limit_identities
from pipeline.datasets.related.links import find_links_path, load_links
from pipeline.datasets.related.overview import SetOverview, describe_set
from pipeline.datasets.related.restoring import restore_tables
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema
from pipeline.datasets.related.splitting import hold_out_roots
from pipeline.datasets.spec import SPEC_FILE, DatasetSpec
from pipeline.datasets.spec_file import load_spec
from pipeline.datasets.stored_names import name_stored
from pipeline.errors import DataError

TABLES_FOLDER = "tables"

_SPECS: FileMemory[DatasetSpec] = FileMemory(1_024)


@dataclass(frozen=True)
class RelatedDataset:
    """Several tables on disk: `schema.yaml`, `tables/` with a dataset each, `links/` between them."""

    schema: RelatedSchema
    folder: Path

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.schema.name

    @property
    def data_fingerprint(self) -> str:
        """SHA-256 of the rows and links of all tables; it decides the split."""
        return compute_sha256(*self._list_data_files())

    @property
    def fingerprint(self) -> str:
        """SHA-256 over schema, descriptions, rows and links: equal content gives equal fingerprints."""
        own = [one for name in self.schema.by_name if (one := self.table(name)) is not None]
        described = [path for one in own for path in (one.metadata_path, one.folder / SPEC_FILE)]
        return compute_sha256(self.folder / SCHEMA_FILE, *described, *self._list_data_files())

    def table(self, name: str) -> Dataset | None:
        """The dataset of a table's own columns; None for a table that has none, as one that only links."""
        self.schema.get(name)
        folder = find_table_folder(self.folder, name)
        if not self._has_own(name):
            return None
        spec = replace(_SPECS.obtain(folder / SPEC_FILE, load_spec), part_of=self.schema.name)
        return Dataset(limit_identities(spec, self.schema.get(name).types), folder)

    def load_links(self, name: str) -> dict[str, np.ndarray]:
        """By relation id the row (from 0, int64) of the parent for each row of a table, -1 for none."""
        ids = [one.id for one in self.schema.list_relations(name)]
        return load_links(find_links_path(self.folder, name), ids) if ids else {}

    def count_rows(self, name: str) -> int:
        """The rows of a table."""
        dataset = self.table(name)
        if dataset is not None:
            return len(dataset.load_cells())
        return len(next(iter(self.load_links(name).values())))

    def load_cells(self) -> dict[str, pd.DataFrame]:
        """All tables with all columns as text, empty cells None."""
        return self._restore({name: one.load_cells() for name, one in self._list_own().items()})

    def load_all(self) -> dict[str, pd.DataFrame]:
        """All tables with all columns in their order: numbers and dates typed, keys and copies as text.

        Foreign keys and what is copied of a parent stand in the parent's form.
        """
        own = self._list_own()
        cells = self.load_cells()
        typed = {name: one.load_raw() for name, one in own.items()}
        return {
            name: pd.DataFrame({column: typed.get(name, rows).get(column, rows[column]) for column in rows})
            for name, rows in cells.items()
        }

    def load_raw(self, name: str) -> pd.DataFrame:
        """One table as `load_all` gives it."""
        self.schema.get(name)
        return self.load_all()[name]

    def split(self) -> Mapping[str, np.ndarray]:
        """Which rows of each table are held out (bool): the same content gives the same split.

        A row is held out with its owner, so that no root entity is in both parts.
        """
        rows = {name: self.count_rows(name) for name in self.schema.by_name}
        return hold_out_roots(self.schema, self.data_fingerprint, rows, self.load_links)

    def describe(self) -> SetOverview:
        """What readers are told of the set; reads no row."""
        return describe_set(self.schema, self.list_specs())

    def list_specs(self) -> dict[str, DatasetSpec]:
        """By table the description of its own columns, where it has any."""
        return {name: one.spec for name, one in self._list_own().items()}

    def validate(self) -> None:
        """Check that schema, tables and links agree; raise MetadataError or DataError."""
        for one in self._list_own().values():
            one.validate()
        for table in self.schema.tables:
            rows = self.count_rows(table.name)
            for relation in self.schema.list_relations(table.name):
                positions = self.load_links(table.name)[relation.id]
                most = self.count_rows(relation.parent)
                if (
                    len(positions) != rows
                    or positions.min(initial=-1) < -1
                    or positions.max(initial=-1) >= most
                ):
                    raise DataError(
                        f'The links of "{table.name}" do not fit its table.', "register the tables again."
                    )

    def _has_own(self, name: str) -> bool:
        return bool(self.schema.list_own_columns(name))

    def _list_own(self) -> dict[str, Dataset]:
        return {name: one for name in self.schema.by_name if (one := self.table(name)) is not None}

    def _restore(self, own: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        links = {name: self.load_links(name) for name in self.schema.by_name}
        return restore_tables(self.schema, own, links)

    def _list_data_files(self) -> list[Path]:
        """Rows and links by the names of tables: in which order these were given does not count."""
        names, own = sorted(self.schema.by_name), self._list_own()
        tables = [own[name].table_path for name in names if name in own]
        links = [find_links_path(self.folder, name) for name in names]
        return [*tables, *(path for path in links if path.exists())]


def find_table_folder(folder: Path, table: str) -> Path:
    """Where the dataset of a table's own columns is in the folder of its set."""
    return folder / TABLES_FOLDER / name_stored(table)

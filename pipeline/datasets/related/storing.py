"""A set of tables written to a folder: schema, a dataset for each table, and links."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.datasets.content import settle
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.related.dataset import RelatedDataset, find_table_folder
from pipeline.datasets.related.links import LINKS_FOLDER, find_links_path, save_links
from pipeline.datasets.related.own_columns import OwnColumns, PlannedSet
from pipeline.datasets.related.schema import SCHEMA_FILE
from pipeline.datasets.related.schema_file import format_schema
from pipeline.datasets.storing import write_dataset


def write_set(folder: Path, planned: PlannedSet) -> None:
    """Write a set of tables to a folder that does not exist yet, and check it; OSError as the folder does."""
    folder.mkdir()
    for name, own in planned.own.items():
        write_table(folder, name, own)
    write_keys(folder, planned)
    RelatedDataset(planned.schema, folder).validate()
    settle(path for path in folder.rglob("*") if path.is_file())


def write_keys(folder: Path, planned: PlannedSet) -> None:
    """Write `schema.yaml` and the links of all tables, in place of others."""
    shutil.rmtree(folder / LINKS_FOLDER, ignore_errors=True)
    for name in planned.schema.by_name:
        links = {one.id: planned.links[one.id] for one in planned.schema.list_relations(name)}
        if links:
            save_links(find_links_path(folder, name), links)
    (folder / SCHEMA_FILE).write_text(format_schema(planned.schema), encoding="utf-8")


def write_table(folder: Path, name: str, own: OwnColumns) -> None:
    """Write the dataset of a table's own columns."""
    from pipeline.datasets.detection.detect import describe_metadata

    target = find_table_folder(folder, name)
    target.parent.mkdir(exist_ok=True)
    write_dataset(Dataset(own.spec, target), own.cells, describe_metadata(own.spec))

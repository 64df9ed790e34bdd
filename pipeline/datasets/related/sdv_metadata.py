"""SDV metadata of several tables, read for the keys that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.datasets.metadata import METADATA_SPEC_VERSION, build_table_metadata, read_content
from pipeline.datasets.related.columns import RelatedTables
from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.schema import Relation
from pipeline.errors import MetadataError

_HINT = "correct the metadata, or omit it to let the workbench find the keys."


_WHY = "declared as a relationship in the metadata"


@dataclass(frozen=True)
class GivenMetadata:
    """What SDV metadata says: keys and relations, and the sdtypes of each table in SDV's V2 form."""

    declared: Declared
    tables: Mapping[str, Mapping[str, Any]]


def read_related_metadata(path: Path, tables: RelatedTables) -> GivenMetadata:
    """Keys and sdtypes from an SDV metadata file that describes exactly these tables.

    Raises MetadataError for anything that SDV refuses in a table, for tables and columns that are not
    those given, and for relationships of what does not exist.
    """
    content, where = read_content(path), path.name
    described = content.get("tables")
    if not isinstance(described, dict) or not described:
        raise MetadataError(f"{where}: tables: expected an object with the tables.", _HINT)
    _check_same(where, "tables", set(described), set(tables))
    version = str(content.get("METADATA_SPEC_VERSION", METADATA_SPEC_VERSION))
    checked = {
        name: build_table_metadata(described[name], name, where, version)["tables"][name] for name in tables
    }
    for name, one in checked.items():
        _check_same(where, f"tables.{name}.columns", set(one["columns"]), set(map(str, tables[name])))
    relations = _read_relations(content.get("relationships", []), where)
    return GivenMetadata(Declared(_read_keys(checked), {}, relations, is_complete=True), checked)


def _read_keys(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {name: _as_names(one["primary_key"]) for name, one in tables.items() if one.get("primary_key")}


def _read_relations(content: Any, where: str) -> tuple[Relation, ...]:
    keys = ("child_table_name", "child_foreign_key", "parent_table_name", "parent_primary_key")
    if not isinstance(content, list):
        raise MetadataError(f"{where}: relationships: expected a list.", _HINT)
    relations = []
    for place, one in enumerate(content):
        absent = [key for key in keys if not isinstance(one, dict) or not one.get(key)]
        if absent:
            raise MetadataError(f"{where}: relationships.{place}.{absent[0]}: is missing.", _HINT)
        child, columns, parent, parent_columns = (one[key] for key in keys)
        ends = str(child), _as_names(columns), str(parent), _as_names(parent_columns)
        relations.append(Relation(*ends, why=_WHY))
    return tuple(relations)


def _as_names(key: Any) -> tuple[str, ...]:
    return tuple(map(str, key)) if isinstance(key, list) else (str(key),)


def _check_same(where: str, key: str, described: set[str], found: set[str]) -> None:
    for names, problem in (
        (described - found, "are not in the files"),
        (found - described, "are not described"),
    ):
        if names:
            raise MetadataError(f"{where}: {key}: {', '.join(sorted(names))} {problem}.", _HINT)

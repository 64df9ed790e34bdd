"""What was read of a database, as a set of tables is registered from it."""

from __future__ import annotations

from pipeline.datasets.databases.reading import DatabaseTables
from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.reading import ReadTable


def list_read_tables(found: DatabaseTables) -> tuple[ReadTable, ...]:
    """The tables with their cells, and where they came from."""
    source = {key: said for key, said in found.source.items() if key != "computed"}
    return tuple(ReadTable(name, cells, dict(source)) for name, cells in found.frames.items())


def declare(found: DatabaseTables) -> Declared:
    """The keys and types that the database declares.

    Where it declares no foreign key at all, they are looked for in the values.
    """
    return Declared(
        primary_keys={one.name: one.primary_key for one in found.tables if one.primary_key},
        unique={one.name: one.unique for one in found.tables if one.unique},
        relations=found.relations,
        types={one.name: one.types for one in found.tables},
        is_complete=bool(found.relations),
        source={**found.source, "findings": list(found.findings)} if found.findings else found.source,
    )

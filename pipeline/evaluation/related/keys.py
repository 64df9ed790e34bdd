"""Are the keys of all tables kept? Read from values alone, not from how they were generated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.errors import EvaluationError, ExportError
from pipeline.evaluation.related.results import KeyCheck
from pipeline.evaluation.text import as_text, is_among

_BETWEEN = "\x1f"
_NAMED_FAILURES = 3


def check_keys(schema: RelatedSchema, tables: Mapping[str, pd.DataFrame]) -> tuple[KeyCheck, ...]:
    """Every primary, unique and foreign key of raw tables, with the columns that repeat a parent's.

    A value is missing where it is null or "". A primary key must be there; a unique or optional foreign key
    of which a column is missing is none. Raises EvaluationError where a table or a column is missing.
    """
    _require(schema, tables)
    checks: list[KeyCheck] = []
    for table in schema.tables:
        checks += _check_own(table, tables[table.name])
        for relation in schema.list_relations(table.name):
            checks += _check_relation(relation, tables)
        checks += _check_copied(schema, table, tables)
    return tuple(checks)


def require_keys(checks: Sequence[KeyCheck]) -> None:
    """Raise ExportError naming table, columns and counts where any key is broken."""
    broken = [check for check in checks if check.failed]
    if broken:
        named = "; ".join(_describe(check) for check in broken[:_NAMED_FAILURES])
        raise ExportError(
            f"The tables are not exported: {named}.",
            "report this as a defect if the tables were generated here, and try another seed meanwhile.",
        )


def _describe(check: KeyCheck) -> str:
    columns = ", ".join(f'"{column}"' for column in check.columns)
    return (
        f'table "{check.table}" breaks its {check.kind} key of {columns} in {check.failed:,} of '
        f"{check.checked:,} rows"
    )


def _require(schema: RelatedSchema, tables: Mapping[str, pd.DataFrame]) -> None:
    for table in schema.tables:
        if table.name not in tables:
            raise EvaluationError(f'The table "{table.name}" is missing.', "give every table of the schema.")
        lacking = [column for column in table.columns if column not in tables[table.name]]
        if lacking:
            raise EvaluationError(
                f'The table "{table.name}" lacks the column "{lacking[0]}" ({len(lacking)} missing in all).',
                "give the raw tables with all of their columns.",
            )


def _check_own(table: RelatedTable, frame: pd.DataFrame) -> Iterator[KeyCheck]:
    if table.primary_key:
        keys, is_there = read_keys(frame, table.primary_key)
        failed = int((~is_there).sum()) + _count_repeats(keys.filter(pa.array(is_there)))
        yield KeyCheck(table.name, table.primary_key, "primary", len(frame), failed)
    for columns in table.unique:
        keys, is_there = read_keys(frame, columns)
        failed = _count_repeats(keys.filter(pa.array(is_there)))
        yield KeyCheck(table.name, columns, "unique", int(is_there.sum()), failed)


def read_keys(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[pa.Array, np.ndarray]:
    """The values of some columns as one text a row, and whether all of them are there."""
    parts = [as_text(frame[column]) for column in columns]
    is_there = np.all([pc.not_equal(part, "").to_numpy(zero_copy_only=False) for part in parts], axis=0)
    return pc.binary_join_element_wise(*parts, _BETWEEN) if len(parts) > 1 else parts[0], is_there


def _count_repeats(keys: pa.Array) -> int:
    return len(keys) - len(keys.unique())


def _check_relation(relation: Relation, tables: Mapping[str, pd.DataFrame]) -> Iterator[KeyCheck]:
    keys, is_there = read_keys(tables[relation.child], relation.columns)
    known, _ = read_keys(tables[relation.parent], relation.parent_columns)
    is_kept = is_there & is_among(keys, known.unique())
    is_checked = is_there if relation.is_optional else np.ones(len(keys), dtype=bool)
    yield KeyCheck(
        relation.child,
        relation.columns,
        "foreign",
        int(is_checked.sum()),
        int((is_checked & ~is_kept).sum()),
        relation.parent,
    )
    if relation.is_one_to_one:
        failed = _count_repeats(keys.filter(pa.array(is_there)))
        checked = int(is_there.sum())
        yield KeyCheck(relation.child, relation.columns, "one to one", checked, failed, relation.parent)


def _check_copied(
    schema: RelatedSchema, table: RelatedTable, tables: Mapping[str, pd.DataFrame]
) -> Iterator[KeyCheck]:
    """Columns that repeat one of the parent hold what the parent holds."""
    for column, relation_id, parent_column in table.copied:
        relation = next(one for one in schema.list_relations(table.name) if one.id == relation_id)
        keys, _ = read_keys(tables[table.name], relation.columns)
        known, _ = read_keys(tables[relation.parent], relation.parent_columns)
        places = pc.index_in(keys, value_set=known)
        held, expected = as_text(tables[table.name][column]), as_text(tables[relation.parent][parent_column])
        is_other = pc.not_equal(held, expected.take(places))
        failed = pc.sum(pc.cast(is_other, pa.int64())).as_py() or 0
        checked = len(keys) - places.null_count
        yield KeyCheck(table.name, (column,), "copied", checked, failed, relation.parent)

"""Schemas and evidence of several tables as rows of tables, their columns named in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.workbench.related_text import list_relations, list_rules, list_tables

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration

_TABLES = (
    "Table",
    "Rows",
    "Quality, 0–1",
    "Floor",
    "Ceiling",
    "Rules hold",
    "Privacy",
)
_RELATIONS = (
    "Foreign key",
    "Have their parent",
    "Children apart",
    "Trends",
    "AUC",
    "AUC ceiling",
    "AUC floor",
)
Rows = list[dict[str, object]]


def lay_out_tables(schema: RelatedSchema) -> Rows:
    """A row for each table of a schema."""
    return [
        {
            "Table": one.name,
            "Primary key": ", ".join(one.primary_key) or "none",
            "Columns": len(one.columns),
            "Belongs to": owner.parent if (owner := schema.find_owner(one.name)) else "–",
            "Kept as it is": "yes, public" if one.is_public else "no",
        }
        for one in schema.tables
    ]


def lay_out_relations(schema: RelatedSchema) -> Rows:
    """A row for each foreign key of a schema, with the evidence for it."""
    return [
        {
            "Foreign key": one.id,
            "Refers to": f"{one.parent}.{'+'.join(one.parent_columns)}",
            "Why": one.why,
        }
        for one in schema.relations
    ]


def lay_out_rules(schema: RelatedSchema) -> Rows:
    """A row for each rule of a schema."""
    return [{"Rule": text, "State": state, "Rows for it": rows} for text, state, rows in list_rules(schema)]


def lay_out_measured_tables(generation: RelatedGeneration) -> Rows:
    """A row for each generated table with its scores."""
    return _name(_TABLES, list_tables(generation))


def lay_out_measured_relations(evidence: RelatedEvidence) -> Rows:
    """A row for each foreign key of generated tables with its scores."""
    return _name(_RELATIONS, list_relations(evidence))


def _name(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Rows:
    return [dict(zip(names, row, strict=True)) for row in rows]

"""The schema, the rules and the evidence of several tables in words, for commands and pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.errors import DataError
from pipeline.evaluation.headline import compute_figure
from pipeline.evaluation.score_text import NOT_MEASURED, format_score

if TYPE_CHECKING:
    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
    from pipeline.evaluation.related.results import RelationEvidence
    from pipeline.evaluation.results_fidelity import Estimate
    from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration

KEPT, PROPOSED = "kept", "proposed"


def parse_roots(texts: Sequence[str]) -> dict[str, int]:
    """`customers=5000` entries as table → rows; DataError names the entry that is wrong."""
    roots = {}
    for text in texts:
        table, equals, number = text.partition("=")
        if not (table and equals and number.isdecimal() and int(number)):
            raise DataError(
                f'"{text}" is not a limit of rows.', "write TABLE=ROWS, for example customers=5000."
            )
        roots[table] = int(number)
    return roots


def list_rules(schema: RelatedSchema) -> list[tuple[str, str, int]]:
    """Each rule as the text that adds and removes it, whether it is kept or proposed, and rows for it."""
    from pipeline.datasets.rules.text import print_rule

    return [
        (print_rule(one, schema), KEPT if one.is_confirmed else PROPOSED, one.rows) for one in schema.rules
    ]


def describe_overview(overview: SetOverview) -> dict[str, Any]:
    """A set with what is learned of its tables, and what was noticed, as plain JSON values."""
    return {
        **describe_schema(overview.schema),
        "headline": overview.headline,
        "learned": {name: one.as_dict() for name, one in overview.learned.items()},
        "findings": {name: list(said) for name, said in overview.findings.items()},
    }


def tell_keys(schema: RelatedSchema) -> list[str]:
    """The keys, relations and copies of a set as sentences, with the evidence for them."""
    return [sentence for table in schema.tables for sentence in _tell_table(schema, table)]


def list_findings_by_table(overview: SetOverview) -> list[str]:
    """What was noticed of each table, the name of the table before each sentence."""
    return [f"{name}: {text}" for name, said in overview.findings.items() for text in said]


def _tell_table(schema: RelatedSchema, table: RelatedTable) -> Iterator[str]:
    key = ", ".join(table.primary_key)
    yield f"{table.name}: {f'the key is {key} ({table.why})' if key else 'no key is known'}."
    for unique in table.unique:
        yield f"{table.name}: no two rows share {', '.join(unique)}."
    if table.is_public:
        yield f"{table.name}: public, kept as it is in the sample."
    for one in schema.list_relations(table.name):
        yield _tell_relation(one)
    by_id = {one.id: one for one in schema.list_relations(table.name)}
    for column, relation, source in table.copied:
        yield f"{table.name}.{column} repeats {by_id[relation].parent}.{source} in every row."


def _tell_relation(one: Relation) -> str:
    kind = "may be empty" if one.is_optional else "one row each" if one.is_one_to_one else ""
    verb = f"belongs to a row of {one.parent}" if one.is_owner else f"refers to {one.parent}"
    notes = "; ".join(filter(None, (kind, one.why)))
    by = "+".join(one.columns)
    target = f"{one.parent}.{'+'.join(one.parent_columns)}"
    return f"{one.child}: each row {verb} by {by} -> {target} ({notes})."


def list_tables(generation: RelatedGeneration) -> list[tuple[str, ...]]:
    """Name, rows, quality, floor, ceiling, whether valid, and privacy of each table."""
    found: list[tuple[str, ...]] = []
    for name, rows in generation.rows.items():
        measured = generation.evidence.tables.get(name)
        if measured is None:
            found.append((name, f"{rows:,}", *[NOT_MEASURED] * 3, "as the sample", "public"))
            continue
        figure = compute_figure(measured)
        scores = [format_score(one) for one in (figure.score, figure.floor, figure.ceiling)]
        scores[0] = ", ".join(filter(None, (scores[0], figure.finding)))
        is_valid = "yes" if measured.validity.is_valid else "no"
        found.append((name, f"{rows:,}", *scores, is_valid, measured.privacy.verdict.value))
    return found


def list_relations(evidence: RelatedEvidence) -> list[tuple[str, ...]]:
    """Relation, integrity, distance of numbers of children, trends, and AUC with its ceiling and floor."""
    return [_describe(one) for one in evidence.relations]


def describe_schema(schema: RelatedSchema) -> dict[str, Any]:
    """A schema as plain JSON values."""
    return {
        "name": schema.name,
        "title": schema.title,
        "builtin": schema.is_builtin,
        "tables": [
            {
                "name": one.name,
                "columns": list(one.columns),
                "primary_key": list(one.primary_key),
                "unique": [list(key) for key in one.unique],
                "order": one.order or None,
                "public": one.is_public,
                "root": one.is_root,
                "why": one.why,
            }
            for one in schema.tables
        ],
        "relations": [
            {
                "id": one.id,
                "child": one.child,
                "columns": list(one.columns),
                "parent": one.parent,
                "parent_columns": list(one.parent_columns),
                "optional": one.is_optional,
                "one_to_one": one.is_one_to_one,
                "owner": one.is_owner,
                "why": one.why,
            }
            for one in schema.relations
        ],
        "rules": [
            {"rule": text, "confirmed": state == KEPT, "rows": rows}
            for text, state, rows in list_rules(schema)
        ],
    }


def _describe(one: RelationEvidence) -> tuple[str, ...]:
    found = one.with_siblings if one.with_siblings.auc else one.with_parent
    values = (one.children.distance, one.trends.score, *map(_value, (found.auc, found.ceiling, found.floor)))
    distance, trends, auc, ceiling, floor = map(format_score, values)
    return one.relation, format_score(one.integrity), distance, trends, auc, ceiling, floor


def _value(found: Estimate | None) -> float | None:
    return None if found is None else found.value

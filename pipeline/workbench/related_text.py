"""Rules and evidence of several tables in the cells of a table, for commands and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evaluation.score_text import NOT_MEASURED, format_score

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.evaluation.related.results import RelationEvidence
    from pipeline.evaluation.results_likeness import Estimate
    from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration

KEPT, PROPOSED = "kept", "proposed"


def list_rules(schema: RelatedSchema) -> list[tuple[str, str, int]]:
    """Each rule as the text that adds and removes it, whether it is kept or proposed, and rows for it."""
    from pipeline.datasets.related.rules.text import print_rule

    return [
        (print_rule(one, schema), KEPT if one.is_confirmed else PROPOSED, one.rows) for one in schema.rules
    ]


def list_tables(generation: RelatedGeneration) -> list[tuple[str, ...]]:
    """Name, rows, quality, floor, ceiling, whether valid, and privacy of each table."""
    found: list[tuple[str, ...]] = []
    for name, rows in generation.rows.items():
        measured = generation.evidence.tables.get(name)
        if measured is None:
            found.append((name, f"{rows:,}", *[NOT_MEASURED] * 3, "as the sample", "public"))
            continue
        overall = measured.baselines.overall if measured.baselines else None
        ends = (overall.floor, overall.ceiling) if overall else (None, None)
        scores = [format_score(one) for one in (measured.quality.score, *ends)]
        is_valid = "yes" if measured.validity.is_valid else "no"
        found.append((name, f"{rows:,}", *scores, is_valid, measured.privacy.verdict.value))
    return found


def list_relations(evidence: RelatedEvidence) -> list[tuple[str, ...]]:
    """Relation, integrity, distance of numbers of children, trends, and AUC with its ceiling and floor."""
    return [_describe(one) for one in evidence.relations]


def _describe(one: RelationEvidence) -> tuple[str, ...]:
    found = one.with_siblings if one.with_siblings.auc else one.with_parent
    values = (one.children.distance, one.trends.score, *map(_value, (found.auc, found.ceiling, found.floor)))
    distance, trends, auc, ceiling, floor = map(format_score, values)
    return one.relation, format_score(one.integrity), distance, trends, auc, ceiling, floor


def _value(found: Estimate | None) -> float | None:
    return None if found is None else found.value

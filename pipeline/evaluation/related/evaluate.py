"""What is known of the relations of a synthetic set of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import EvaluationError
from pipeline.evaluation.related.counting import compare_counts, count_broken, share_without
from pipeline.evaluation.related.detection import detect_children
from pipeline.evaluation.related.results import RelationEvidence
from pipeline.evaluation.related.sides import RelatedSample, make_sides, take_side
from pipeline.evaluation.related.trends import compare_trends


def evaluate_relations(
    schema: RelatedSchema,
    columns: Mapping[str, Sequence[ModelledColumn]],
    real: RelatedSample,
    synthetic: RelatedSample,
    is_holdout: Mapping[str, np.ndarray],
    seed: int = 0,
) -> tuple[RelationEvidence, ...]:
    """Evidence for every relation whose child is generated; the same seed gives the same numbers.

    `columns` are the modelled columns of each table, `is_holdout` marks the real rows that the model has
    not seen. Raises EvaluationError where a sample lacks a table or a relation.
    """
    for title, sample in (("real", real), ("synthetic", synthetic)):
        _require(schema, title, sample)
    return tuple(
        _evaluate(schema, relation, columns, (real, synthetic), is_holdout, seed)
        for relation in schema.relations
        if not schema.get(relation.child).is_public
    )


def _require(schema: RelatedSchema, title: str, sample: RelatedSample) -> None:
    missing = [table.name for table in schema.tables if table.name not in sample.rows]
    missing += [relation.id for relation in schema.relations if relation.id not in sample.links]
    if missing:
        raise EvaluationError(
            f'The {title} sample lacks "{missing[0]}" ({len(missing)} missing in all).',
            "give every table and the links of every relation.",
        )


def _evaluate(
    schema: RelatedSchema,
    relation: Relation,
    columns: Mapping[str, Sequence[ModelledColumn]],
    samples: tuple[RelatedSample, RelatedSample],
    is_holdout: Mapping[str, np.ndarray],
    seed: int,
) -> RelationEvidence:
    rows, broken = count_broken(relation, samples[1])
    sides = make_sides(schema, relation, columns, samples, is_holdout, seed)
    trends = compare_trends(sides, seed)
    return RelationEvidence(
        relation=relation.id,
        child=relation.child,
        parent=relation.parent,
        rows=rows,
        integrity=1.0 - broken / rows if rows else 1.0,
        real_without=share_without(take_side(samples[0], relation)),
        synthetic_without=share_without(sides.synthetic),
        children=compare_counts(sides),
        trends=trends.baseline,
        pairs=trends.pairs,
        with_parent=detect_children(sides, False, seed),
        with_siblings=detect_children(sides, True, seed),
        trends_reason=trends.reason,
    )

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import EvaluationError
from pipeline.evaluation.related.as_json import as_dict
from pipeline.evaluation.related.counting import compare_counts, count_broken, share_without
from pipeline.evaluation.related.evaluate import evaluate_relations
from pipeline.evaluation.related.results import ChildCounts, RelationEvidence
from pipeline.evaluation.related.sides import RelatedSample, make_sides, take_side
from tests.unit.evaluation.related.families import COLUMNS, RELATION, SCHEMA, draw_town, find_holdout

REAL = draw_town(1)
HOLDOUT = find_holdout(REAL)


def _evaluate(synthetic: RelatedSample, **changes: object) -> RelationEvidence:
    relation = replace(RELATION, **changes)
    (found,) = evaluate_relations(
        replace(SCHEMA, relations=(relation,)), COLUMNS, REAL, synthetic, HOLDOUT, seed=1
    )
    return found


@pytest.fixture(scope="module", autouse=True)
def _few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluation.classifiers.boosting._ITERATIONS", 30)
        yield


@pytest.fixture(scope="module")
def fresh(_few_trees: None) -> RelationEvidence:
    return _evaluate(draw_town(2))


def _shuffle(sample: RelatedSample) -> RelatedSample:
    links = np.random.default_rng(3).permutation(sample.links[RELATION.id])
    return replace(sample, links={RELATION.id: links})


def test_a_second_real_sample_scores_like_its_ceiling(fresh: RelationEvidence) -> None:
    assert fresh.integrity == 1.0
    assert fresh.rows == len(draw_town(2).rows["visits"])
    for found in (fresh.with_parent, fresh.with_siblings):
        assert found.auc.low <= 0.5 <= found.auc.high
        assert found.ceiling.low <= 0.5 <= found.ceiling.high
        assert found.floor.low > 0.55
        assert not found.is_copying
        assert "cannot tell" in found.finding
        assert 60 <= found.parents <= 80
    assert fresh.pairs == 4
    assert fresh.trends.score == pytest.approx(fresh.trends.ceiling, abs=0.06)
    assert fresh.trends.floor < fresh.trends.score - 0.05


def test_children_dealt_to_random_parents_are_told_from_real_ones() -> None:
    found = _evaluate(_shuffle(draw_town(2)))
    assert found.with_parent.auc.low > 0.6
    assert found.with_siblings.auc.value > 0.7
    assert "better than by guessing" in found.with_siblings.finding
    assert found.trends.score < found.trends.ceiling - 0.05


def test_copies_of_real_families_are_reported_as_copies_not_as_good() -> None:
    is_training = ~HOLDOUT["houses"]
    kept = is_training[REAL.links[RELATION.id]]
    copies = RelatedSample(
        {"houses": REAL.rows["houses"][is_training], "visits": REAL.rows["visits"][kept]},
        {RELATION.id: (np.cumsum(is_training) - 1)[REAL.links[RELATION.id][kept]]},
    )
    found = _evaluate(copies)
    assert found.with_siblings.auc.value < 0.3
    assert found.with_siblings.is_copying
    assert "look at the copies under privacy" in found.with_siblings.finding
    assert found.children.distance == 0.0


def _compare_counts(synthetic: RelatedSample) -> ChildCounts:
    return compare_counts(make_sides(SCHEMA, RELATION, COLUMNS, (REAL, synthetic), HOLDOUT, seed=1))


def test_numbers_of_children_are_compared(fresh: RelationEvidence) -> None:
    assert fresh.children == _compare_counts(draw_town(2))
    assert fresh.children.real_mean == pytest.approx(4.0, abs=0.4)
    assert fresh.children.distance < 0.15
    many = _compare_counts(draw_town(4, each=7.0))
    assert many.synthetic_mean == pytest.approx(7.0, abs=0.5)
    assert many.distance > 0.4
    assert many.real_without == pytest.approx(np.exp(-4), abs=0.03)


def test_broken_links_lower_integrity() -> None:
    town = draw_town(2)
    links = town.links[RELATION.id].copy()
    links[:7], links[7:10] = -1, 10_000
    broken = replace(town, links={RELATION.id: links})
    assert count_broken(RELATION, broken) == (len(links), 10)
    assert count_broken(replace(RELATION, is_optional=True), broken) == (len(links) - 7, 3)
    assert share_without(take_side(broken, RELATION)) == pytest.approx(10 / len(links))


def test_too_few_parents_are_not_measured_and_say_why() -> None:
    found = _evaluate(draw_town(2, houses=6, each=20.0))
    assert found.with_parent.auc is None
    assert found.with_siblings.finding == "6 parents with children can be compared; 15 are needed."
    assert found.trends.score is not None
    empty = _evaluate(draw_town(2, houses=6, each=0.0))
    assert empty.integrity == 1.0
    assert empty.trends.score is None
    assert empty.trends_reason == "0 children with a parent can be compared; 20 are needed."


def test_a_public_parent_is_the_same_on_both_sides() -> None:
    def public(seed: int) -> RelatedSample:
        town = draw_town(seed, houses=12, each=40.0)
        return replace(town, rows={**town.rows, "houses": draw_town(1, houses=12).rows["houses"]})

    houses = replace(SCHEMA.tables[0], is_public=True)
    schema = replace(SCHEMA, tables=(houses, SCHEMA.tables[1]))
    real = public(5)
    (found,) = evaluate_relations(schema, COLUMNS, real, public(6), {}, seed=1)
    assert found.with_parent.auc is not None
    assert found.with_siblings.auc is None
    assert "is public" in found.with_siblings.reason
    assert "is public" in found.children.reason


def test_one_to_one_has_no_siblings() -> None:
    found = _evaluate(draw_town(2), is_one_to_one=True)
    assert found.with_parent.auc is not None
    assert found.with_siblings.reason == "No parent has two rows, so that there are no siblings."


def test_a_link_table_without_columns_is_measured_by_its_parent() -> None:
    def strip(town: RelatedSample) -> RelatedSample:
        return replace(town, rows={**town.rows, "visits": town.rows["visits"][[]]})

    columns = {"houses": COLUMNS["houses"]}
    (found,) = evaluate_relations(SCHEMA, columns, strip(REAL), strip(draw_town(2)), HOLDOUT, seed=1)
    assert found.with_parent.auc is not None
    assert found.trends_reason == "One of the tables has no modelled column."


def test_evidence_is_json_and_the_same_for_the_same_seed(fresh: RelationEvidence) -> None:
    small = [_evaluate(draw_town(2, houses=20)) for _ in range(2)]
    assert small[0].with_siblings.auc is not None
    assert as_dict(small[:1]) == as_dict(small[1:])
    plain = json.loads(json.dumps(as_dict([fresh]), allow_nan=False))["relations"][0]
    assert plain["relation"] == "visits.house"
    assert plain["children"]["distance"] == fresh.children.distance
    assert [found["item"] for found in plain["detection"]] == ["parent", "siblings"]
    assert plain["detection"][0]["is_copying"] is False


def test_a_sample_without_a_table_is_refused() -> None:
    town = draw_town(2)
    lacking = RelatedSample({"houses": town.rows["houses"]}, {})
    with pytest.raises(EvaluationError, match=r'synthetic sample lacks "visits" \(2 missing'):
        evaluate_relations(SCHEMA, COLUMNS, REAL, lacking, HOLDOUT)


def test_rows_are_bounded_but_parents_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.evaluation.related.detection.MOST_ROWS", 100)
    found = _evaluate(draw_town(2))
    assert 60 <= found.with_siblings.rows <= 100
    assert found.with_siblings.parents > 60
    assert pd.notna(found.with_siblings.auc.value)

"""The evidence of several tables is written down whole and read back equal."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from pipeline.evaluation.related.results import KeyCheck
from pipeline.evaluation.results import Verdict
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.evaluation.stored import read_evidence, write_evaluation
from pipeline.generation.related.results import RelatedEvidence
from tests.unit.generation.related_case import make_related_evidence


def test_evidence_of_several_tables_is_read_back_equal() -> None:
    evidence = make_related_evidence()
    read = read_evidence(write_evaluation(evidence), RelatedEvidence)
    assert read == evidence
    assert (read.verdict, read.reasons, read.as_dict()) == (
        evidence.verdict,
        evidence.reasons,
        evidence.as_dict(),
    )


def test_counts_of_numpy_are_written_as_numbers() -> None:
    evidence = RelatedEvidence({}, (), (KeyCheck("a", ("b",), "primary", np.int64(3), np.int64(1)),), ())
    read = read_evidence(write_evaluation(evidence), RelatedEvidence)
    assert read is not None
    assert (read.keys[0].checked, read.keys[0].failed) == (3, 1)


def test_evidence_of_another_version_is_not_read() -> None:
    values = json.loads(write_evaluation(make_related_evidence()))
    del values["relations"][0]["integrity"]
    assert read_evidence(json.dumps(values), RelatedEvidence) is None


def test_a_table_below_independent_columns_is_to_be_looked_at() -> None:
    evidence = make_related_evidence()
    measured = evidence.tables["accounts"]
    assert measured.baselines is not None
    overall = Baseline("score", score=0.5, ceiling=0.95, floor=0.9)
    weak = replace(measured, baselines=replace(measured.baselines, overall=overall))
    found = replace(evidence, tables={"accounts": weak})
    assert found.verdict is Verdict.LOOK
    assert found.reasons[-1].startswith("accounts: Worse than independent columns, which score 0.900")


def place(evidence: RelatedEvidence, **scores: float) -> RelatedEvidence:
    """The evidence with one table for each score, all with the same floor and ceiling."""
    measured = evidence.tables["accounts"]
    assert measured.baselines is not None
    ends = {"ceiling": 0.95, "floor": 0.9}
    tables = {
        name: replace(
            measured, baselines=replace(measured.baselines, overall=Baseline("score", score=score, **ends))
        )
        for name, score in scores.items()
    }
    return replace(evidence, tables=tables)


def test_the_reason_names_the_worst_of_several_tables() -> None:
    found = place(make_related_evidence(), loans=0.8, orders=0.5, trips=0.7)
    assert found.headline.reason == (
        "orders: The table is less like the real one than independent columns would be."
    )
    assert [reason.partition(":")[0] for reason in found.reasons[-3:]] == ["orders", "trips", "loans"]


def test_the_reason_names_the_relation_that_gives_most_away() -> None:
    evidence = make_related_evidence()
    first = evidence.relations[0]
    told = replace(first.with_parent, auc=Estimate(0.8, 0.79, 0.81), ceiling=None)
    worse = replace(first.with_parent, auc=Estimate(0.95, 0.94, 0.96), ceiling=None)
    relations = (
        replace(first, with_parent=told),
        replace(first, relation="visits.person", with_parent=worse),
    )
    found = replace(evidence, tables={}, keys=(), rules=(), relations=relations)
    assert found.headline.reason == (
        "visits.person: A classifier tells rows beside their parent from real ones too easily."
    )


def test_the_reason_names_the_table_whose_keys_are_broken_most() -> None:
    keys = (KeyCheck("a", ("b",), "primary", 9, 1), KeyCheck("c", ("d",), "foreign", 9, 5))
    reason = RelatedEvidence({}, (), keys, ()).headline.reason
    assert reason == "c: Rows of these tables lack their parent, or repeat a key."

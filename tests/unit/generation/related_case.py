"""Evidence of several tables, as if measured."""

from __future__ import annotations

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.check import RuleCheck
from pipeline.evaluation.related.results import ChildCounts, KeyCheck, RelationDetection, RelationEvidence
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.generation.related.results import RelatedEvidence
from tests.unit.reports.report_case import make_evaluation


def make_related_evidence() -> RelatedEvidence:
    """Evidence of a table with a parent, every part of it filled."""
    measured = RelationDetection(
        "parent", Estimate(0.55, 0.5, 0.6), Estimate(0.5, 0.4, 0.6), Estimate(0.9, 0.8, 1.0), 60, 80
    )
    unmeasured = RelationDetection("siblings", None, None, None, 0, 0, "too few parents")
    relation = RelationEvidence(
        relation="accounts.customer_id",
        child="accounts",
        parent="customers",
        rows=80,
        integrity=1.0,
        real_without=0.0,
        synthetic_without=0.0,
        children=ChildCounts(1.3, 1.2, 0.1, 0.1, 0.02, 0.03),
        trends=Baseline("trends", 0.9, 0.95, 0.5),
        pairs=4,
        with_parent=measured,
        with_siblings=unmeasured,
    )
    running = RelatedRule(
        "running", "bookings", ("balance", "amount"), "bookings.account_id", {"start": "opening"}, rows=300
    )
    return RelatedEvidence(
        tables={"customers": make_evaluation(), "accounts": make_evaluation()},
        relations=(relation,),
        keys=(KeyCheck("accounts", ("customer_id",), "foreign", 80, 0, "customers"),),
        rules=(RuleCheck(running, 300, 0),),
    )

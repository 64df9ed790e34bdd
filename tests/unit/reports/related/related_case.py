"""Several measured tables with every kind of relation, and with names that try to break out of a page."""

from __future__ import annotations

from datetime import date

from pipeline.datasets.columns import Learned
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.rules.check import RuleCheck
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.headline import Headline
from pipeline.evaluation.related.results import ChildCounts, KeyCheck, RelationDetection, RelationEvidence
from pipeline.evaluation.results import Verdict
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.reports.related.subject import RelatedSubject
from tests.unit.reports.report_case import make_evaluation

HOSTILE = "</svg><script>alert('table')</script>"
REAL_LIMIT = 98765.4321
REAL_WORD = "WITHDRAWAL OF ADA"


def refer(child: str, parent: str, column: str = "", **traits: bool) -> Relation:
    return Relation(child, (column or f"{parent}_id",), parent, (f"{parent}_id",), **traits)


def table(name: str, relations: list[Relation], **traits: bool) -> RelatedTable:
    foreign = [column for one in relations if one.child == name for column in one.columns]
    return RelatedTable(name, (f"{name}_id", *foreign, "amount"), (f"{name}_id",), **traits)


def make_schema(names: list[str], relations: list[Relation], public: tuple[str, ...] = ()) -> RelatedSchema:
    tables = tuple(table(name, relations, is_public=name in public) for name in names)
    return RelatedSchema("shop", "Shop <b>bold</b>", "", date(2026, 1, 31), tables, tuple(relations))


def make_shop() -> RelatedSchema:
    """Two tables with all marks: an owner, an optional parent, one row at most, and a table of itself."""
    names = ["people", "orders", HOSTILE]
    relations = [
        refer("people", "people", "referred_by", is_optional=True),
        refer("orders", "people", is_owner=True),
        refer(HOSTILE, "orders", is_one_to_one=True),
        refer(HOSTILE, "people", is_optional=True),
    ]
    return make_schema(names, relations)


def make_twelve() -> RelatedSchema:
    """Twelve tables on five levels, six of them on one, with lines over several rows."""
    below = [f"detail_{number}" for number in range(6)]
    names = ["districts", "customers", "accounts", *below, "transactions", "disputes", "letters"]
    relations = [
        refer("customers", "districts"),
        refer("accounts", "customers", is_owner=True),
        *(refer(name, "accounts", is_owner=True) for name in below),
        refer("transactions", "accounts", is_owner=True),
        refer("transactions", "detail_0", is_optional=True),
        refer("transactions", "detail_5"),
        refer("disputes", "transactions", is_owner=True),
        refer("disputes", "districts"),
        refer("letters", "customers", is_owner=True),
        refer("letters", "customers", "sender_id"),
    ]
    return make_schema(names, relations, public=("districts",))


def make_related_subject(
    verdict: Verdict = Verdict.PASS, reasons: tuple[str, ...] = (), failed: int = 0
) -> RelatedSubject:
    """The shop as it was measured; `failed` rows break a key and a rule."""
    schema = make_shop()
    learned = Learned(("amount",), ("people_id",), ())
    rules = (
        RelatedRule("range", "people", ("amount",), options={"low": REAL_LIMIT}),
        RelatedRule(
            "running", "orders", ("amount", "people_id"), "orders.people_id",
            {"start": REAL_LIMIT, "negative": [REAL_WORD]},
        ),
    )  # fmt: skip
    return RelatedSubject(
        schema=schema,
        rows={"people": 190, "orders": 1_234, HOSTILE: 7},
        tables={"people": make_evaluation(), "orders": make_evaluation()},
        learned={"people": learned, "orders": learned},
        relations=tuple(_measure(one) for one in schema.relations),
        keys=(KeyCheck("people", ("people_id",), "primary", 190, failed),),
        rules=tuple(RuleCheck(rule, 190, failed) for rule in rules),
        answer=Headline(verdict, "Why.", "What next.", Figure(0.9, 0.7, 0.95, 0.01), reasons),
        facts=(("Scale", "1 times the sample"),),
    )


def _measure(one: Relation) -> RelationEvidence:
    auc, ends = Estimate(0.55, 0.48, 0.62), Estimate(0.5, 0.45, 0.55)
    return RelationEvidence(
        relation=one.id,
        child=one.child,
        parent=one.parent,
        rows=1_234,
        integrity=1.0,
        real_without=0.1,
        synthetic_without=0.125,
        children=ChildCounts(1.57, 1.5, 0.2, 0.21, 0.024, 0.019),
        trends=Baseline("score", 0.846, 0.848, 0.822),
        pairs=12,
        with_parent=RelationDetection("parent", auc, ends, Estimate(0.8, 0.7, 0.9), 100, 400),
        with_siblings=RelationDetection("siblings", None, None, None, 0, 0, "Too few rows."),
    )

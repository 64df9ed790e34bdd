"""The parts of a report on several tables: tables, relations, keys and rules as text in tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.check import RuleCheck
from pipeline.datasets.rules.text import print_rule
from pipeline.evaluation.related.results import RelationDetection, RelationEvidence
from pipeline.evaluation.results import Evaluation, Verdict
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.evaluation.score_text import NOT_MEASURED, format_percent, format_score
from pipeline.reports.content import Block, Conclusion, Conclusions, Paragraph, Section, Table
from pipeline.reports.related.subject import RelatedSubject
from pipeline.reports.verdicts import compute_summary
from pipeline.reports.wording import VERDICT_WORDS, count, interval, number, percent


def describe_tables(subject: RelatedSubject) -> Section:
    """Every table with its rows, its quality between floor and ceiling, validity and privacy."""
    rows = tuple(
        (table.name, f"{subject.rows.get(table.name, 0):,}", *_list_scores(subject, table.name))
        for table in subject.schema.tables
    )
    headings = (
        "Table", "Rows", "Learned", "Floor", "Quality, equal rows", "Ceiling", "Quality, all rows",
        "Records valid", "Privacy",
    )  # fmt: skip
    note = (
        "Quality runs from 0 to 1. Ceiling: what real rows that training never saw reach. Floor: the real "
        "table with every column shuffled on its own. All three on equally many rows."
    )
    lead = "Each table by itself; the next section says how they go together."
    return Section("tables", "Tables", lead, (Table(headings, rows, (1, 3, 4, 5, 6, 7), note),))


def _list_scores(subject: RelatedSubject, name: str) -> tuple[str, ...]:
    found = subject.tables.get(name)
    if found is None:
        kept = "as in the sample" if subject.schema.get(name).is_public else NOT_MEASURED
        return (kept, "–", "–", "–", "–", "–", "public" if subject.schema.get(name).is_public else "–")
    overall = found.baselines.overall if found.baselines else Baseline("score", None, None, None)
    learned = subject.learned[name].count if name in subject.learned else "–"
    scores = (overall.floor, overall.score, overall.ceiling, found.quality.score)
    validity = format_percent(found.validity.score) if found.validity.rules else "no rules"
    return (learned, *map(_score, scores), validity, VERDICT_WORDS[found.privacy.verdict])


def describe_relations(subject: RelatedSubject) -> Section:
    """Every relation: integrity, numbers of children, trends, and how well a classifier tells children."""
    blocks: tuple[Block, ...] = (
        _list_integrity(subject.relations),
        _list_trends(subject.relations),
        Conclusions(tuple(_conclude(one, found) for one in subject.relations for found in _detections(one))),
        Paragraph(
            "Ceiling: a second half of the real parents with all their children. Floor: that half with its "
            "children dealt to random parents. An AUC of 0.5 is guessing, 1 is always right.",
            is_quiet=True,
        ),
    )
    lead = "Each relation is named by the child and the columns that refer to the parent."
    if not subject.relations:
        return Section("relations", "Relations", "No relation of these tables is generated.", ())
    return Section("relations", "Relations", lead, blocks)


def _list_integrity(relations: tuple[RelationEvidence, ...]) -> Table:
    rows = tuple(
        (
            one.relation,
            one.parent,
            f"{one.rows:,}",
            format_percent(one.integrity),
            f"{_mean(one.children.real_mean)} / {_mean(one.children.synthetic_mean)}",
            _score(one.children.distance),
            _score(one.children.ceiling),
            f"{percent(one.real_without)} / {percent(one.synthetic_without)}",
        )
        for one in relations
    )
    headings = (
        "Relation", "Parent", "Rows", "Integrity", "Children", "KS", "KS, real halves", "No parent",
    )  # fmt: skip
    note = (
        "Integrity: share of foreign keys that have their parent. Children: rows for each parent on average, "
        "real / synthetic. KS: how far apart the numbers of children lie, 0 alike and 1 apart; beside it one "
        "half of the real parents against the other. No parent: share of rows that refer to none, real / "
        "synthetic."
    )
    return Table(headings, rows, tuple(range(2, 8)), note)


def _list_trends(relations: tuple[RelationEvidence, ...]) -> Table:
    rows = tuple(
        (
            one.relation,
            f"{one.pairs:,}",
            _score(one.trends.floor),
            _score(one.trends.score),
            _score(one.trends.ceiling),
            one.trends_reason or "–",
        )
        for one in relations
    )
    headings = ("Relation", "Pairs", "Floor", "Trends", "Ceiling", "Not measured")
    note = "Trends: how well pairs of a column of the child and one of the parent go together, 0 to 1."
    return Table(headings, rows, (1, 2, 3, 4), note)


def _detections(one: RelationEvidence) -> tuple[RelationDetection, ...]:
    """Both classifiers where there are numbers of both; one reason is enough where there are none."""
    if one.with_parent.auc is None and one.with_siblings.auc is None:
        return (one.with_parent,)
    return one.with_parent, one.with_siblings


def _conclude(one: RelationEvidence, found: RelationDetection) -> Conclusion:
    subject = f"{one.relation} {found.joined}"
    if found.auc is None:
        return Conclusion(subject, None, NOT_MEASURED, "–", found.finding)
    yardstick = f"ceiling {_value(found.ceiling)}, floor {_value(found.floor)}"
    verdict = Verdict.LOOK if found.is_striking else Verdict.PASS
    return Conclusion(subject, verdict, f"AUC {interval(found.auc)}", yardstick, found.finding)


def describe_keys(subject: RelatedSubject) -> Section:
    """Every key and every confirmed rule with the rows that it was checked in and those that break it."""
    keys = tuple(
        (
            one.table,
            f"{one.kind} key" if one.kind != "copied" else "copied from the parent",
            ", ".join(one.columns),
            one.parent or "–",
            f"{one.checked:,}",
            f"{one.failed:,}",
        )
        for one in sorted(subject.keys, key=lambda key: not key.failed)
    )
    rules = tuple(
        (one.rule.table, write_rule(one, subject.schema), f"{one.checked:,}", f"{one.failed:,}")
        for one in sorted(subject.rules, key=lambda rule: rule.is_kept)
    )
    blocks: list[Block] = [
        Table(("Table", "Key", "Columns", "Parent", "Rows checked", "Rows broken"), keys, (4, 5))
    ]
    if rules:
        note = "Limits and words of a rule that come from its dataset are not shown."
        blocks.append(Table(("Table", "Rule", "Rows checked", "Rows broken"), rules, (2, 3), note))
    lead = f"{count(len(keys), 'key')} and {count(len(rules), 'confirmed rule')}, checked in every row."
    return Section("keys", "Keys and rules", lead, tuple(blocks))


def write_rule(check: RuleCheck, schema: RelatedSchema) -> str:
    """A rule as people read it, without limits, words and starting amounts, which may be real values."""
    rule = check.rule
    if rule.kind == "range":
        return f"{rule.table}.{rule.columns[0]} within its limits"
    return print_rule(replace(rule, options=_hide(rule.options)), schema)


def _hide(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options without what the dataset says in its own values."""
    return {
        name: value
        for name, value in options.items()
        if name != "negative" and not (name == "start" and not isinstance(value, str))
    }


def describe_each(subject: RelatedSubject) -> Section:
    """The conclusions on each table, as its own report gives them."""
    blocks: list[Block] = []
    for name, evaluation in subject.tables.items():
        learned = subject.learned[name].count if name in subject.learned else "its columns"
        summary = compute_summary(evaluation, learned)
        named = [replace(one, subject=f"{name}: {one.subject.lower()}") for one in summary]
        blocks.append(Conclusions(tuple(named)))
    lead = "What is asked of one table, for each of them."
    return Section("each", "Table by table", lead, tuple(blocks))


def list_likeness(evaluation: Evaluation, learned: str) -> list[Conclusion]:
    """The conclusions on a table that are about likeness alone."""
    summary = compute_summary(evaluation, learned)
    return [one for one in summary if one.subject not in ("Validity", "Privacy")]


def _score(value: float | None) -> str:
    return "–" if value is None else format_score(value)


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _value(found: Estimate | None) -> str:
    return "–" if found is None else number(found.value)

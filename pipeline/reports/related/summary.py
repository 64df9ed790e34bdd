"""The summary of a report on several tables: one conclusion for each question, and the headline."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.evaluation.results import Verdict, find_worst
from pipeline.evaluation.score_text import NOT_MEASURED, format_percent, format_score
from pipeline.reports.content import Conclusion
from pipeline.reports.related.sections import list_likeness
from pipeline.reports.related.subject import RelatedSubject
from pipeline.reports.wording import count, number


def compute_related_headline(subject: RelatedSubject) -> str:
    """Why the tables have their verdict, and what to do next."""
    return f"{subject.answer.reason} {subject.answer.next_step}"


def compute_related_summary(subject: RelatedSubject) -> tuple[Conclusion, ...]:
    """Keys, rules, records, privacy, and the likeness of tables and of relations, in this order."""
    return (
        _conclude_keys(subject),
        _conclude_rules(subject),
        _conclude_records(subject),
        _conclude_privacy(subject),
        _conclude_tables(subject),
        _conclude_relations(subject),
    )


def _conclude_keys(subject: RelatedSubject) -> Conclusion:
    broken = [one for one in subject.keys if one.failed]
    rows = sum(one.checked for one in subject.keys)
    named = _list(f"{one.table}.{'+'.join(one.columns)} in {count(one.failed, 'row')}" for one in broken)
    meaning = (
        f"Broken: {named}." if broken else f"{rows:,} keys in all rows of all tables were read; all hold."
    )
    value = f"{len(subject.keys) - len(broken):,} of {len(subject.keys):,} hold"
    verdict = Verdict.FAIL if broken else Verdict.PASS
    return Conclusion("Keys", verdict, value, "every row keeps every key", meaning)


def _conclude_rules(subject: RelatedSubject) -> Conclusion:
    if not subject.rules:
        return Conclusion("Rules", None, "no rules", "none", "This dataset has no confirmed rules.")
    broken = [one for one in subject.rules if one.failed]
    named = _list(
        f"{one.rule.kind} of {one.rule.table}.{'+'.join(one.rule.columns)} in {count(one.failed, 'row')}"
        for one in broken
    )
    rows = sum(one.checked for one in subject.rules)
    meaning = f"Broken: {named}." if broken else f"{rows:,} comparisons were made; every rule holds in all."
    value = f"{len(subject.rules) - len(broken):,} of {len(subject.rules):,} hold"
    verdict = Verdict.FAIL if broken else Verdict.PASS
    return Conclusion("Rules", verdict, value, "every row keeps every rule", meaning)


def _conclude_records(subject: RelatedSubject) -> Conclusion:
    scores = [one.validity.score for one in subject.tables.values() if one.validity.score is not None]
    broken = [name for name, one in subject.tables.items() if not one.validity.is_valid]
    if not scores:
        return Conclusion("Records", None, "no rules", "none", "No column of these tables has a rule.")
    rules = sum(len(one.validity.rules) for one in subject.tables.values())
    meaning = f"Broken in {_list(broken)}." if broken else f"Every record passes all {count(rules, 'rule')}."
    value = format_percent(sum(scores) / len(scores))
    verdict = Verdict.FAIL if broken else Verdict.PASS
    return Conclusion("Records", verdict, value, "every row passes the rules of its columns", meaning)


def _conclude_privacy(subject: RelatedSubject) -> Conclusion:
    verdicts = {name: one.privacy.verdict for name, one in subject.tables.items()}
    striking = [name for name, verdict in verdicts.items() if verdict is not Verdict.PASS]
    meaning = (
        f"Read the findings on {_list(striking)}."
        if striking
        else "No measure finds anyone from the real sample in these tables."
    )
    value = f"{len(verdicts) - len(striking)} of {count(len(verdicts), 'table')} pass"
    yardstick = "no protected identity value repeats, nothing is copied beyond chance"
    return Conclusion("Privacy", find_worst(verdicts.values()), value, yardstick, meaning)


def _conclude_tables(subject: RelatedSubject) -> Conclusion:
    measured = [one.baselines.overall for one in subject.tables.values() if one.baselines is not None]
    means = [
        _mean(getattr(one, end) for one in measured if one.score is not None)
        for end in ("score", "floor", "ceiling")
    ]
    score, floor, ceiling = (NOT_MEASURED if one is None else format_score(one) for one in means)
    verdicts = {
        name: find_worst(part.verdict for part in list_likeness(one, ""))
        for name, one in subject.tables.items()
    }
    striking = [name for name, verdict in verdicts.items() if verdict is not Verdict.PASS]
    meaning = (
        f"Read what is said of {_list(striking)}, table by table."
        if striking
        else "Each table is about as like the real one as other real rows are."
    )
    if means[0] is None:
        return Conclusion("Likeness of tables", None, score, "no ceiling and floor", meaning)
    verdict = Verdict.LOOK if striking else Verdict.PASS
    yardstick = f"floor {floor}, ceiling {ceiling}"
    return Conclusion("Likeness of tables", verdict, f"quality {score}", yardstick, meaning)


def _conclude_relations(subject: RelatedSubject) -> Conclusion:
    found = [
        (one.relation, part) for one in subject.relations for part in (one.with_parent, one.with_siblings)
    ]
    values = [part.auc.value for _, part in found if part.auc is not None]
    if not values:
        text = "No relation has enough rows to compare."
        return Conclusion("Likeness of relations", None, NOT_MEASURED, "none", text)
    striking = list(dict.fromkeys(name for name, part in found if part.is_striking))
    meaning = (
        f"Read what is said of {_list(striking)}."
        if striking
        else "No classifier tells children with their parents from real ones with ease."
    )
    ends = dict.fromkeys((number(min(values)), number(max(values))))
    value = f"AUC {' to '.join(ends)}"
    verdict = Verdict.LOOK if striking else Verdict.PASS
    return Conclusion("Likeness of relations", verdict, value, "guessing 0.5, surely below 0.75", meaning)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None


def _list(names: Iterable[str], most: int = 5) -> str:
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more

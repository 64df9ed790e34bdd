"""Sections on what could harm people or break a test: privacy and validity."""

from __future__ import annotations

from pipeline.evaluation.results import Privacy, PrivacyFinding, RuleResult
from pipeline.reports.content import Block, Conclusion, Conclusions, Paragraph, Section, Table
from pipeline.reports.subject import Subject
from pipeline.reports.wording import count, name, number, percent


def describe_privacy(subject: Subject) -> Section:
    """Every privacy measure with its value, baseline, threshold and verdict, and the overlap by column."""
    privacy = subject.evaluation.privacy
    blocks: list[Block] = []
    if privacy.measures:
        blocks.append(Conclusions(tuple(_conclude(found) for found in privacy.measures)))
    else:
        blocks += [Paragraph(finding) for finding in privacy.findings]
    blocks.append(_list_overlap(privacy))
    lead = (
        "Can anyone from the real sample be found in this table? Each measure is shown beside the same one "
        "among real rows that training never saw (baseline), and beside its threshold."
    )
    return Section("privacy", "Privacy", lead, tuple(blocks))


def describe_validity(subject: Subject) -> Section:
    """Every rule with its counts and examples, none of which is a real value."""
    validity = subject.evaluation.validity
    rows = tuple(_list_rule(rule) for rule in sorted(validity.rules, key=lambda rule: not rule.failed))
    headings = ("Column", "Rule", "What it checks", "Rows checked", "Rows failed", "Examples")
    lead = (
        f"{count(len(validity.rules), 'rule')} of this dataset, checked on every row of the whole table."
        if rows
        else "This dataset asks for no rules."
    )
    blocks: tuple[Block, ...] = (Table(headings, rows, numeric=(3, 4)),) if rows else ()
    return Section("validity", "Validity", lead, blocks)


def _list_overlap(privacy: Privacy) -> Block:
    protected = [(column, f"{repeated:,}", "0") for column, repeated in privacy.overlap.items()]
    exempt = [(column, f"{repeated:,}", "by chance") for column, repeated in privacy.coincidences.items()]
    if not protected and not exempt:
        return Paragraph("The dataset has no identity column.")
    note = "Rows of the synthetic table whose value also occurs in the real sample, training and holdout."
    if exempt:
        note += " Common names, birth dates and short codes repeat by chance; one alone identifies no one."
    return Table(
        ("Identity column", "Rows repeated", "Allowed"), (*protected, *exempt), numeric=(1, 2), note=note
    )


def _conclude(found: PrivacyFinding) -> Conclusion:
    value = number(found.value)
    if found.low is not None and found.high is not None:
        value += f" ({number(found.low)} to {number(found.high)})"
    baseline = "" if found.baseline is None else f"baseline {number(found.baseline)}"
    yardstick = ", ".join(filter(None, (_format_limits(found), baseline, found.method))) or "–"
    return Conclusion(name(found.name), found.verdict, value, yardstick, found.sentence)


def _format_limits(found: PrivacyFinding) -> str:
    limits = (("look", found.look_from), ("fail", found.fail_from))
    words = ", ".join(f"{word} above {number(limit)}" for word, limit in limits if limit is not None)
    return f"{words} ({found.limit_on})" if words and found.limit_on != "value" else words


def _list_rule(rule: RuleResult) -> tuple[str, ...]:
    shown = ", ".join(rule.examples)
    failed = f"{rule.failed:,}" + (f" ({percent(rule.failed / rule.checked)})" if rule.failed else "")
    return rule.column, rule.rule, rule.description, f"{rule.checked:,}", failed, shown or "–"

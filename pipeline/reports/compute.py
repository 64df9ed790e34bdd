"""From a measured table to a report: everything is said here, renderers only show it."""

from __future__ import annotations

import platform
from importlib.metadata import version

from pipeline.evaluation.headline import Headline, compute_headline
from pipeline.reports.auditor import explain_to_auditor
from pipeline.reports.comparison import describe_columns, describe_pairs
from pipeline.reports.content import Report, Section
from pipeline.reports.fidelity import describe_detection, describe_quality, describe_utility
from pipeline.reports.method import describe_limits, describe_method
from pipeline.reports.safety import describe_privacy, describe_validity
from pipeline.reports.subject import Subject
from pipeline.reports.verdicts import compute_summary, list_unmeasured

_LIBRARIES = ("sdmetrics", "pandas", "numpy", "scipy", "scikit-learn", "plotly")


def compute_report(subject: Subject) -> Report:
    """A whole report with its charts; the same subject always gives the same report."""
    summary = compute_summary(subject.evaluation, subject.learned.count)
    answer = compute_headline(subject.evaluation)
    return Report(
        title=subject.reference.spec.title,
        dataset=subject.reference.spec.name,
        as_of=subject.as_of,
        facts=_list_facts(subject),
        answer=answer,
        headline=_say(answer, list_unmeasured(subject.evaluation), subject.learned.headline),
        summary=summary,
        sections=_describe(subject, answer),
        method=describe_method(subject.evaluation),
        limits=describe_limits(subject),
        versions={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        evidence=subject.as_dict(),
        subject=subject,
    )


def _say(answer: Headline, unmeasured: list[str], learned: str) -> str:
    """Why, what next, what was not measured, and what was learned, as one paragraph."""
    named = " and ".join(filter(None, (", ".join(unmeasured[:-1]), *unmeasured[-1:])))
    gaps = f" Not measured: {named}." if unmeasured else ""
    return f"{answer.reason} {answer.next_step}{gaps} {learned}"


def _describe(subject: Subject, answer: Headline) -> tuple[Section, ...]:
    sections = (
        describe_quality(subject),
        describe_columns(subject),
        describe_pairs(subject),
        describe_detection(subject),
        describe_utility(subject),
        describe_privacy(subject),
        describe_validity(subject),
        Section(
            "explained",
            "Explained to an auditor",
            explain_to_auditor(subject.evaluation, subject.learned, answer),
            (),
        ),
    )
    return tuple(section for section in sections if section is not None)


def _list_facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    reference = subject.reference
    facts = {
        "Dataset": f"{reference.spec.title} ({reference.spec.name})",
        "Real rows": f"{len(reference.training):,} to train, {len(reference.holdout):,} held out",
        "Synthetic rows": f"{subject.evaluation.rows:,}",
        "Ages and expiries count from": subject.as_of.isoformat(),
        **subject.origin,
    }
    return tuple(facts.items())

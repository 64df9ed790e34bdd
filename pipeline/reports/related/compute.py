"""From several measured tables to a report: everything is said here, the page only shows it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from pipeline.datasets.related.overview import describe_learned
from pipeline.reports.content import Conclusion, Section
from pipeline.reports.related.sections import (
    describe_each,
    describe_keys,
    describe_relations,
    describe_tables,
)
from pipeline.reports.related.subject import RelatedSubject
from pipeline.reports.related.summary import compute_related_headline, compute_related_summary

_LIBRARIES = ("sdmetrics", "pandas", "numpy", "scipy", "scikit-learn")
_METHOD = (
    "Keys: every primary, unique and foreign key, and every column that repeats one of a parent, is read in "
    "the values of all rows. Rules: every confirmed rule in every row that it is about.",
    "Tables: column shapes and pair trends by sdmetrics, each score beside its ceiling (real rows that "
    "training never saw) and its floor (every column shuffled on its own), on equally many rows.",
    "Held out: whole root rows with all that belongs to them, so that no person is on both sides.",
    "Children: numbers of rows for each parent, compared with the Kolmogorov–Smirnov distance, for the "
    "synthetic tables and for one half of the real parents against the other.",
    "Trends: pairs of a column of the child and one of its parent, scored as pairs inside a table are.",
    "Detection: AUC of a cross-validated classifier between synthetic and real children that carry the "
    "columns of their parent, and besides these sums over their siblings. The children of one parent are in "
    "one fold, and ceiling, floor and score compare equally many parents.",
    "Privacy: protected identity values and modelled rows of each table against those of the real sample.",
)
_LIMITS = (
    "A likeness over two tables says nothing of three: what goes along longer ways is measured by the "
    "classifiers alone, and as far as sums over siblings show it.",
    "A passed privacy measure says that this way of attacking found nothing, not that no way exists.",
    "Public tables are kept as they are in the sample; an administrator has declared that they may leave.",
    "This report holds no value of the real sample: names of tables and columns, counts, shares and scores.",
)


@dataclass(frozen=True)
class RelatedReport:
    """A whole report on several tables; `method` is what was done, `limits` what it cannot show."""

    subject: RelatedSubject
    headline: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[Conclusion, ...]
    sections: tuple[Section, ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    versions: Mapping[str, str]


def compute_related_report(subject: RelatedSubject) -> RelatedReport:
    """A whole report; the same subject always gives the same report."""
    summary = compute_related_summary(subject)
    return RelatedReport(
        subject=subject,
        headline=f"{compute_related_headline(subject)} {describe_learned(subject.learned)}",
        facts=_list_facts(subject),
        summary=summary,
        sections=(
            describe_tables(subject),
            describe_relations(subject),
            describe_keys(subject),
            describe_each(subject),
        ),
        method=_METHOD,
        limits=_LIMITS,
        versions={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
    )


def _list_facts(subject: RelatedSubject) -> tuple[tuple[str, str], ...]:
    schema = subject.schema
    return (
        ("Dataset", f"{schema.title} ({schema.name})"),
        ("Tables", f"{len(schema.tables):,}, with {sum(subject.rows.values()):,} synthetic rows"),
        *subject.facts,
    )

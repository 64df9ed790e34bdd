"""What a report says, free of how it looks: HTML, Word and JSON are rendered from these types alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.evaluation.headline import Headline
from pipeline.evaluation.results import Verdict
from pipeline.reports.charts import Chart
from pipeline.reports.subject import Subject


@dataclass(frozen=True)
class Paragraph:
    """Running text; `is_quiet` for explanations."""

    text: str
    is_quiet: bool = False


@dataclass(frozen=True)
class Conclusion:
    """One question of the summary or one measure: its value, its limit, and what that means.

    `verdict` is None where there is no limit or nothing could be measured. `plain` says it without figures,
    empty where `meaning` does.
    """

    subject: str
    verdict: Verdict | None
    value: str
    yardstick: str
    meaning: str
    plain: str = ""


@dataclass(frozen=True)
class Conclusions:
    """Conclusions as a table."""

    rows: tuple[Conclusion, ...]


@dataclass(frozen=True)
class Table:
    """Text in rows and columns; `numeric` are the places of columns that are on the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Drawing:
    """A chart, a note besides its caption, and the score (0–1) that ranks it among many."""

    chart: Chart
    note: str = ""
    score: float | None = None


@dataclass(frozen=True)
class Drawings:
    """Charts that belong together, under a heading of their own where there is one."""

    charts: tuple[Drawing, ...]
    heading: str = ""


Block = Paragraph | Conclusions | Table | Drawings


@dataclass(frozen=True)
class Section:
    """A part of the report; `key` is its anchor."""

    key: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report.

    `answer` is what a reader wants to know first, `headline` the same in one paragraph with what was not
    measured. `evidence` is the evaluation as JSON-able values, `method` what was done and `limits` what it
    cannot show. `subject` is what was measured, for charts of two tables together; no file holds it.
    """

    title: str
    dataset: str
    as_of: date
    facts: tuple[tuple[str, str], ...]
    answer: Headline
    headline: str
    summary: tuple[Conclusion, ...]
    sections: tuple[Section, ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    versions: Mapping[str, str]
    evidence: Mapping[str, Any]
    subject: Subject | None = field(default=None, repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """The worst of `summary`."""
        return self.answer.verdict

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict, its figure, and each question of the summary."""
        from pipeline.reports.notebook import show_verdict
        from pipeline.reports.wording import VERDICT_WORDS

        rows = [(one.subject, VERDICT_WORDS[one.verdict], one.value, one.meaning) for one in self.summary]
        header = ("question", "verdict", "value", "meaning")
        return show_verdict(self.title, self.answer, dict(self.facts), header, rows)

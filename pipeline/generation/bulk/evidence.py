"""What is measured before a large table is begun: whether it is possible, and how good its first rows are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import pandas as pd

from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.export_check import require_exportable
from pipeline.evaluation.headline import Headline, compute_headline
from pipeline.evaluation.privacy.evaluate import add_measure
from pipeline.evaluation.quality.rows_each import compare_rows_each
from pipeline.evaluation.results import Evaluation, PrivacyFinding
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.plan import Job, Part
from pipeline.reports import ReportFormat, Subject, compute_report, render_report
from pipeline.settings import IdentityOptions

FIRST_ROWS = 10_000
_HEADROOM = 1.25
"""A rare category may be this much more frequent in a later part than in the first one."""


@dataclass(frozen=True)
class FirstRows:
    """The first rows as synthesizers see them, and what was measured on them."""

    modelled: pd.DataFrame
    measured: Evaluation

    @property
    def evidence(self) -> dict[str, Any]:
        """What was measured, as JSON-able values."""
        return as_dict(self.measured)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Every finding that does not stop the table."""
        return self.headline.findings

    @property
    def headline(self) -> Headline:
        """The verdict of the first rows, and what all parts repeat."""
        return compute_headline(self.measured)

    def set_beside(self, found: PrivacyFinding) -> Self:
        """The same with what the whole table and other exports repeat."""
        privacy = add_measure(self.measured.privacy, found)
        return replace(self, measured=replace(self.measured, privacy=privacy))


def evaluate_first_rows(context: PartContext, job: Job, first: Part) -> FirstRows:
    """Measure the first rows of the first part.

    Raises SamplingError where a unique column has too few values for all rows, ExportError where
    even these rows may not leave.
    """
    sample = context.model.sample(context.plan_sample(job, first, _HEADROOM))
    modelled = sample.modelled.iloc[:FIRST_ROWS]
    measured = evaluate_table(
        context.reference,
        sample.table.iloc[:FIRST_ROWS],
        modelled,
        date.fromisoformat(job.as_of),
        IdentityOptions(**job.identity),
    )
    # Entities are whole in the part alone.
    spec, real = context.reference.spec, context.reference.raw
    measured = replace(measured, entities=compare_rows_each(spec, real, sample.table))
    require_exportable(measured)
    return FirstRows(modelled, measured)


def render_first_rows(context: PartContext, job: Job, first: FirstRows) -> bytes:
    """The evidence as a report for people (HTML)."""
    model, measured = context.model.info, first.measured
    subject = Subject(
        context.reference,
        first.modelled,
        measured,
        date.fromisoformat(job.as_of),
        {
            "Measured": f"the first {measured.rows:,} of {job.rows:,} rows; validity on every one",
            "Fingerprint of the dataset": job.fingerprint,
            "Model": f"{model.id} ({model.recipe.synthesizer})",
            "Seed of the rows": str(job.seed),
        },
        model.history,
    )
    return render_report(compute_report(subject), ReportFormat.HTML)

"""What is measured before a large table is begun: whether it is possible, and how good its first rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.bulk.plan import Job, Part
from pipeline.bulk.workplace import Workplace
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.gate import judge_export, require_exportable
from pipeline.evaluation.results import Evaluation
from pipeline.evaluation.summary import as_dict
from pipeline.model import Sample
from pipeline.report import ReportFormat, Subject, compute_report, render_report
from pipeline.settings import IdentityOptions

FIRST_ROWS = 10_000
_HEADROOM = 1.25
"""A rare category may be this much more frequent in a later part than in the first one."""


@dataclass(frozen=True)
class FirstRows:
    """What the first rows are like: as plain values, as warnings, and as a report for people (HTML)."""

    evidence: dict[str, Any]
    warnings: tuple[str, ...]
    report: bytes


def measure_first_rows(workplace: Workplace, job: Job, first: Part) -> FirstRows:
    """Measure the first rows of the first part.

    Raises SamplingError where a unique column has too few values for all rows, ExportError where
    even these rows may not leave.
    """
    sample = workplace.model.sample(workplace.plan_sample(job, first, _HEADROOM))
    measured = evaluate_table(
        workplace.reference,
        sample.table.iloc[:FIRST_ROWS],
        sample.modelled.iloc[:FIRST_ROWS],
        date.fromisoformat(job.as_of),
        IdentityOptions(**job.identity),
    )
    require_exportable(measured)
    report = _report(workplace, job, sample, measured)
    return FirstRows(as_dict(measured), judge_export(measured).warnings, report)


def _report(workplace: Workplace, job: Job, sample: Sample, measured: Evaluation) -> bytes:
    model = workplace.model.info
    subject = Subject(
        workplace.reference,
        sample.modelled.iloc[:FIRST_ROWS],
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

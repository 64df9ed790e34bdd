"""What is measured before a large table is begun: whether it is possible, and how good its first rows are."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipeline.bulk.plan import Job, Part
from pipeline.bulk.workplace import Workplace
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.gate import judge_export, require_exportable
from pipeline.evaluation.summary import as_dict
from pipeline.settings import IdentityOptions

FIRST_ROWS = 10_000
_HEADROOM = 1.25
"""A rare category may be this much more frequent in a later part than in the first one."""


def measure_first_rows(workplace: Workplace, job: Job, first: Part) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The evidence of the first rows of the first part, and its warnings.

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
    return as_dict(measured), judge_export(measured).warnings

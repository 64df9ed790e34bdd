"""One table against one dataset: what every export needs, or all that can be measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from pipeline.evaluation.classifiers.detection import compute_detection
from pipeline.evaluation.classifiers.utility import compute_utility, require_target
from pipeline.evaluation.privacy.evaluate import Depth, compute_privacy
from pipeline.evaluation.quality.baselines import compute_baselines, count_comparable_rows
from pipeline.evaluation.quality.coverage import compute_coverage
from pipeline.evaluation.quality.diagnostic import compute_diagnostic
from pipeline.evaluation.quality.rows_each import compare_rows_each
from pipeline.evaluation.quality.score import compute_quality
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Baselines, Evaluation
from pipeline.evaluation.validity.check import check_validity
from pipeline.progress import OnProgress, PartProgress, Stage, tell
from pipeline.settings import IdentityOptions


def evaluate_table(
    reference: Reference,
    table: pd.DataFrame,
    modelled: pd.DataFrame,
    as_of: date,
    options: IdentityOptions,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Validity, quality, diagnostic, the quick part of privacy and baselines: seconds, before every export.

    Each part is reported as it ends; JobCancelled where the answer is STOP.
    """
    return _evaluate(reference, table, modelled, as_of, options, "export", on_progress)


def evaluate_fully(
    reference: Reference,
    table: pd.DataFrame,
    modelled: pd.DataFrame,
    as_of: date,
    options: IdentityOptions,
    target: str | None = None,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """All of `evaluate_table`, and coverage, detection, utility for `target`, attacks: up to a minute.

    Raises DataError at once where there is no modelled column `target`.
    """
    training, holdout, columns = reference.training, reference.holdout, reference.columns
    if target is not None:
        require_target(target, columns)
    found = _evaluate(reference, table, modelled, as_of, options, "full", on_progress)
    found = replace(found, coverage=compute_coverage(training, modelled, columns))
    _report(on_progress, "coverage")
    found = replace(found, detection=compute_detection(training, modelled, holdout, columns))
    _report(on_progress, "detection")
    if target is not None:
        found = replace(found, utility=compute_utility(training, modelled, holdout, columns, target))
        _report(on_progress, "utility")
    return found


def _set_beside(reference: Reference, modelled: pd.DataFrame) -> Baselines:
    training, holdout, columns = reference.training, reference.holdout, reference.columns
    rows = count_comparable_rows(training, holdout, modelled)
    return compute_baselines(training, modelled, columns, reference.obtain_bounds(rows))


def _evaluate(
    reference: Reference,
    table: pd.DataFrame,
    modelled: pd.DataFrame,
    as_of: date,
    options: IdentityOptions,
    depth: Depth,
    on_progress: OnProgress | None,
) -> Evaluation:
    validity = check_validity(table, reference.spec, as_of=as_of, real=reference.raw, ssn=options.ssn)
    _report(on_progress, "validity")
    quality = compute_quality(reference.training, modelled, reference.columns)
    _report(on_progress, "quality")
    diagnostic = compute_diagnostic(reference.training, modelled, reference.columns)
    _report(on_progress, "diagnostic")
    privacy = compute_privacy(
        reference.raw, table, reference.spec, reference.training, reference.holdout, modelled, depth
    )
    _report(on_progress, "privacy")
    baselines = _set_beside(reference, modelled)
    _report(on_progress, "baselines")
    entities = compare_rows_each(reference.spec, reference.raw, table)
    return Evaluation(
        len(table), quality, diagnostic, validity, privacy, baselines=baselines, entities=entities
    )


def _report(on_progress: OnProgress | None, part: str) -> None:
    tell(on_progress, PartProgress(Stage.EVALUATE, part=part), "its evidence was not kept")

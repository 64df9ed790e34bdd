"""One table against one dataset: what every export needs, or all that can be measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from pipeline.evaluation.classifiers.detection import compute_detection
from pipeline.evaluation.classifiers.utility import compute_utility, require_target
from pipeline.evaluation.privacy.evaluate import add_attacks, compute_privacy
from pipeline.evaluation.quality.baselines import compute_baselines, count_comparable_rows
from pipeline.evaluation.quality.coverage import compute_coverage
from pipeline.evaluation.quality.diagnostic import compute_diagnostic
from pipeline.evaluation.quality.heaps import find_heaps
from pipeline.evaluation.quality.rows_each import compare_rows_each
from pipeline.evaluation.quality.score import compute_quality
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Baselines, Evaluation
from pipeline.evaluation.validity.check import check_validity
from pipeline.progress import OnProgress, Part, PartProgress, Stage, tell
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
    validity = check_validity(table, reference.spec, as_of=as_of, real=reference.raw, ssn=options.ssn)
    _report(on_progress, Part.VALIDITY)
    quality = compute_quality(reference.training, modelled, reference.columns)
    _report(on_progress, Part.QUALITY)
    diagnostic = compute_diagnostic(reference.training, modelled, reference.columns)
    _report(on_progress, Part.DIAGNOSTIC)
    privacy = compute_privacy(
        reference.raw, table, reference.spec, reference.training, reference.holdout, modelled
    )
    _report(on_progress, Part.PRIVACY)
    baselines = _set_beside(reference, modelled)
    _report(on_progress, Part.BASELINES)
    return Evaluation(
        len(table),
        quality,
        diagnostic,
        validity,
        privacy,
        baselines=baselines,
        entities=compare_rows_each(reference.spec, reference.raw, table),
        heaps=find_heaps((reference.training, reference.holdout), modelled, reference.columns),
    )


def evaluate_fully(
    reference: Reference,
    table: pd.DataFrame,
    modelled: pd.DataFrame,
    as_of: date,
    options: IdentityOptions,
    target: str | None = None,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """All of `evaluate_table`, and attacks, coverage, detection, utility for `target`: up to a minute.

    Raises DataError at once where there is no modelled column `target`.
    """
    if target is not None:
        require_target(target, reference.columns)
    found = evaluate_table(reference, table, modelled, as_of, options, on_progress)
    return extend_evaluation(reference, found, modelled, target, on_progress)


def extend_evaluation(
    reference: Reference,
    found: Evaluation,
    modelled: pd.DataFrame,
    target: str | None = None,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """What `evaluate_fully` gives, where `evaluate_table` has given `found` for the same table."""
    tables, columns = (reference.training, reference.holdout, modelled), reference.columns
    if target is not None:
        require_target(target, columns)
    found = replace(found, privacy=add_attacks(found.privacy, columns, tables))
    _report(on_progress, Part.ATTACKS)
    found = replace(found, coverage=compute_coverage(reference.training, modelled, columns))
    _report(on_progress, Part.COVERAGE)
    found = replace(
        found, detection=compute_detection(reference.training, modelled, reference.holdout, columns)
    )
    _report(on_progress, Part.DETECTION)
    if target is not None:
        found = replace(
            found, utility=compute_utility(reference.training, modelled, reference.holdout, columns, target)
        )
        _report(on_progress, Part.UTILITY)
    return found


def _set_beside(reference: Reference, modelled: pd.DataFrame) -> Baselines:
    training, holdout, columns = reference.training, reference.holdout, reference.columns
    rows = count_comparable_rows(training, holdout, modelled)
    return compute_baselines(training, modelled, columns, reference.obtain_bounds(rows))


def _report(on_progress: OnProgress | None, part: Part) -> None:
    tell(on_progress, PartProgress(Stage.EVALUATE, part=part), "its evidence was not kept")

"""Fitting a model: a recipe on the training rows of a dataset, measured against its holdout on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.stages import MOST_ROWS as STAGE_ROWS
from pipeline.evaluation.stages import measure_stages, score_twice
from pipeline.models.choice import settle_choice
from pipeline.models.model import (
    FittedModel,
    ModelInfo,
    compute_model_id,
    compute_versions,
    find_kept_quality,
    plan_kept_rules,
)
from pipeline.models.training import Fit, fit_sampler
from pipeline.progress import OnProgress
from pipeline.synthesizers.protocol import Scorer
from pipeline.synthesizers.recipe import Recipe

if TYPE_CHECKING:
    from pipeline.models.rules.kept import KeptRules


def fit_model(
    dataset: Dataset,
    recipe: Recipe,
    on_progress: OnProgress | None = None,
    checkpoint: Path | None = None,
) -> FittedModel:
    """Fit the recipe on the training rows of a dataset, measured against its holdout on the way.

    A fit that was killed continues from `checkpoint`; the caller removes that file once the model is safe.
    STOP ends it after an epoch with a model of its own, and before the first epoch with JobCancelled.
    Metadata that does not fit raises MetadataError.
    """
    from pipeline.evaluation.quality.baselines import compute_ends
    from pipeline.models.own_values import extract_unowned
    from pipeline.synthesizers.startup import load_libraries

    started_s = load_libraries(recipe.synthesizer, bool(recipe.use_hma), bool(recipe.refine))
    dataset.validate()
    spec, split, columns = dataset.spec, dataset.split(), features.modelled_columns(dataset.spec)
    training, holdout = (
        extract_unowned(spec, split.training),
        features.extract(spec, split.holdout, spec.as_of),
    )
    kept = plan_kept_rules(dataset)
    learned, known = learn_rows(kept, split.training) if kept else (training, columns)
    settled, choice = settle_choice(learned, known, recipe, on_progress)
    scorer = _make_scorer(holdout, columns, kept)
    fit = fit_sampler(learned, known, settled, scorer, on_progress, checkpoint)
    rows = min(STAGE_ROWS, len(training))
    tables = {name: _show(kept, table) for name, table in fit.draw_stages(rows, recipe.seed).items()}
    ends = compute_ends(training, holdout, columns, rows, recipe.seed)
    stages = measure_stages(training, holdout, columns, tables, recipe.seed, ends)
    if stages:
        score = stages[-1].figure.score
    else:
        score = score_twice(holdout, _show(kept, fit.sampler.sample(rows, recipe.seed)), columns)[1]
    info = replace(
        describe_fit(dataset, recipe, fit, len(training)),
        recipe=settled,
        stages=stages,
        choice=choice,
        startup_s=started_s,
    )
    if score is not None:
        info = replace(info, figure=replace(ends, score=score))
    return FittedModel(info, spec, fit.sampler, kept)


def learn_rows(kept: KeptRules, raw: pd.DataFrame) -> tuple[pd.DataFrame, tuple[ModelledColumn, ...]]:
    """Raw rows as synthesizers learn them where rules are kept, and their columns."""
    from pipeline.models.own_values import extract_unowned

    return extract_unowned(kept.learned, kept.learn(raw)), features.modelled_columns(kept.learned)


def _show(kept: KeptRules | None, drawn: pd.DataFrame) -> pd.DataFrame:
    """Drawn rows with the columns of real ones."""
    if kept is None:
        return drawn
    from pipeline.models.rules.single import show_rows

    return show_rows(kept, drawn)


def _make_scorer(
    holdout: pd.DataFrame, columns: tuple[ModelledColumn, ...], kept: KeptRules | None
) -> Scorer:
    from pipeline.evaluation.quality.score import compute_quality

    def score(sample: pd.DataFrame) -> float:
        return compute_quality(holdout, _show(kept, sample), columns).score or 0.0

    return score


def describe_fit(dataset: Dataset, recipe: Recipe, fit: Fit, training_rows: int) -> ModelInfo:
    """Where a fitted model comes from."""
    report = fit.report
    stopped_after = report.epochs_trained if report.was_stopped else None
    return ModelInfo(
        id=compute_model_id(dataset.fingerprint, recipe, stopped_after),
        dataset=dataset.spec.name,
        dataset_fingerprint=dataset.fingerprint,
        recipe=recipe,
        versions=compute_versions(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        training_rows=training_rows,
        initial_rows=0 if fit.initial is None else len(fit.initial),
        epochs_trained=report.epochs_trained,
        kept_epoch=report.kept_epoch,
        seconds=round(report.seconds, 3),
        was_stopped=report.was_stopped,
        history=report.history,
        treatments=fit.treatments,
        figure=Figure(find_kept_quality(report.history, report.kept_epoch)),
        refinement=fit.refinement,
    )

"""From modelled training rows to a fitted sampler: HMA, the synthesizer, refinement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.stages import HMA, PLAIN, REFINED
from pipeline.evaluation.stages import MOST_ROWS as STAGE_ROWS
from pipeline.progress import OnProgress, Stage, announce
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import FitReport, Sampler, Scorer
from pipeline.synthesizers.recipe import Recipe, resolve_device
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.width import ColumnPlan


@dataclass(frozen=True)
class Fit:
    """A fitted sampler and how it came about.

    `stages` maps the stages of a refined fit to rows that each gave; `initial_rows` counts HMA's, 0 where
    the synthesizer saw the real rows.
    """

    sampler: Sampler
    report: FitReport
    treatments: tuple[ColumnPlan, ...]
    initial_rows: int
    stages: Mapping[str, pd.DataFrame]
    refinement: RefinementRecord | None = None


def fit_sampler(
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    recipe: Recipe,
    scorer: Scorer | None = None,
    on_progress: OnProgress | None = None,
    checkpoint: Path | None = None,
) -> Fit:
    """Fit a recipe to modelled training rows.

    A fit that was killed continues from `checkpoint`. STOP ends the training after an epoch, and before the
    first epoch with JobCancelled.
    """
    synthesizer = create_synthesizer(recipe.synthesizer, columns, recipe)
    if recipe.device != "cpu":
        # HMA would take its time before a missing GPU is noticed.
        resolve_device(recipe.device)
    treatments = synthesizer.plan(training)
    table = _sample_initial(training, columns, recipe, on_progress) if recipe.use_hma else training
    announce(on_progress, Stage.PREPARE)
    report = synthesizer.fit(table, on_progress, scorer, checkpoint)
    initial_rows = len(table) if recipe.use_hma else 0
    if not recipe.refine:
        return Fit(synthesizer, report, treatments, initial_rows, {})
    # A training that was asked to stop would be asked again.
    listener = None if report.was_stopped else on_progress
    announce(listener, Stage.REFINE)
    from pipeline.synthesizers.refinement.refined import refine

    ask = partial(announce, listener, Stage.REFINE)
    refined = refine(synthesizer, training, columns, recipe.seed, ask)
    rows = min(STAGE_ROWS, len(table))
    stages: dict[str, Sampler] = {PLAIN: synthesizer, REFINED: refined}
    drawn = {stage: one.sample(rows, recipe.seed) for stage, one in stages.items()}
    given = {HMA: table} if recipe.use_hma else {}
    return Fit(refined, report, treatments, initial_rows, {**given, **drawn}, refined.record)


def _sample_initial(
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    recipe: Recipe,
    on_progress: OnProgress | None,
) -> pd.DataFrame:
    from pipeline.synthesizers.hma import sample_initial

    return sample_initial(training, columns, len(training), recipe.seed, on_progress)

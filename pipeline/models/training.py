"""From modelled training rows to a fitted sampler: HMA, the synthesizer, refinement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.stages import HMA, PLAIN, REFINED
from pipeline.progress import OnProgress, Stage, announce
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import FitReport, Sampler, Scorer
from pipeline.synthesizers.recipe import Recipe, resolve_device
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.width import ColumnPlan


@dataclass(frozen=True)
class Fit:
    """A fitted sampler and how it came about.

    `plain` is the sampler without refinement, `initial` are HMA's rows, None where the synthesizer saw the
    real ones.
    """

    sampler: Sampler
    plain: Sampler
    report: FitReport
    treatments: tuple[ColumnPlan, ...]
    initial: pd.DataFrame | None
    refinement: RefinementRecord | None = None

    def draw_stages(self, rows: int, seed: int) -> dict[str, pd.DataFrame]:
        """`rows` rows of each stage; nothing where the synthesizer is the only one."""
        given = {} if self.initial is None else {HMA: self.initial}
        is_plain = self.refinement is None or self.refinement.is_neutral
        refined = {} if is_plain else {REFINED: self.sampler.sample(rows, seed)}
        return {**given, PLAIN: self.plain.sample(rows, seed), **refined} if given or refined else {}


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
    from pipeline.synthesizers.consistent import ConsistentSynthesizer, repair
    from pipeline.synthesizers.dependencies import learn_dependencies

    synthesizer = create_synthesizer(recipe.synthesizer, columns, recipe)
    if recipe.device != "cpu":
        # HMA would take its time before a missing GPU is noticed.
        resolve_device(recipe.device)
    treatments = synthesizer.plan(training)
    dependencies = () if recipe.upstream else learn_dependencies(training, columns)
    initial = _sample_initial(training, columns, recipe, on_progress) if recipe.use_hma else None
    if initial is not None and dependencies:
        initial = repair(initial, dependencies, recipe.seed)
    announce(on_progress, Stage.PREPARE)
    report = synthesizer.fit(training if initial is None else initial, on_progress, scorer, checkpoint)
    plain: Sampler = ConsistentSynthesizer(synthesizer, dependencies) if dependencies else synthesizer
    if not recipe.refine:
        return Fit(plain, plain, report, treatments, initial)
    # A training that was asked to stop would be asked again.
    listener = None if report.was_stopped else on_progress
    announce(listener, Stage.REFINE)
    from pipeline.synthesizers.refinement.refined import refine

    ask = partial(announce, listener, Stage.REFINE)
    bound = {name for one in dependencies for name in one.names}
    refined = refine(plain, training, columns, recipe.seed, ask, bound)
    return Fit(refined, plain, report, treatments, initial, refined.record)


def _sample_initial(
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    recipe: Recipe,
    on_progress: OnProgress | None,
) -> pd.DataFrame:
    from pipeline.synthesizers.hma import sample_initial

    # A model for comparison keeps the initial data that it always had.
    return sample_initial(
        training, columns, len(training), recipe.seed, on_progress, uses_tree=not recipe.upstream
    )

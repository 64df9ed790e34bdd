"""Rows of our own generators, with the seconds of CPU that their fits took."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import pandas as pd

from pipeline.evaluation.quality.score import compute_quality
from pipeline.evaluation.stages import HMA, PLAIN, REFINED, measure_stages
from pipeline.evaluation.stages import MOST_ROWS as STAGE_ROWS
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.refinement.refined import RefinedSynthesizer, refine
from tests.benchmarks.fits import timed
from tests.benchmarks.subjects import Subject

UPSTREAM = "ctgan upstream"


@dataclass(frozen=True)
class FittedRows:
    """Rows of a generator; `fit_s` is CPU of the whole fit with what goes before (None: not fitted here)."""

    name: str
    table: pd.DataFrame
    fit_s: float | None = None
    record: RefinementRecord | None = None


def load_libraries() -> None:
    """Load what fits need beforehand, so that no fit is charged for it."""
    for name in ("torch", "sdv.multi_table", "sdv.single_table", "sklearn.ensemble", "sdmetrics.reports"):
        import_module(name)


def draw_stages(subject: Subject, epochs: int, seed: int) -> list[FittedRows]:
    """Rows of HMA, of upstream's CTGAN after it, of ours, and of ours refined."""
    initial, fit_s = _draw_initial(subject, seed)
    rows, stages = len(subject.training), [FittedRows("HMA", initial, fit_s)]
    for name, is_upstream in ((UPSTREAM, True), ("ctgan", False)):
        recipe = Recipe(epochs=epochs, seed=seed, upstream=is_upstream, refine=False)
        plain, seconds = timed(lambda recipe=recipe: _fit_after(subject, initial, recipe))
        stages.append(FittedRows(name, plain.sample(rows, seed), fit_s + seconds.cpu))
    refined, refining = timed(lambda: _refine(subject, initial, plain, seed))
    fit_s += seconds.cpu + refining.cpu
    return [*stages, FittedRows("refined", refined.sample(rows, seed), fit_s, refined.record)]


def draw_default(subject: Subject, epochs: int, seed: int) -> FittedRows:
    """Rows of the default recipe: HMA, CTGAN, refinement."""
    initial, before_s = _draw_initial(subject, seed)
    recipe = Recipe(epochs=epochs, seed=seed)
    plain, fit = timed(lambda: _fit_after(subject, initial, recipe))
    refined, refining = timed(lambda: _refine(subject, initial, plain, seed))
    table = refined.sample(len(subject.training), seed)
    return FittedRows("ours, default recipe", table, before_s + fit.cpu + refining.cpu, refined.record)


def draw_upstream(subject: Subject, epochs: int, seed: int) -> FittedRows:
    """Rows of `--upstream`, unrefined: ctgan's own model after HMA on ranks."""
    initial, before_s = _draw_initial(subject, seed, uses_tree=False)
    recipe = Recipe(epochs=epochs, seed=seed, upstream=True, refine=False)
    plain, fit = timed(lambda: _fit_after(subject, initial, recipe))
    return FittedRows(UPSTREAM, plain.sample(len(subject.training), seed), before_s + fit.cpu)


def draw_autoregressive(subject: Subject, epochs: int, seed: int) -> FittedRows:
    """Rows of `autoregressive`, which learns the training rows themselves."""
    recipe = Recipe("autoregressive", epochs=epochs, seed=seed)
    synthesizer = create_synthesizer("autoregressive", subject.columns, recipe)
    _, seconds = timed(lambda: synthesizer.fit(subject.training))
    table = synthesizer.sample(len(subject.training), seed)
    return FittedRows("ours, autoregressive", table, seconds.cpu)


def _draw_initial(subject: Subject, seed: int, uses_tree: bool = True) -> tuple[pd.DataFrame, float]:
    training = subject.training
    initial, seconds = timed(
        lambda: sample_initial(training, subject.columns, len(training), seed, uses_tree=uses_tree)
    )
    return initial, seconds.cpu


def _fit_after(subject: Subject, initial: pd.DataFrame, recipe: Recipe) -> Synthesizer:
    synthesizer = create_synthesizer("ctgan", subject.columns, recipe)
    choosing = subject.draw_choosing_rows(recipe.seed)
    scorer = lambda sample: compute_quality(choosing, sample, subject.columns).score or 0.0  # noqa: E731
    synthesizer.fit(initial, None, scorer)
    return synthesizer


def _refine(subject: Subject, initial: pd.DataFrame, plain: Synthesizer, seed: int) -> RefinedSynthesizer:
    """Refine as a training does, which measures its stages besides."""
    refined = refine(plain, subject.training, subject.columns, seed)
    tables = {
        HMA: initial,
        PLAIN: plain.sample(STAGE_ROWS, seed),
        REFINED: refined.sample(STAGE_ROWS, seed),
    }
    choosing = subject.draw_choosing_rows(seed)
    measure_stages(subject.training, choosing, subject.columns, tables, seed)
    return refined

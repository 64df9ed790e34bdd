"""What earlier runs of this workbench took, as estimates read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import WorkbenchError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.estimates import (
    Estimate,
    PastTable,
    PastTraining,
    estimate_table_s,
    estimate_training_s,
)
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import GenerateSummary, Run, TrainSummary
from pipeline.runs.states import RunKind, RunStatus
from pipeline.runs.store import RunFilter

if TYPE_CHECKING:
    from pipeline.evaluation.reference import Reference
    from pipeline.models.library import Library
    from pipeline.runs.store import RunStore
    from pipeline.synthesizers.recipe import Recipe

_MOST_RUNS = 12


@dataclass(frozen=True)
class PastRuns:
    """Estimates by the newest runs that are done, whoever ordered them: they give seconds alone away."""

    store: RunStore
    library: Library

    def estimate(self, recipe: Recipe | None, reference: Reference, rows: int) -> Estimate:
        """Seconds for a training by `recipe`, None where the model is there, and for `rows` of a table."""
        done = _list(self.store, RunKind.GENERATE)
        tables = _read_tables(done)
        table_s = estimate_table_s(rows, tables) if rows else 0.0
        if recipe is None:
            return Estimate(0.0, table_s, bool(tables))
        found = (self._read_training(run, recipe) for run in (*_list(self.store, RunKind.TRAIN), *done))
        cells = len(reference.training) * max(len(reference.columns), 1)
        training_s, is_measured = estimate_training_s(recipe, cells, [one for one in found if one])
        return Estimate(training_s, table_s, is_measured)

    def _read_training(self, run: Run, wanted: Recipe) -> PastTraining | None:
        """The training of a run by the same synthesizer; None where it found a model, or that one is gone."""
        recipe, result = find_recipe(run.order), run.result
        if recipe is None or recipe.synthesizer != wanted.synthesizer or run.model is None:
            return None
        if not isinstance(result, TrainSummary | GenerateSummary) or result.reused or not run.seconds:
            return None
        try:
            info = self.library.store.get_info(run.model)
        except WorkbenchError:
            return None
        cells = info.training_rows * max(len(info.treatments), 1)
        epochs = self.store.list_epochs(run.id)
        trained_s = max(run.seconds - _sum_table(result), 0.0)
        epochs_s = min(epochs[-1].seconds, trained_s) if epochs else 0.0
        epoch_s = epochs_s / epochs[-1].epoch if epochs else 0.0
        return PastTraining(recipe, cells, epoch_s, trained_s - epochs_s)


def expect_table_s(store: RunStore, run: Run) -> float:
    """Seconds that the table of a run takes to be made and measured; 0 for a run that makes none."""
    if not isinstance(run.order, GenerateOrder):
        return 0.0
    return estimate_table_s(run.order.rows, _read_tables(_list(store, RunKind.GENERATE)))


def _list(store: RunStore, kind: RunKind) -> tuple[Run, ...]:
    return store.list(RunFilter(kind=kind, status=RunStatus.DONE), _MOST_RUNS)


def _read_tables(done: Sequence[Run]) -> list[PastTable]:
    return [one for one in map(_read_table, done) if one is not None]


def _read_table(run: Run) -> PastTable | None:
    if not isinstance(run.order, GenerateOrder) or not isinstance(run.result, GenerateSummary):
        return None
    seconds = _sum_table(run.result)
    return PastTable(run.order.rows, seconds) if seconds else None


def _sum_table(result: TrainSummary | GenerateSummary) -> float:
    """Seconds of everything but the training."""
    if not isinstance(result, GenerateSummary):
        return 0.0
    return sum(seconds for stage, seconds in result.seconds.items() if stage != "train")

"""What earlier runs of this workbench took, as estimates read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.errors import WorkbenchError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.estimates import (
    Estimate,
    PastTable,
    PastTraining,
    estimate_bulk_s,
    estimate_evaluation_s,
    estimate_table_s,
    estimate_training_s,
)
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import BulkSummary, EvaluateSummary, GenerateSummary, Run, TrainSummary
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
    """Estimates by the newest runs that are done, whoever ordered them: they give seconds alone away.

    Runs are read once, for as many estimates as are asked for.
    """

    store: RunStore
    library: Library
    _known: dict[str, PastTraining | None] = field(default_factory=dict, init=False, repr=False)

    def estimate(self, recipe: Recipe | None, reference: Reference, rows: int = 0) -> Estimate:
        """Seconds for a training by `recipe`, None where the model is there, and for `rows` of a table."""
        tables = self._find_tables(reference.spec.name) if rows else []
        table_s = estimate_table_s(rows, tables) if rows else 0.0
        return self._add_training(recipe, reference, table_s, bool(tables))

    def _find_tables(self, dataset: str) -> list[PastTable]:
        """Tables of the dataset, else of any."""
        own = _read_tables(list_done(self.store, RunKind.GENERATE, dataset))
        return own or _read_tables(self._generated)

    def estimate_bulk(self, recipe: Recipe | None, reference: Reference, rows: int) -> Estimate:
        """The same for `rows` of a large table."""
        made = [run.result for run in list_done(self.store, RunKind.BULK, reference.spec.name)]
        rates = [one.rows_per_second for one in made if isinstance(one, BulkSummary) and one.rows_per_second]
        return self._add_training(recipe, reference, estimate_bulk_s(rows, rates), bool(rates))

    def estimate_evaluation(self, reference: Reference, rows: int) -> Estimate:
        """Seconds for measuring everything of a table of so many rows."""
        found = map(_read_evaluation, list_done(self.store, RunKind.EVALUATE, reference.spec.name))
        past = [one for one in found if one is not None]
        return Estimate(0.0, estimate_evaluation_s(rows, len(reference.columns), past), bool(past))

    def _add_training(
        self, recipe: Recipe | None, reference: Reference, table_s: float, is_known: bool
    ) -> Estimate:
        if recipe is None:
            return Estimate(0.0, table_s, is_known)
        found = (self._read_training(run, recipe) for run in (*self._trained, *self._generated))
        cells = len(reference.training) * max(len(reference.columns), 1)
        training_s, is_measured = estimate_training_s(recipe, cells, [one for one in found if one])
        return Estimate(training_s, table_s, is_measured)

    @cached_property
    def _trained(self) -> tuple[Run, ...]:
        return list_done(self.store, RunKind.TRAIN)

    @cached_property
    def _generated(self) -> tuple[Run, ...]:
        return list_done(self.store, RunKind.GENERATE)

    def _read_training(self, run: Run, wanted: Recipe) -> PastTraining | None:
        """The training of a run by the same synthesizer; None where it found a model, or that one is gone."""
        recipe = find_recipe(run.order)
        if recipe is None or recipe.synthesizer != wanted.synthesizer:
            return None
        if run.id not in self._known:
            self._known[run.id] = self._find_training(run, recipe)
        return self._known[run.id]

    def _find_training(self, run: Run, recipe: Recipe) -> PastTraining | None:
        result = run.result
        if not isinstance(result, TrainSummary | GenerateSummary) or result.reused:
            return None
        if not run.seconds or run.model is None:
            return None
        try:
            info = self.library.store.get_info(run.model)
        except WorkbenchError:
            return None
        cells = info.training_rows * max(len(info.treatments), 1)
        epochs = self.store.list_epochs(run.id)
        # Only the first training of a process loads libraries.
        trained_s = max(run.seconds - _sum_table(result) - info.startup_s, 0.0)
        epochs_s = min(epochs[-1].seconds, trained_s) if epochs else 0.0
        epoch_s = epochs_s / epochs[-1].epoch if epochs else 0.0
        return PastTraining(recipe, cells, epoch_s, trained_s - epochs_s)


def expect_table_s(store: RunStore, run: Run) -> float:
    """Seconds that the table of a run takes to be made and measured; 0 for a run that makes none."""
    if not isinstance(run.order, GenerateOrder):
        return 0.0
    own = _read_tables(list_done(store, RunKind.GENERATE, run.dataset))
    return estimate_table_s(run.order.rows, own or _read_tables(list_done(store, RunKind.GENERATE)))


def list_done(store: RunStore, kind: RunKind, dataset: str | None = None) -> tuple[Run, ...]:
    """The newest runs of a kind that are done, of one dataset or of all."""
    return store.list(RunFilter(kind=kind, status=RunStatus.DONE, dataset=dataset), _MOST_RUNS)


def _read_tables(done: Sequence[Run]) -> list[PastTable]:
    return [one for one in map(_read_table, done) if one is not None]


def _read_table(run: Run) -> PastTable | None:
    if not isinstance(run.order, GenerateOrder) or not isinstance(run.result, GenerateSummary):
        return None
    seconds = _sum_table(run.result)
    return PastTable(run.order.rows, seconds) if seconds else None


def _read_evaluation(run: Run) -> PastTable | None:
    if not isinstance(run.result, EvaluateSummary) or not run.seconds:
        return None
    rows = run.result.evidence.get("rows")
    return PastTable(rows, run.seconds) if isinstance(rows, int) else None


def _sum_table(result: TrainSummary | GenerateSummary) -> float:
    """Seconds of everything but the training."""
    if not isinstance(result, GenerateSummary):
        return 0.0
    return sum(seconds for stage, seconds in result.seconds.items() if stage != "train")

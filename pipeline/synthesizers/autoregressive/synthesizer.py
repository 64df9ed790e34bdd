"""The autoregressive synthesizer of the workbench: the protocol around codes, training and sampling."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import SamplingError, TrainingError
from pipeline.progress import OnProgress
from pipeline.synthesizers.autoregressive.fitted import FittedAutoregressive
from pipeline.synthesizers.autoregressive.layout import count_most_units
from pipeline.synthesizers.encoding import require_named
from pipeline.synthesizers.protocol import Drawn, FitReport, Scorer, Shares, SynthesizerState
from pipeline.synthesizers.recipe import Recipe, check_recipe, describe_setup, read_setup, torch_threads
from pipeline.synthesizers.width import ColumnPlan, plan_learnable

_FEWEST_TRAINING_ROWS = 20


class Autoregressive:
    """A masked autoencoder over binned columns; see the package for its sources.

    The recipe's epochs are an upper bound: training ends when the likelihood of a held-out tenth of the rows
    has stalled, by default for 3 epochs at each of two learning rates (`patience`). The batch shrinks
    below the recipe's where a table would give fewer than 20 steps an epoch.
    """

    name: ClassVar[str] = "autoregressive"

    def __init__(self, columns: tuple[ModelledColumn, ...], recipe: Recipe) -> None:
        """Take the modelled columns in order; raise TrainingError for a recipe that cannot be trained."""
        check_recipe(recipe)
        self._columns, self._recipe = columns, recipe
        self._model: FittedAutoregressive | None = None

    def plan(self, table: pd.DataFrame) -> tuple[ColumnPlan, ...]:
        """How each column would be treated; TrainingError names one that cannot be, or is too wide."""
        require_named(table, self._columns)
        if len(table) < _FEWEST_TRAINING_ROWS:
            raise TrainingError(
                f"The table has {len(table)} rows, too few to learn from.",
                f"give at least {_FEWEST_TRAINING_ROWS} training rows.",
            )
        return plan_learnable(table, self._columns, count_most_units, self._recipe.batch_size)

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How each column of the fitted table was treated, and why."""
        return self._fitted.plans

    def fit(
        self,
        table: pd.DataFrame,
        on_progress: OnProgress | None = None,
        scorer: Scorer | None = None,
        checkpoint: Path | None = None,
    ) -> FitReport:
        """Learn `table`; every epoch is reported, and STOP ends the training after it.

        Losses are negative log-likelihoods in nats a row. With a `scorer`, the quality of a sample of up to
        1,000 rows is measured about ten times and for the kept epoch. Where the file `checkpoint` exists,
        training continues from it, bit for bit as if it had never ended; the caller deletes the file once the
        model is stored. Raises DataError where a column does not fit its kind, and TrainingError where
        the table cannot be learned, naming the column to blame.
        """
        from pipeline.synthesizers.autoregressive.learning import Learner

        plans = self.plan(table)
        learner = Learner(self._columns, plans, self._recipe, on_progress, scorer, checkpoint)
        with torch_threads(self._recipe.threads):
            report, self._model = learner.learn(table)
        return report

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, to the rounding of one row."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`; none is ever set, since unfinished rows are chosen for a share."""
        with torch_threads(self._recipe.threads):
            return Drawn(self._fitted.sample(rows, seed, shares))

    @property
    def state(self) -> SynthesizerState:
        """Everything that `from_state` needs."""
        values = describe_setup(self._columns, self._recipe)
        return SynthesizerState({"name": self.name, **values, **self._fitted.values}, self._fitted.arrays)

    @classmethod
    def from_state(cls, state: SynthesizerState) -> Self:
        """A fitted synthesizer again."""
        synthesizer = cls(*read_setup(state.values))
        synthesizer._model = FittedAutoregressive.from_parts(state.values, state.arrays)
        return synthesizer

    @property
    def _fitted(self) -> FittedAutoregressive:
        if self._model is None:
            raise SamplingError("This synthesizer has not been fitted.", "fit it to a table first.")
        return self._model

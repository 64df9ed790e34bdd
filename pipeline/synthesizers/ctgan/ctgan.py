"""CTGAN as a synthesizer of the workbench: the protocol around encoding, learning and sampling."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import CONTINUOUS, ModelledColumn
from pipeline.errors import RecipeError, SamplingError
from pipeline.progress import OnProgress
from pipeline.synthesizers.ctgan.fitted import FittedCTGAN
from pipeline.synthesizers.encoding import TableEncoding, require_columns
from pipeline.synthesizers.protocol import Drawn, FitReport, Scorer, Shares, SynthesizerState
from pipeline.synthesizers.recipe import Recipe, check_recipe, describe_setup, read_setup, torch_threads
from pipeline.synthesizers.width import ColumnPlan, Treatment, compute_width, plan_learnable

_PACK = 10
_LAYER = 256
_GENERATOR_INPUTS = 128 + 2 * _LAYER
NUMBER_WIDTH = 11
"""Codes of a number in upstream's encoding: a scalar and at most ten mixture components."""
_SHARED_VALUES, _ALL_SHARED_VALUES = 64, 1_024
"""Values that can be components of their own: of one number, and of all the numbers of a table."""


class CTGAN:
    """Conditional tabular GAN with ctgan's model, our training, and SDV's checks in front."""

    name: ClassVar[str] = "ctgan"

    def __init__(self, columns: tuple[ModelledColumn, ...], recipe: Recipe) -> None:
        """Take the modelled columns in order; raise TrainingError for a recipe that cannot be trained."""
        _check_pack(recipe)
        check_recipe(recipe)
        self._columns, self._recipe = columns, recipe
        self._model: FittedCTGAN | None = None
        self._plans: tuple[ColumnPlan, ...] = ()

    def plan(self, table: pd.DataFrame) -> tuple[ColumnPlan, ...]:
        """How each column would be treated; TrainingError names one that cannot be, or is too wide."""
        require_columns(table, self._columns)
        number_width = NUMBER_WIDTH + self._shared_values
        count = partial(count_units, number_width=number_width)
        return plan_learnable(table, self._columns, count, self._recipe.batch_size, number_width)

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How each column of the fitted table was treated, and why."""
        return self._plans

    def fit(
        self,
        table: pd.DataFrame,
        on_progress: OnProgress | None = None,
        scorer: Scorer | None = None,
        checkpoint: Path | None = None,
    ) -> FitReport:
        """Learn `table`; every epoch is reported, and STOP ends the training after it.

        With a `scorer`, the quality of a sample of up to 1,000 rows is measured about ten times. Where the
        file `checkpoint` exists, training continues from it, bit for bit as if it had never ended; the
        caller deletes the file once the model is stored. Raises DataError where a column does not fit its
        kind, and TrainingError where the table cannot be learned, naming the column to blame.
        """
        plans = self.plan(table)
        encoding = TableEncoding.learn(table, self._columns, plans)
        from pipeline.synthesizers.ctgan.learning import Learner
        from pipeline.synthesizers.ctgan.sdv_adapter import fit_behind_sdv

        clean = encoding.clean(table, np.random.default_rng([self._recipe.seed, 0]))
        learner = Learner(
            encoding, self._recipe, on_progress, scorer, checkpoint, shared_values=self._shared_values
        )
        with torch_threads(self._recipe.threads):
            learned = fit_behind_sdv(clean, encoding.fields, learner.learn)
        self._model, self._plans = learned.model, plans
        return learned.report

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, to the rounding of one row."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them had to be set to a share."""
        with torch_threads(self._recipe.threads):
            return self._fitted.draw(rows, seed, shares)

    @property
    def state(self) -> SynthesizerState:
        """Everything that `from_state` needs."""
        plans = [plan.as_dict() for plan in self._plans]
        values = {**describe_setup(self._columns, self._recipe), "plans": plans}
        return SynthesizerState({"name": self.name, **values, **self._fitted.values}, self._fitted.arrays)

    @classmethod
    def from_state(cls, state: SynthesizerState) -> Self:
        """A fitted CTGAN again."""
        synthesizer = cls(*read_setup(state.values))
        synthesizer._model = FittedCTGAN.from_parts(state.values, state.arrays)
        synthesizer._plans = tuple(ColumnPlan.from_dict(plan) for plan in state.values.get("plans", ()))
        return synthesizer

    @property
    def _shared_values(self) -> int:
        """The most shared values of a number; fewer where numbers are many, so that no table grows wide."""
        numbers = sum(column.kind in CONTINUOUS for column in self._columns)
        if self._recipe.upstream or not numbers:
            return 0
        return min(_SHARED_VALUES, _ALL_SHARED_VALUES // numbers)

    @property
    def _fitted(self) -> FittedCTGAN:
        if self._model is None:
            raise SamplingError("This CTGAN has not been fitted.", "fit it to a table first.")
        return self._model


def count_units(plans: tuple[ColumnPlan, ...], number_width: int = NUMBER_WIDTH) -> int:
    """Weights for each code of a table, on average over its codes; a number has `number_width` codes.

    A code is a value of the ten rows that the discriminator scores together, and an output of the
    generator. That of a category, or of the indicator of missing numbers, is a condition besides: of those
    ten rows, of the generator's two layers, and of every output.
    """
    width = compute_width(plans)
    conditions = width - number_width * sum(plan.treatment is Treatment.NUMBER for plan in plans)
    of_values = width * (_PACK * _LAYER + _GENERATOR_INPUTS)
    of_conditions = conditions * (_PACK * _LAYER + 2 * _LAYER + width)
    return (of_values + of_conditions) // max(width, 1)


def _check_pack(recipe: Recipe) -> None:
    if recipe.batch_size < _PACK or recipe.batch_size % _PACK:
        raise RecipeError(
            f"CTGAN cannot train with a batch size of {recipe.batch_size}.",
            f"choose a multiple of {_PACK}, because its discriminator scores {_PACK} rows at a time.",
        )

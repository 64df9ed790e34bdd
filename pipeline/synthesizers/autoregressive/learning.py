"""From a table to a fitted model: codes, the network, and the session that trains it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.progress import OnProgress
from pipeline.synthesizers.autoregressive.codebook import Codebook
from pipeline.synthesizers.autoregressive.fitted import FittedAutoregressive
from pipeline.synthesizers.autoregressive.layout import Layout
from pipeline.synthesizers.autoregressive.monitor import LikelihoodMonitor
from pipeline.synthesizers.autoregressive.trainer import Trainer
from pipeline.synthesizers.protocol import FitReport, Scorer
from pipeline.synthesizers.recipe import Recipe, resolve_device
from pipeline.synthesizers.session import Sampling, TrainingSession, Weights, make_weight_scorer
from pipeline.synthesizers.width import ColumnPlan


class Learner:
    """One training request."""

    def __init__(
        self,
        columns: tuple[ModelledColumn, ...],
        plans: tuple[ColumnPlan, ...],
        recipe: Recipe,
        on_progress: OnProgress | None = None,
        scorer: Scorer | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self._columns, self._plans, self._recipe = columns, plans, recipe
        self._on_progress, self._scorer, self._checkpoint = on_progress, scorer, checkpoint
        seeds = np.random.SeedSequence([recipe.seed, 2]).generate_state(2, np.uint64)
        self._training_seed, self._scoring_seed = (int(seed) for seed in seeds)

    def learn(self, table: pd.DataFrame) -> tuple[FitReport, FittedAutoregressive]:
        """Encode the table and train the network; give the report and the model of the kept epoch."""
        codebook, codes = Codebook.learn(table, self._columns, self._plans)
        layout, device = Layout.of_codebook(codebook, codes), resolve_device(self._recipe.device)
        trainer = Trainer(layout, codes, self._training_seed, self._recipe.batch_size, device)

        def model_of(weights: Weights) -> FittedAutoregressive:
            return FittedAutoregressive(codebook, self._plans, trainer.compute_plain(weights))

        def sampling_of(weights: Weights) -> Sampling:
            return model_of(weights).sample

        session = TrainingSession(
            trainer,
            LikelihoodMonitor(trainer, self._recipe.patience),
            self._recipe,
            fingerprint_training(codes, self._recipe),
            self._on_progress,
            make_weight_scorer(self._scorer, sampling_of, len(table), self._scoring_seed),
            self._checkpoint,
        )
        report, weights = session.run()
        return report, model_of(weights)


def fingerprint_training(codes: np.ndarray, recipe: Recipe) -> str:
    """SHA-256 over the codes and the recipe: two trainings with the same one take the same steps."""
    digest = hashlib.sha256(json.dumps([recipe.as_dict(), codes.shape], sort_keys=True).encode())
    digest.update(np.ascontiguousarray(codes).tobytes())
    return digest.hexdigest()

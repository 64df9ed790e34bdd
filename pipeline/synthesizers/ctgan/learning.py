"""From a clean table to a fitted CTGAN: mixtures, networks, and the session that trains them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.progress import OnProgress
from pipeline.synthesizers.ctgan.conditions import count_conditions
from pipeline.synthesizers.ctgan.fitted import FittedCTGAN
from pipeline.synthesizers.ctgan.monitor import QualityMonitor
from pipeline.synthesizers.ctgan.trainer import Trainer, TrainingOptions
from pipeline.synthesizers.ctgan.transformer import EncodedRows, ModeTransformer
from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.protocol import FitReport, Scorer
from pipeline.synthesizers.recipe import Recipe, resolve_device
from pipeline.synthesizers.session import Sampling, TrainingSession, Weights, make_weight_scorer


class Learner:
    """One training request; `learn` is called by the owner of the preprocessed clean table."""

    def __init__(
        self,
        encoding: TableEncoding,
        recipe: Recipe,
        on_progress: OnProgress | None = None,
        scorer: Scorer | None = None,
        checkpoint: Path | None = None,
        shared_values: int = 0,
    ) -> None:
        self._encoding, self._recipe = encoding, recipe
        self._on_progress, self._scorer, self._checkpoint = on_progress, scorer, checkpoint
        self._shared_values = shared_values
        seeds = np.random.SeedSequence([recipe.seed, 1]).generate_state(3, np.uint64)
        self._mixture_seed, self._training_seed, self._scoring_seed = (int(seed) for seed in seeds)

    def learn(self, clean: pd.DataFrame) -> tuple[FitReport, FittedCTGAN]:
        """Fit the mixtures and train the networks; give the report and the model of the kept epoch."""
        rng = np.random.default_rng(self._mixture_seed)
        transformer, rows = ModeTransformer.learn(clean, self._encoding.fields, rng, self._shared_values)
        layout, counts = transformer.layout, count_conditions(rows.codes, transformer.layout)

        def model_of(weights: Weights) -> FittedCTGAN:
            return FittedCTGAN(self._encoding, transformer, counts, weights)

        def sampling_of(weights: Weights) -> Sampling:
            return model_of(weights).sample

        options, device = TrainingOptions.of_recipe(self._recipe), resolve_device(self._recipe.device)
        trainer = Trainer(rows, layout, options, self._training_seed, device)
        session = TrainingSession(
            trainer,
            QualityMonitor(trainer, self._recipe.patience, is_measured=self._scorer is not None),
            self._recipe,
            fingerprint_training(rows, self._recipe),
            self._on_progress,
            make_weight_scorer(self._scorer, sampling_of, len(clean), self._scoring_seed),
            self._checkpoint,
        )
        report, weights = session.run()
        return report, model_of(weights)


def fingerprint_training(rows: EncodedRows, recipe: Recipe) -> str:
    """SHA-256 over the encoded rows and the recipe: two trainings with the same one take the same steps."""
    digest = hashlib.sha256(json.dumps(recipe.as_dict(), sort_keys=True).encode())
    for array in (rows.scalars, rows.codes):
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()

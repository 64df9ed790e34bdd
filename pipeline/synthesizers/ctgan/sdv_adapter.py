"""Our trainer behind SDV's `CTGANSynthesizer`, which validates, preprocesses, and calls its `_fit` hook.

Imported only while fitting, since it pulls SDV.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from sdv.single_table import CTGANSynthesizer

from pipeline.synthesizers.ctgan.fitted import FittedCTGAN
from pipeline.synthesizers.encoding import Field
from pipeline.synthesizers.protocol import FitReport
from pipeline.synthesizers.sdv_bridge import TABLE, make_metadata, sdv_session
from pipeline.synthesizers.turns import sdv_turn, step_aside

Learn = Callable[[pd.DataFrame], tuple[FitReport, FittedCTGAN]]


class LearnedModel:
    """A fitted CTGAN in the shape that SDV expects of the model inside its synthesizer."""

    def __init__(self, report: FitReport, model: FittedCTGAN) -> None:
        self.report, self.model = report, model
        self._seed = 0

    @property
    def loss_values(self) -> pd.DataFrame:
        """Losses by epoch, under the names that SDV plots."""
        history = self.report.history
        return pd.DataFrame(
            {
                "Epoch": [progress.epoch - 1 for progress in history],
                "Generator Loss": [progress.losses["generator"] for progress in history],
                "Discriminator Loss": [progress.losses["discriminator"] for progress in history],
            }
        )

    def sample(self, rows: int) -> pd.DataFrame:
        """Clean rows, new ones at every call."""
        self._seed += 1
        return self.model.sample_clean(rows, self._seed)

    def set_random_state(self, random_state: int) -> None:
        """Start the samples from a seed."""
        self._seed = random_state


class WorkbenchCTGANSynthesizer(CTGANSynthesizer):
    """SDV's synthesizer with our training in the place of upstream's; its sampling and plots work on it."""

    def __init__(self, metadata: Any, learn: Learn) -> None:
        super().__init__(metadata, enable_gpu=False)
        self._learn = learn

    @property
    def learned(self) -> LearnedModel:
        """What the training gave."""
        return self._model

    def fit(self, data: dict[str, pd.DataFrame]) -> None:
        """Learn a clean table, in turn with everybody else who uses SDV."""
        with sdv_turn():
            super().fit(data)

    def _fit(self, processed_data: pd.DataFrame) -> None:
        # Our training draws from generators of its own.
        with step_aside():
            self._model = LearnedModel(*self._learn(processed_data))

    def _print_warning(self, data: pd.DataFrame) -> None:
        """Stay silent: width is checked before training, with an error instead of a printed table."""


def fit_behind_sdv(clean: pd.DataFrame, fields: tuple[Field, ...], learn: Learn) -> LearnedModel:
    """Let SDV check and preprocess a clean table and hand it to `learn`; refusals are TrainingErrors."""
    with sdv_session("CTGAN"):
        synthesizer = WorkbenchCTGANSynthesizer(make_metadata(fields), learn)
        synthesizer.fit({TABLE: clean})
    return synthesizer.learned

"""What a training step is fed: conditions by their odds, and real rows that meet theirs."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.trainer import Trainer, TrainingOptions
from pipeline.synthesizers.ctgan.transformer import EncodedRows

LAYOUT = Layout((3, 2), (2,))
COUNTS = np.array([900, 90, 10, 250, 750])
CODES = np.column_stack(
    [np.repeat([0, 1, 2], COUNTS[:3]), np.tile([0, 1, 1, 1], 250), np.tile([0, 1], 500)]
).astype(np.int64)
BATCH = 50


@pytest.fixture
def trainer():
    scalars = np.linspace(-1, 1, len(CODES), dtype=np.float32)[:, None]
    return Trainer(EncodedRows(scalars, CODES), LAYOUT, TrainingOptions(BATCH), seed=5)


@pytest.fixture
def lessons(trainer, monkeypatch):
    """Rows and conditions that the discriminator learns from in four steps."""
    seen, learn = [], trainer.discriminator.learn

    def note(rows, conditions):
        seen.append((rows.numpy().copy(), conditions.numpy().copy()))
        return learn(rows, conditions)

    monkeypatch.setattr(trainer.discriminator, "learn", note)
    trainer.run_steps(4)
    return seen


def test_every_real_row_holds_the_category_of_its_condition(lessons):
    assert len(lessons) == 4
    for rows, conditions in lessons:
        real, wanted = rows[BATCH:], conditions[BATCH:]
        assert real[np.arange(BATCH), LAYOUT.scalars + wanted].tolist() == [1.0] * BATCH


def test_real_conditions_are_those_of_the_fake_rows_in_another_order(lessons):
    for _, conditions in lessons:
        fake, real = conditions[:BATCH], conditions[BATCH:]
        assert np.sort(real).tolist() == np.sort(fake).tolist()
        assert real.tolist() != fake.tolist()


@pytest.mark.parametrize("part", ["discriminator", "generator"])
def test_training_conditions_follow_the_logarithm_of_the_counts(trainer, part):
    # The second half of a discriminator step repeats the first: only fake conditions are independent draws.
    drawn = getattr(trainer._draw(1000), part).numpy()[:, :BATCH]
    found = np.bincount(drawn.ravel(), minlength=len(COUNTS)) / drawn.size

    def expected(weights):
        return np.concatenate([weights[:3] / weights[:3].sum(), weights[3:] / weights[3:].sum()]) / 2

    shares = expected(np.log(COUNTS + 1))
    sigma = np.sqrt(shares * (1 - shares) / drawn.size)
    assert (np.abs(found - shares) < 5 * sigma).all()
    assert (np.abs(found - expected(COUNTS)) > 5 * sigma).all()

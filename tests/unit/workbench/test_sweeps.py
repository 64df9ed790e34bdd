"""A sweep: which recipes it trains, and what it gives back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pipeline.errors import DataError
from pipeline.settings import Settings
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.sweeps import MOST_CANDIDATES, parse_epochs, plan_recipes, run_sweep
from pipeline.workbench.workbench import Workbench


@pytest.fixture
def workbench(tmp_path) -> Workbench:
    return Workbench(Settings(home=tmp_path))


@pytest.mark.parametrize(("text", "numbers"), [("70", (70,)), ("70, 10,30,10,", (10, 30, 70))])
def test_numbers_of_epochs_are_sorted_and_told_once(text, numbers):
    assert parse_epochs(text) == numbers


@pytest.mark.parametrize(
    ("text", "message"), [("", "No number"), ("5,many", '"many" is no'), ("0", '"0" is'), ("10001", "10001")]
)
def test_what_is_no_number_of_epochs_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_epochs(text)


def test_every_synthesizer_gets_every_number_of_epochs(workbench):
    recipes = plan_recipes(workbench, ["ctgan", "autoregressive", "ctgan"], (5, 9), seed=3, patience=None)
    assert [(one.synthesizer, one.epochs, one.use_hma, one.seed) for one in recipes] == [
        ("ctgan", 5, True, 3),
        ("ctgan", 9, True, 3),
        ("autoregressive", 5, False, 3),
        ("autoregressive", 9, False, 3),
    ]


def test_a_synthesizer_without_epochs_is_trained_once(workbench):
    recipes = plan_recipes(workbench, ["gaussian_copula", "ctgan"], (5, 9))
    assert [(one.synthesizer, one.epochs) for one in recipes] == [
        ("gaussian_copula", 70),
        ("ctgan", 5),
        ("ctgan", 9),
    ]


def test_learning_rates_of_ctgan_leave_other_recipes_as_they_are(workbench):
    ctgan, other = plan_recipes(workbench, ["ctgan", "autoregressive"], (5,), generator_rate=1e-3)
    assert ctgan.generator_rate == 1e-3
    assert other.generator_rate == Recipe().generator_rate


@pytest.mark.parametrize("synthesizers", [[], ["ctgan"]])
def test_too_many_or_no_candidates_are_refused(workbench, synthesizers):
    with pytest.raises(DataError, match="1 to 20 candidates"):
        plan_recipes(workbench, synthesizers, range(1, MOST_CANDIDATES + 2))


class FakeTrainer:
    """Trains nothing; keeps what it was asked, and stops the training with `stopped_at` epochs."""

    def __init__(self, stopped_at: int | None = None) -> None:
        self.trained: list[tuple[str, int]] = []
        self.groups: set[str] = set()
        self._stopped_at = stopped_at

    def record_run(self, order, work, describe, on_progress):
        self.groups.add(order.group)
        return work(order, on_progress)

    def train(self, dataset, recipe, on_progress):
        self.trained.append((dataset, recipe.epochs))
        return SimpleNamespace(model=f"m{recipe.epochs}", was_stopped=recipe.epochs == self._stopped_at)

    def get_model(self, model):
        epochs = int(model[1:])
        step = SimpleNamespace(epoch=epochs - 1, quality=epochs / 10)
        return SimpleNamespace(
            id=model, recipe=Recipe(epochs=epochs), epochs_trained=epochs, kept_epoch=epochs - 1,
            seconds=2.0 * epochs, history=(step,),
        )  # fmt: skip


def test_a_sweep_trains_each_recipe_and_tells_what_its_model_says():
    trainer = FakeTrainer()
    trials = run_sweep(trainer, "staff", [Recipe(epochs=9), Recipe(epochs=5)])
    assert trainer.trained == [("staff", 9), ("staff", 5)]
    assert len(trainer.groups) == 1
    assert [(one.key, one.epochs, one.kept_epoch, one.seconds, one.quality) for one in trials] == [
        ("m9", 9, 8, 18.0, 0.9),
        ("m5", 5, 4, 10.0, 0.5),
    ]


def test_a_training_that_is_stopped_ends_the_sweep():
    trainer = FakeTrainer(stopped_at=9)
    trials = run_sweep(trainer, "staff", [Recipe(epochs=9), Recipe(epochs=5)])
    assert trainer.trained == [("staff", 9)]
    assert [one.key for one in trials] == ["m9"]

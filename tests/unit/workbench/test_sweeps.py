"""A sweep: which recipes it trains, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from pipeline.errors import DataError
from pipeline.evaluation.figure import Figure
from pipeline.generation.results import Training
from pipeline.settings import Settings
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.sweeps import (
    MOST_CANDIDATES,
    complete_trials,
    find_training,
    parse_epochs,
    plan_recipes,
    run_sweep,
)
from pipeline.workbench.workbench import Workbench


@pytest.fixture
def workbench(tmp_path) -> Workbench:
    return Workbench(Settings(home=tmp_path))


@pytest.mark.parametrize(("text", "numbers"), [("70", (70,)), ("70, 10,30,10,", (10, 30, 70))])
def test_numbers_of_epochs_are_sorted_and_told_once(text, numbers):
    assert parse_epochs(text) == numbers


@pytest.mark.parametrize(
    ("text", "message"), [("", "No number"), ("5,many", '"many" is not'), ("0", '"0" is'), ("10001", "10001")]
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


def test_settings_of_one_synthesizer_are_dropped_where_it_is_left_open(workbench):
    changes = {
        "use_hma": False, "refine": False, "keep": "best", "patience": 3, "time_budget_s": 9.0,
        "generator_rate": 1e-3, "discriminator_rate": 1e-3, "batch_size": 250, "seed": 3,
    }  # fmt: skip
    auto, ctgan = plan_recipes(workbench, ["auto", "ctgan"], (5,), **changes)
    assert auto == Recipe("auto", epochs=5, batch_size=250, seed=3)
    assert ctgan == Recipe("ctgan", epochs=5, **changes)


@pytest.mark.parametrize("synthesizers", [[], ["ctgan"]])
def test_too_many_or_no_candidates_are_refused(workbench, synthesizers):
    with pytest.raises(DataError, match="1 to 20 candidates"):
        plan_recipes(workbench, synthesizers, range(1, MOST_CANDIDATES + 2))


@dataclass
class FakeTrainer:
    """Trains nothing; keeps what it was asked, and stops the training with `stopped_at` epochs."""

    stopped_at: int | None = None
    seconds: float = 1.0
    is_known: bool = False
    is_deleted: bool = False
    trained: list[tuple[str, int]] = field(default_factory=list)

    def train(self, dataset, recipe, on_progress):
        self.trained.append((dataset, recipe.epochs))
        was_stopped = recipe.epochs == self.stopped_at
        return Training(
            f"m{recipe.epochs}",
            recipe.synthesizer,
            recipe.epochs,
            self.seconds,
            self.is_known,
            was_stopped=was_stopped,
        )

    def compute_id(self, dataset, recipe):
        return f"m{recipe.epochs}"

    def is_stored(self, model):
        return not self.is_deleted

    def get(self, model):
        epochs = int(model[1:])
        step = SimpleNamespace(epoch=epochs - 1, quality=epochs / 10)
        return SimpleNamespace(
            id=model, recipe=Recipe(epochs=epochs), epochs_trained=epochs, kept_epoch=epochs - 1,
            seconds=2.0 * epochs, history=(step,), quality=epochs / 10, figure=Figure(epochs / 10, 0.2, 0.9),
        )  # fmt: skip


def use(workbench, trainer):
    workbench.models = trainer
    return trainer


RECIPES = [Recipe("autoregressive", epochs=epochs) for epochs in (9, 5)]


def test_a_sweep_trains_each_recipe_and_tells_what_its_model_says(workbench):
    trainer = use(workbench, FakeTrainer())
    trials = run_sweep(workbench, "employee", RECIPES)
    assert trainer.trained == [("employee", 9), ("employee", 5)]
    assert [(one.key, one.epochs, one.kept_epoch, one.seconds, one.quality) for one in trials] == [
        ("m9", 9, 8, 18.0, 0.9),
        ("m5", 5, 4, 10.0, 0.5),
    ]


@pytest.mark.parametrize(("is_known", "seconds"), [(False, [99.0, 99.0]), (True, [18.0, 10.0])])
def test_a_sweep_counts_all_that_a_training_took_unless_its_model_was_there(workbench, is_known, seconds):
    use(workbench, FakeTrainer(seconds=99.0, is_known=is_known))
    assert [one.seconds for one in run_sweep(workbench, "employee", RECIPES)] == seconds


def test_the_trainings_of_a_sweep_are_noted_among_the_runs_as_one_group(workbench):
    use(workbench, FakeTrainer())
    run_sweep(workbench, "employee", RECIPES)
    noted = workbench.runs.list()
    assert [run.order.recipe.epochs for run in noted] == [5, 9]
    assert {run.group for run in noted} == {noted[0].group} != {None}


def test_a_training_that_is_stopped_ends_the_sweep(workbench):
    trainer = use(workbench, FakeTrainer(stopped_at=9))
    trials = run_sweep(workbench, "employee", RECIPES)
    assert trainer.trained == [("employee", 9)]
    assert [one.key for one in trials] == ["m9"]


def test_a_recipe_is_not_trained_again_while_its_model_is_there(workbench):
    trainer = use(workbench, FakeTrainer())
    run_sweep(workbench, "employee", RECIPES[:1])
    (run,) = workbench.runs.list()
    assert find_training(workbench, "employee", RECIPES[0]) == run
    assert find_training(workbench, "employee", RECIPES[1]) is None
    trainer.is_deleted = True
    assert find_training(workbench, "employee", RECIPES[0]) is None


def test_a_run_that_found_its_model_is_compared_by_what_that_says(workbench):
    use(workbench, FakeTrainer(is_known=True))
    run_sweep(workbench, "employee", [RECIPES[0], RECIPES[0]])
    newest, first = workbench.runs.list()
    trials = complete_trials(workbench, (newest, first), {})
    assert [(key, one.key, one.seconds, one.quality) for key, one in trials.items()] == [
        (newest.id, newest.id, 18.0, 0.9)
    ]
    assert complete_trials(workbench, (newest, first), {first.id: trials[newest.id]}).keys() == {first.id}

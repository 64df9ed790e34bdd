"""What a number of epochs means to a recipe: everything, or nothing where a synthesizer has none."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from pipeline.errors import DataError, RecipeError
from pipeline.models.model import compute_model_id
from pipeline.settings import TrainingDefaults
from pipeline.synthesizers import SYNTHESIZERS, configure_recipe, create_synthesizer
from pipeline.synthesizers.recipe import Recipe, check_recipe, has_epochs, name_recipe, name_training

WITHOUT = "gaussian_copula"


def test_only_the_copula_has_no_epochs() -> None:
    assert [name for name in SYNTHESIZERS if not has_epochs(name)] == [WITHOUT]


def test_any_number_of_epochs_is_one_recipe_where_there_are_none() -> None:
    assert Recipe(WITHOUT, epochs=1) == Recipe(WITHOUT, epochs=300) == Recipe(WITHOUT)
    assert compute_model_id("f" * 64, Recipe(WITHOUT, epochs=1)) == compute_model_id(
        "f" * 64, Recipe(WITHOUT)
    )


def test_models_that_were_fitted_by_default_keep_their_ids() -> None:
    # Until now the number of epochs went into the id, and 70 was the default.
    assert Recipe(WITHOUT, epochs=5).as_dict()["epochs"] == 70


@pytest.mark.parametrize("name", [name for name in SYNTHESIZERS if name != WITHOUT])
def test_epochs_tell_all_other_recipes_apart(name: str) -> None:
    few, many = Recipe(name, epochs=5), Recipe(name, epochs=6)
    assert (few.epochs, many.epochs) == (5, 6)
    assert compute_model_id("f" * 64, few) != compute_model_id("f" * 64, many)


OTHERS: dict[str, Any] = {
    "epochs": 7, "batch_size": 100, "patience": 3, "time_budget_s": 100.0, "keep": "last",
    "generator_rate": 1e-3, "discriminator_rate": 1e-3,
}  # fmt: skip
READ = {
    "ctgan": set(OTHERS),
    "autoregressive": set(OTHERS) - {"generator_rate", "discriminator_rate"},
    "tvae": {"epochs", "batch_size"},
    "copulagan": {"epochs", "batch_size"},
    "gaussian_copula": set(),
}


@pytest.mark.parametrize("setting", OTHERS)
@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_a_setting_that_a_synthesizer_does_not_read_is_refused_or_gives_the_same_model(
    name: str, setting: str
) -> None:
    usual, changed = Recipe(name), Recipe(name, **{setting: OTHERS[setting]})
    has_own_model = False
    with contextlib.suppress(RecipeError):
        create_synthesizer(name, (), changed)
        has_own_model = compute_model_id("f" * 64, changed) != compute_model_id("f" * 64, usual)
    assert has_own_model == (setting in READ[name])


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_models_that_were_fitted_with_the_defaults_keep_their_ids(name: str) -> None:
    # The whole recipe goes into the id of a model.
    assert Recipe(name).as_dict() == {
        "synthesizer": name, "epochs": 70, "use_hma": name == "ctgan", "batch_size": 500, "seed": 0,
        "threads": 1, "patience": None, "time_budget_s": None, "keep": "best", "device": "cpu",
        "generator_rate": 2e-4, "discriminator_rate": 2e-4, "refine": name != "autoregressive",
        "upstream": False,
    }  # fmt: skip


@pytest.mark.parametrize("epochs", [0, -1, 2.5, "3", True, None])
def test_a_number_that_is_none_is_refused_where_there_are_no_epochs_too(epochs: object) -> None:
    with pytest.raises(RecipeError, match="The recipe's epochs is"):
        check_recipe(Recipe(WITHOUT, epochs=epochs))  # type: ignore[arg-type]


def test_a_training_is_named_with_its_epochs_if_it_has_any() -> None:
    assert name_training("ctgan", 1) == "ctgan, 1 epoch"
    assert name_training("ctgan", 2_000) == "ctgan, 2,000 epochs"
    assert name_training(WITHOUT, 70) == WITHOUT
    assert name_recipe(Recipe(epochs=9)) == "ctgan after HMA, 9 epochs"
    assert name_recipe(Recipe("autoregressive", epochs=9), 4) == "autoregressive, 4 epochs"
    assert name_recipe(Recipe(WITHOUT, use_hma=True)) == f"{WITHOUT} after HMA"


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_rows_are_chosen_by_default_behind_all_but_autoregressive(name: str) -> None:
    assert Recipe(name).refine == (name != "autoregressive")
    assert Recipe(name, refine=True).refine
    assert not Recipe(name, refine=False).refine


def test_upstreams_model_is_not_refined_unless_asked() -> None:
    assert not Recipe(upstream=True).refine
    assert Recipe(upstream=True, refine=True).refine


@pytest.mark.parametrize("name", [name for name in SYNTHESIZERS if name != "ctgan"])
def test_only_ctgan_has_a_model_of_upstream(name: str) -> None:
    with pytest.raises(RecipeError, match=f"sets upstream, which {name} does not support"):
        check_recipe(Recipe(name, upstream=True))


@pytest.mark.parametrize(
    ("changes", "is_own", "synthesizer"),
    [
        ({}, False, "ctgan"),
        ({}, True, "auto"),
        ({"epochs": 5, "seed": 2}, True, "auto"),
        ({"synthesizer": "tvae"}, True, "tvae"),
        ({"use_hma": False}, True, "ctgan"),
        ({"patience": 3}, True, "ctgan"),
        ({"upstream": True}, True, "ctgan"),
        ({"synthesizer": "auto"}, False, "auto"),
    ],
)
def test_own_tables_are_tried_unless_something_is_chosen(
    changes: dict[str, Any], is_own: bool, synthesizer: str
) -> None:
    assert configure_recipe(TrainingDefaults(), is_own, **changes).synthesizer == synthesizer


def test_settings_of_one_synthesizer_are_refused_where_it_is_left_open() -> None:
    with pytest.raises(DataError, match="leaves the synthesizer open and sets patience, use_hma"):
        configure_recipe(TrainingDefaults(), synthesizer="auto", patience=3, use_hma=True)

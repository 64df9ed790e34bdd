"""What a number of epochs means to a recipe: everything, or nothing where a synthesizer has none."""

from __future__ import annotations

import pytest

from pipeline.errors import RecipeError
from pipeline.models.model import compute_model_id
from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.recipe import Recipe, check_recipe, has_epochs, name_training

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


@pytest.mark.parametrize("epochs", [0, -1, 2.5, "3", True, None])
def test_a_number_that_is_none_is_refused_where_there_are_no_epochs_too(epochs: object) -> None:
    with pytest.raises(RecipeError, match="The recipe's epochs is"):
        check_recipe(Recipe(WITHOUT, epochs=epochs))  # type: ignore[arg-type]


def test_a_training_is_named_with_its_epochs_if_it_has_any() -> None:
    assert name_training("ctgan", 1) == "ctgan, 1 epoch"
    assert name_training("ctgan", 2_000) == "ctgan, 2,000 epochs"
    assert name_training(WITHOUT, 70) == WITHOUT

"""Saved recipes: one's own, under a name, in place of the one that had it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pipeline.access.accounts import AccountRole, Actor
from pipeline.errors import DataError, NotFoundError, RecipeError
from pipeline.runs import saved_recipes
from pipeline.store.tables import SAVED_RECIPES
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.recipes import SavedRecipe
from pipeline.workbench.workbench import Workbench


@pytest.fixture
def workbench(settings, database):
    return Workbench(settings, Actor("ada", AccountRole.ANALYST, "web"), database)


def test_a_recipe_is_saved_under_a_name_and_replaced_by_the_next(workbench):
    first, second = Recipe(epochs=9), Recipe("autoregressive", epochs=30, patience=4)
    workbench.recipes.save("  quick   one ", first)
    workbench.recipes.save("best", second)
    assert workbench.recipes.list() == (SavedRecipe("best", second), SavedRecipe("quick one", first))
    workbench.recipes.save("best", first)
    assert workbench.recipes.get("best") == first
    workbench.recipes.delete("best")
    with pytest.raises(NotFoundError, match='no saved recipe "best"'):
        workbench.recipes.get("best")
    with pytest.raises(NotFoundError, match='no saved recipe "best"'):
        workbench.recipes.delete("best")


def test_nobody_sees_the_recipes_of_others_nor_of_the_machines_user_of_that_name(workbench):
    workbench.recipes.save("mine", Recipe())
    for other in (Actor("bo", AccountRole.ADMIN, "web"), Actor("ada", AccountRole.ADMIN, "local")):
        assert workbench.act_as(other).recipes.list() == ()


def test_saving_and_deleting_are_recorded(workbench):
    workbench.recipes.save("mine", Recipe(epochs=9))
    workbench.recipes.delete("mine")
    deleted, saved = workbench.context.stores.audit.list(limit=2)
    assert (deleted.event.value, saved.event.value, saved.subject) == (
        "recipe_deleted",
        "recipe_saved",
        "mine",
    )
    assert dict(saved.details) == {"synthesizer": "ctgan", "epochs": 9}


@pytest.mark.parametrize(("name", "said"), [(" ", "needs a name"), ("x" * 81, "81 characters")])
def test_what_is_no_name_is_refused(workbench, name, said):
    with pytest.raises(DataError, match=said):
        workbench.recipes.save(name, Recipe())


def test_an_impossible_recipe_is_refused_and_so_is_one_too_many(workbench, monkeypatch):
    with pytest.raises(RecipeError, match="epochs is 0"):
        workbench.recipes.save("mine", Recipe(epochs=0))
    monkeypatch.setattr(saved_recipes, "MOST_RECIPES", 1)
    workbench.recipes.save("one", Recipe())
    workbench.recipes.save("one", Recipe(epochs=9))
    with pytest.raises(DataError, match="1 recipes are saved already"):
        workbench.recipes.save("two", Recipe())


def test_a_recipe_of_another_version_is_left_out(workbench, database):
    workbench.recipes.save("old", Recipe())
    with database.begin() as connection:
        connection.execute(update(SAVED_RECIPES).values(recipe='{"steps": 3}'))
    assert workbench.recipes.list() == ()

"""The use cases of saved recipes: keep one under a name, list one's own, forget one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import DataError
from pipeline.runs.labels import read_title
from pipeline.runs.saved_recipes import SavedRecipe, SavedRecipes, missing_recipe
from pipeline.synthesizers.recipe import check_recipe
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.synthesizers.recipe import Recipe

__all__ = ["RecipeService", "SavedRecipe"]


class RecipeService:
    """Recipes that the actor has saved; nobody sees those of others."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @needs(AccountRole.ANALYST)
    def list(self) -> tuple[SavedRecipe, ...]:
        """One's own saved recipes, by name."""
        return self._own.list()

    @needs(AccountRole.ANALYST)
    def get(self, name: str) -> Recipe:
        """A saved recipe of one's own; NotFoundError where there is none of that name."""
        found = next((one.recipe for one in self._own.list() if one.name == name), None)
        if found is None:
            raise missing_recipe(name)
        return found

    @needs(AccountRole.ANALYST)
    def save(self, name: str, recipe: Recipe) -> SavedRecipe:
        """Keep a recipe under a name, in place of the one that has it.

        DataError where the name cannot be used or too many are saved, RecipeError for an impossible recipe.
        """
        title = read_title(name)
        if title is None:
            raise DataError("A saved recipe needs a name.", "write one.")
        check_recipe(recipe)
        with self.context.together():
            self._own.save(title, recipe)
            self.context.record(
                AuditEvent.RECIPE_SAVED, title, synthesizer=recipe.synthesizer, epochs=recipe.epochs
            )
        return SavedRecipe(title, recipe)

    @needs(AccountRole.ANALYST)
    def delete(self, name: str) -> None:
        """Forget a saved recipe of one's own; models that it trained stay. NotFoundError for no such name."""
        with self.context.together():
            self._own.delete(name)
            self.context.record(AuditEvent.RECIPE_DELETED, name)

    @property
    def _own(self) -> SavedRecipes:
        actor = self.context.actor
        return SavedRecipes(self.context.stores.database, actor.name, actor.is_local)

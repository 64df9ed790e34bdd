"""Recipes that people keep under a name, in SQL: each account has its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select

from pipeline.errors import DataError, NotFoundError
from pipeline.store.database import Database
from pipeline.store.tables import SAVED_RECIPES
from pipeline.synthesizers.recipe import Recipe

MOST_RECIPES = 100
_LOCK = 4_071_928


@dataclass(frozen=True)
class SavedRecipe:
    """A recipe under the name that its owner gave it."""

    name: str
    recipe: Recipe


class SavedRecipes:
    """The saved recipes of one owner: an account, or a user of the machine, who may have the same name."""

    def __init__(
        self, database: Database, owner: str, is_local: bool, now: Callable[[], datetime] | None = None
    ) -> None:
        self._database = database
        self._owner = {"owner": owner, "is_local": is_local}
        self._now = now or database.now

    def list(self) -> tuple[SavedRecipe, ...]:
        """All that this version can read, by name."""
        query = select(SAVED_RECIPES).where(self._is_own()).order_by(SAVED_RECIPES.c.name)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found = ((row.name, _read(row.recipe)) for row in rows)
        return tuple(SavedRecipe(name, recipe) for name, recipe in found if recipe)

    def save(self, name: str, recipe: Recipe) -> None:
        """Keep a recipe, in place of an earlier one of that name; DataError where there are too many."""
        written = json.dumps(recipe.as_dict(), sort_keys=True)
        with self._database.begin_alone(_LOCK) as connection:
            connection.execute(delete(SAVED_RECIPES).where(self._is_own(name)))
            count = select(func.count()).select_from(SAVED_RECIPES).where(self._is_own())
            if (connection.scalar(count) or 0) >= MOST_RECIPES:
                raise DataError(f"{MOST_RECIPES} recipes are saved already.", "delete one of them first.")
            values: dict[str, Any] = {**self._owner, "name": name, "recipe": written, "saved_at": self._now()}
            connection.execute(SAVED_RECIPES.insert().values(values))

    def delete(self, name: str) -> None:
        """Forget a recipe; NotFoundError where there is none of that name."""
        with self._database.begin() as connection:
            if not connection.execute(delete(SAVED_RECIPES).where(self._is_own(name))).rowcount:
                raise missing_recipe(name)

    def _is_own(self, name: str | None = None) -> ColumnElement[bool]:
        wanted = self._owner if name is None else {**self._owner, "name": name}
        return and_(*(SAVED_RECIPES.c[column] == value for column, value in wanted.items()))


def missing_recipe(name: str) -> NotFoundError:
    """The error for a name under which its owner has saved nothing."""
    return NotFoundError(f'You have no saved recipe "{name}".', "reload the page: it may have been deleted.")


def _read(text: str) -> Recipe | None:
    """None for a recipe of a version with other settings."""
    try:
        return Recipe(**json.loads(text))
    except TypeError:
        return None

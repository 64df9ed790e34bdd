"""A recipe kept under a name: the form that saves it, and the choice among those that were saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._server.services import open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError
from pipeline.synthesizers.recipe import name_recipe

if TYPE_CHECKING:
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.workbench import Workbench

    Read = Callable[[Workbench], Recipe]

_PREFIX = "recipe:"


def offer_saving(key: str, read: Read) -> None:
    """A popover that saves the recipe that `read` gives."""
    with st.popover("Save recipe", icon=":material/bookmark_add:", key=f"save_recipe_{key}"):
        st.text_input("Name of the recipe", key=_name_field(key), max_chars=80)
        st.caption("Saved for your account; one that has this name already is replaced.")
        if refusal := st.session_state.pop(f"recipe_refused_{key}", None):
            show_error(refusal)
        st.button("Save", key=f"keep_recipe_{key}", on_click=_save, args=(key, read))


def choose_saved(workbench: Workbench, key: str, take: Callable[[Recipe], None]) -> None:
    """A list of the saved recipes, of which `take` gets the chosen one; nothing where none is saved."""
    saved = {one.name: f"{one.name} ({name_recipe(one.recipe)})" for one in workbench.recipes.list()}
    if not saved:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"saved_recipes_{key}"):
        chosen = st.selectbox(
            "Saved recipe",
            list(saved),
            None,
            key=f"saved_recipe_{key}",
            format_func=saved.__getitem__,
            placeholder="fill the form with one",
            on_change=_take,
            args=(f"saved_recipe_{key}", take),
        )
        if chosen:
            _offer_delete(workbench, chosen)


def list_choices(workbench: Workbench) -> dict[str, str]:
    """The saved recipes as further choices of a list, label by key; `find_chosen` reads a key."""
    return {
        f"{_PREFIX}{one.name}": f"Saved recipe {one.name} ({name_recipe(one.recipe)})"
        for one in workbench.recipes.list()
    }


def find_chosen(workbench: Workbench, key: str) -> Recipe | None:
    """The recipe of a key of `list_choices`, None for any other key; NotFoundError for one that is gone."""
    return workbench.recipes.get(key.removeprefix(_PREFIX)) if key.startswith(_PREFIX) else None


def _save(key: str, read: Read) -> None:
    """Keep the recipe of the form; a callback."""
    try:
        workbench = open_workbench(AccountRole.ANALYST)
        saved = workbench.recipes.save(st.session_state[_name_field(key)], read(workbench))
    except WorkbenchError as refusal:
        st.session_state[f"recipe_refused_{key}"] = refusal
    else:
        st.toast(
            f"Saved as {escape(saved.name)}: {escape(name_recipe(saved.recipe))}.", icon=":material/check:"
        )


def _take(field: str, take: Callable[[Recipe], None]) -> None:
    """Give the chosen recipe on; a callback."""
    if name := st.session_state[field]:
        take(open_workbench(AccountRole.ANALYST).recipes.get(name))


def _offer_delete(workbench: Workbench, name: str) -> None:
    with st.popover("Delete", icon=":material/delete:", key="ask_delete_recipe"):
        st.write(f"Delete the saved recipe {escape(name)}? Models that it trained are kept.")
        if st.button("Yes, delete", key="delete_recipe", type="primary"):
            workbench.recipes.delete(name)
            st.rerun()


def _name_field(key: str) -> str:
    return f"recipe_name_{key}"

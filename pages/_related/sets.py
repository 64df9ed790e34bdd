"""One set of several tables: its tables, foreign keys and rules, and the way to remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._order.sending import open_form
from pages._related.keys import edit_keys
from pages._related.layout import lay_out_relations, lay_out_tables
from pages._related.rules import show_rules
from pages._server.services import may_order, open_workbench
from pages._sharing.requirement import offer_requirement
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError
from pipeline.runs.states import RunKind

if TYPE_CHECKING:
    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench

CHOSEN = "related_dataset"
"""Where the form of an order keeps which set is chosen."""
_ADDED, _REMOVED, _REFUSED = "related_added", "related_removed", "related_remove_refused"


def note_added(overview: SetOverview) -> None:
    """The set is named above the list on the next drawing, open there, and chosen in the form of an order."""
    schema = overview.schema
    st.session_state[_ADDED] = schema
    st.session_state[f"related_set_{schema.name}"] = True
    st.session_state[CHOSEN] = schema.name
    open_form(RunKind.RELATED)


def show_done() -> None:
    """Say which set was added or removed last, or why it was not removed."""
    if added := st.session_state.pop(_ADDED, None):
        count = f"{len(added.tables)} tables, {len(added.relations)} foreign keys"
        st.success(f"{escape(added.title)} is ready: {count}.", icon=":material/check:")
    if removed := st.session_state.pop(_REMOVED, None):
        st.success(f"{escape(removed)} was removed.", icon=":material/check:")
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(refused)


def show_set(workbench: Workbench, schema: RelatedSchema) -> None:
    """A set under its title; its content is drawn when it is opened."""
    origin = "built in" if schema.is_builtin else "registered"
    label = f"**{escape(schema.title)}** · {schema.name} · {len(schema.tables)} tables, {origin}"
    box = st.expander(
        label, icon=":material/account_tree:", key=f"related_set_{schema.name}", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        if schema.description:
            st.write(escape(schema.description))
        offer_requirement(workbench, schema.name)
        overview = workbench.related.describe(schema.name)
        is_editable = not schema.is_builtin and may_order()
        show_learned(overview)
        if is_editable:
            edit_keys(workbench, schema)
        else:
            show_schema(schema, schema.name)
        show_rules(workbench, schema)
        if is_editable:
            _offer_removal(schema)


def show_learned(overview: SetOverview) -> None:
    """How many columns are learned, and what needs somebody's decision."""
    st.markdown(f"**{escape(overview.headline)}**")
    if overview.findings:
        said = [f"{name}: {text}" for name, texts in overview.findings.items() for text in texts]
        st.info("\n\n".join(map(escape, said)), icon=":material/search:")


def show_schema(schema: RelatedSchema, key: str) -> None:
    """Tables with their keys, and foreign keys with the evidence for them."""
    st.caption("Only the structure is shown here, never a value.")
    st.dataframe(
        lay_out_tables(schema), hide_index=True, key=f"related_tables_{key}", alt=f"Tables of {schema.name}"
    )
    if schema.relations:
        # Unlike a data frame, a table breaks its lines, so that no reason is cut.
        rows = [
            {name: escape(str(value)) for name, value in row.items()} for row in lay_out_relations(schema)
        ]
        st.table(rows, hide_index=True, border="horizontal")
    else:
        st.info("No foreign key was found: these tables do not refer to each other.")


def _offer_removal(schema: RelatedSchema) -> None:
    with st.popover("Remove", icon=":material/delete:", key=f"related_ask_remove_{schema.name}"):
        st.write(f"Remove {escape(schema.title)} and its sample for good?")
        st.button(
            "Yes, remove",
            key=f"related_remove_{schema.name}",
            type="primary",
            on_click=_remove,
            args=(schema.name, schema.title),
        )


def _remove(name: str, title: str) -> None:
    # A callback runs before the page and its gate.
    try:
        open_workbench(AccountRole.ANALYST).related.remove(name)
    except WorkbenchError as error:
        st.session_state[_REFUSED] = error
        return
    st.session_state[_REMOVED] = title

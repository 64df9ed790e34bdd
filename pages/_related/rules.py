"""The rules of a set of tables: those that are kept, those that were found, and the buttons between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._related.layout import lay_out_rules
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError
from pipeline.workbench.related_text import KEPT, list_rules

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.related import RelatedService
    from pipeline.workbench.workbench import Workbench


def show_rules(workbench: Workbench, schema: RelatedSchema) -> None:
    """Rules with the rows that speak for them; analysts look for more, keep what was found, remove one."""
    name = schema.name
    st.markdown("**Rules**")
    if refused := st.session_state.pop(_refused(name), None):
        show_error(refused)
    proposed = st.session_state.get(_found(name))
    shown = proposed or schema
    if shown.rules:
        st.caption("Generated tables keep these rules in every row; a rule that is proposed is not yet kept.")
        st.dataframe(
            lay_out_rules(shown),
            hide_index=True,
            key=f"related_rules_{name}",
            column_config={"Rule": st.column_config.TextColumn(width="large")},
            alt=f"Rules of {name}",
        )
    else:
        st.caption("No rule is known. Look for those that hold in every row of the sample.")
    if proposed and not _count_proposed(proposed):
        st.info("No further rule holds in every row of the sample.", icon=":material/search_off:")
    if may_order():
        _offer(schema, _count_proposed(shown))


def _offer(schema: RelatedSchema, proposed: int) -> None:
    name = schema.name
    if schema.is_builtin:
        st.caption("This set is built in: its rules are kept as they are.")
        return
    kept = [text for text, state, _ in list_rules(schema) if state == KEPT]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Look for rules",
            key=f"related_look_{name}",
            icon=":material/search:",
            on_click=_look,
            args=(name,),
        )
        st.button(
            "Keep all",
            key=f"related_keep_{name}",
            icon=":material/check:",
            disabled=not proposed,
            on_click=_keep,
            args=(name,),
        )
        if kept:
            with st.popover("Remove a rule", icon=":material/delete:", key=f"related_ask_drop_{name}"):
                rule = st.selectbox("Rule", kept, key=f"related_drop_which_{name}", format_func=escape)
                st.button("Remove it", key=f"related_drop_{name}", on_click=_drop, args=(name, rule))


def _look(name: str) -> None:
    def look(related: RelatedService) -> None:
        with st.spinner("Looking for rules that hold in every row …"):
            st.session_state[_found(name)] = related.propose_rules(name)

    _act(name, look)


def _keep(name: str) -> None:
    def keep(related: RelatedService) -> None:
        with st.spinner("Keeping the rules …"):
            related.accept_rules(name)
        st.session_state.pop(_found(name), None)

    _act(name, keep)


def _drop(name: str, rule: str) -> None:
    def drop(related: RelatedService) -> None:
        related.change_rules(name, removed=[rule])
        st.session_state.pop(_found(name), None)

    _act(name, drop)


def _act(name: str, act: Callable[[RelatedService], None]) -> None:
    # A callback runs before the page and its gate.
    try:
        act(open_workbench(AccountRole.ANALYST).related)
    except WorkbenchError as error:
        st.session_state[_refused(name)] = error


def _count_proposed(schema: RelatedSchema) -> int:
    return sum(not rule.is_confirmed for rule in schema.rules)


def _found(name: str) -> str:
    return f"related_found_{name}"


def _refused(name: str) -> str:
    return f"related_rules_refused_{name}"

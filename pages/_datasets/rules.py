"""The rules of one table: those that every row keeps, those that were found, and the buttons between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.datasets.rules.editing import RuleInfo
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.workbench.datasets import DatasetService
    from pipeline.workbench.workbench import Workbench


def show_rules(workbench: Workbench, dataset: DatasetSpec) -> None:
    """Rules with the rows that speak for them; analysts look for more, add, keep and remove them."""
    name = dataset.name
    is_editor = not dataset.is_builtin and may_order()
    if not dataset.row_rules and not is_editor:
        return
    st.markdown("**Rules**")
    if refused := st.session_state.pop(_refused(name), None):
        show_error(refused)
    try:
        rules = st.session_state.get(_found(name)) or workbench.datasets.list_rules(name)
    except WorkbenchError as error:
        show_error(error)
        return
    _show_table(name, rules)
    if is_editor:
        _offer(name, rules)


def _show_table(name: str, rules: Sequence[RuleInfo]) -> None:
    if not rules:
        st.caption("No rule is known. Look for those that hold in every row of the sample, or add one.")
        return
    st.caption("Generated tables keep these rules in every row; a rule that is proposed is not yet kept.")
    st.dataframe(
        [{"Rule": one.rule, "State": one.state, "Rows for it": one.rows} for one in rules],
        hide_index=True,
        key=f"rules_{name}",
        column_config={"Rule": st.column_config.TextColumn(width="large")},
        alt=f"Rules of {name}",
    )
    if _found(name) in st.session_state and all(one.is_confirmed for one in rules):
        st.info("No further rule holds in every row of the sample.", icon=":material/search_off:")


def _offer(name: str, rules: Sequence[RuleInfo]) -> None:
    proposed = [one for one in rules if not one.is_confirmed]
    kept = [one.rule for one in rules if one.is_confirmed]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Look for rules", key=f"look_rules_{name}", icon=":material/search:", on_click=_look, args=(name,)
        )
        st.button(
            "Keep all",
            key=f"keep_rules_{name}",
            icon=":material/check:",
            disabled=not proposed,
            on_click=_keep,
            args=(name,),
        )
        with st.popover("Add a rule", icon=":material/add:", key=f"ask_rule_{name}"):
            st.text_input("Rule", key=_text(name), placeholder="closed >= opened", max_chars=1_000)
            st.caption(
                "`closed >= opened`, `range(age, 0, 120)`, `amount = payment * months`, "
                "`combination(type, product)`, `one_of(email, phone)`, `any_of(email, phone)`, "
                "`business_day(date)`, `unique(account, date)`"
            )
            st.button("Add it", key=f"add_rule_{name}", type="primary", on_click=_add, args=(name,))
        if kept:
            with st.popover("Remove a rule", icon=":material/delete:", key=f"ask_drop_rule_{name}"):
                rule = st.selectbox("Rule", kept, key=f"drop_which_{name}", format_func=escape)
                st.button("Remove it", key=f"drop_rule_{name}", on_click=_drop, args=(name, rule))


def _look(name: str) -> None:
    def look(datasets: DatasetService) -> None:
        with st.spinner("Looking for rules that hold in every row …"):
            st.session_state[_found(name)] = datasets.propose_rules(name)

    _act(name, look, is_change=False)


def _keep(name: str) -> None:
    _act(name, lambda datasets: datasets.accept_rules(name))


def _add(name: str) -> None:
    text = st.session_state.get(_text(name), "")

    def add(datasets: DatasetService) -> None:
        datasets.change_rules(name, added=[text])
        st.session_state[_text(name)] = ""

    _act(name, add)


def _drop(name: str, rule: str) -> None:
    _act(name, lambda datasets: datasets.change_rules(name, removed=[rule]))


def _act(name: str, act: Callable[[DatasetService], object], is_change: bool = True) -> None:
    # A callback runs before the page and its gate.
    try:
        act(open_workbench(AccountRole.ANALYST).datasets)
    except WorkbenchError as error:
        st.session_state[_refused(name)] = error
        return
    if is_change:
        st.session_state.pop(_found(name), None)


def _found(name: str) -> str:
    return f"rules_found_{name}"


def _refused(name: str) -> str:
    return f"rules_refused_{name}"


def _text(name: str) -> str:
    return f"rule_text_{name}"

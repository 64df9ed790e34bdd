"""API tokens: a form that makes one and shows its secret once, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from pages._accounts.sessions import format_time
from pages._errors import escape
from pipeline.access.accounts import AccountRole
from pipeline.access.tokens import DEFAULT_DAYS, LONGEST_DAYS, ApiToken


def ask_token(own_role: AccountRole, create: Callable[[str, AccountRole, int], tuple[ApiToken, str]]) -> None:
    """The form for a new token, with a role up to one's own; its secret is shown in this run only."""
    with st.form("new_token", clear_on_submit=True):
        name = st.text_input("Name of the token", key="token_name", placeholder="what will use it")
        roles = [role for role in AccountRole if own_role.includes(role)]
        left, right = st.columns(2)
        role = left.selectbox(
            "Role",
            roles,
            roles.index(own_role),
            key="token_role",
            help="A viewer's token reads; ordering requires analyst.",
        )
        days = right.number_input("Days until it expires", 1, LONGEST_DAYS, DEFAULT_DAYS, key="token_days")
        is_sent = st.form_submit_button("Create token", key="token_create", type="primary")
    if is_sent:
        token, secret = create(name, role, days)
        st.success(f"Token {escape(token.name)} created. Copy it now: it is not shown again.")
        st.code(secret, language=None, wrap_lines=True)


def show_tokens(tokens: Sequence[ApiToken], revoke: Callable[[str], object]) -> None:
    """A row for each active token with a button that revokes it, and the others in an expander."""
    now = datetime.now(UTC)
    active = [token for token in tokens if not token.is_revoked and token.expires_at > now]
    ended = [token for token in tokens if token not in active]
    if not active:
        st.info("No active tokens. The REST API needs one.", icon=":material/key:")
    for token in active:
        _show_token(token, revoke)
    if ended:
        with st.expander(f"Revoked and expired tokens ({len(ended)})", key="ended_tokens"):
            for token in ended:
                state = "revoked" if token.is_revoked else f"expired {format_time(token.expires_at)}"
                st.caption(f"{escape(token.name)} of {escape(token.account)} ({token.role}), {state}")


def _show_token(token: ApiToken, revoke: Callable[[str], object]) -> None:
    used = f"last used {format_time(token.last_used_at)}" if token.last_used_at else "never used"
    with st.container(border=True, key=f"token_{token.id}"):
        text, action = st.columns([4, 1], vertical_alignment="center")
        text.markdown(f"**{escape(token.name)}** · {escape(token.account)} · {token.role}")
        text.caption(
            f"Created {format_time(token.created_at)}, {used}; expires {format_time(token.expires_at)}; "
            f"id {token.id}"
        )
        with action.popover("Revoke", key=f"ask_revoke_{token.id}"):
            st.write(f"Revoke {escape(token.name)}? Programs that use it lose access at once.")
            if st.button("Yes, revoke", key=f"revoke_{token.id}", type="primary"):
                revoke(token.id)
                st.rerun()

"""Findings that warn against sharing a table, and the user who accepts them."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape


def is_answered_for(warnings: tuple[str, ...], key: str) -> bool:
    """Whether the user has accepted the findings; manifest or audit log then contain their name."""
    st.warning("\n\n".join(map(escape, warnings)), icon=":material/warning:")
    return st.checkbox("I have read the findings and accept responsibility for this export.", key=key)

"""What is said of an upload of several tables before it is registered: keys, and how values are read."""

from __future__ import annotations

import streamlit as st

from pipeline.datasets.related.editing import SaidKeys
from pipeline.datasets.source import ReadOptions

_RELATIONS, _OMITTED, _KEYS, _DAY, _DECIMAL = (
    f"related_said_{key}" for key in ("relations", "omitted", "keys", "day_first", "decimal")
)
_ORDERS = {True: "Day first, as in 31.12.2026", False: "Month first, as in 12/31/2026"}
_SIGNS = {",": "Comma, as in 1.234,56", ".": "Point, as in 1,234.56"}


def ask_keys() -> None:
    """The fields; all of them may stay empty."""
    with st.expander("Keys and reading, where what was found is wrong", key="related_said_box"):
        added, omitted, keys = st.columns(3)
        added.text_area("Foreign keys", key=_RELATIONS, placeholder="orders.payer -> customers.id")
        omitted.text_area("Columns that are not foreign keys", key=_OMITTED, placeholder="orders.payer")
        keys.text_area("Primary keys", key=_KEYS, placeholder="cards=account_id,card_no\nlogs=none")
        st.caption("One in each line. What does not hold in the tables is refused with the counts.")
        day, decimal = st.columns(2)
        guess = "As each column says"
        day.selectbox(
            "Order of day and month",
            list(_ORDERS),
            None,
            key=_DAY,
            format_func=_ORDERS.__getitem__,
            placeholder=guess,
        )
        decimal.selectbox(
            "Decimal sign",
            list(_SIGNS),
            None,
            key=_DECIMAL,
            format_func=_SIGNS.__getitem__,
            placeholder=guess,
        )


def read_keys() -> SaidKeys:
    """What the fields say of keys."""
    return SaidKeys(*(_read_lines(key) for key in (_RELATIONS, _OMITTED, _KEYS)))


def read_options() -> ReadOptions:
    """What the fields say of values."""
    return ReadOptions(day_first=st.session_state.get(_DAY), decimal=st.session_state.get(_DECIMAL))


def forget_keys() -> None:
    """Nothing is said: other files are there."""
    for key in (_RELATIONS, _OMITTED, _KEYS, _DAY, _DECIMAL):
        st.session_state.pop(key, None)


def _read_lines(key: str) -> tuple[str, ...]:
    lines = str(st.session_state.get(key) or "").splitlines()
    return tuple(line.strip() for line in lines if line.strip())

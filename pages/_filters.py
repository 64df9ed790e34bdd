"""Filters above a table of runs or models, as they were set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

_FIELD_PX = 148
"""Five of them stand beside each other on a desk, two on a phone."""

Choices = Mapping[str, tuple[Sequence[Any], Callable[[Any], str]]]
"""What each filter offers, and the words for it, by name."""


@dataclass(frozen=True)
class Wanted:
    """Which rows are wanted: the chosen value of each filter, None for any, and words that they hold."""

    filters: dict[str, Any]
    text: str

    @property
    def is_narrow(self) -> bool:
        """Whether rows are left out."""
        return bool(self.text) or any(self.filters.values())


def ask_wanted(of: str, choices: Choices, written: Sequence[str] = ()) -> Wanted:
    """Ask which rows of a table are wanted; `written` filters take a text. `of` begins every key."""
    with st.container(horizontal=True, key=f"{of}_filters"):
        filters: dict[str, Any] = {
            name: st.selectbox(
                name.capitalize(),
                options,
                None,
                key=f"{of}_{name}",
                format_func=words,
                placeholder="any",
                width=_FIELD_PX,
            )
            for name, (options, words) in choices.items()
        }
        text = st.text_input("Search", key=f"{of}_text", placeholder="part of the name", width=_FIELD_PX)
        for name in written:
            field = st.text_input(
                name.capitalize(), key=f"{of}_{name}", placeholder="user name", width=_FIELD_PX
            )
            filters[name] = field or None
    return Wanted(filters, text)


def holds_words(said: Iterable[str], text: str) -> bool:
    """Whether each word of a text stands in what is said of a row."""
    known = " ".join(said).lower()
    return all(word in known for word in text.lower().split())

"""What was guessed about an uploaded file, as fields in which each guess can be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.datasets.source import NO_HEADER, Preview, ReadOptions, SourceFormat

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

LABELS: Mapping[str, str] = {
    "header": "Header row",
    "skip_rows": "Rows to skip",
    "sheet": "Sheet",
    "separator": "Separator",
    "encoding": "Encoding",
    "decimal": "Decimal sign",
    "day_first": "Order of day and month",
    "missing": "Words for missing",
}
_CHOSEN = "read_chosen"
_FIRST_ROWS = 10
_TEXT_ONLY, _WORKBOOK_ONLY, _GRID = ("separator", "encoding"), ("sheet",), ("header", "skip_rows")
_SEPARATORS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar", " ": "Space", ":": "Colon"}
_ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Western European (cp1252)",
    "iso8859-1": "Latin-1 (iso8859-1)",
    "iso8859-15": "Latin-9 (iso8859-15)",
    "cp1250": "Central European (cp1250)",
    "cp850": "DOS (cp850)",
    "utf-16": "UTF-16",
}
_DECIMALS = {",": "Comma, as in 1.234,56", ".": "Point, as in 1,234.56"}
_ORDERS = {True: "Day first, as in 31.12.2026", False: "Month first, as in 12/31/2026"}


def get_options() -> ReadOptions:
    """What was chosen in the fields, all else to be guessed; DataError for what no file can have."""
    return ReadOptions(**st.session_state.get(_CHOSEN, {}))


def forget_options() -> None:
    """Nothing was chosen yet: another file is there."""
    st.session_state[_CHOSEN] = {}
    for option in LABELS:
        st.session_state.pop(_key(option), None)


def show_guesses(source: SourceFormat) -> None:
    """Write what was guessed into the fields; to be called before they are drawn."""
    for option in LABELS:
        if option not in st.session_state[_CHOSEN]:
            value = getattr(source, option)
            st.session_state[_key(option)] = list(value) if option == "missing" else _or_none(value)


def ask_options(file_name: str, preview: Preview | None) -> None:
    """The fields that a file of that name has, three beside each other."""
    suffix = PurePath(file_name).suffix.lower()
    options = [option for option in LABELS if _is_asked(option, suffix)]
    for start in range(0, len(options), 3):
        for option, place in zip(options[start : start + 3], st.columns(3), strict=False):
            _ask(option, place, preview)


def name_fields(text: str) -> str:
    """The fields for the options of the command line that a text names."""
    flags = {f"--{option.replace('_', '-')}": label for option, label in LABELS.items()}
    flags["--month-first"] = LABELS["day_first"]
    return ", ".join(dict.fromkeys(label for flag, label in flags.items() if flag in text))


def _is_asked(option: str, suffix: str) -> bool:
    if suffix == ".parquet":
        return option not in (*_TEXT_ONLY, *_WORKBOOK_ONLY, *_GRID)
    return option not in (_TEXT_ONLY if suffix == ".xlsx" else _WORKBOOK_ONLY)


def _ask(option: str, place: DeltaGenerator, preview: Preview | None) -> None:
    label, key = LABELS[option], _key(option)
    common: dict[str, Any] = {"key": key, "on_change": _choose, "args": (option,)}
    if option == "skip_rows":
        place.number_input(label, 0, None, None, step=1, placeholder="Guess", **common)
    elif option == "missing":
        place.multiselect(
            label,
            list(st.session_state.get(key) or ()),
            accept_new_options=True,
            placeholder="Type a word, as in n/a",
            **common,
        )
    else:
        choices, title = _list_choices(option, preview)
        place.selectbox(
            label,
            choices,
            None,
            format_func=title,
            placeholder="As each column says" if option in ("decimal", "day_first") else "Guess",
            help="Empty this field to have it guessed again.",
            **common,
        )


def _list_choices(option: str, preview: Preview | None) -> tuple[list[Any], Callable[[Any], str]]:
    if option == "header":
        last = max(_FIRST_ROWS, *(value for value in (_current(option),) if isinstance(value, int)), 0)
        return [NO_HEADER, *range(1, last + 1)], lambda row: "None" if row == NO_HEADER else f"Row {row}"
    titles: dict[str, Mapping[Any, str]] = {
        "separator": _SEPARATORS,
        "encoding": _ENCODINGS,
        "decimal": _DECIMALS,
        "day_first": _ORDERS,
    }
    known = titles.get(option, {})
    found: Sequence[Any] = preview.candidates.get(option, ()) if preview else ()
    now = _current(option)
    choices = list(dict.fromkeys([*([] if now is None else [now]), *found, *known]))
    return choices, partial(_title, known)


def _title(known: Mapping[Any, str], value: Any) -> str:
    return known.get(value, str(value))


def _choose(option: str) -> None:
    """Keep what was chosen; an emptied field is guessed again."""
    value = st.session_state.get(_key(option))
    chosen = {key: kept for key, kept in st.session_state.get(_CHOSEN, {}).items() if key != option}
    if value not in (None, []):
        chosen[option] = tuple(value) if option == "missing" else value
    st.session_state[_CHOSEN] = chosen


def _current(option: str) -> Any:
    return st.session_state.get(_key(option))


def _or_none(value: Any) -> Any:
    return None if value == "" else value


def _key(option: str) -> str:
    return f"read_{option}"

"""Values that fit into the column of a database: drawn again, or written shorter as people do.

Names come from those that are short enough, and names of people are shortened to initials, where they are
made (`people`, `contact`); here is what becomes of all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from pipeline.identity.task import ColumnTask, Rule, comparable

Shorten = Callable[[str], str]

_FEW_ATTEMPTS, _ATTEMPTS = 4, 24
_CANDIDATES = 200
_STREETS = MappingProxyType(
    {
        "Avenue": "Ave", "Boulevard": "Blvd", "Circle": "Cir", "Court": "Ct", "Drive": "Dr", "Lane": "Ln",
        "Place": "Pl", "Road": "Rd", "Street": "St", "Terrace": "Ter", "avenue": "av.", "allée": "all.",
        "chemin": "ch.", "impasse": "imp.", "place": "pl.", "rue": "r.",
    }
)  # fmt: skip
_ENDS = MappingProxyType({"straße": "str.", "straat": "str."})
_WORDS = re.compile(rf"\b({'|'.join(_STREETS)})\b|({'|'.join(_ENDS)})\b")


def _abbreviate(text: str) -> str:
    return _WORDS.sub(lambda found: (_STREETS | _ENDS)[found[0]], text)


def _drop_second_word(text: str) -> str:
    """A street of a number and three words without the second of them: "12 Alder Rd"."""
    return re.sub(r"^(\d+ [^\W\d]+) [^\W\d]+ (?=[^\W\d]+\.?(?:,|$))", r"\1 ", _abbreviate(text))


def _shorten_town(text: str) -> str:
    """An address of three parts with the first word of its town alone."""
    street, *rest = _drop_second_word(text).split(", ")
    return ", ".join((street, *(one.split(" ")[0] for one in rest[:-1]), *rest[-1:]))


def _keep_street(text: str) -> str:
    return _drop_second_word(text).split(", ")[0]


def _join_groups(text: str) -> str:
    return re.sub(r"[()]", "", re.sub(r"\) *", "-", text))


def _keep_digits(text: str) -> str:
    return re.sub(r"[^\d+]", "", text)


def _drop_plus(text: str) -> str:
    return _keep_digits(text).lstrip("+")


def _drop_blanks(text: str) -> str:
    return text.replace(" ", "")


def _drop_word(text: str) -> str:
    return re.sub(r"([a-z]+)-[a-z]+-(\d+)", r"\1-\2", text)


def _drop_words(text: str) -> str:
    return re.sub(r"[a-z]+-[a-z]+-(\d+)", r"\1", text)


_WAYS: Mapping[str, Sequence[Shorten]] = MappingProxyType(
    {
        "us_address": (_abbreviate, _drop_second_word, _shorten_town),
        "street_address": (_abbreviate, _drop_second_word),
        "postal_address": (_abbreviate, _keep_street),
        "phone_number": (_join_groups, _keep_digits, _drop_plus),
        "iban": (_drop_blanks,),
        "faker:url": (_drop_word, _drop_words),
    }
)
"""How values of a kind are written shorter, step by step."""

_DRAWN_AGAIN = frozenset({"us_address", "street_address", "postal_address"})
"""Kinds of which a column has random numbers of its own, so that another draw leaves other columns alone."""


def fit_values(task: ColumnTask, rule: Rule) -> np.ndarray:
    """The values of a rule, each short enough for its column; SamplingError where one cannot be."""
    values = rule(task)
    rows = _find_long(task, values)
    if not len(rows):
        return values
    values = values.copy()
    again = task.column.kind in _DRAWN_AGAIN
    rows = _draw_again(task, rule, values, rows, range(1, _FEW_ATTEMPTS)) if again else rows
    rows = _shorten(task, values, rows)
    rows = _draw_again(task, rule, values, rows, range(_FEW_ATTEMPTS, _ATTEMPTS)) if again else rows
    rows = _shorten(task, values, rows)
    if len(rows):
        raise task.reject_length(max(min(map(len, _list_shorter(task, values[row]))) for row in rows))
    return values


def _draw_again(
    task: ColumnTask, rule: Rule, values: np.ndarray, rows: np.ndarray, attempts: range
) -> np.ndarray:
    """Replace the values of some rows by draws that fit, in place; the rows that are left.

    A street that no draw of its own row gave comes from another row, of the same country if it follows one.
    """
    groups = _code_followed(task)
    short: dict[int, list[str]] = {}
    for attempt in attempts if len(rows) else ():
        drawn = rule(replace(task, attempt=attempt))
        values[rows] = drawn[rows]
        fitting = np.setdiff1d(np.arange(task.rows), _find_long(task, drawn))
        for row in fitting[:_CANDIDATES] if task.column.kind == "street_address" else ():
            short.setdefault(int(groups[row]), []).append(drawn[row])
        rows = _find_long(task, values)
        if not len(rows):
            return rows
    for row in rows:
        found = short.get(int(groups[row]))
        values[row] = found[int(row) % len(found)] if found else values[row]
    return _find_long(task, values)


def _code_followed(task: ColumnTask) -> np.ndarray:
    """A number for each row, equal where what it follows is; rows whose country is drawn have their own."""
    followed = task.followed()
    if followed is not None:
        return np.asarray(pd.factorize(followed)[0])
    return np.arange(task.rows) if "countries" in task.column.options else np.zeros(task.rows, dtype=np.int64)


def _shorten(task: ColumnTask, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Write the values of some rows shorter, in place and none as a real one; the rows that are left."""
    real = set(task.protected_texts())
    for row in rows:
        for short in _list_shorter(task, values[row]):
            if len(short) <= task.most and comparable(np.array([short], dtype=object))[0] not in real:
                values[row] = short
                break
    return _find_long(task, values)


def _list_shorter(task: ColumnTask, text: str) -> list[str]:
    """A text and the shorter ways to write it."""
    return [text, *(shorten(text) for shorten in _WAYS.get(task.column.kind, ()))]


def _find_long(task: ColumnTask, values: np.ndarray) -> np.ndarray:
    """Rows whose text is longer than the column."""
    if not task.most or values.dtype != object:
        return np.empty(0, dtype=np.int64)
    lengths = np.fromiter((len(one) if isinstance(one, str) else 0 for one in values), np.int64, len(values))
    return np.flatnonzero(lengths > task.most)

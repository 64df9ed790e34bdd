"""What the names of tables and columns say about keys: which column of one table names another table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from pipeline.datasets.detection.names import read_name, split_name

_ID_WORDS = frozenset(
    (
        "id", "ids", "key", "fk", "pk", "sk", "uuid", "guid", "oid", "no", "nr", "num", "number", "code",
        "ref", "reference", "identifier", "nummer", "kennung", "schluessel", "numero", "identifiant",
        "kennzeichen",
    )
)  # fmt: skip
_SURE_ID_WORDS = frozenset({"id", "ids", "key", "fk", "pk", "sk", "uuid", "guid", "oid", "ref"})
_RUN_TOGETHER = re.compile(r"(\w{3,}?)(id|fk|key|no|nr|nummer|kennung|code)")
_TABLE_PREFIXES = frozenset({"tbl", "tab", "t", "dim", "fact", "fct", "stg", "raw", "vw", "v", "d", "f"})
_ROLES = frozenset(
    (
        "from", "to", "by", "of", "a", "b", "1", "2", "in", "out", "sender", "receiver", "source",
        "target", "origin", "destination", "old", "new", "first", "second", "primary", "secondary",
        "von", "an", "nach",
    )
)  # fmt: skip
_SELF_ROLES = frozenset(
    (
        "manager", "mgr", "parent", "supervisor", "superior", "boss", "reports", "mentor", "referrer",
        "referred", "predecessor", "previous", "prev", "original", "reply", "replaces", "replaced",
        "vorgesetzter", "vorgesetzte", "chef", "vorgaenger", "eltern", "responsable", "superieur",
    )
)  # fmt: skip
"""What a row is to another one of its table; "partner" and "lead" are as often rows of other tables."""
_GENERIC = frozenset(
    (
        "name", "title", "type", "date", "status", "value", "year", "month", "label", "description",
        "line", "seq", "sequence", "position", "pos", "rank", "row", "step", "version", "level", "index",
        "item", "day",
    )
)  # fmt: skip
_COUNTERS = frozenset(
    {"line", "seq", "sequence", "position", "pos", "rank", "row", "step", "version", "index", "item", "no",
     "nr", "num", "number", "installment", "instalment", "zeile", "lfd", "ligne"}
)  # fmt: skip
_SHORT_FORMS = {
    "cust": "customer", "acct": "account", "acc": "account", "emp": "employee", "dept": "department",
    "prod": "product", "txn": "transaction", "trans": "transaction", "trx": "transaction",
    "org": "organization", "addr": "address", "cat": "category", "mgr": "manager", "people": "person",
    "children": "child", "konten": "konto", "supp": "supplier", "inv": "invoice",
}  # fmt: skip


class Agreement(IntEnum):
    """How well the name of a column names the key of another table, the best last."""

    NONE = 0
    ROLE = 1
    KEY = 2
    TABLE = 3


def has_id_word(column: str) -> bool:
    """Whether a name has a word such as id, key or number."""
    return bool(_ID_WORDS & set(_split_key(column)))


def is_surely_id(column: str) -> bool:
    """Whether a name has a word that stands for nothing but an identifier: "no" may count lines."""
    return bool(_SURE_ID_WORDS & set(_split_key(column)))


def is_counter(column: str) -> bool:
    """Whether a name says that rows are counted: line number, position, version."""
    words = set(_split_key(column))
    return bool(words) and words <= _COUNTERS | {"order"} and bool(words & _COUNTERS)


def names_own_table(column: str, table: str) -> bool:
    """Whether a column is named as the key of its own table: id, customer_id or customer of customers."""
    core, own = _core(column), _table_core(table)
    if not core or _runs_together(core, own):
        return bool(core) or has_id_word(column)
    return _are_same(core, own) or _is_tail(column, core, own)


def has_same_name(first: str, second: str) -> bool:
    """Whether two columns are called the same but for case, signs between words, plural and words for id."""
    one, two = _split_key(first), _split_key(second)
    return _are_same(one, two) or (bool(_core(first)) and _are_same(_core(first), _core(second)))


def compare_names(column: str, table: str, key: str) -> Agreement:
    """How well the name of a column agrees with the key `key` of the table `table`."""
    words, parent, inner = _core(column), _table_core(table), _core(key)
    if not words:
        return Agreement.NONE
    if _are_same(words, parent) or _runs_together(words, parent):
        return Agreement.TABLE
    is_specific = bool(inner) and not set(inner) <= _GENERIC
    if _is_tail(column, words, parent) or (is_specific and _are_same(words, inner)):
        return Agreement.KEY
    owners = [one for one in (parent, inner if is_specific else ()) if one]
    return Agreement.ROLE if any(_has_role(words, one) for one in owners) else Agreement.NONE


def compare_with_own(column: str, table: str, key: str) -> Agreement:
    """How well the name of a column says that it refers to rows of its own table, as manager_id does."""
    if set(_core(column)) & _SELF_ROLES:
        return Agreement.ROLE
    found = compare_names(column, table, key)
    return Agreement.ROLE if found is Agreement.TABLE and has_id_word(column) else min(found, Agreement.ROLE)


def _is_tail(column: str, words: Sequence[str], table: Sequence[str]) -> bool:
    """Whether a column is named after the last words of a table: customer_id after bank_customers."""
    return has_id_word(column) and len(words) < len(table) and _are_same(words, table[-len(words) :])


def _runs_together(words: Sequence[str], table: Sequence[str]) -> bool:
    """Whether a single word is that of a table and one for identifiers: widgetid."""
    return len(words) == len(table) == 1 and any(
        words[0].startswith(form) and words[0].removeprefix(form) in _ID_WORDS for form in _forms(table[0])
    )


def _has_role(words: Sequence[str], owner: Sequence[str]) -> bool:
    """Whether a word for a role stands before the owner (home_district) or after it (account_to)."""
    size = len(owner)
    if len(words) <= size:
        return False
    return _are_same(words[-size:], owner) or (_are_same(words[:size], owner) and set(words[size:]) <= _ROLES)


@lru_cache(maxsize=8192)
def _split_key(name: str) -> tuple[str, ...]:
    """The words of a name; "customerid" is customer and id."""
    words = split_name(name)
    found = _RUN_TOGETHER.fullmatch(name.lower()) if len(words) == 1 else None
    return (found[1], found[2]) if found and read_name(name).is_identifier else words


def _core(column: str) -> tuple[str, ...]:
    """The words of a column that are not words for identifiers."""
    return tuple(word for word in _split_key(column) if word not in _ID_WORDS)


def _table_core(table: str) -> tuple[str, ...]:
    words = split_name(table)
    return words[1:] if len(words) > 1 and words[0] in _TABLE_PREFIXES else words


def _are_same(first: Sequence[str], second: Sequence[str]) -> bool:
    return len(first) == len(second) and all(
        _forms(one) & _forms(two) for one, two in zip(first, second, strict=True)
    )


@lru_cache(maxsize=8192)
def _forms(word: str) -> frozenset[str]:
    """A word as it may be in the singular, and short forms written out."""
    forms = {word, _SHORT_FORMS.get(word, word)}
    for ending, other in (("ies", "y"), ("es", ""), ("s", ""), ("en", ""), ("n", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            forms.add(word[: -len(ending)] + other)
    return frozenset(forms | {_SHORT_FORMS[one] for one in forms if one in _SHORT_FORMS})

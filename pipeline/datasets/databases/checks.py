"""CHECK constraints that are simple enough to be written in any dialect: read, written, and applied.

Simple are comparisons of a column with a number, a text or another column, `IN`, `BETWEEN`, `IS NOT NULL`,
several of these joined by AND, and any of these beside `x IS NULL OR` where it reads x, which says no more
than the comparison does. All else is text that only the dialect it came from understands.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<array>ARRAY\s*\[)
    |(?P<cast>::\s*(?:character\ varying|double\ precision|bit\ varying
        |(?:timestamp|time)\ with(?:out)?\ time\ zone
        |"?\w+"?(?:\."?\w+"?)?)(?:\(\d+(?:,\s*\d+)?\))?(?:\[\])?)
    |(?:_\w+\s*|N)?(?P<text>'(?:[^']|'')*')
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<quoted>"(?:[^"]|"")+"|`(?:[^`]|``)+`|\[[^\]'"]+\])
    |(?P<word>[^\W\d]\w*)
    |(?P<sign><=|>=|<>|!=|[-=<>(),\]])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# PostgreSQL writes -1 as '-1'::integer.
_NUMERIC = re.compile(r"::\s*(numeric|integer|bigint|smallint|real|double)", re.IGNORECASE)
_QUOTED_NUMBER = re.compile(r"'-?\d+(\.\d*)?'")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_IS_NULL = "IS NULL"  # on the way alone: no condition that is returned has this sign
Literal = Decimal | str


@dataclass(frozen=True)
class Condition:
    """A part of a check: `column` stands to `values`, or to the column `other`, as `sign` says.

    `sign` is one of < <= > >= = <> with one value or another column, "IN" with all values, or "IS NOT NULL".
    A cell without a value passes, as in SQL, except by IS NOT NULL.
    """

    column: str
    sign: str
    values: tuple[Literal, ...] = ()
    other: str = ""

    def write(self, quote: Callable[[str], str], spell: Callable[[str], str]) -> str:
        """The condition for a dialect, by how it quotes names and spells texts."""
        spelt = [spell(one) if isinstance(one, str) else f"{one:f}" for one in self.values]
        if self.sign == "IS NOT NULL":
            return f"{quote(self.column)} IS NOT NULL"
        if self.sign == "IN":
            return f"{quote(self.column)} IN ({', '.join(spelt)})"
        return f"{quote(self.column)} {self.sign} {quote(self.other) if self.other else spelt[0]}"

    def holds(self, value: Any, other: Any, values: Sequence[Any]) -> bool:
        """Whether a cell satisfies it; `values` are those of the condition in the type of the cell."""
        if self.sign == "IS NOT NULL":
            return value is not None
        if value is None or (self.other and other is None):
            return True
        if self.sign == "IN":
            return value in values
        return _SIGNS[self.sign](value, other if self.other else values[0])


def read_check(text: str) -> tuple[Condition, ...] | None:
    """The conditions that a check joins by AND; None where it is not a simple one."""
    tokens = _split(text)
    if tokens is None:
        return None
    try:
        conditions = _Parser(tokens).read()
    except (_NotSimple, IndexError):
        return None
    return tuple(conditions)


def write_check(conditions: Sequence[Condition]) -> str:
    """The check in the form that `SqlType.checks` keeps: standard SQL with all names quoted."""
    return " AND ".join(one.write(quote_name, quote_text) for one in conditions)


def quote_name(name: str) -> str:
    """A name in standard SQL."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text in standard SQL."""
    return "'" + text.replace("'", "''") + "'"


class _NotSimple(Exception):
    pass


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _split(text: str) -> list[_Token] | None:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            return None
        place, kind = found.end(), str(found.lastgroup)
        if kind != "cast":
            tokens.append(_Token(kind, found[kind]))
        elif tokens and _NUMERIC.match(found[kind]) and _QUOTED_NUMBER.fullmatch(tokens[-1].text):
            tokens[-1] = _Token("number", tokens[-1].text.strip("'"))
    return tokens


class _Parser:
    """A descent through the tokens of a check; IndexError at their end."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def read(self) -> list[Condition]:
        conditions = self._read_any()
        if self._place != len(self._tokens) or any(one.sign == _IS_NULL for one in conditions):
            raise _NotSimple
        return conditions

    def _read_any(self) -> list[Condition]:
        branches = [self._read_all()]
        while self._take("OR"):
            branches.append(self._read_all())
        return branches[0] if len(branches) == 1 else _leave_out_null(branches)

    def _read_all(self) -> list[Condition]:
        conditions = self._read_term()
        while self._take("AND"):
            conditions += self._read_term()
        return conditions

    def _read_term(self) -> list[Condition]:
        start = self._place
        try:
            return self._read_predicate()
        except _NotSimple:
            self._place = start
        self._need("(")
        conditions = self._read_any()
        self._need(")")
        return conditions

    def _read_predicate(self) -> list[Condition]:
        left = self._read_operand()
        if self._take("IS"):
            sign = "IS NOT NULL" if self._take("NOT") else _IS_NULL
            self._need("NULL")
            return [Condition(_column(left), sign)]
        if self._take("IN"):
            self._need("(")
            return [Condition(_column(left), "IN", self._read_list(")"))]
        if self._take("BETWEEN"):
            least = self._read_operand()
            self._need("AND")
            return [_compare(left, ">=", least), _compare(left, "<=", self._read_operand())]
        sign = self._next().text.replace("!=", "<>")
        if sign not in _SIGNS:
            raise _NotSimple
        if sign == "=" and self._take("ANY"):
            return [Condition(_column(left), "IN", self._read_array())]
        return [_compare(left, sign, self._read_operand())]

    def _read_array(self) -> tuple[Literal, ...]:
        depth = 0
        while self._take("("):
            depth += 1
        if self._next().kind != "array":
            raise _NotSimple
        values = self._read_list("]")
        for _ in range(depth):
            self._need(")")
        return values

    def _read_list(self, end: str) -> tuple[Literal, ...]:
        values = [self._read_literal()]
        while self._take(","):
            values.append(self._read_literal())
        self._need(end)
        return tuple(values)

    def _read_literal(self) -> Literal:
        operand = self._read_operand()
        if isinstance(operand, _Column):
            raise _NotSimple
        return operand

    def _read_operand(self) -> _Column | Literal:
        if self._take("("):
            operand = self._read_operand()
            self._need(")")
            return operand
        if self._take("-"):
            operand = self._read_operand()
            if not isinstance(operand, Decimal):
                raise _NotSimple
            return -operand
        return _read_atom(self._next())

    def _next(self) -> _Token:
        token = self._tokens[self._place]
        self._place += 1
        return token

    def _take(self, word: str) -> bool:
        is_there = self._place < len(self._tokens) and self._is(word)
        self._place += is_there
        return is_there

    def _is(self, word: str) -> bool:
        token = self._tokens[self._place]
        return token.kind in ("word", "sign") and token.text.upper() == word

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise _NotSimple


@dataclass(frozen=True)
class _Column:
    name: str


_RESERVED = frozenset(
    {"NOT", "NULL", "AND", "OR", "IN", "IS", "LIKE", "BETWEEN", "ANY", "CASE", "TRUE", "FALSE"}
)


def _read_atom(token: _Token) -> _Column | Literal:
    if token.kind == "text":
        return token.text[1:-1].replace("''", "'")
    if token.kind == "number":
        return Decimal(token.text)
    if token.kind == "quoted":
        mark = token.text[-1]
        return _Column(token.text[1:-1].replace(mark * 2, mark))
    if token.kind == "word" and token.text.upper() not in _RESERVED:
        return _Column(token.text)
    raise _NotSimple


def _column(operand: _Column | Literal) -> str:
    if not isinstance(operand, _Column):
        raise _NotSimple
    return operand.name


def _compare(left: _Column | Literal, sign: str, right: _Column | Literal) -> Condition:
    if not isinstance(left, _Column):
        left, sign, right = right, _FLIPPED[sign], left
    if isinstance(right, _Column):
        return Condition(_column(left), sign, other=right.name)
    return Condition(_column(left), sign, (right,))


def _leave_out_null(branches: Sequence[list[Condition]]) -> list[Condition]:
    """What conditions joined by OR say, where all but one only allow that a column of that one is missing.

    A comparison with a missing value passes anyway, so `x IS NULL OR x >= y` is `x >= y`.
    """
    rest = [one for one in branches if [each.sign for each in one] != [_IS_NULL]]
    allowed = {one[0].column for one in branches if one not in rest}
    if len(rest) != 1 or not allowed:
        raise _NotSimple
    kept = [one for one in rest[0] if one.sign != "IS NOT NULL" or one.column not in allowed]
    if not kept or any(
        one.sign in (_IS_NULL, "IS NOT NULL") or not allowed <= {one.column, one.other} for one in kept
    ):
        raise _NotSimple
    return kept

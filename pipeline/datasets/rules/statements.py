"""Comparisons and formulas as text: a >= b, a = b * c."""

from __future__ import annotations

import re
from typing import Any

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.expression import NAME, list_names, quote
from pipeline.datasets.rules.references import Column, RuleSource

_COMPARED = re.compile(r"[<>]=?")
_SIGNS = frozenset("+-*/(")
_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}
_OF_PARENT = {">": "after_parent", "<": "before_parent"}


def read_statement(source: RuleSource) -> RelatedRule:
    """An inequality, a range, a comparison with the parent, or a formula."""
    first = source.read_column()
    sign = source.pieces.next()
    if sign == "=":
        return _read_formula(source, first)
    if not _COMPARED.fullmatch(sign):
        raise source.pieces.reject(f'after {first} stands "{sign}" instead of >=, <=, >, < or =')
    if source.pieces.peek() == "-" or not re.match(r"[^\W\d]|\"", source.pieces.peek()):
        return _read_bound(source, first, sign)
    second = source.read_column()
    if first.table != second.table or source.pieces.peek() == "along":
        return _read_of_parent(source, first, sign, second)
    lower, upper = (second, first) if sign.startswith(">") else (first, second)
    options: dict[str, Any] = {"strict": True} if len(sign) == 1 else {}
    if sign.startswith("<"):
        options["decides"] = "lower"
    if lower == upper:
        raise source.pieces.reject(f"it compares {first} with itself")
    return RelatedRule("inequality", first.table, (lower.name, upper.name), options=options)


def _read_bound(source: RuleSource, column: Column, sign: str) -> RelatedRule:
    if len(sign) == 1:
        raise source.pieces.reject(
            f'a number after "{sign}" is not supported', "write >= or <= before a number or date."
        )
    end = "low" if sign == ">=" else "high"
    return RelatedRule("range", column.table, (column.name,), options={end: source.read_literal()})


def _read_of_parent(source: RuleSource, first: Column, sign: str, second: Column) -> RelatedRule:
    """A comparison with the parent, on either side; inside a table the second column is the parent's."""
    if _is_parent(source, first, second):
        first, sign, second = second, _TURNED[sign], first
    relation = source.read_along(first.table, second.table)
    options: dict[str, Any] = {"parent_column": second.name}
    if len(sign) == 1:
        options["strict"] = True
    return RelatedRule(_OF_PARENT[sign[0]], first.table, (first.name,), relation.id, options)


def _is_parent(source: RuleSource, first: Column, second: Column) -> bool:
    if first.table == second.table:
        return False
    return any(one.parent == first.table for one in source.schema.list_relations(second.table))


def _read_formula(source: RuleSource, decided: Column) -> RelatedRule:
    parts: list[str] = []
    while source.pieces.peek() and not _is_at_decimals(source, parts):
        if re.fullmatch(NAME, source.pieces.peek()):
            column = source.read_column()
            source.require_one_table([decided, column])
            parts.append(quote(column.name))
        else:
            parts.append(source.pieces.next())
    if not parts:
        raise source.pieces.reject(f"nothing follows {decided} =")
    expression = re.sub(r"\( | \)", lambda found: found[0].strip(), " ".join(parts))
    names = list_names(expression)
    if not names or decided.name in names:
        reason = f"it computes {decided} from itself" if names else f"no column follows {decided} ="
        raise source.pieces.reject(reason)
    options: dict[str, Any] = {"expression": expression}
    if _is_at_decimals(source, parts):
        source.pieces.next()
        options["decimals"] = source.read_decimals()
        source.pieces.expect("decimals", "after their number")
    return RelatedRule("formula", decided.table, (decided.name, *names), options=options)


def _is_at_decimals(source: RuleSource, parts: list[str]) -> bool:
    """Whether "to 2 decimals" follows; after a sign, "to" is a column."""
    is_after_value = bool(parts) and parts[-1] not in _SIGNS
    return is_after_value and source.pieces.peek() == "to" and source.pieces.peek(1) != "."

"""Rules as text that are written like a call: unique(cards.account_id, cards.type)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.expression import unquote
from pipeline.datasets.rules.references import Column, RuleSource


@dataclass(frozen=True)
class Call:
    """What a rule in brackets takes: how many columns at least and at most, and options by name."""

    kind: str
    least: int = 1
    most: int = 1
    options: tuple[str, ...] = ()
    goes_along: bool = False
    is_of_parent: bool = False


CALLS: Mapping[str, Call] = MappingProxyType(
    {
        "one_of": Call("one_of", 2, 20),
        "any_of": Call("one_of", 2, 20),
        "unique": Call("unique", 2, 20),
        "combination": Call("combination", 2, 20),
        "business_day": Call("business_day"),
        "range": Call("range"),
        "one_open": Call("one_open", goes_along=True),
        "ordered": Call("ordered", options=("order", "strict"), goes_along=True),
        "running": Call("running", 2, 2, ("start", "order", "sign", "negative", "decimals"), goes_along=True),
        "total": Call("total", 1, 2, ("decimals",), is_of_parent=True),
        "count": Call("count", 1, 2, is_of_parent=True),
    }
)
"""The rules that are written like a call."""


def read_call(source: RuleSource) -> RelatedRule:
    """A rule that is written like a call."""
    name = source.pieces.next()
    call = CALLS.get(name)
    if call is None:
        raise source.pieces.reject(f'there is no rule "{name}"', f"use one of {_list_names(source)}.")
    if source.schema.is_single and _needs_relation(call):
        raise source.refuse_relations(f"{name} goes along the rows of a parent")
    source.pieces.expect("(", f"after {name}")
    read = {"range": _read_range, "total": _read_total, "count": _read_count}
    return read.get(name, _read_columns)(source, name, call)


def _needs_relation(call: Call) -> bool:
    return call.goes_along or call.is_of_parent


def _list_names(source: RuleSource) -> str:
    is_single = source.schema.is_single
    return ", ".join(name for name, call in CALLS.items() if not (is_single and _needs_relation(call)))


def _close(source: RuleSource, name: str) -> None:
    source.pieces.expect(")", f"at the end of {name}(...)")


def _read_columns(source: RuleSource, name: str, call: Call) -> RelatedRule:
    columns = [source.read_column()]
    options: dict[str, Any] = {}
    while source.pieces.peek() == ",":
        source.pieces.next()
        if source.pieces.peek(1) == "=":
            options.update([_read_option(source, name, call, columns[0].table)])
        else:
            columns.append(source.read_column())
    _close(source, name)
    table = source.require_one_table(columns)
    if not call.least <= len(columns) <= call.most:
        wanted = f"{call.least}" if call.least == call.most else f"{call.least} or more"
        raise source.pieces.reject(f"{name} takes {wanted} columns, not {len(columns)}")
    if name == "any_of":
        options["at_least"] = True
    relation = source.read_along(table).id if call.goes_along else ""
    return _finish(
        source, RelatedRule(call.kind, table, tuple(one.name for one in columns), relation, options)
    )


def _finish(source: RuleSource, rule: RelatedRule) -> RelatedRule:
    """The rule with a column of the parent as its start, checked now that the relation is known."""
    start = rule.options.get("start")
    if not isinstance(start, Column):
        return rule
    parent = next(one.parent for one in source.schema.relations if one.id == rule.relation)
    if start.table != parent:
        raise source.pieces.reject(f'the balance starts from {start}, but the parent is "{parent}"')
    return replace(rule, options={**rule.options, "start": start.name})


def _read_option(source: RuleSource, name: str, call: Call, table: str) -> tuple[str, Any]:
    key = source.pieces.read_name("an option")
    if key not in call.options:
        known = ", ".join(call.options) or "none: it takes no option"
        raise source.pieces.reject(f'{name} has no option "{key}"', f"use one of {known}.")
    source.pieces.expect("=", f"after {key}")
    if key == "negative":
        return key, _read_values(source)
    if key == "strict":
        source.pieces.expect("yes", "after strict=")
        return key, True
    if key == "decimals":
        return key, source.read_decimals()
    if key == "start":
        is_number = source.pieces.peek() == "-" or source.pieces.peek()[:1].isdigit()
        return key, source.read_literal() if is_number else source.read_column()
    column = source.read_column()
    source.require_one_table([Column(table, ""), column])
    return key, column.name


def _read_values(source: RuleSource) -> tuple[str, ...]:
    values = [unquote(source.pieces.next())]
    while source.pieces.peek() == "|":
        source.pieces.next()
        values.append(unquote(source.pieces.next()))
    return tuple(values)


def _read_range(source: RuleSource, name: str, call: Call) -> RelatedRule:
    column = source.read_column()
    options: dict[str, Any] = {}
    for end in ("low", "high"):
        source.pieces.expect(",", f"before the {end} end of {name}(column, low, high)")
        if source.pieces.peek() == "none":
            source.pieces.next()
        else:
            options[end] = source.read_literal()
    _close(source, name)
    if not options:
        raise source.pieces.reject("both of its ends are none")
    return RelatedRule(call.kind, column.table, (column.name,), options=options)


def _read_total(source: RuleSource, name: str, call: Call) -> RelatedRule:
    column = source.read_column()
    source.pieces.expect(",", f"between the two columns of {name}")
    child = source.read_column()
    options: dict[str, Any] = {"child_column": child.name}
    while source.pieces.peek() == ",":
        source.pieces.next()
        options.update([_read_option(source, name, call, column.table)])
    _close(source, name)
    relation = source.read_along(child.table, column.table)
    return RelatedRule(call.kind, column.table, (column.name,), relation.id, options)


def _read_count(source: RuleSource, name: str, call: Call) -> RelatedRule:
    column = source.read_column()
    source.pieces.expect(",", f"before the table that {name} counts")
    child = source.pieces.read_name("a table")
    source.require_table(child)
    _close(source, name)
    relation = source.read_along(child, column.table)
    return RelatedRule(call.kind, column.table, (column.name,), relation.id)

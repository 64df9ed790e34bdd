"""Rules as one line of text, for people: printed and read again.

    accounts.closed >= accounts.opened          loans.amount = loans.payment * loans.months
    transactions.date >= accounts.opened        running(t.balance, t.amount, start=accounts.opening_balance)
    transactions.date <= accounts.closed        ordered(transactions.date)
    unique(cards.account_id, cards.type)        total(accounts.turnover, transactions.amount)
    one_of(people.email, people.phone)          any_of(people.email, people.phone)
    range(people.age, 0, 120)                   count(customers.accounts, accounts)
    combination(accounts.type, accounts.product)  one_open(contracts.ended) along contracts.customer_id

`along` names a relation where it is not the usual one: the owner, or the only one between two tables.
Names that are no words stand in double quotes. A dataset of one table leaves the table out:
`closed >= opened`, `unique(account, type)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema
from pipeline.datasets.rules.calls import CALLS, read_call
from pipeline.datasets.rules.expression import list_names, quote, replace_names
from pipeline.datasets.rules.references import RuleSource, find_usual_relation
from pipeline.datasets.rules.statements import read_statement

_OF_PARENT = frozenset({"after_parent", "before_parent", "total", "count"})
"""The kinds of rules whose text names the parent."""


def parse_rule(text: str, schema: RelatedSchema) -> RelatedRule:
    """Read a rule; MetadataError that names the part which is wrong."""
    source = RuleSource(text, schema)
    pieces = source.pieces
    rule = read_call(source) if pieces.peek(1) == "(" else read_statement(source)
    if pieces.peek():
        raise pieces.reject(f'"{pieces.rest()}" follows the rule, which ends before it')
    return rule


def print_rule(rule: RelatedRule, schema: RelatedSchema) -> str:
    """Write a rule as `parse_rule` reads it; the values of a combination are not written."""
    write = {
        "inequality": _write_inequality,
        "after_parent": _write_of_parent,
        "before_parent": _write_of_parent,
        "formula": _write_formula,
    }
    body = write.get(rule.kind, _write_call)(rule, schema)
    return body + _write_along(rule, schema)


def _write_inequality(rule: RelatedRule, schema: RelatedSchema) -> str:
    lower, upper = (_refer(schema, rule.table, column) for column in rule.columns)
    sign = "" if rule.options.get("strict") else "="
    if rule.options.get("decides") == "lower":
        return f"{lower} <{sign} {upper}"
    return f"{upper} >{sign} {lower}"


def _write_of_parent(rule: RelatedRule, schema: RelatedSchema) -> str:
    parent = next(one.parent for one in schema.relations if one.id == rule.relation)
    sign = ">" if rule.kind == "after_parent" else "<"
    sign += "" if rule.options.get("strict") else "="
    own = _refer(schema, rule.table, rule.columns[0])
    return f"{own} {sign} {_refer(schema, parent, rule.options['parent_column'])}"


def _write_formula(rule: RelatedRule, schema: RelatedSchema) -> str:
    expression = str(rule.options["expression"])
    names = {name: _refer(schema, rule.table, name) for name in list_names(expression)}
    written = replace_names(expression, names)
    decimals = f" to {rule.options['decimals']} decimals" if "decimals" in rule.options else ""
    return f"{_refer(schema, rule.table, rule.columns[0])} = {written}{decimals}"


def _write_call(rule: RelatedRule, schema: RelatedSchema) -> str:
    name = "any_of" if rule.kind == "one_of" and rule.options.get("at_least") else rule.kind
    parts = [_refer(schema, rule.table, column) for column in rule.columns]
    relation = next((one for one in schema.relations if one.id == rule.relation), None)
    if rule.kind == "range":
        parts += [_write_end(rule.options.get(end)) for end in ("low", "high")]
    if rule.kind == "total" and relation:
        parts.append(_refer(schema, relation.child, rule.options["child_column"]))
    if rule.kind == "count" and relation:
        parts.append(quote(relation.child))
    parent = relation.parent if relation else ""
    parts += [
        f"{key}={_write_option(key, rule.options[key], (schema, rule.table, parent))}"
        for key in CALLS[name].options
        if key in rule.options
    ]
    return f"{name}({', '.join(parts)})"


def _write_end(end: Any) -> str:
    if isinstance(end, float):
        return np.format_float_positional(end, trim="-")
    return "none" if end is None else str(end)


def _write_option(key: str, value: Any, place: tuple[RelatedSchema, str, str]) -> str:
    schema, table, parent = place
    if key == "negative":
        return "|".join('"' + str(one).replace('"', '""') + '"' for one in value)
    if key == "start" and isinstance(value, str):
        return _refer(schema, parent, value)
    if key in ("order", "sign"):
        return _refer(schema, table, value)
    return "yes" if value is True else _write_end(value)


def _refer(schema: RelatedSchema, table: str, column: str) -> str:
    return quote(column) if schema.is_single else f"{quote(table)}.{quote(column)}"


def _write_along(rule: RelatedRule, schema: RelatedSchema) -> str:
    relation = next((one for one in schema.relations if one.id == rule.relation), None)
    if relation is None:
        return ""
    parent = relation.parent if rule.kind in _OF_PARENT else ""
    usual = find_usual_relation(schema, relation.child, parent)
    if usual == relation and not relation.is_self:
        return ""
    return f" along {quote(relation.child)}.{'+'.join(map(quote, relation.columns))}"

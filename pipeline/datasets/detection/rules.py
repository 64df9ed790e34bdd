"""The validity rules that a registered table gets automatically."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.entities import find_chain
from pipeline.datasets.entity_codes import TOLERANCE, code, find_usual
from pipeline.datasets.kinds import ColumnKind, find_kind, tells_apart
from pipeline.datasets.parsing import ISO_DATE, as_text, keeps_form
from pipeline.datasets.spec import DIFFERS, ColumnSpec, DatasetSpec, ModelledType, Role, RuleSpec

_MOST_CATEGORIES = 500
_FORM_OPTIONS = frozenset(
    {
        "patterns",
        "check",
        "scope",
        "grows",
        "width",
        "integer",
        "scheme",
        "country",
        "countries",
        "elsewhere",
        "grouped",
        "order",
        "forms",
    }
)


def default_rules(spec: DatasetSpec, table: pd.DataFrame) -> tuple[RuleSpec, ...]:
    """Rules that every row of the raw table meets and every generated row must.

    Ranges are the plausible ones of detection (`plausible`), wider than the table's own.
    """
    rules: list[RuleSpec] = []
    gaps = {column.name for column in spec.columns if _has_gaps(column, table[column.name])}
    for column in spec.columns:
        if column.name not in gaps:
            rules.append(RuleSpec("not_missing", column.name))
        is_identity = column.role is Role.IDENTITY
        rules.extend(
            _identity_rules(spec, column) if is_identity else _modelled_rules(column, table[column.name])
        )
    # A rule that compares has nothing to compare with where the other column is empty.
    kept = tuple(rule for rule in rules if not gaps & set(rule.others))
    return kept + entity_rules(spec, table) + _rules_of_pools(spec, table)


def _rules_of_pools(spec: DatasetSpec, table: pd.DataFrame) -> tuple[RuleSpec, ...]:
    """That columns with the same identifiers differ in every row, where they do in the table."""
    pools = {tuple(column.options["pool"]) for column in spec.columns if column.options.get("pool")}
    return tuple(
        RuleSpec(DIFFERS, later, (earlier,))
        for pool in sorted(pools)
        for earlier, later in combinations([name for name in pool if name in table], 2)
        if not _equal_somewhere(table[earlier], table[later]) and not _are_related(spec, earlier, later)
    )


def _equal_somewhere(first: pd.Series, second: pd.Series) -> bool:
    are_told = first.notna() & second.notna()
    texts = (as_text(values[are_told]).str.strip() for values in (first, second))
    return bool(np.equal(*(text.to_numpy(dtype=object) for text in texts)).any())


def _are_related(spec: DatasetSpec, first: str, second: str) -> bool:
    """Whether one column describes what the other belongs to: such rows cannot trade one of them."""
    owners = [next((one for one in spec.entities if name in one.columns), None) for name in (first, second)]
    if None in owners or owners[0] == owners[1]:
        return False
    chains = [(one, *find_chain(spec.entities, one)) for one in owners if one is not None]
    return chains[0][-1] == chains[1][-1]


def entity_rules(spec: DatasetSpec, table: pd.DataFrame) -> tuple[RuleSpec, ...]:
    """That the columns of an entity stay together, its parent's and what is constant in it included.

    Codes are compared both ways where no two entities of the table share one. Everything else has one value
    for each code.
    """
    kinds = {column.name: column.kind for column in spec.columns}
    by_name = {entity.name: entity for entity in spec.entities}
    rules: list[RuleSpec] = []
    for entity in spec.entities:
        leader = next((name for name in entity.columns if tells_apart(kinds[name])), entity.columns[0])
        parent = by_name[entity.parent].columns[:1] if entity.parent else ()
        constant = tuple(name for name in entity.constant if name in kinds)
        for name in (*entity.columns, *constant, *parent):
            if name == leader:
                continue
            is_code = name in entity.columns and tells_apart(kinds[name]) and tells_apart(kinds[leader])
            options = {"both_ways": True} if is_code and _tells_apart(table, name, leader) else {}
            rules.append(RuleSpec("entity_constant", name, (leader,), options))
    return tuple(rules)


def _tells_apart(table: pd.DataFrame, name: str, leader: str) -> bool:
    """Whether each code comes with one code of the leader, a few rows aside."""
    first, second = code(table[name]), code(table[leader])
    is_told = first.is_present & second.is_present
    usual = find_usual(first, second)[first.codes[is_told]]
    return bool((usual != second.codes[is_told]).sum() <= TOLERANCE * len(usual))


def _has_gaps(column: ColumnSpec, values: pd.Series) -> bool:
    """Whether generated rows may lack a value; words for "no value" in identities are gaps as well."""
    return "missing_share" in column.options or bool(values.isna().any())


def _modelled_rules(column: ColumnSpec, values: pd.Series) -> list[RuleSpec]:
    words = {"words": column.options["odd_words"]} if column.options.get("odd_words") else {}
    if column.kind == ModelledType.DATETIME:
        form = str(column.options.get("format", ISO_DATE))
        if words and float(column.options.get("step_s", 1)) < 1:
            return []
        options = {"format": form} if keeps_form(form) or words else {}
        return [RuleSpec("date_format", column.name, options=options | words)]
    if column.kind == ModelledType.NUMERICAL:
        rule = "integer_range" if column.options["decimals"] == 0 else "number_range"
        limits = {"min": column.options["minimum"], "max": column.options["maximum"]}
        return [RuleSpec(rule, column.name, options=limits | words)]
    distinct = pd.Series(values.dropna().unique())
    if len(distinct) > _MOST_CATEGORIES:
        return []
    categories = sorted(as_text(distinct))
    return [RuleSpec("one_of", column.name, options={"values": categories})]


def _identity_rules(spec: DatasetSpec, column: ColumnSpec) -> list[RuleSpec]:
    kind = find_kind(column.kind) or ColumnKind(column.kind, column.kind)
    if kind.name == "empty":
        return []
    rules = [RuleSpec(rule, column.name, options=_form_options(column)) for rule in kind.rules]
    if column.is_unique:
        rules.append(RuleSpec("unique", column.name))
    rules.extend(_following_rules(spec, column, kind))
    rules.extend(_feature_rules(spec, column, kind))
    if not column.may_equal_real:
        rules.append(RuleSpec("not_real", column.name))
    return rules


def _form_options(column: ColumnSpec) -> dict[str, Any]:
    """What a rule on the form of identity values needs: the template, scheme or country."""
    return {name: value for name, value in column.options.items() if name in _FORM_OPTIONS}


def _following_rules(spec: DatasetSpec, column: ColumnSpec, kind: ColumnKind) -> list[RuleSpec]:
    """The rule that holds a column against the one that it follows, or that a feature is read from."""
    if not column.follows:
        return []
    leader = column.follows[0]
    feature = next((item for item in spec.features if item.name == leader), None)
    kinds = {item.name: item.kind for item in spec.columns}
    following = kind.following_rules.get(feature.kind if feature else kinds.get(leader, ""))
    if following is None:
        return []
    forms = {name: value for name, value in _form_options(column).items() if name == "forms"}
    return [RuleSpec(following, column.name, (feature.column,) if feature else column.follows, forms)]


def _feature_rules(spec: DatasetSpec, column: ColumnSpec, kind: ColumnKind) -> list[RuleSpec]:
    feature = next((item for item in spec.features if item.column == column.name), None)
    if feature is None or not kind.feature_rule:
        return []
    limits = {"min_age": feature.options["minimum"], "max_age": feature.options["maximum"]}
    return [RuleSpec(kind.feature_rule, column.name, options=limits)]

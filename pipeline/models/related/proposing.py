"""Rules of a dataset of several tables: that its sample speaks for, given as text, or of its database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.datasets.databases.checks import Condition, read_check
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema
from pipeline.datasets.rules.check import check_rule
from pipeline.datasets.rules.compute import COMPUTED
from pipeline.datasets.rules.expression import quote
from pipeline.datasets.rules.given import RuleTables, list_clocks
from pipeline.datasets.rules.propose import propose_rules
from pipeline.datasets.rules.settle import fill_combination, settle_rule
from pipeline.datasets.rules.text import parse_rule, print_rule
from pipeline.datasets.spec import DatasetSpec, Role
from pipeline.errors import DataError
from pipeline.evaluation.related.reference import RelatedReference
from pipeline.models.rules.apart import explain_unkept, is_too_narrow, plan_promises

_ORDERS = frozenset({"<", "<=", ">", ">="})
_OF_LEARNED = frozenset({"range", "combination"})
_OF_VALUES = COMPUTED.keys() | {"range", "business_day", "ordered"}


def read_given(dataset: RelatedDataset, reference: RelatedReference) -> RuleTables:
    """The sample as rules read it: categories that are numbers in the file as numbers."""
    tables = {name: _as_numbers(dataset, name, table) for name, table in reference.raw.items()}
    specs = dataset.list_specs().items()
    clocks = {place: kind for name, spec in specs for place, kind in list_clocks(name, spec).items()}
    return RuleTables(dataset.schema, tables, reference.all_links, clocks)


def propose(dataset: RelatedDataset, reference: RelatedReference) -> RelatedSchema:
    """The schema with what holds in every row of the sample, not confirmed, beside the rules that it has."""
    schema, given = dataset.schema, read_given(dataset, reference)
    known = {_name(rule) for rule in schema.rules}
    proposed = [rule for rule in propose_rules(given) if _can_be_kept(rule, dataset)]
    computed = {(rule.table, rule.columns[0]) for rule in (*schema.rules, *proposed) if rule.kind in COMPUTED}
    found = [
        replace(rule, is_confirmed=False)
        for rule in proposed
        # The range of a computed column follows from the others, and so does what it comes together with.
        if _name(rule) not in known
        and (rule.kind not in _OF_LEARNED or not any((rule.table, one) in computed for one in rule.columns))
    ]
    return replace(schema, rules=(*schema.rules, *found))


def edit_rules(
    dataset: RelatedDataset, reference: RelatedReference, added: Sequence[str], removed: Sequence[str]
) -> RelatedSchema:
    """The schema with rules added and removed by their texts; DataError for one that the sample breaks."""
    schema, given = dataset.schema, read_given(dataset, reference)
    rules = list(schema.rules)
    for text in removed:
        wanted = parse_rule(text, schema)
        kept = [one for one in rules if _name(one) != _name(wanted)]
        if len(kept) == len(rules):
            known = "; ".join(print_rule(one, schema) for one in rules) or "there is none"
            raise DataError(f'There is no rule "{text}".', f"remove one of these: {known}.")
        rules = kept
    for text in added:
        rules.append(_admit(text, schema, given))
    rules = list({_name(one): one for one in rules}.values())
    _require_learned_combinations(schema, rules)
    _require_unique(dataset, given, rules)
    return replace(schema, rules=tuple(rules))


def has_checks(schema: RelatedSchema) -> bool:
    """Whether the database that tables came from compares two columns of one of them in a CHECK."""
    return any(True for _ in _list_comparisons(schema))


def keep_checks(dataset: RelatedDataset, reference: RelatedReference) -> RelatedSchema:
    """The schema with a confirmed rule for every CHECK of its database that compares two columns.

    One that no rule can keep is a finding, since what is generated may not load where the CHECK holds.
    """
    schema, given = dataset.schema, read_given(dataset, reference)
    rules, said = list(schema.rules), list(schema.source.get("findings", ()))
    for table, condition in _list_comparisons(schema):
        names = [f"{quote(table)}.{quote(one)}" for one in (condition.column, condition.other)]
        text = f"{names[0]} {condition.sign} {names[1]}"
        try:
            rules.append(_admit_check(text, condition, dataset, given))
        except DataError as error:
            said.append(f"{table}: its CHECK {text} is not kept, so generated rows may not load: {error}")
    unique = tuple({_name(one): one for one in rules}.values())
    return replace(
        schema, rules=unique, source={**schema.source, "findings": said} if said else schema.source
    )


def _list_comparisons(schema: RelatedSchema) -> Iterator[tuple[str, Condition]]:
    """The tables whose rows are made, with each comparison of two of their columns in a CHECK."""
    for table in schema.tables:
        names = {name.casefold(): name for name in table.columns}  # some dialects fold those of a CHECK
        texts = [text for kind in table.types.values() for text in kind.checks] if not table.is_public else []
        for one in (one for text in texts for one in read_check(text) or ()):
            column, other = names.get(one.column.casefold()), names.get(one.other.casefold())
            if column and other:
                yield table.name, replace(one, column=column, other=other)


def _admit_check(text: str, condition: Condition, dataset: RelatedDataset, given: RuleTables) -> RelatedRule:
    """The rule of a comparison; DataError where there is none that generated rows can keep."""
    if condition.sign not in _ORDERS:
        raise DataError("only an order of two columns is a rule.")
    rule = _admit(text, dataset.schema, given)
    if not _can_be_kept(rule, dataset):
        raise DataError("one of the two columns is not learned.")
    return rule


def _admit(text: str, schema: RelatedSchema, given: RuleTables) -> RelatedRule:
    rule = settle_rule(parse_rule(text, schema), given)
    found = check_rule(fill_combination(rule, given), given)
    if found.failed:
        raise DataError(
            f'The sample breaks "{text}" in {found.failed:,} of {found.checked:,} rows.',
            "correct the rule or the rows.",
        )
    return replace(rule, is_confirmed=True)


def _require_learned_combinations(schema: RelatedSchema, rules: Sequence[RelatedRule]) -> None:
    """DataError for a combination with a column that another confirmed rule computes."""
    kept = [rule for rule in rules if rule.is_confirmed]
    computing = {(rule.table, rule.columns[0]): rule for rule in kept if rule.kind in COMPUTED}
    for rule in kept if computing else ():
        other = next((one for name in rule.columns if (one := computing.get((rule.table, name)))), None)
        if rule.kind == "combination" and other is not None:
            raise DataError(
                f'The rule "{print_rule(rule, schema)}" cannot be kept beside "{print_rule(other, schema)}", '
                "which computes one of its columns.",
                "leave one of the two out.",
            )


def _require_unique(dataset: RelatedDataset, given: RuleTables, rules: Sequence[RelatedRule]) -> None:
    """DataError for a combination that no generated row could be kept from repeating."""
    specs = {name: one.spec for name in dataset.schema.by_name if (one := dataset.table(name)) is not None}
    confirmed = [rule for rule in rules if rule.is_confirmed]
    for rule in confirmed if any(one.kind == "unique" for one in confirmed) else ():
        why = _explain_unique(rule, dataset, confirmed)
        for promise in plan_promises(dataset.schema, given, specs, confirmed):
            is_rule = (promise.table, promise.columns) == (rule.table, rule.columns)
            if rule.kind == "unique" and is_rule and promise.moved and is_too_narrow(promise, given):
                why = f'"{promise.moved}" has too few values for the rows that share the other columns'
        if why:
            raise DataError(
                f'The rule "{print_rule(rule, dataset.schema)}" cannot be kept: {why}.',
                "name a column of dates or numbers besides, or leave the rule out.",
            )


def _explain_unique(rule: RelatedRule, dataset: RelatedDataset, rules: Sequence[RelatedRule]) -> str:
    if rule.kind != "unique":
        return ""
    single = dataset.table(rule.table)
    spec = single.spec if single else None
    return explain_unkept(dataset.schema, rule.table, rule.columns, spec, rules)


def _can_be_kept(rule: RelatedRule, dataset: RelatedDataset) -> bool:
    """Whether the column that a rule decides is learned: what is derived cannot follow a rule."""
    single = dataset.table(rule.table)
    if single is None or any(one.id == rule.relation and one.is_self for one in dataset.schema.relations):
        return False
    learned = {one.name for one in single.spec.columns if one.role is Role.MODELLED}
    if rule.kind == "unique":
        return not _explain_unique(rule, dataset, dataset.schema.rules)
    if rule.kind in _OF_VALUES:
        return rule.columns[0] in learned
    if rule.kind in ("inequality", "combination", "one_of"):
        return set(rule.columns) <= learned
    if rule.kind == "before_parent":
        return rule.columns[0] in learned or _is_learned_above(rule, dataset)
    return True


def _is_learned_above(rule: RelatedRule, dataset: RelatedDataset) -> bool:
    """Whether the parent's column of a rule is learned."""
    parent = next(one.parent for one in dataset.schema.relations if one.id == rule.relation)
    single = dataset.table(parent)
    names = {one.name for one in single.spec.columns if one.role is Role.MODELLED} if single else set()
    return rule.options["parent_column"] in names and not dataset.schema.get(parent).is_public


def _as_numbers(dataset: RelatedDataset, name: str, table: pd.DataFrame) -> pd.DataFrame:
    single = dataset.table(name)
    names = _list_numbers(single.spec) if single else []
    return table.assign(**{one: pd.to_numeric(table[one]) for one in names})


def _list_numbers(spec: DatasetSpec) -> list[str]:
    return [one.name for one in spec.columns if one.options.get("stored_as") == "number"]


def _name(rule: RelatedRule) -> tuple[str, str, tuple[str, ...], str, str]:
    return rule.kind, rule.table, rule.columns, rule.relation, str(rule.options.get("expression", ""))

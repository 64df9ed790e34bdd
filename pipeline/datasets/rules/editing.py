"""The rules of a dataset of one table: listed, proposed, added and removed, each held against the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.keepable import orient_rules, take_keepable
from pipeline.datasets.rules.propose import propose_rules
from pipeline.datasets.rules.single import SingleTable, admit, parse_rules, settle_rules
from pipeline.datasets.rules.text import parse_rule, print_rule
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError

Name = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True)
class RuleInfo:
    """A rule as text, whether generated tables keep it, and how many rows of the sample speak for it."""

    rule: str
    is_confirmed: bool
    rows: int

    @property
    def state(self) -> str:
        """Whether it is kept or only proposed, as a word."""
        return "kept" if self.is_confirmed else "proposed"


def list_rules(spec: DatasetSpec, sample: pd.DataFrame) -> tuple[RuleInfo, ...]:
    """The rules that a dataset keeps."""
    known = SingleTable(spec, sample)
    return tuple(_describe(known.settle(rule), known, True) for rule in parse_rules(spec))


def propose(spec: DatasetSpec, sample: pd.DataFrame) -> tuple[RuleInfo, ...]:
    """The rules of a dataset, and those that hold in every row of its sample and can be kept as well."""
    known = SingleTable(spec, sample)
    own = [known.settle(rule) for rule in parse_rules(spec)]
    names = {_name(rule) for rule in own}
    found = [known.settle(rule) for rule in propose_rules(known.values)]
    computed = {rule.columns[0] for rule in (*own, *found) if rule.kind == "formula"}
    new = [
        rule
        for rule in found
        if _name(rule) not in names
        and not known.check(rule).failed
        # The range of a computed column follows from the others.
        and (rule.kind != "range" or rule.columns[0] not in computed)
    ]
    kept = take_keepable(spec, [*own, *new])
    return tuple(_describe(rule, known, _name(rule) in names) for rule in kept)


def edit_rules(
    spec: DatasetSpec, sample: pd.DataFrame, added: Sequence[str] = (), removed: Sequence[str] = ()
) -> DatasetSpec:
    """The description with rules added and removed by their texts.

    DataError for a rule that the sample breaks, that cannot be kept beside the others, or is not there.
    """
    known = SingleTable(spec, sample)
    rules = {_name(rule): rule for rule in parse_rules(spec)}
    for text in removed:
        if rules.pop(_name(parse_rule(text, known.schema)), None) is None:
            listed = "; ".join(print_rule(one, known.schema) for one in rules.values()) or "there is none"
            raise DataError(f'There is no rule "{text}".', f"remove one of these: {listed}.")
    for text in added:
        rule = admit(text, known)
        rules[_name(rule)] = rule
    changed = replace(spec, row_rules=tuple(print_rule(rule, known.schema) for rule in rules.values()))
    require_kept(changed, sample)
    return changed


def accept_rules(spec: DatasetSpec, sample: pd.DataFrame) -> DatasetSpec:
    """The description with every rule that `propose` finds."""
    changed = replace(spec, row_rules=tuple(one.rule for one in propose(spec, sample)))
    require_kept(changed, sample)
    return changed


def require_kept(spec: DatasetSpec, sample: pd.DataFrame) -> None:
    """DataError where the sample breaks a rule of the description, or one of them cannot be kept."""
    orient_rules(spec, settle_rules(spec, sample))


def _describe(rule: RelatedRule, known: SingleTable, is_confirmed: bool) -> RuleInfo:
    return RuleInfo(print_rule(rule, known.schema), is_confirmed, known.check(rule).checked)


def _name(rule: RelatedRule) -> Name:
    """What tells rules apart: a rule of the same name replaces the one before."""
    return rule.kind, rule.columns, str(rule.options.get("expression", ""))

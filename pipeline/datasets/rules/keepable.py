"""Which column each rule of one table decides, so that all rules can be kept at once.

An inequality can be kept by either of its columns. What is derived anew, computed by another rule, or the
same in all rows of an entity cannot follow a rule about single rows: one that would need it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.datasets.entities import find_chain
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.gaps import find_decided
from pipeline.datasets.rules.single import describe_single
from pipeline.datasets.rules.text import print_rule
from pipeline.datasets.spec import CONTINUOUS, ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.errors import DataError

_FIRST = {"combination": 0, "formula": 1}
_DATED = frozenset({"age"})


@dataclass
class _Claims:
    """What the rules that were taken so far decide."""

    spec: DatasetSpec
    merged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    computed: set[str] = field(default_factory=set)
    choices: set[str] = field(default_factory=set)
    below: dict[str, bool] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {one.name: one for one in self.spec.columns}
        self.dated = {one.column for one in self.spec.features if one.kind in _DATED}
        self._chains = find_constant_in(self.spec)

    def is_learned(self, name: str) -> bool:
        """Whether a column is learned, and not only its features."""
        return self.columns[name].role is Role.MODELLED

    def is_number(self, name: str) -> bool:
        """Whether a column is learned as numbers or dates."""
        return self.is_learned(name) and self.columns[name].kind in CONTINUOUS

    def is_readable(self, name: str) -> bool:
        """Whether a column is there before what rules decide is computed."""
        return self.is_learned(name) or name in self.dated

    def is_looser(self, name: str, other: str) -> bool:
        """Whether a column may differ wherever the other one does."""
        own = self._chains.get(name, ())
        return not own or own[0] in self._chains.get(other, ())

    def are_alike(self, names: Iterable[str]) -> bool:
        """Whether columns are all the same in the rows of one entity, or none of them is."""
        return len({self._chains.get(name, ())[:1] for name in names}) == 1

    def is_constant(self, name: str) -> bool:
        """Whether a column is the same in all rows of an entity."""
        return name in self._chains

    def leads_to(self, start: str, goal: str) -> bool:
        """Whether a column is computed from another, over any number of rules."""
        return start == goal or any(self.leads_to(one, goal) for one in self.needs.get(start, ()))

    def is_drawn_late(self, name: str) -> bool:
        """Whether a column is derived row by row, after everything else."""
        return not self.is_readable(name) and not self.is_constant(name)

    def is_needed(self, name: str) -> bool:
        """Whether another column is computed from this one."""
        return any(name in inputs for inputs in self.needs.values())

    def is_decided(self, name: str) -> bool:
        """Whether another rule gives the values of a column."""
        return name in self.merged or name in self.computed or name in self.below


def find_constant_in(spec: DatasetSpec) -> Mapping[str, tuple[str, ...]]:
    """By column the entity in whose rows it is the same, and the entities within that one."""
    found: dict[str, tuple[str, ...]] = {}
    for entity in spec.entities:
        within = [
            one.name
            for one in spec.entities
            if entity.name in {above.name for above in find_chain(spec.entities, one)}
        ]
        for name in (*entity.columns, *entity.constant):
            found[name] = (entity.name, *within)
    return found


def orient_rules(spec: DatasetSpec, rules: Iterable[RelatedRule]) -> tuple[RelatedRule, ...]:
    """The rules, each inequality deciding the column by which it can be kept beside the others.

    DataError for one that cannot be kept, with the reason.
    """
    claims, settled = _Claims(spec), {}
    numbered = list(enumerate(rules))
    for place, rule in sorted(numbered, key=lambda pair: _order(pair[1])):
        settled[place] = _TAKE[rule.kind](claims, rule)
    # What a column that is moved must not be is known once all others are taken.
    for rule in settled.values():
        if rule.kind == "unique":
            _find_movable(claims, rule)
    return tuple(settled[place] for place, _ in numbered)


def take_keepable(spec: DatasetSpec, rules: Iterable[RelatedRule]) -> tuple[RelatedRule, ...]:
    """Of some rules those that can be kept together, the first ones before later ones."""
    kept: list[RelatedRule] = []
    for rule in rules:
        try:
            orient_rules(spec, [*kept, rule])
        except DataError:
            continue
        kept.append(rule)
    return tuple(kept)


def list_movable(spec: DatasetSpec, rule: RelatedRule, rules: Iterable[RelatedRule]) -> tuple[str, ...]:
    """The columns of a rule "unique" whose values may be moved beside all rules of a table.

    None where one of them is unique anyway.
    """
    claims = _Claims(spec)
    for one in sorted(rules, key=_order):
        _TAKE[one.kind](claims, one)
    return _find_movable(claims, rule)


def _find_movable(claims: _Claims, rule: RelatedRule) -> tuple[str, ...]:
    if any(claims.columns[name].is_unique for name in rule.columns):
        return ()
    drifting = next((name for name in rule.columns if claims.is_drawn_late(name)), None)
    if drifting is not None:
        raise _refuse(claims.spec, rule, f'"{drifting}" is derived anew for each row')
    movable = tuple(
        name
        for name in rule.columns
        if claims.is_learned(name)
        and not claims.is_constant(name)
        and name not in claims.merged.keys() | claims.computed | claims.choices
    )
    if any(claims.is_decided(name) for name in rule.columns):
        # A column from which others are computed would have to be moved before those are known.
        movable = tuple(name for name in movable if not claims.is_needed(name))
    if not movable:
        reason = "each of its columns is derived anew, decided by another rule or repeated"
        raise _refuse(claims.spec, rule, reason)
    return movable


def _order(rule: RelatedRule) -> int:
    return _FIRST.get(rule.kind, 2)


def _refuse(spec: DatasetSpec, rule: RelatedRule, reason: str, hint: str = "") -> DataError:
    text = print_rule(rule, describe_single(spec))
    return DataError(
        f'The rule "{text}" cannot be kept: {reason}.',
        hint or "name other columns, or remove the rule that stands in its way.",
    )


def _take_combination(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    names = rule.columns
    for name in names:
        if not claims.is_learned(name):
            raise _refuse(claims.spec, rule, _say_derived(claims.columns[name]))
        if name in claims.merged:
            raise _refuse(claims.spec, rule, f'"{name}" is in another combination', "name all in one rule.")
    _require_alike(claims, rule)
    claims.merged |= dict.fromkeys(names, names)
    return rule


def _take_formula(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    decided, inputs = rule.columns[0], rule.columns[1:]
    _require_number(claims, rule, decided)
    if claims.is_decided(decided):
        raise _refuse(claims.spec, rule, f'another rule decides "{decided}"')
    for name in inputs:
        _require_readable(claims, rule, name)
        if claims.leads_to(name, decided):
            raise _refuse(claims.spec, rule, f'"{name}" is itself computed from "{decided}"')
        if not claims.is_looser(decided, name):
            raise _refuse(claims.spec, rule, _say_constant(decided, name))
    claims.computed.add(decided)
    claims.needs[decided] = set(inputs)
    return rule


def _take_inequality(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    group = claims.merged.get(rule.columns[0])
    if group and group == claims.merged.get(rule.columns[1]):
        return rule
    reasons = []
    for oriented in (rule, _turn(rule)):
        reason = _find_obstacle(claims, oriented)
        if not reason:
            decided = find_decided(oriented)
            claims.below[decided] = oriented.options.get("decides") == "lower"
            claims.needs.setdefault(decided, set()).update(set(rule.columns) - {decided})
            return oriented
        reasons.append(reason)
    raise _refuse(claims.spec, rule, "; ".join(dict.fromkeys(reasons)))


def _turn(rule: RelatedRule) -> RelatedRule:
    options = dict(rule.options)
    if options.pop("decides", None) != "lower":
        options["decides"] = "lower"
    return replace(rule, options=options)


def _find_obstacle(claims: _Claims, rule: RelatedRule) -> str:
    """Why a rule cannot be kept by the column that it decides; empty where it can."""
    decided = find_decided(rule)
    base = next(name for name in rule.columns if name != decided)
    is_below = rule.options.get("decides") == "lower"
    if not claims.is_number(decided):
        return _say_derived(claims.columns[decided])
    if decided in claims.merged or decided in claims.computed:
        return f'another rule decides "{decided}"'
    if claims.below.get(decided, is_below) != is_below:
        return f'another rule bounds "{decided}" from the other side'
    if not claims.is_readable(base):
        return _say_derived(claims.columns[base])
    if claims.leads_to(base, decided):
        return f'"{base}" is itself computed from "{decided}"'
    return "" if claims.is_looser(decided, base) else _say_constant(decided, base)


def _take_range(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    if not claims.is_learned(rule.columns[0]):
        raise _refuse(claims.spec, rule, _say_derived(claims.columns[rule.columns[0]]))
    return rule


def _take_business_day(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    name = rule.columns[0]
    if claims.columns[name].kind != ModelledType.DATETIME or not claims.is_learned(name):
        raise _refuse(claims.spec, rule, f'"{name}" is not learned as a date')
    if name in claims.computed:
        raise _refuse(claims.spec, rule, f'another rule decides "{name}"')
    return rule


def _take_one_of(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    if len({claims.merged.get(name) for name in rule.columns}) == 1 and rule.columns[0] in claims.merged:
        return rule
    for name in rule.columns:
        if name in claims.merged or name in claims.computed or name in claims.choices:
            raise _refuse(claims.spec, rule, f'another rule decides "{name}"')
    _require_alike(claims, rule)
    claims.choices |= set(rule.columns)
    return rule


def _take_unique(claims: _Claims, rule: RelatedRule) -> RelatedRule:
    return rule


_TAKE = {
    "combination": _take_combination,
    "formula": _take_formula,
    "inequality": _take_inequality,
    "range": _take_range,
    "business_day": _take_business_day,
    "one_of": _take_one_of,
    "unique": _take_unique,
}


def _require_number(claims: _Claims, rule: RelatedRule, name: str) -> None:
    if not claims.is_number(name):
        raise _refuse(claims.spec, rule, _say_derived(claims.columns[name]))


def _require_readable(claims: _Claims, rule: RelatedRule, name: str) -> None:
    if not claims.is_readable(name):
        raise _refuse(claims.spec, rule, _say_derived(claims.columns[name]))


def _require_alike(claims: _Claims, rule: RelatedRule) -> None:
    if not claims.are_alike(rule.columns):
        raise _refuse(
            claims.spec, rule, "some of its columns are the same in all rows of an entity, others are not"
        )


def _say_derived(column: ColumnSpec) -> str:
    if column.role is Role.IDENTITY:
        return f'"{column.name}" is derived anew, not learned'
    return f'"{column.name}" is {column.kind}, not learned as numbers or dates'


def _say_constant(decided: str, base: str) -> str:
    return f'"{decided}" is the same in all rows of an entity, and "{base}" is not'

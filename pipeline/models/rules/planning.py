"""How the confirmed rules of a schema are kept, by what the sample's tables hold, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema
from pipeline.datasets.rules.choices import learn_combinations
from pipeline.datasets.rules.compute import COMPUTED, list_sources
from pipeline.datasets.rules.gaps import find_base, find_decided, learn_form
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.models.rules.ceilings import Below, Ceiling
from pipeline.models.rules.distances import Cell, Gap, find_base_cell, is_below, learn_gap
from pipeline.models.rules.exchange import tells_filled
from pipeline.models.rules.keeping import Merged, RulePlan
from pipeline.models.rules.repairs import learn_bound

_GAPS = ("inequality", "after_parent")
_OF_FILLED = ("one_of", "one_open")
Key = tuple[str, str, str]
_GAP, _CEILING = "gap", "ceiling"


def plan_rules(schema: RelatedSchema, given: RuleTables, specs: Mapping[str, DatasetSpec]) -> RulePlan:
    """How the confirmed rules of a schema are kept, by what the sample's tables hold.

    Rules that decide a column that is not learned, or that another rule decides, are only checked.
    """
    rules = [rule for rule in schema.rules if rule.is_confirmed]
    free = {
        (name, column.name)
        for name, spec in specs.items()
        for column in spec.columns
        if column.role is Role.MODELLED
    }
    free -= {(rule.table, rule.columns[0]) for rule in rules if rule.kind in COMPUTED}
    merged = []
    for rule in rules:
        cells = {(rule.table, column) for column in rule.columns}
        if rule.kind == "combination" and cells <= free:
            merged.append(Merged(rule.table, learn_combinations(given.table(rule.table), rule.columns)))
            free -= cells
    return RulePlan(schema, _Planning(rules, free, given, specs).list_steps(), tuple(merged))


@dataclass(frozen=True)
class _Planning:
    """The rules that decide columns one after another; `free` are the columns that only they decide."""

    rules: Sequence[RelatedRule]
    free: set[Cell]
    given: RuleTables
    specs: Mapping[str, DatasetSpec]

    def list_steps(self) -> tuple[Gap | Ceiling, ...]:
        """Gaps and ceilings, each after those that it needs; one that closes a circle is left out."""
        gaps = self._learn_gaps()
        ceilings = self._learn_ceilings(gaps)
        steps: dict[Key, Gap | Ceiling] = {(_GAP, *cell): gap for cell, gap in gaps.items()}
        steps |= {(_CEILING, *one.cell): one for one in ceilings}
        order: dict[Key, list[Key]] = {}
        for key, step in steps.items():
            needed = self._list_needed(step) & steps.keys()
            if not any(_leads_to(one, key, order) for one in needed):
                order[key] = sorted(needed)
        return tuple(steps[key] for key in TopologicalSorter(order).static_order() if key in order)

    def _list_needed(self, step: Gap | Ceiling) -> set[Key]:
        """The steps after which another one comes."""
        if isinstance(step, Gap):
            cells = step.list_read(self.given)
            return {(kind, *cell) for kind in (_GAP, _CEILING) for cell in self._trace(cells)}
        found = {(_GAP, *cell) for cell in self._trace(step.list_cells())}
        return found | {(_CEILING, *cell) for cell in self._trace(one.cell for one in step.below)}

    def _trace(self, cells: Iterable[Cell]) -> set[Cell]:
        return list_sources(cells, self.rules, self.given)

    def _learn_gaps(self) -> dict[Cell, Gap]:
        by_cell: dict[Cell, list[RelatedRule]] = {}
        for rule in self.rules:
            cell = (rule.table, find_decided(rule)) if rule.kind in _GAPS else None
            if cell in self.free:
                by_cell.setdefault(cell, []).append(rule)
        return {cell: learn_gap(cell, found, self.given) for cell, found in by_cell.items()}

    def _learn_ceilings(self, gaps: Mapping[Cell, Gap]) -> list[Ceiling]:
        by_cell: dict[Cell, list[RelatedRule]] = {}
        for rule in self.rules:
            if rule.kind == "before_parent":
                cell = find_base_cell(rule, self.given)
                # What is computed from the children of a row cannot wait for them.
                if (rule.table, rule.columns[0]) not in self._trace([cell]):
                    by_cell.setdefault(cell, []).append(rule)
        above = {
            find_base_cell(rule, self.given) for gap in gaps.values() for rule in gap.rules if is_below(rule)
        }
        fixed = above | by_cell.keys()
        return [self._learn_ceiling(cell, rules, gaps, fixed) for cell, rules in by_cell.items()]

    def _learn_ceiling(
        self, cell: Cell, rules: Sequence[RelatedRule], gaps: Mapping[Cell, Gap], fixed: set[Cell]
    ) -> Ceiling:
        below = tuple(self._learn_below(rule, gaps, fixed) for rule in rules)
        ends = self.given.column(*cell)
        form = replace(below[0].form, is_strict=False, is_below=False)
        gap = gaps.get(cell)
        may_move = (
            cell in self.free
            and not self.given.schema.get(cell[0]).is_public
            and not (gap and gap.form.is_below)
        )
        is_alone = not any(
            rule.table == cell[0] and cell[1] in rule.columns
            for rule in self.rules
            if rule.kind in _OF_FILLED
        )
        return Ceiling(
            *cell,
            below,
            form,
            learn_bound(form, ends),
            self._find_spec(cell),
            gap if may_move else None,
            may_move,
            may_move and is_alone and bool(ends.isna().any()),
            self._list_telling(cell),
            self._is_business(cell),
        )

    def _learn_below(self, rule: RelatedRule, gaps: Mapping[Cell, Gap], fixed: set[Cell]) -> Below:
        cell = (rule.table, rule.columns[0])
        values, base = self.given.column(*cell), find_base(rule, self.given)
        form = learn_form(base, values, bool(rule.options.get("strict")), is_below=True)
        gap = gaps.get(cell)
        return Below(
            rule,
            form,
            values.min(),
            self._find_spec(cell),
            None if gap is None or gap.form.is_below else gap,
            cell in self.free and cell not in fixed,
            self._is_business(cell),
        )

    def _list_telling(self, cell: Cell) -> tuple[str, ...]:
        """Other columns of the table that say much of where this one is filled."""
        name, column = cell
        is_filled = self.given.column(*cell).notna().to_numpy()
        spec, table = self.specs.get(name), self.given.table(name)
        categories = (
            {one.name for one in spec.columns if one.kind == ModelledType.CATEGORICAL} if spec else ()
        )
        return tuple(
            other
            for other in self.given.schema.list_own_columns(name)
            if other != column
            and other in table
            and (other in categories or table[other].isna().any())
            and tells_filled(table[other] if other in categories else table[other].isna(), is_filled)
        )

    def _find_spec(self, cell: Cell) -> ColumnSpec | None:
        spec = self.specs.get(cell[0])
        return next((one for one in spec.columns if one.name == cell[1]), None) if spec else None

    def _is_business(self, cell: Cell) -> bool:
        return any(
            rule.kind == "business_day" and (rule.table, rule.columns[0]) == cell for rule in self.rules
        )


def _leads_to(start: Key, goal: Key, order: Mapping[Key, Sequence[Key]]) -> bool:
    return start == goal or any(_leads_to(one, goal, order) for one in order.get(start, ()))

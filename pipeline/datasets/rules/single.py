"""Rules of a dataset of one table: read from its description, and held against its sample or any table of it.

Their text names columns alone. Rules about order and numbers read the values of a column and leave out its
odd cells, which keep no order; rules about what stands together read every cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from pipeline.datasets.kinds import is_birth_date
from pipeline.datasets.parsing import ISO_DATE
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable
from pipeline.datasets.rules.check import RuleCheck, check_rule
from pipeline.datasets.rules.given import RuleTables, list_clocks
from pipeline.datasets.rules.settle import fill_combination, settle_rule
from pipeline.datasets.rules.text import parse_rule
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType
from pipeline.datasets.typed import has_values, is_mixed, is_tolerant, without_words
from pipeline.errors import DataError

OF_CELLS = frozenset({"combination", "one_of", "unique"})
"""The kinds of rules that read every cell, odd ones among them."""


def describe_single(spec: DatasetSpec, rules: Iterable[RelatedRule] = ()) -> RelatedSchema:
    """The one table of a dataset as a schema that rules read."""
    names = tuple(column.name for column in spec.columns)
    unique = tuple((column.name,) for column in spec.columns if column.is_unique)
    table = RelatedTable(spec.table, names, unique=unique)
    return RelatedSchema(
        spec.name, spec.title, spec.description, spec.as_of, (table,), rules=tuple(rules), is_single=True
    )


def parse_rules(spec: DatasetSpec) -> tuple[RelatedRule, ...]:
    """The rules of a dataset as they are written; MetadataError for one that cannot be read."""
    schema = describe_single(spec)
    return tuple(parse_rule(text, schema) for text in spec.row_rules)


class SingleTable:
    """One table as its rules read it."""

    def __init__(self, spec: DatasetSpec, table: pd.DataFrame) -> None:
        self.schema = describe_single(spec)
        self._clocks = list_clocks(spec.table, spec)
        self.cells = self._give({column.name: _as_cells(table[column.name]) for column in spec.columns})
        self.values = self._give(
            {column.name: as_values(column, table[column.name]) for column in spec.columns}
        )

    def select(self, rule: RelatedRule) -> RuleTables:
        """The table as a rule reads it."""
        return self.cells if rule.kind in OF_CELLS else self.values

    def settle(self, rule: RelatedRule) -> RelatedRule:
        """A rule with what it takes from this table: decimals, combinations, the rows that it is about."""
        given = self.select(rule)
        return fill_combination(settle_rule(rule, given), given)

    def check(self, rule: RelatedRule) -> RuleCheck:
        """How many rows a settled rule is about, and how many break it."""
        return check_rule(rule, self.select(rule))

    def _give(self, columns: dict[str, pd.Series]) -> RuleTables:
        frame = pd.DataFrame(columns, copy=False).reset_index(drop=True)
        return RuleTables(self.schema, {self.schema.tables[0].name: frame}, {}, self._clocks)


def settle_rules(spec: DatasetSpec, sample: pd.DataFrame) -> tuple[RelatedRule, ...]:
    """The rules of a dataset with what they take from its sample; DataError where the sample breaks one."""
    known = SingleTable(spec, sample)
    return tuple(admit(text, known) for text in spec.row_rules)


def admit(text: str, sample: SingleTable) -> RelatedRule:
    """A rule from its text, settled; DataError with the counts where the sample breaks it."""
    rule = sample.settle(parse_rule(text, sample.schema))
    found = sample.check(rule)
    if found.failed:
        raise DataError(
            f'The sample breaks "{text}" in {found.failed:,} of {found.checked:,} rows.',
            "correct the rule or the rows.",
        )
    if not found.checked:
        raise DataError(
            f'No row of the sample speaks for "{text}": its columns hold no values that can be compared.',
            "name columns of numbers or dates, filled in the same rows.",
        )
    return rule


def check_table(spec: DatasetSpec, table: pd.DataFrame, sample: pd.DataFrame | None) -> tuple[RuleCheck, ...]:
    """How many rows of a table each rule of its dataset is about, and how many break it.

    Without the sample it is not known which combinations there are, so that none is checked.
    """
    made = SingleTable(spec, table)
    known = None if sample is None else SingleTable(spec, sample)
    rules: Sequence[RelatedRule] = parse_rules(spec)
    if known is not None:
        rules = [known.settle(rule) for rule in rules]
    return tuple(made.check(rule) for rule in rules)


def as_values(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """A column as rules about order and numbers read it: numbers and dates, its odd cells missing."""
    values = _as_cells(values)
    if column.options.get("stored_as") == "number":
        return pd.to_numeric(values, errors="coerce")
    if is_birth_date(column.kind) and is_mixed(values):
        return pd.to_datetime(values, format="ISO8601", errors="coerce").astype("datetime64[ns]")
    if not has_values(column) or not is_mixed(values):
        return values
    if not is_tolerant(column) and column.kind == ModelledType.DATETIME:
        pattern = column.options.get("format", ISO_DATE)
        return pd.to_datetime(values, format=pattern, errors="coerce").astype("datetime64[ns]")
    return without_words(values, column)


def _as_cells(values: pd.Series) -> pd.Series:
    """The same cells without the types of Arrow, which parts of large tables have."""
    if isinstance(values.dtype, pd.ArrowDtype):
        return values.astype(object).where(values.notna(), None)
    return values

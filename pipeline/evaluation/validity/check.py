"""Does every row of a table keep the rules of its dataset? The check before every export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.datasets.spec import DatasetSpec, RuleSpec
from pipeline.datasets.typed import mark
from pipeline.errors import EvaluationError, ExportError, MetadataError
from pipeline.evaluation.results import RuleResult, Validity
from pipeline.evaluation.text import as_text, is_among, repeats_any
from pipeline.evaluation.validity.cards import CARD_RULES
from pipeline.evaluation.validity.codes import CODE_RULES
from pipeline.evaluation.validity.countries import COUNTRY_RULES
from pipeline.evaluation.validity.general import GENERAL_RULES
from pipeline.evaluation.validity.people import PEOPLE_RULES
from pipeline.evaluation.validity.rule import Rule, RuleInput

RULES: Mapping[str, Rule] = MappingProxyType(
    {**GENERAL_RULES, **PEOPLE_RULES, **CARD_RULES, **CODE_RULES, **COUNTRY_RULES}
)
"""Every rule that `dataset.yaml` can name."""

_EXAMPLES = 3
_IN_EVERY_ROW = "Every row keeps this rule, which was declared for the dataset."
_NAMED_FAILURES = 3


def check_validity(
    table: pd.DataFrame,
    spec: DatasetSpec,
    *,
    as_of: date,
    real: pd.DataFrame | None,
    ssn: Literal["valid", "never_issued"] = "valid",
) -> Validity:
    """Run every rule of the dataset on a raw table; ages and expiries count from `as_of`.

    Without a `real` table nothing can be checked by `not_real`, whose result then counts 0 rows.
    No example equals a real value, not even masked. Raises MetadataError for a rule that does not
    exist or is incomplete, EvaluationError where the table lacks a column.
    """
    rules = [(rule, _find_rule(rule)) for rule in spec.rules]
    _require_columns(table, spec)
    read = _reader(table, real, as_of, ssn)
    results = tuple(_apply(rule, read(spec)) for spec, rule in rules)
    return Validity((*results, *_check_rows(table, spec, real)))


def list_checked(spec: DatasetSpec) -> tuple[tuple[str, str], ...]:
    """Column and name of everything that `check_validity` checks, in its order."""
    return (*((rule.column, rule.rule) for rule in spec.rules), *_list_row_rules(spec))


def _check_rows(table: pd.DataFrame, spec: DatasetSpec, real: pd.DataFrame | None) -> tuple[RuleResult, ...]:
    """What every row keeps; no example is shown, since a row is about a person."""
    if not spec.row_rules:
        return ()
    from pipeline.datasets.rules.single import check_table

    return tuple(
        RuleResult(column, name, _IN_EVERY_ROW, found.checked, found.failed)
        for (column, name), found in zip(_list_row_rules(spec), check_table(spec, table, real), strict=True)
    )


def _list_row_rules(spec: DatasetSpec) -> tuple[tuple[str, str], ...]:
    if not spec.row_rules:
        return ()
    from pipeline.datasets.rules.single import parse_rules

    rules = zip(parse_rules(spec), spec.row_rules, strict=True)
    return tuple((", ".join(rule.columns), text) for rule, text in rules)


def _reader(
    table: pd.DataFrame, real: pd.DataFrame | None, as_of: date, ssn: Literal["valid", "never_issued"]
) -> Callable[[RuleSpec], RuleInput]:
    """Reads what a rule looks at; each column becomes text once, however many rules look at it."""

    @cache
    def text_of(column: str) -> pa.Array:
        return as_text(table[column])

    @cache
    def real_text_of(column: str) -> pa.Array | None:
        return None if real is None or column not in real else as_text(real[column])

    def read(rule: RuleSpec) -> RuleInput:
        others = tuple(text_of(column) for column in rule.others)
        column = rule.column
        return RuleInput(rule, table[column], text_of(column), others, as_of, real_text_of(column), ssn)

    return read


def require_valid(validity: Validity, table: str = "") -> None:
    """Raise ExportError naming column, rule, count and examples where any row breaks a rule."""
    if validity.failures:
        _refuse(validity.failures, f'Table "{table}"' if table else "The table")


def _find_rule(rule: RuleSpec) -> Rule:
    found = RULES.get(rule.rule)
    if found is None:
        raise MetadataError(
            f'Column "{rule.column}" asks for the rule "{rule.rule}", which does not exist.',
            f"use one of {', '.join(sorted(RULES))}.",
        )
    if len(rule.others) < found.others:
        raise MetadataError(
            f'Rule {rule.rule} of column "{rule.column}" names no column to compare with.',
            "name it under `others` of that rule in dataset.yaml.",
        )
    return found


def _require_columns(table: pd.DataFrame, spec: DatasetSpec) -> None:
    needed = dict.fromkeys(name for rule in spec.rules for name in (rule.column, *rule.others))
    needed |= dict.fromkeys(column.name for column in spec.columns) if spec.row_rules else {}
    missing = [name for name in needed if name not in table]
    if missing:
        raise EvaluationError(
            f'The table lacks the column "{missing[0]}", which the rules of dataset "{spec.name}" read '
            f"({len(missing)} missing in all).",
            "give a table with the columns of the dataset.",
        )


def _apply(rule: Rule, given: RuleInput) -> RuleResult:
    failed = rule.check(given)
    is_checked = np.ones(len(failed), dtype=bool)
    if not rule.is_about_missing:
        is_checked = given.values.notna().to_numpy()
    if rule is RULES["not_real"] and given.real is None:
        is_checked[:] = False
    words = given.spec.options.get("words")
    if words:
        # Odd cells that the column is known to hold among its numbers or dates.
        known = mark(pd.Series([str(word) for word in words], dtype=object))
        is_checked &= ~is_among(given.text, pa.array(known, type=pa.string()))
    failed = failed & is_checked
    return RuleResult(
        column=given.spec.column,
        rule=given.spec.rule,
        description=rule.description,
        checked=int(is_checked.sum()),
        failed=int(failed.sum()),
        examples=_examples(given, failed),
    )


def _examples(given: RuleInput, failed: np.ndarray) -> tuple[str, ...]:
    """Up to three distinct failing values, in row order; a real one would reveal that it is in the sample."""
    values = given.text.filter(pa.array(failed)).unique()
    if given.real is not None and len(values):
        values = values.filter(pa.array(~repeats_any(values, given.real)))
    return tuple(values.slice(0, _EXAMPLES).to_pylist())


def _refuse(failures: tuple[RuleResult, ...], where: str) -> NoReturn:
    named = "; ".join(_describe(failure) for failure in failures[:_NAMED_FAILURES])
    more = len(failures) - _NAMED_FAILURES
    rest = f"; {more} more rules are broken" if more > 0 else ""
    raise ExportError(
        f"{where} is not exported: {named}{rest}.",
        "report this as a defect if the table was generated here, and try another seed meanwhile.",
    )


def _describe(failure: RuleResult) -> str:
    examples = ", ".join(f'"{example}"' for example in failure.examples)
    return (
        f'column "{failure.column}" breaks rule {failure.rule} in {failure.failed:,} of '
        f"{failure.checked:,} rows" + (f", for example {examples}" if examples else "")
    )

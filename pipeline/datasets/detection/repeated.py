"""Columns that repeat the identifier of another one in each row, as it is or with the same ending.

A customer number that stands twice in a table, once as a number and once as text, is one number: derived
apart, the two would no longer say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import pandas as pd

from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.kinds import find_kind, tells_apart
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import Role

_FEWEST = 10  # distinct identifiers
_ROWS_OF_FIRST_LOOK = 50
_LONGEST_ENDING = 20


def repeat_equal(findings: Mapping[str, Finding], table: pd.DataFrame) -> dict[str, Finding]:
    """The findings, with the option `same_as` on columns that follow from an identifier beside them.

    `before` and `after` are the texts around that one, where there are any.
    """
    found = dict(findings)
    for first, second in _list_pairs(findings):
        if {"same_as"} & {*found[first].options, *found[second].options}:
            continue
        repeated = _find_repeated(table, first, second, _may_have_ending(findings[first], findings[second]))
        if repeated is not None:
            name, source, around = repeated
            found[name] = _as_repeated(found[name], found[source], table, name, source, around)
    return found


def _list_pairs(findings: Mapping[str, Finding]) -> Iterator[tuple[str, str]]:
    """Columns whose identifiers may be the same."""
    identity = [name for name, one in findings.items() if _is_derived(one)]
    for first, second in combinations(identity, 2):
        one, other = findings[first], findings[second]
        if one.kind == other.kind or (tells_apart(one.kind) and tells_apart(other.kind)):
            yield first, second


def _is_derived(finding: Finding) -> bool:
    kind = find_kind(finding.kind) if finding.role is Role.IDENTITY else None
    return kind is not None and bool(kind.generator) and kind.name not in ("tail", "empty")


def _may_have_ending(first: Finding, second: Finding) -> bool:
    return first.kind == second.kind and tells_apart(first.kind)


def _find_repeated(
    table: pd.DataFrame, first: str, second: str, may_have_ending: bool
) -> tuple[str, str, tuple[str, str]] | None:
    """The column that repeats the other one, and the texts before and after it; None where none does."""
    told = table[[first, second]].dropna()
    if not len(told):
        return None
    one, other = str(told[first].iloc[0]).strip(), str(told[second].iloc[0]).strip()
    name, source = (first, second) if len(one) > len(other) else (second, first)
    longer, shorter = (one, other) if name == first else (other, one)
    before, is_inside, after = longer.partition(shorter)
    around = (before, after)
    if not shorter or not is_inside or len(before + after) > (_LONGEST_ENDING if may_have_ending else 0):
        return None
    if not _repeats(told.head(_ROWS_OF_FIRST_LOOK), name, source, around):
        return None
    if told[source].nunique() < _FEWEST or not _repeats(told, name, source, around):
        return None
    return name, source, around


def _repeats(told: pd.DataFrame, name: str, source: str, around: tuple[str, str]) -> bool:
    before, after = around
    values = before + as_text(told[source]).str.strip() + after
    return bool((values.to_numpy() == as_text(told[name]).str.strip().to_numpy()).all())


def _as_repeated(
    finding: Finding,
    source: Finding,
    table: pd.DataFrame,
    name: str,
    other: str,
    around: tuple[str, str],
) -> Finding:
    before, after = around
    options = {**finding.options, "same_as": other}
    options |= {key: text for key, text in (("before", before), ("after", after)) if text}
    if table[name].isna().equals(table[other].isna()):
        options.pop("missing_share", None)
    ending = " with the same characters around it" if before or after else ""
    why = f'{finding.why}; that of "{other}" in each row{ending}'
    return replace(finding, options=options, is_unique=source.is_unique and finding.is_unique, why=why)

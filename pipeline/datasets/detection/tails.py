"""Columns that repeat the end of another one, such as the last four digits of a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from pipeline.datasets.detection.findings import Finding, missing_option
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.kinds import KINDS
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import ModelledType, Role

_SOURCES = frozenset(kind.name for kind in KINDS.values() if kind.has_tail)
_MODELLED_ENDS = frozenset({str(ModelledType.CATEGORICAL), str(ModelledType.NUMERICAL)})
_ENDS = _MODELLED_ENDS | {kind.name for kind in KINDS.values() if kind.may_be_tail}
_WIDTHS = (3, 6)  # fewer characters agree by chance, more are the whole number written twice
_FEWEST = 10  # distinct ends
_ROWS_OF_FIRST_LOOK = 50
_LONGEST_LEAD = 20


def find_tails(findings: Mapping[str, Finding], table: pd.DataFrame) -> dict[str, Finding]:
    """The findings, with columns of the kind `tail` where every row repeats the end of an identifier."""
    ends = [name for name, one in findings.items() if _may_be_end(one)]
    sources = [name for name, one in findings.items() if one.role is Role.IDENTITY and one.kind in _SOURCES]
    found = dict(findings)
    for name in ends:
        source = next((other for other in sources if other != name and _ends(table, name, other)), None)
        if source is not None:
            found[name] = _as_tail(found[name], as_text(table[name]), source)
            sources = [other for other in sources if other != name]
    return found


def _may_be_end(finding: Finding) -> bool:
    return str(finding.kind) in _ENDS


def _ends(table: pd.DataFrame, name: str, source: str) -> bool:
    """Whether texts of one width are the last characters of another column's in all rows of both."""
    both = table[[name, source]]
    first = both.head(_ROWS_OF_FIRST_LOOK).dropna()
    if not len(first) or not _agree(first[name], first[source]):
        return False
    told = both.dropna()
    return told[name].nunique() >= _FEWEST and _agree(told[name], told[source])


def _agree(cells: pd.Series, identifiers: pd.Series) -> bool:
    values, source = as_text(cells), as_text(identifiers).str.replace(r"[\s-]", "", regex=True)
    shape = _measure(values)
    if shape is None:
        return False
    lead, width = shape
    shorter = source.str.len().min() <= width
    return not shorter and bool((values.str[lead:].to_numpy() == source.str[-width:].to_numpy()).all())


def _measure(values: pd.Series) -> tuple[int, int] | None:
    """Characters before the end, alike in all rows, and of the end; None for texts of several widths."""
    widths = values.str.len().unique()
    if len(widths) != 1:
        return None
    first = values.iloc[0]
    lead = len(first) - len(first.lstrip("*xX•.#· -"))
    is_alike = lead == 0 or bool((values.str[:lead] == first[:lead]).all())
    width = int(widths[0]) - lead
    fits = _WIDTHS[0] <= width <= _WIDTHS[1] and lead <= _LONGEST_LEAD
    return (lead, width) if is_alike and fits else None


def _as_tail(finding: Finding, values: pd.Series, source: str) -> Finding:
    profile = Profile.of(values)
    lead, width = _measure(values.dropna()) or (0, 0)
    options: dict[str, object] = {"of": source, "width": width} | missing_option(profile)
    if lead:
        options["prefix"] = str(values.dropna().iloc[0])[:lead]
    why = f'{len(profile.distinct):,} distinct values, the last {width} characters of "{source}" in each row'
    return replace(
        finding,
        role=Role.IDENTITY,
        kind="tail",
        is_unique=False,
        options=options,
        why=why,
        alternatives=("code",),
    )

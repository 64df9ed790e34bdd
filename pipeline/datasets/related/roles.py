"""What keys decide about the columns of a table, whatever they look like by themselves."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd

from pipeline.datasets.detection.columns import describe_as, identify
from pipeline.datasets.detection.detect import Decide
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.kinds import find_kind
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable
from pipeline.datasets.spec import ModelledType, Role

_MOST_CATEGORIES = 500
_FEWEST_ROWS = 5
_TRAINED = 0.8
_LARGEST = 10**9
_KEY = "the key of the table"
_UNIQUE = "no two rows share a value"
_RARE = "no value is surely in five training rows, so that each could identify a person"
_PART = "a part of the key of the table, so that its values are kept"


def decide_by_keys(table: RelatedTable, is_given: bool = False, wide: Collection[str] = ()) -> Decide:
    """How the columns of a table are described, given its keys.

    A key of one column that holds numbers or codes is an identity that never repeats. The parts of a key of
    several columns (a date, a department) are learned, unless they are codes that hardly repeat. A table that
    is public is kept as it is. Categories stay what metadata says of them, where it `is_given`. Whole numbers
    in `wide` parts (see `list_wide`) are learned as numbers, since there may have to be more of them.
    """
    keys = [key for key in (table.primary_key, *table.unique) if key]
    single = {key[0] for key in keys if len(key) == 1}
    parts = {name for key in keys if len(key) > 1 for name in key} - single

    def decide(findings: Mapping[str, Finding], rows: pd.DataFrame) -> dict[str, Finding]:
        decided = dict(findings)
        for name, finding in findings.items():
            if table.is_public:
                continue
            if name in single:
                decided[name] = _as_key(finding, rows[name], (name,) == table.primary_key)
            elif name in parts:
                decided[name] = _as_part(finding, rows[name], name in wide)
            elif not is_given and _is_rare(finding, rows[name]):
                decided[name] = replace(identify(name, rows[name]), why=_RARE)
        return decided

    return decide


def _as_key(finding: Finding, values: pd.Series, is_primary: bool) -> Finding:
    """An identity that is unique; dates and fractions stay what they are."""
    is_number = pd.api.types.is_numeric_dtype(values)
    is_fraction = is_number and bool((values.dropna() % 1 != 0).any())
    is_kept = finding.role is Role.IDENTITY and finding.is_unique
    if is_kept or is_fraction or pd.api.types.is_datetime64_any_dtype(values):
        return finding
    kind = find_kind(finding.kind) if finding.role is Role.IDENTITY else None
    if kind is not None and kind.can_be_unique:
        return replace(finding, is_unique=True)
    why = _KEY if is_primary else _UNIQUE
    # Among values that are there: a column that may be empty is unique without being full.
    return replace(identify(str(values.name), values), is_unique=True, why=why)


def list_wide(schema: RelatedSchema, name: str) -> frozenset[str]:
    """The own parts of keys that count over more than the rows of one owner: the orders of a tenant.

    Those that count among siblings are drawn in turn, others are not.
    """
    table, owner = schema.get(name), schema.find_owner(name)
    own, above = set(schema.list_own_columns(name)), set(owner.columns) if owner else set()
    keys = [set(key) for key in (table.primary_key, *table.unique) if len(key) > 1]
    return frozenset(one for key in keys if not (above <= key and key - above <= own) for one in key & own)


def _as_part(finding: Finding, values: pd.Series, is_wide: bool) -> Finding:
    """Categories or numbers for what was taken for identifiers that repeat."""
    distinct = values.nunique()
    if is_wide and pd.api.types.is_integer_dtype(values):
        found = describe_as(values, ModelledType.NUMERICAL, _PART)
        return replace(found, options={**found.options, "maximum": _LARGEST})
    if finding.role is Role.MODELLED:
        return finding
    if 2 * distinct > len(values):
        # Drawn anew, they could repeat inside a key by chance.
        kind = find_kind(finding.kind)
        return replace(finding, is_unique=kind is not None and kind.can_be_unique)
    if pd.api.types.is_datetime64_any_dtype(values):
        return describe_as(values, ModelledType.DATETIME, _PART)
    if distinct <= _MOST_CATEGORIES:
        return describe_as(values, ModelledType.CATEGORICAL, _PART)
    return describe_as(values, ModelledType.NUMERICAL, _PART) if values.dtype != object else finding


def _is_rare(finding: Finding, values: pd.Series) -> bool:
    """Whether a column of categories may have none that enough training rows share, as in a small table."""
    if finding.role is not Role.MODELLED or finding.kind != ModelledType.CATEGORICAL:
        return False
    most = int(values.value_counts().max() if values.notna().any() else 0)
    # Of the rows that share a category, about a fifth is held out; by chance, more are.
    return most * _TRAINED - math.sqrt(most * _TRAINED * (1 - _TRAINED)) < _FEWEST_ROWS

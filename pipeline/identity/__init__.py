"""Identity columns: never learned from real rows, derived whole columns at a time.

A rule is a function from a ColumnTask to the values of its column; `pipeline.datasets.kinds` names it
by kind.
Unique columns are unique by construction: they take the code at the global row number of a seeded
permutation that skips the codes of real values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module

import numpy as np

from pipeline.datasets.kinds import KINDS, find_kind
from pipeline.datasets.spec import ColumnSpec
from pipeline.errors import SamplingError
from pipeline.identity.task import ColumnTask, IdentityRequest, Rule

__all__ = ["IDENTITY_RULES_VERSION", "IdentityRequest", "derive", "load_rule"]

IDENTITY_RULES_VERSION = "1"
"""Goes up whenever a rule gives other values for the same request; manifests record it."""


def derive(request: IdentityRequest) -> dict[str, np.ndarray]:
    """Values of every requested column, in the order of the request.

    Object arrays of text, int64 for integer keys; where a column has the option `missing_share`, that
    share of it is None. No text is longer than the option `length` of its column. Raises SamplingError
    where a column is unique and its rule has too few values, where it follows a value that no rule covers,
    where no value is short enough, or where columns follow each other in a circle.
    """
    columns = {column.name: column for column in request.columns}
    derived: dict[str, np.ndarray] = dict(request.given)
    for name in _followed_first(columns):
        column = columns[name]
        source = derived.get(column.options.get("same_as", ""))
        derived[name] = (
            _apply(ColumnTask(request, column, derived), _rule(column))
            if source is None
            else _repeat(column, source)
        )
    # Gaps come last, so that an address follows a name that its row does not show.
    return {name: _with_gaps(request, columns, name, derived) for name in columns}


def _repeat(column: ColumnSpec, source: np.ndarray) -> np.ndarray:
    """The identifiers of another column, with the texts around them that this column has."""
    before, after = (str(column.options.get(key, "")) for key in ("before", "after"))
    if not before and not after:
        return source
    return np.array([None if one is None else f"{before}{one}{after}" for one in source], dtype=object)


def _with_gaps(
    request: IdentityRequest, columns: Mapping[str, ColumnSpec], name: str, derived: Mapping[str, np.ndarray]
) -> np.ndarray:
    """The values of a column with its gaps; one that repeats another and has none of its own has those."""
    column, values = columns[name], derived[name]
    source = columns.get(column.options.get("same_as", ""))
    if source is not None and "missing_share" not in column.options:
        return _repeat(column, ColumnTask(request, source).with_gaps(derived[source.name]))
    return ColumnTask(request, column).with_gaps(values)


def _apply(task: ColumnTask, rule: Rule) -> np.ndarray:
    if not task.most:
        return rule(task)
    # Most columns have no length, so that most requests load nothing for one.
    from pipeline.identity.lengths import fit_values

    return fit_values(task, rule)


def _followed_first(columns: Mapping[str, ColumnSpec]) -> list[str]:
    graph = {
        name: [one for one in (*column.follows, str(column.options.get("same_as", ""))) if one in columns]
        for name, column in columns.items()
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = ", ".join(f'"{name}"' for name in error.args[1])
        raise SamplingError(
            f"Identity columns follow each other in a circle: {circle}.",
            "remove one of their `follows` entries in dataset.yaml.",
        ) from error


def _rule(column: ColumnSpec) -> Rule:
    kind = find_kind(column.kind)
    if kind is None or not kind.generator:
        known = ", ".join(one.name for one in KINDS.values() if one.generator and not one.provider)
        raise SamplingError(
            f'Column "{column.name}" has the identity kind "{column.kind}", for which there is no rule.',
            f"use one of {known}, or faker:<provider>, in dataset.yaml.",
        )
    return load_rule(kind.generator)


@cache
def load_rule(generator: str) -> Rule:
    """The rule that "module:function" names; its module is imported when first asked for."""
    module, _, function = generator.partition(":")
    rule: Rule = getattr(import_module(module), function)
    return rule

"""Identity columns: never learned from real rows, derived whole columns at a time.

A rule is a function from a ColumnTask to the values of its column; `RULES` names them by kind.
Unique columns are unique by construction: they take the code at the global row number of a seeded
permutation that skips the codes of real values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

import numpy as np

from pipeline.datasets.spec import ColumnSpec
from pipeline.errors import SamplingError
from pipeline.identity import address, cards, contact, documents, generic, people
from pipeline.identity.task import ColumnTask, IdentityRequest

__all__ = ["IDENTITY_RULES_VERSION", "RULES", "IdentityRequest", "derive"]

IDENTITY_RULES_VERSION = "1"
"""Goes up whenever a rule gives other values for the same request; manifests record it."""

Rule = Callable[[ColumnTask], np.ndarray]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "person_name": people.person_name,
        "first_name": people.first_name,
        "last_name": people.last_name,
        "user_id": documents.user_id,
        "email": contact.email,
        "ssn": documents.ssn,
        "us_address": address.us_address,
        "us_driver_license": documents.us_driver_license,
        "card_number": cards.card_number,
        "cvv": cards.cvv,
        "phone_number": contact.phone_number,
        "iban": generic.iban,
        "license_plate": generic.license_plate,
        "key": generic.key,
        "text": generic.text,
    }
)


def derive(request: IdentityRequest) -> dict[str, np.ndarray]:
    """Values of every requested column, in the order of the request.

    Object arrays of text, int64 for integer keys; where a column has the option `missing_share`, that
    share of it is None. Raises SamplingError where a column is unique
    and its rule has too few values, where it follows a value that no rule covers, or where
    columns follow each other in a circle.
    """
    columns = {column.name: column for column in request.columns}
    derived: dict[str, np.ndarray] = dict(request.given)
    for name in _followed_first(columns):
        column = columns[name]
        derived[name] = _rule(column)(ColumnTask(request, column, derived))
    # Gaps come last, so that an address follows a name that its row does not show.
    return {name: ColumnTask(request, columns[name]).with_gaps(derived[name]) for name in columns}


def _followed_first(columns: Mapping[str, ColumnSpec]) -> list[str]:
    graph = {
        name: [other for other in column.follows if other in columns] for name, column in columns.items()
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
    if column.kind.startswith(generic.FAKER_PREFIX):
        return generic.faker_value
    if column.kind in RULES:
        return RULES[column.kind]
    raise SamplingError(
        f'Column "{column.name}" has the identity kind "{column.kind}", for which there is no rule.',
        f"use one of {', '.join(RULES)}, or faker:<provider>, in dataset.yaml.",
    )

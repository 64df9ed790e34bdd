"""Training rows of several tables without values that belong to single people, who are rows of a root.

What one customer repeats in a hundred bookings stands in a hundred rows and is one person's all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, Role
from pipeline.evaluation.related.reference import NONE
from pipeline.models.own_values import extract_unowned

_PERSON = "person of the row\0"
"""A name that no column of a file has."""


@dataclass(frozen=True, eq=False)
class Belonging:
    """For each row of a table the positions of its owner and of the person that it is about; `NONE`: none."""

    owners: np.ndarray
    people: np.ndarray


def find_people(
    schema: RelatedSchema, name: str, take_links: Callable[[Relation], np.ndarray]
) -> Belonging | None:
    """Whose the rows of a table are: the last owner's that is not public; None where each is its own.

    `take_links` gives the positions of the parents of a relation.
    """
    owner = _find_owner(schema, name)
    if owner is None:
        return None
    owners = take_links(owner)
    people, above = owners, _find_owner(schema, owner.parent)
    while above is not None:
        people = np.append(take_links(above), NONE)[people]
        above = _find_owner(schema, above.parent)
    return Belonging(owners, people)


def extract_of_people(
    spec: DatasetSpec, raw: pd.DataFrame, belonging: Belonging | None, kept: Collection[str]
) -> pd.DataFrame:
    """The modelled table of raw training rows, own values drawn anew as for one table; `kept` columns stay.

    Where rows belong to people, a column that stays the same under an owner says something of the person.
    """
    columns = tuple(replace(one, is_public=one.is_public or one.name in kept) for one in spec.columns)
    spec = replace(spec, columns=columns)
    if belonging is None or len(np.unique(belonging.owners)) == len(raw):
        return extract_unowned(spec, raw)
    constant = tuple(one.name for one in columns if _is_constant(one, raw, belonging.owners))
    person = EntitySpec(_PERSON, (_PERSON,), constant)
    leader = ColumnSpec(_PERSON, Role.IDENTITY, "key")
    people = pd.Series(belonging.people, index=raw.index).where(belonging.people != NONE)
    described = replace(spec, columns=(*columns, leader), entities=(person, *spec.entities))
    return extract_unowned(described, raw.assign(**{_PERSON: people}))


def _find_owner(schema: RelatedSchema, name: str) -> Relation | None:
    owner = schema.find_owner(name)
    return None if owner is None or schema.get(owner.parent).is_public else owner


def _is_constant(column: ColumnSpec, raw: pd.DataFrame, owners: np.ndarray) -> bool:
    """Whether a modelled column has one value in all rows of each owner."""
    if column.role is not Role.MODELLED or column.name not in raw:
        return False
    is_owned = owners != NONE
    values = raw[column.name].to_numpy()[is_owned]
    pairs = pd.DataFrame({"owner": owners[is_owned], "value": pd.factorize(values)[0]}).drop_duplicates()
    return not bool(pairs["owner"].duplicated().any())

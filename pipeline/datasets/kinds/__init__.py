"""What is known of each identity kind: how it is recognised, made, checked, and written into metadata.

The one table of kinds. Detection reads names and patterns from it, identity the generator, the default
rules what a generated column must pass. `pipeline.evaluation.validity` implements these rules a second
time and does not read the table, so that one mistake cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.datasets.kinds.column_kind import FAKER_GENERATOR, FAKER_PREFIX, ColumnKind, Pattern
from pipeline.datasets.kinds.named import NAMED
from pipeline.datasets.kinds.recognised import RECOGNISED

__all__ = [
    "FAKER_GENERATOR",
    "FAKER_PREFIX",
    "KINDS",
    "NAME_KINDS",
    "ColumnKind",
    "Pattern",
    "find_kind",
    "find_kind_of_sdtype",
    "is_birth_date",
    "tells_apart",
]

KINDS: Mapping[str, ColumnKind] = MappingProxyType({kind.name: kind for kind in (*RECOGNISED, *NAMED)})
"""Every identity kind by name; `faker:` and any other provider of Faker is a kind as well."""

NAME_KINDS = tuple(kind.name for kind in KINDS.values() if kind.fact == "name")
"""Names of people, the parts before the whole."""

_TELLING_APART = frozenset(kind.name for kind in KINDS.values() if kind.tells_apart)
_BY_SDTYPE = {sdtype: kind for kind in KINDS.values() for sdtype in kind.read_from}


def find_kind(name: str) -> ColumnKind | None:
    """The kind of that name, one for any provider of Faker; None where there is no such kind."""
    if name in KINDS or not name.startswith(FAKER_PREFIX):
        return KINDS.get(name)
    provider = name.removeprefix(FAKER_PREFIX)
    return ColumnKind(name, f"values of the provider {provider}", sdtype=provider, is_shared=True)


def find_kind_of_sdtype(sdtype: str) -> ColumnKind:
    """The kind of a column of an sdtype with personal data; a provider of Faker where no other is known."""
    if sdtype in _BY_SDTYPE:
        return _BY_SDTYPE[sdtype]
    name = FAKER_PREFIX + sdtype
    return KINDS.get(name) or ColumnKind(
        name, f"values of the provider {sdtype}", sdtype=sdtype, is_shared=True
    )


def tells_apart(kind: str) -> bool:
    """Whether two people, accounts or devices never share a value of the kind of this name."""
    return kind in _TELLING_APART or find_kind(kind) is None


def is_birth_date(kind: str) -> bool:
    """Whether the kind of this name has days of birth."""
    known = find_kind(kind)
    return known is not None and known.is_birth_date

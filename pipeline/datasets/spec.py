"""The description of a dataset as frozen types: what `dataset.yaml` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

SPEC_FILE = "dataset.yaml"
METADATA_FILE = "metadata.json"


class Role(StrEnum):
    """What happens to a column: learned by a synthesizer, or derived so that nobody is in it."""

    MODELLED = "modelled"
    IDENTITY = "identity"


class ModelledType(StrEnum):
    """The sdtypes that synthesizers learn."""

    CATEGORICAL = "categorical"
    NUMERICAL = "numerical"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class ColumnSpec:
    """One raw column in output order.

    `kind` is a ModelledType value for modelled columns and an identity kind (see
    `pipeline.identity`) for identity columns. `follows` names the raw columns or features with
    which an identity column is coherent.
    """

    name: str
    role: Role
    kind: str
    follows: tuple[str, ...] = ()
    is_unique: bool = False
    may_equal_real: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FeatureSpec:
    """A modelled column that stands for a raw one: `age` for `date_of_birth`, and so on."""

    name: str
    kind: str
    column: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleSpec:
    """A validity rule that every generated table must pass; `others` are the columns it reads besides."""

    rule: str
    column: str
    others: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelledColumn:
    """A column as synthesizers see it: a raw modelled column or a feature."""

    name: str
    kind: ModelledType


@dataclass(frozen=True)
class DatasetSpec:
    """The content of `dataset.yaml`.

    `as_of` is the date of the raw sample, from which its ages and expiries count. `shares` are the
    default shares of generated rows by column and category; `holdout_fraction` lies in (0, 1).
    """

    name: str
    title: str
    description: str
    table: str
    as_of: date
    columns: tuple[ColumnSpec, ...]
    features: tuple[FeatureSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    holdout_fraction: float = 0.2
    is_builtin: bool = False

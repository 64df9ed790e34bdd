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
    """What happens to a column: learned by a synthesizer, or derived so that it contains no real person."""

    MODELLED = "modelled"
    IDENTITY = "identity"


class ModelledType(StrEnum):
    """The sdtypes that synthesizers learn."""

    CATEGORICAL = "categorical"
    NUMERICAL = "numerical"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


DIFFERS = "differs"
"""The validity rule that a column never equals another one in its row."""

CONTINUOUS = frozenset({ModelledType.NUMERICAL, ModelledType.DATETIME})
"""The sdtypes that are learned as numbers."""


@dataclass(frozen=True)
class ColumnSpec:
    """One raw column in output order.

    `kind` is a ModelledType value for modelled columns and an identity kind (see
    `pipeline.identity`) for identity columns. `follows` names the raw columns or features with
    which an identity column is coherent. `form` is how numbers, dates and words are in the source
    (see `pipeline.datasets.forms`), empty for plain numbers and ISO dates. `why` and `alternatives`
    say what the column was taken for and what else it could be; neither holds a value of the table.
    `is_public` is set by an administrator for codes that identify no one, such as merchant categories.
    """

    name: str
    role: Role
    kind: str
    follows: tuple[str, ...] = ()
    is_unique: bool = False
    may_equal_real: bool = False
    is_public: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    alternatives: tuple[str, ...] = ()


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
class EntitySpec:
    """What comes back in several rows: a person, an account, a device.

    `columns` are the identity columns that describe it, `constant` the modelled ones that stay the same
    in all of its rows. `sizes` says how many entities have how many rows, as (rows, entities) pairs in
    ascending order. `parent` names the entity that it belongs to: an account's client; `per_parent` then
    says how many parents have how many of it, as (entities, parents) pairs. `is_sorted` says whether the
    rows of one entity are together in the sample.
    """

    name: str
    columns: tuple[str, ...]
    constant: tuple[str, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()
    parent: str = ""
    per_parent: tuple[tuple[int, int], ...] = ()
    is_sorted: bool = False


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
    `entities` come back in several rows. `rules` are checked of single columns, `row_rules` are kept by
    every row (texts of `pipeline.datasets.rules`). `source` is how the table's file was read, as
    `pipeline.datasets.reading` writes it (separator, encoding, header row, sheet, ...), empty for a plain
    file. `part_of` is the set that the table belongs to, empty for a dataset of one table; the file has none.
    """

    name: str
    title: str
    description: str
    table: str
    as_of: date
    columns: tuple[ColumnSpec, ...]
    features: tuple[FeatureSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    row_rules: tuple[str, ...] = ()
    entities: tuple[EntitySpec, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    holdout_fraction: float = 0.2
    is_builtin: bool = False
    part_of: str = ""

    def _repr_html_(self) -> str:
        """What a notebook shows: what is known of the dataset, and what each column was taken for."""
        from pipeline.datasets.notebook import render_card

        facts = {
            "name": self.name,
            "description": self.description,
            "rules": ", ".join(self.row_rules) or "–",
        }
        rows = [
            (one.name, one.role.value, one.kind.replace("_", " "), one.why or "–") for one in self.columns
        ]
        return render_card(self.title, facts, ("column", "role", "kind", "why"), rows)

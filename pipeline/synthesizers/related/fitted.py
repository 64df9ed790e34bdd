"""What was learned of each table: the model of its rows, how it hangs on others, and how that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.copula import Copula
from pipeline.synthesizers.related.hierarchy import Hierarchy
from pipeline.synthesizers.related.references import Reference
from pipeline.synthesizers.related.sequences import SequenceModel
from pipeline.synthesizers.related.tables import Node


@dataclass(frozen=True)
class PublicRows:
    """The rows of a public table, which are kept, and the positions of their parents."""

    values: Columns
    owner: np.ndarray | None
    others: Mapping[str, np.ndarray]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        parts = {f"values.{place}": array for place, array in enumerate(self.values.values())}
        parts |= {f"others.{relation}": rows for relation, rows in self.others.items()}
        return parts | ({} if self.owner is None else {"owner": self.owner})

    @classmethod
    def from_arrays(cls, keys: list[str], arrays: Mapping[str, np.ndarray]) -> Self:
        """The rows again; `keys` are their columns in order."""
        values = {key: arrays[f"values.{place}"] for place, key in enumerate(keys)}
        return cls(values, arrays.get("owner"), take_arrays(arrays, "others."))


Model = SequenceModel | Copula | PublicRows | None
"""How the rows of a table come about; None: they have no column."""


@dataclass(frozen=True)
class FittedNode:
    """One internal table.

    `attributes` are its columns, `held` those that its owner holds (own column → the owner's). `dealt` says
    how many rows each row of a public owner has.
    """

    node: Node
    attributes: Mapping[str, Attribute]
    model: Model
    held: Mapping[str, str] = field(default_factory=dict)
    held_attributes: Mapping[str, Attribute] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    dealt: np.ndarray | None = None

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values for `from_parts`."""
        return {
            "node": self.node.as_dict(),
            "attributes": {key: one.as_dict() for key, one in self.attributes.items()},
            "held": dict(self.held),
            "held_attributes": {key: one.as_dict() for key, one in self.held_attributes.items()},
            "references": [one.values for one in self.references],
            "hierarchies": [one.as_dict() for one in self.hierarchies],
            "kind": type(self.model).__name__ if self.model is not None else "",
            "model": self.model.values if isinstance(self.model, SequenceModel) else None,
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        parts = {} if self.dealt is None else {"dealt": self.dealt}
        if self.model is not None:
            parts |= {f"model.{name}": array for name, array in self.model.arrays.items()}
        for place, one in enumerate(self.references):
            parts |= {f"reference.{place}.{name}": array for name, array in one.arrays.items()}
        return parts

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The node again."""
        return cls(
            Node.from_dict(values["node"]),
            _read_attributes(values["attributes"]),
            _read_model(values, take_arrays(arrays, "model.")),
            values["held"],
            _read_attributes(values["held_attributes"]),
            tuple(
                Reference.from_parts(one, take_arrays(arrays, f"reference.{place}."))
                for place, one in enumerate(values["references"])
            ),
            tuple(Hierarchy(**one) for one in values["hierarchies"]),
            arrays.get("dealt"),
        )


def _read_attributes(values: Mapping[str, Any]) -> dict[str, Attribute]:
    return {key: Attribute.from_dict(one) for key, one in values.items()}


def _read_model(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Model:
    keys = list(values["attributes"])
    if values["kind"] == SequenceModel.__name__:
        return SequenceModel.from_parts(values["model"], arrays)
    if values["kind"] == Copula.__name__:
        return Copula.from_arrays(keys, arrays)
    return PublicRows.from_arrays(keys, arrays) if values["kind"] else None

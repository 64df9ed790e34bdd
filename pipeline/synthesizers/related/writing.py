"""How the columns of one table are written: which as gaps, from what they count, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.filling import Filling
from pipeline.synthesizers.related.siblings import Siblings
from pipeline.synthesizers.related.tables import COUNT, MEAN, OWN, Node
from pipeline.synthesizers.related.variables import Role, Variable
from pipeline.synthesizers.width import NUMBER_BINS

_MOST_BINS, _ROWS_OF_BIN = 256, 100
_NARROW = 0.25
"""A number whose gaps are spread by less than this part of its own spread is written as gaps."""
_FEWEST_GAPS = 20
_AFTER_SHARE = 0.999


@dataclass(frozen=True)
class Written:
    """One column and its variables; `base` is the context, a date of an ancestor, that it counts from.

    `filling` says which siblings have a value, None where all have or their owner has no mean of it.
    """

    key: str
    attribute: Attribute
    variables: tuple[Variable, ...]
    base: str = ""
    base_attribute: Attribute | None = None
    filling: Filling | None = None

    def find_base(self, above: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
        """What the column counts from in each row; 0 where that is nothing."""
        if self.base_attribute is None:
            return np.zeros(rows)
        return np.nan_to_num(self.attribute.grains_at(self.base_attribute.instants(above[self.base])))

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return {
            "key": self.key,
            "attribute": self.attribute.as_dict(),
            "variables": [one.as_dict() for one in self.variables],
            "base": self.base,
            "base_attribute": self.base_attribute.as_dict() if self.base_attribute else None,
            "filling": self.filling.as_dict() if self.filling else None,
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The cells of the variables."""
        return {
            f"{place}.{name}": array
            for place, one in enumerate(self.variables)
            if one.cells is not None
            for name, array in one.cells.arrays.items()
        }

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The column again."""
        variables = (
            Variable.from_dict(one, take_arrays(arrays, f"{place}."))
            for place, one in enumerate(values["variables"])
        )
        of_base = values["base_attribute"]
        return cls(
            values["key"],
            Attribute.from_dict(values["attribute"]),
            tuple(variables),
            values["base"],
            Attribute.from_dict(of_base) if of_base else None,
            # Models of earlier versions have none.
            Filling.from_dict(values["filling"]) if values.get("filling") else None,
        )


class Writer:
    """Decides how the columns of a table are written, and gives the codes of its rows.

    The rows stand by owner and in order; `above` holds what they know of their ancestors, and
    `above_attributes` the dates among it.
    """

    def __init__(
        self,
        node: Node,
        siblings: Siblings,
        above: Columns,
        above_attributes: Mapping[str, Attribute],
    ) -> None:
        self._node, self._siblings = node, siblings
        self._above, self._above_attributes = above, above_attributes
        self._is_long = bool((siblings.place > 0).any())

    def write(
        self, attributes: Mapping[str, Attribute], values: Columns
    ) -> tuple[tuple[Written, ...], np.ndarray]:
        """The columns in drawing order, and the codes (rows × variables)."""
        parts = {key: self._write(key, attributes[key], values[key]) for key in attributes}
        order = sorted(parts, key=lambda key: self._rank(key, parts[key][0]))
        written = tuple(parts[key][0] for key in order)
        return written, np.concatenate([parts[key][1] for key in order], axis=1)

    def _rank(self, key: str, written: Written) -> tuple[bool, bool, int]:
        """The natural key first, then the numbers of children, then narrow columns before wide ones."""
        width = sum(sum(one.sizes) for one in written.variables)
        return key != self._node.natural, not key.startswith(COUNT), width

    def _write(self, key: str, attribute: Attribute, values: np.ndarray) -> tuple[Written, np.ndarray]:
        if attribute.is_category:
            has_rare = bool((~(values >= 0)).any())
            variable = Variable.of_categories(key, attribute.categories, has_rare)
            return Written(key, attribute, (variable,)), variable.encode(values)
        base = self._find_base(attribute, values)
        from_ = Written(key, attribute, (), base, self._above_attributes.get(base))
        counted = values - from_.find_base(self._above, len(values))
        if self._is_gapped(key, values):
            parts = self._split(key, counted, values)
        else:
            parts = [(Role.OFFSET if base else Role.VALUE, counted)]
        variables = [
            Variable.of_numbers(key, role, numbers, attribute.step, self._count_bins(numbers))
            for role, numbers in parts
        ]
        codes = [one.encode(numbers) for one, (_, numbers) in zip(variables, parts, strict=True)]
        filling = self._find_filling(key, attribute, values)
        written = Written(key, attribute, tuple(variables), base, from_.base_attribute, filling)
        return written, np.concatenate(codes, axis=1)

    def _find_filling(self, key: str, attribute: Attribute, values: np.ndarray) -> Filling | None:
        count, mean = f"0/{COUNT}{self._node.name}", f"0/{MEAN}{self._node.name}/{key}"
        is_summed = attribute.has_missing and key.startswith(OWN) and {count, mean} <= self._above.keys()
        filling = Filling(count, mean) if is_summed else None
        return filling and filling.learn(self._above, self._siblings, key, values)

    def _split(self, key: str, counted: np.ndarray, values: np.ndarray) -> list[tuple[Role, np.ndarray]]:
        last = self._siblings.last[key]
        first = np.where(np.isnan(last), counted, np.nan)
        return [(Role.FIRST, first), (Role.GAP, values - last)] if self._is_long else [(Role.FIRST, first)]

    def _is_gapped(self, key: str, values: np.ndarray) -> bool:
        if not self._is_long or not self._is_ordered:
            return False
        if key in (self._node.order, self._node.natural):
            return True
        gaps = (values - self._siblings.last[key])[~np.isnan(self._siblings.last[key])]
        is_whole = not np.isnan(values).any() and len(gaps) > _FEWEST_GAPS and key.startswith(OWN)
        return bool(is_whole and gaps.std() < _NARROW * values.std())

    @property
    def _is_ordered(self) -> bool:
        return bool(self._node.order or self._node.natural)

    def _find_base(self, attribute: Attribute, values: np.ndarray) -> str:
        """The nearest date of an ancestor that is not after this one in nearly all rows."""
        known = ~np.isnan(values)
        for name, other in self._above_attributes.items() if attribute.is_date and known.any() else ():
            if other.is_date and self._is_after(attribute, values[known], other, self._above[name][known]):
                return name
        return ""

    def _is_after(self, one: Attribute, values: np.ndarray, other: Attribute, before: np.ndarray) -> bool:
        return bool((values >= one.grains_at(other.instants(before))).mean() > _AFTER_SHARE)

    def _count_bins(self, numbers: np.ndarray) -> int:
        known = int((~np.isnan(numbers)).sum())
        return int(np.clip(known // _ROWS_OF_BIN, NUMBER_BINS, _MOST_BINS))

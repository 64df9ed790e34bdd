"""One fitted table: rows are drawn place by place, for all owners at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.autoregressive.partial_rows import RowNetwork
from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.related.attributes import Columns
from pipeline.synthesizers.related.contexts import ContextCode
from pipeline.synthesizers.related.drawing import BlockDrawer
from pipeline.synthesizers.related.siblings import RunningSiblings, Siblings
from pipeline.synthesizers.related.variables import Role
from pipeline.synthesizers.related.writing import Written

_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True)
class SiblingContext:
    """Which siblings a row knows of.

    `previous` are the columns of which it knows the sibling before, `means` those with running means, and
    `spans` those of which it knows how much is left: column → context that holds the span of all siblings.
    """

    is_long: bool = False
    previous: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    spans: Mapping[str, str] | None = None

    def describe(self, siblings: Siblings, above: Columns) -> Columns:
        """The contexts of rows by name."""
        if not self.is_long:
            return {}
        found = {"place": siblings.place.astype(np.float64), "left": siblings.left.astype(np.float64)}
        found |= {f"previous/{key}": siblings.previous[key] for key in self.previous}
        found |= {f"mean/{key}": siblings.means[key] for key in self.means}
        for key, name in (self.spans or {}).items():
            found[f"left/{key}"] = above[name] - (siblings.last[key] - siblings.first[key])
        return found

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values."""
        return {
            "is_long": self.is_long,
            "previous": list(self.previous),
            "means": list(self.means),
            "spans": dict(self.spans or {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The context again."""
        return cls(values["is_long"], tuple(values["previous"]), tuple(values["means"]), values["spans"])


@dataclass(frozen=True)
class SequenceModel:
    """A network for rows given their ancestors and the siblings before them; `natural` rises."""

    above: ContextCode
    siblings: ContextCode
    context: SiblingContext
    written: tuple[Written, ...]
    natural: str
    weights: Mapping[str, np.ndarray]

    def draw(
        self,
        above: Columns,
        counts: np.ndarray,
        masks: Mapping[str, np.ndarray],
        rng: np.random.Generator,
    ) -> tuple[Columns, np.ndarray]:
        """Rows, siblings together and in order, and the owner of each.

        `above` holds the contexts of every owner, `counts` how many rows it gets, `masks` for some columns
        which categories it has (owners × categories).
        """
        drawer = BlockDrawer(RowNetwork(self._sizes, self.weights), self.written, self.natural, rng)
        given = self.above.encode(above, len(counts))
        running = RunningSiblings(self._sequenced, len(counts))
        owners, parts = [], []
        for owner, place in self._plan(counts):
            siblings = running.look(owner, place, counts[owner] - place)
            rows = self._draw_block(drawer, given, above, masks, owner, siblings)
            running.add(owner, rows)
            owners.append(owner)
            parts.append(rows)
        return self._join(owners, parts)

    def _draw_block(
        self,
        drawer: BlockDrawer,
        given: np.ndarray,
        above: Columns,
        masks: Mapping[str, np.ndarray],
        owner: np.ndarray,
        siblings: Siblings,
    ) -> Columns:
        known = {name: above[name][owner] for name in self._needed}
        contexts = self.siblings.encode(self.context.describe(siblings, known), len(owner))
        codes = np.concatenate([given[owner], contexts], axis=1)
        return drawer.draw(codes, known, siblings, {key: mask[owner] for key, mask in masks.items()})

    def _plan(self, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Blocks of owners and their places; an owner is in a block once where order matters."""
        if not self._sequenced:
            owner = np.repeat(np.arange(len(counts)), counts)
            place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
            for start in range(0, len(owner), _ROWS_AT_ONCE):
                yield owner[start : start + _ROWS_AT_ONCE], place[start : start + _ROWS_AT_ONCE]
            return
        for place_now in range(int(counts.max(initial=0))):
            active = np.flatnonzero(counts > place_now)
            for start in range(0, len(active), _ROWS_AT_ONCE):
                block = active[start : start + _ROWS_AT_ONCE]
                yield block, np.full(len(block), place_now)

    def _join(self, owners: list[np.ndarray], parts: list[Columns]) -> tuple[Columns, np.ndarray]:
        if not owners:
            return {one.key: np.empty(0) for one in self.written}, np.empty(0, dtype=np.int64)
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        return {key: np.concatenate([part[key] for part in parts])[order] for key in parts[0]}, owner[order]

    @property
    def _sequenced(self) -> tuple[str, ...]:
        """The columns of which a row must know the siblings before it; none: all at once."""
        gapped = [one.key for one in self.written if any(part.role is Role.GAP for part in one.variables)]
        natural = [self.natural] if self.natural and self.context.is_long else []
        return tuple(dict.fromkeys([*self.context.previous, *self.context.means, *gapped, *natural]))

    @property
    def _needed(self) -> set[str]:
        bases = {one.base for one in self.written if one.base}
        fillings = [one.filling for one in self.written if one.filling]
        sums = {name for one in fillings for name in (one.count, one.mean)}
        return bases | sums | set((self.context.spans or {}).values())

    @property
    def _sizes(self) -> tuple[int, ...]:
        own = (size for one in self.written for part in one.variables for size in part.sizes)
        return (*self.above.sizes, *self.siblings.sizes, *own)

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values for `from_parts`."""
        return {
            "above": self.above.values,
            "siblings": self.siblings.values,
            "context": self.context.as_dict(),
            "written": [one.as_dict() for one in self.written],
            "natural": self.natural,
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        parts = {f"above.{name}": array for name, array in self.above.arrays.items()}
        parts |= {f"siblings.{name}": array for name, array in self.siblings.arrays.items()}
        for place, one in enumerate(self.written):
            parts |= {f"written.{place}.{name}": array for name, array in one.arrays.items()}
        return parts | {f"network.{name}": array for name, array in self.weights.items()}

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The model again."""
        return cls(
            ContextCode.from_parts(values["above"], take_arrays(arrays, "above.")),
            ContextCode.from_parts(values["siblings"], take_arrays(arrays, "siblings.")),
            SiblingContext.from_dict(values["context"]),
            tuple(
                Written.from_parts(one, take_arrays(arrays, f"written.{place}."))
                for place, one in enumerate(values["written"])
            ),
            values["natural"],
            take_arrays(arrays, "network."),
        )

"""The ancestors of rows, while tables are learned and while they are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np

from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.tables import Node

_MOST_CONTEXTS = 96


class Level(Protocol):
    """The rows of one node: a frame that is learned, or rows that were drawn."""

    node: Node
    owner: np.ndarray | None
    values: Columns

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...


def climb(
    node: Node, owner: np.ndarray | None, levels: Mapping[str, Level]
) -> Iterator[tuple[str, np.ndarray]]:
    """Each ancestor of a node, the owner first, and its position for each row; -1: none."""
    name, positions = node.owner, owner
    while name and positions is not None:
        yield name, positions
        above = levels[name]
        positions = None if above.owner is None else _follow(above.owner, positions)
        name = above.node.owner


def gather(
    node: Node, owner: np.ndarray | None, levels: Mapping[str, Level], keys: Mapping[str, list[str]]
) -> Columns:
    """What rows know of their ancestors; `keys` are the columns of each node that are learned.

    Names begin with the number of steps to the ancestor. A row without an owner knows nothing.
    """
    found: Columns = {}
    for steps, (name, positions) in enumerate(climb(node, owner, levels)):
        for key in keys[name][: max(0, _MOST_CONTEXTS - len(found))]:
            values = np.append(levels[name].values[key], np.nan)
            found[f"{steps}/{key}"] = values[np.where(positions >= 0, positions, len(values) - 1)]
    return found


def gather_attributes(
    node: Node, nodes: Mapping[str, Node], attributes: Mapping[str, Mapping[str, Attribute]]
) -> dict[str, Attribute]:
    """The attributes of what `gather` finds, by the same names."""
    found: dict[str, Attribute] = {}
    name, steps = node.owner, 0
    while name:
        kept = list(attributes[name].items())[: max(0, _MOST_CONTEXTS - len(found))]
        found |= {f"{steps}/{key}": attribute for key, attribute in kept}
        name, steps = nodes[name].owner, steps + 1
    return found


def _follow(owner: np.ndarray, positions: np.ndarray) -> np.ndarray:
    return np.append(owner, -1)[np.where(positions >= 0, positions, len(owner))]

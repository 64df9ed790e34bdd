"""The tables in the order of their keys, as arrays; a natural key of two parts makes a table in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import TrainingError
from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.protocol import TableInput

OWN, COUNT, MEAN, SPAN, HELD, PICK, TIMES, DEPTH = (
    "own/",
    "count/",
    "mean/",
    "span/",
    "held/",
    "pick/",
    "times/",
    "depth/",
)
"""What the names of an internal table's columns begin with."""
_BETWEEN = "@"


@dataclass(frozen=True)
class Node:
    """One internal table: a table, or the one `between` a table and its owner.

    `order` and `natural` are columns by their internal names, empty where there is none. `rows` are those of
    the sample and `orphans` those without their optional owner.
    """

    name: str
    table: str
    owner: str = ""
    order: str = ""
    natural: str = ""
    is_public: bool = False
    rows: int = 0
    orphans: int = 0

    @property
    def is_between(self) -> bool:
        """Whether its rows are those of no table."""
        return self.name != self.table

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The node again."""
        return cls(**values)


@dataclass
class Frame:
    """The rows of a node while it is learned; `owner` is the position of each row's owner, -1: none."""

    node: Node
    owner: np.ndarray | None
    attributes: dict[str, Attribute] = field(default_factory=dict)
    values: Columns = field(default_factory=dict)

    def add(self, key: str, attribute: Attribute, values: np.ndarray) -> None:
        """Add a column."""
        self.attributes[key], self.values[key] = attribute, values

    def add_codes(self, key: str, codes: np.ndarray) -> None:
        """Add a column of whole numbers that are categories."""
        attribute = Attribute.of_codes(key, codes)
        self.add(key, attribute, attribute.numbers(pd.Series(codes.astype(np.int64))))

    def drop(self, key: str) -> tuple[Attribute, np.ndarray]:
        """Remove a column and give it."""
        return self.attributes.pop(key), self.values.pop(key)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.node.rows

    @property
    def groups(self) -> np.ndarray:
        """The owner of each row as a number; a row without one is a group of its own."""
        if self.owner is None:
            return np.arange(self.node.rows)
        return np.where(
            self.owner >= 0, self.owner, self.owner.max(initial=0) + 1 + np.arange(len(self.owner))
        )


def sort_tables(tables: Sequence[TableInput]) -> list[TableInput]:
    """Parents before children; TrainingError names what is wrong with the relations."""
    by_name = {table.name: table for table in tables}
    ordered: list[TableInput] = []
    waiting = list(tables)
    while waiting:
        placed = {table.name for table in ordered}
        ready = [table for table in waiting if all(name in placed for name in _list_parents(table, by_name))]
        if not ready:
            names = ", ".join(f'"{table.name}"' for table in waiting)
            raise TrainingError(
                f"The tables {names} refer to each other in a circle.", "drop one of their relations."
            )
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered


def _list_parents(table: TableInput, known: Mapping[str, TableInput]) -> list[str]:
    names = [other.parent for other in table.others.values() if other.parent != table.name]
    names += [table.owner] if table.owner else []
    for name in names:
        if name not in known:
            raise TrainingError(
                f'Table "{table.name}" refers to "{name}", which is not there.', "learn both, or neither."
            )
    if table.owner and table.is_public and not known[table.owner].is_public:
        raise TrainingError(
            f'Table "{table.name}" is public, but belongs to "{table.owner}", which is generated.',
            f'make "{table.owner}" public too, or learn both.',
        )
    return names


def build_frames(tables: Sequence[TableInput]) -> list[Frame]:
    """The internal tables of all tables, parents before children."""
    frames: list[Frame] = []
    for table in sort_tables(tables):
        _require_shape(table)
        built = _read(table)
        frames += _split_key(built, table) if len(table.natural) == 2 and not table.is_public else [built]
    return frames


def _require_shape(table: TableInput) -> None:
    positions = [other.rows for other in table.others.values()]
    positions += [] if table.owner_rows is None else [table.owner_rows]
    is_short = any(len(rows) != len(table.rows) for rows in positions)
    if is_short or bool(table.owner) != (table.owner_rows is not None):
        raise TrainingError(
            f'Table "{table.name}" does not have one parent for each row.', "give a position, or -1, a row."
        )


def _read(table: TableInput) -> Frame:
    owner = None if table.owner_rows is None else table.owner_rows.astype(np.int64)
    orphans = 0 if owner is None else int((owner < 0).sum())
    natural = OWN + table.natural[-1] if table.natural and not table.is_public else ""
    order = OWN + table.order if table.order else ""
    node = Node(
        table.name, table.name, table.owner, order, natural, table.is_public, len(table.rows), orphans
    )
    frame = Frame(node, owner)
    for column in table.columns:
        frame.add(OWN + column.name, *_read_column(table, column))
    return frame


def _read_column(table: TableInput, column: ModelledColumn) -> tuple[Attribute, np.ndarray]:
    series = table.rows[column.name]
    try:
        attribute = Attribute.learn(series, column.kind, table.is_public)
    except TrainingError as error:
        raise TrainingError(f'Table "{table.name}": {error.message}', error.hint) from error
    numbers = attribute.numbers(series)
    if column.name not in table.natural or table.is_public:
        return attribute, numbers
    attribute = attribute.as_points(numbers)
    return attribute, attribute.numbers(series)


def _split_key(frame: Frame, table: TableInput) -> list[Frame]:
    """The table between: one row for each owner and first part of the key."""
    key = OWN + table.natural[0]
    attribute, numbers = frame.drop(key)
    # Rare values share a code; their rows belong to different rows in between all the same.
    raw = pd.factorize(table.rows[table.natural[0]])[0]
    owner = np.full(len(raw), -1) if frame.owner is None else frame.owner
    pairs = np.stack([owner, numbers, raw], axis=1)
    found, first, position = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    owners = None if frame.owner is None else found[:, 0].astype(np.int64)
    orphans = 0 if owners is None else int((owners < 0).sum())
    node = frame.node
    between = Node(node.name + _BETWEEN, node.table, node.owner, key, key, False, len(found), orphans)
    upper = Frame(between, owners, {key: attribute}, {key: numbers[first]})
    lower = replace(node, owner=between.name, order=node.order if node.order != key else "", orphans=0)
    return [upper, Frame(lower, position.reshape(-1), frame.attributes, frame.values)]

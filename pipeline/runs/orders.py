"""The orders of runs, one type for each kind, and how the table of runs keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from pipeline.errors import JobError
from pipeline.generation.orders import (
    BulkOrder,
    GenerateOrder,
    RelatedBulkOrder,
    RelatedOrder,
    RelatedTrainOrder,
    StoredOrder,
    write_plain,
)
from pipeline.runs.states import RunKind
from pipeline.synthesizers.recipe import Recipe


@dataclass(frozen=True)
class TrainOrder(StoredOrder):
    """A model to train; without a recipe, by the configured one."""

    kind: ClassVar[str] = "train"

    dataset: str
    recipe: Recipe | None = None


@dataclass(frozen=True)
class EvaluateOrder(StoredOrder):
    """A table to evaluate: `file` and `holdout` are paths that the worker can read.

    `target` is the modelled column to predict. Files that `are_temporary` are gone after the run, which
    keeps their names alone.
    """

    kind: ClassVar[str] = "evaluate"

    dataset: str
    file: str = ""
    as_of: date | None = None
    holdout: str | None = None
    target: str | None = None
    are_temporary: bool = False

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values; `from_plain` reads them back."""
        order = self
        if self.are_temporary:
            held = Path(self.holdout).name if self.holdout else None
            order = replace(self, file=Path(self.file).name, holdout=held)
        values = write_plain(order)
        del values["are_temporary"]
        return values


@dataclass(frozen=True)
class UnknownOrder:
    """An order that another version of the workbench has written; it can be listed, and nothing else."""

    kind: ClassVar[str] = "unknown"

    dataset: str
    plain: Mapping[str, Any]

    def as_plain(self) -> dict[str, Any]:
        """The values as they were found."""
        return dict(self.plain)


AnyRelatedOrder = RelatedTrainOrder | RelatedOrder | RelatedBulkOrder
"""What is ordered of several tables."""
Order = TrainOrder | GenerateOrder | EvaluateOrder | BulkOrder | AnyRelatedOrder
"""Whatever can be ordered."""

_TYPES: Mapping[RunKind, type[Order]] = MappingProxyType(
    {
        RunKind.TRAIN: TrainOrder,
        RunKind.GENERATE: GenerateOrder,
        RunKind.EVALUATE: EvaluateOrder,
        RunKind.BULK: BulkOrder,
        RunKind.RELATED_TRAIN: RelatedTrainOrder,
        RunKind.RELATED: RelatedOrder,
        RunKind.RELATED_BULK: RelatedBulkOrder,
    }
)


def read_order(kind: RunKind, values: Mapping[str, Any]) -> Order:
    """The order of a run from its plain values; JobError where they cannot be read."""
    return _TYPES[kind].from_plain(values)


def read_any_order(kind: RunKind, dataset: str, values: Any) -> Order | UnknownOrder:
    """The same for a list of runs, which one odd order must not keep from being shown."""
    try:
        return read_order(kind, values)
    except JobError:
        return UnknownOrder(dataset, values if isinstance(values, dict) else {})


def find_recipe(order: Order | UnknownOrder) -> Recipe | None:
    """The recipe of an order; None where it has none, or one for several tables."""
    return order.recipe if isinstance(order, TrainOrder | GenerateOrder | BulkOrder) else None


def require_known(order: Order | UnknownOrder) -> Order:
    """The order; JobError where another version of the workbench has written it."""
    if isinstance(order, UnknownOrder):
        raise JobError("This order was written by another version of the workbench.", "order it again.")
    return order

"""Orders for a table and for a large table in parts, and their plain values for the table of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pipeline.errors import JobError, RecipeError
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.recipe import Recipe

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from pipeline.synthesizers.protocol import Shares

    AnyOrder = TypeVar("AnyOrder", bound=DataclassInstance)

PART_ROWS = 50_000
"""Rows of a part where an order names no number: some 10 MB of memory for each column of text."""


@dataclass(frozen=True)
class StoredOrder:
    """An order as the table of runs keeps it: plain JSON values under its kind."""

    kind: ClassVar[str]

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values; `from_plain` reads them back."""
        return write_plain(self)

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Self:
        """The order again; JobError where another version of the workbench has written it differently."""
        return read_plain(cls, values)


@dataclass(frozen=True)
class GenerateOrder(StoredOrder):
    """A table to generate; what is None comes from the dataset, the settings or the calendar.

    `seed` decides the rows, the recipe's own seed the weights, so that another seed trains nothing.
    `model` names a stored model, which is then taken in place of the recipe's. `identity` is how cautious
    identity columns are, which may change before the table is made again. `format` is the one that is asked
    for first, and changes no row.
    """

    kind: ClassVar[str] = "generate"

    dataset: str
    rows: int
    recipe: Recipe | None = None
    seed: int = 0
    as_of: date | None = None
    shares: Shares | None = None
    identity: IdentityOptions | None = None
    model: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class BulkOrder(StoredOrder):
    """A large table to make under `out`, a folder or an fsspec URL; None comes from the settings or today.

    `workers` and `scheduler` say who makes the parts and change no byte: they are not kept with a run.
    """

    kind: ClassVar[str] = "bulk"

    dataset: str
    rows: int
    out: str | None = None
    recipe: Recipe | None = None
    seed: int = 0
    as_of: date | None = None
    shares: Shares | None = None
    format: str = "parquet"
    part_rows: int = PART_ROWS
    workers: int = 1
    scheduler: str | None = None

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values; `from_plain` reads them back."""
        return _leave_out_workers(super().as_plain())


@dataclass(frozen=True)
class RelatedTrainOrder(StoredOrder):
    """A model of several tables to train; without a recipe, by the default one."""

    kind: ClassVar[str] = "related_train"

    dataset: str
    recipe: RelatedRecipe | None = None


@dataclass(frozen=True)
class RelatedOrder(StoredOrder):
    """Several tables to generate, `scale` times as many as in the sample; None as in GenerateOrder.

    `seed` decides the rows, the recipe's own seed the weights. `format` is the one that is asked for first,
    and changes no row.
    """

    kind: ClassVar[str] = "related"

    dataset: str
    scale: float = 1.0
    recipe: RelatedRecipe | None = None
    seed: int = 0
    as_of: date | None = None
    identity: IdentityOptions | None = None
    format: str | None = None


@dataclass(frozen=True)
class RelatedBulkOrder(StoredOrder):
    """Several large tables to make in parts under `out`, a folder or an fsspec URL; None as in BulkOrder.

    A part has `part_roots` rows of the root of the largest table, by default as many as give about
    50,000 rows of that table; they affect the rows. `workers` and `scheduler` as in BulkOrder.
    """

    kind: ClassVar[str] = "related_bulk"

    dataset: str
    out: str | None = None
    scale: float = 1.0
    recipe: RelatedRecipe | None = None
    seed: int = 0
    as_of: date | None = None
    format: str = "parquet"
    part_roots: int | None = None
    workers: int = 1
    scheduler: str | None = None
    identity: IdentityOptions | None = None

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values; `from_plain` reads them back."""
        return _leave_out_workers(super().as_plain())


def _leave_out_workers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values without who makes the parts."""
    return {name: value for name, value in values.items() if name not in ("workers", "scheduler")}


def write_plain(order: Any) -> dict[str, Any]:
    """An order as plain JSON values, its kind among them."""
    values = asdict(order)
    if values.get("as_of"):
        values["as_of"] = order.as_of.isoformat()
    if values.get("identity"):
        values["identity"] = order.identity.model_dump()
    return {"kind": order.kind, **values}


def read_plain(cls: type[AnyOrder], values: Mapping[str, Any]) -> AnyOrder:
    """An order of a kind from plain values; earlier versions wrote the fields of all kinds into each.

    JobError where they cannot be read.
    """
    try:
        given = {one.name: values[one.name] for one in fields(cls) if values.get(one.name) is not None}
        is_related = cls in (RelatedTrainOrder, RelatedOrder, RelatedBulkOrder)
        readers = _RELATED_READERS if is_related else _READERS
        return cls(**{name: readers.get(name, _as_is)(value) for name, value in given.items()})
    except (AttributeError, KeyError, TypeError, ValueError, RecipeError) as error:
        raise JobError(
            "This order was written by another version of the workbench.", "order it again."
        ) from error


def _as_is(value: Any) -> Any:
    return value


_READERS: Mapping[str, Any] = {
    # Orders of versions that did not refine are repeated without it.
    "recipe": lambda values: Recipe(**{"refine": False, **values}),
    "as_of": date.fromisoformat,
    "identity": lambda values: IdentityOptions(**values),
}
_RELATED_READERS: Mapping[str, Any] = {**_READERS, "recipe": lambda values: RelatedRecipe(**values)}

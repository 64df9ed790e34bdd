"""Which parts a large table has: decided by the request alone, never by who makes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from pipeline.errors import DataError
from pipeline.exporters import ExportFormat, parse_format
from pipeline.generation.orders import BulkOrder
from pipeline.synthesizers.shares import apportion

FORMATS = (ExportFormat.PARQUET, ExportFormat.CSV)
_MOST_PARTS = 100_000


@dataclass(frozen=True)
class Job:
    """Everything that decides the bytes of a large table, as plain values that travel to any worker."""

    dataset: str
    fingerprint: str
    model: str
    rows: int
    part_rows: int
    seed: int
    as_of: str
    shares: Mapping[str, Mapping[str, float]]
    format: str
    identity: Mapping[str, str]
    versions: Mapping[str, str]

    @property
    def id(self) -> str:
        """Equal jobs have equal ids (16 hex digits)."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def table_key(self) -> str:
        """Equal for jobs of the same parts, in whatever format (64 hex digits)."""
        rows = {**self.as_dict(), "format": None}
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-self.rows // self.part_rows)

    @property
    def suffix(self) -> str:
        """The ending of a part's file."""
        return ExportFormat(self.format).suffix

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The job again from `as_dict`."""
        return cls(**values)


@dataclass(frozen=True)
class Part:
    """Rows `first_row` to `first_row + rows` of a job; `shares` are rows by column and category."""

    index: int
    first_row: int
    rows: int
    file: str
    shares: Mapping[str, Mapping[str, int]]

    @property
    def fractions(self) -> dict[str, dict[str, float]]:
        """The same shares as fractions of this part, which synthesizers turn back into exactly these rows."""
        return {
            column: {category: count / self.rows for category, count in counts.items()}
            for column, counts in self.shares.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The part again from `as_dict`."""
        return cls(**values)


def check_order(order: BulkOrder) -> ExportFormat:
    """The format of an order; DataError where rows, part size or format are out of range."""
    fmt = parse_format(order.format)
    if fmt not in FORMATS:
        raise DataError(f"Parts cannot be written as {fmt}.", f"choose one of {', '.join(FORMATS)}.")
    for name, number in (
        ("rows", order.rows),
        ("rows in a part", order.part_rows),
        ("workers", order.workers),
    ):
        if number < 1:
            raise DataError(f"{number} {name} were requested.", "ask for at least 1.")
    if order.rows > order.part_rows * _MOST_PARTS:
        raise DataError(
            f"{order.rows:,} rows in parts of {order.part_rows:,} give more than {_MOST_PARTS:,} files.",
            "ask for more rows in a part.",
        )
    return fmt


def plan_parts(job: Job) -> Iterator[Part]:
    """The parts of a job in order: sizes differ by one row at most, and shares add up exactly.

    A small rest would have too few codes of its own, so no part is smaller than the others.
    """
    left = {column: _Allotment(shares, job.rows) for column, shares in job.shares.items() if shares}
    for index in range(job.parts):
        first, end = (number * job.rows // job.parts for number in (index, index + 1))
        shares = {column: allotment.take(end - first) for column, allotment in left.items()}
        yield Part(index, first, end - first, f"part-{index:05d}{job.suffix}", shares)


class _Allotment:
    """The rows of each category that are still to be given to parts; the last entry holds all others."""

    def __init__(self, shares: Mapping[str, float], rows: int) -> None:
        self._categories = tuple(shares)
        fractions = np.array([*shares.values(), max(0.0, 1 - sum(shares.values()))])
        self._left = apportion(fractions / fractions.sum(), rows)

    def take(self, rows: int) -> dict[str, int]:
        """Counts for a part, in the proportions of what is left; no category is ever overdrawn."""
        counts = apportion(self._left / self._left.sum(), rows)
        self._left = self._left - counts
        return dict(zip(self._categories, counts.tolist(), strict=False))

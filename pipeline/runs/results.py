"""What came of a run, one type for each kind, as the table of runs keeps it; scores are 0–1.

What earlier versions did not keep is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any

from pipeline.runs.states import RunKind


@dataclass(frozen=True)
class TrainSummary:
    """A model that was fitted, or found where `reused`; `seconds` is what this run took."""

    model: str | None = None
    synthesizer: str | None = None
    epochs: int | None = None
    kept_epoch: int | None = None
    seconds: float | None = None
    reused: bool | None = None
    treatments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class GenerateSummary:
    """A table: what it takes to make it again, seconds by stage, and its scores."""

    model: str | None = None
    rows: int | None = None
    seed: int | None = None
    as_of: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    reused: bool | None = None
    quality: float | None = None
    validity: float | None = None
    privacy: str | None = None
    table_sha256: str | None = None


@dataclass(frozen=True)
class EvaluateSummary:
    """The whole evidence of a table, as `evaluate --json` prints it."""

    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class BulkSummary:
    """A large table that is complete: where it lies, and what its manifest says in short."""

    model: str | None = None
    rows: int | None = None
    parts: int | None = None
    new_parts: int | None = None
    out: str | None = None
    seed: int | None = None
    as_of: str | None = None
    forced_rows: int | None = None
    sha256: str | None = None
    seconds: float | None = None
    rows_per_second: float | None = None
    quality: float | None = None
    validity: Mapping[str, Any] = field(default_factory=dict)
    privacy: str | None = None


@dataclass(frozen=True)
class RowsSoFar:
    """A large table that is being made: rows that are there, and how fast rows are made now."""

    rows: int
    rows_per_second: float


RunResult = TrainSummary | GenerateSummary | EvaluateSummary | BulkSummary | RowsSoFar
_TYPES: Mapping[RunKind, type[Any]] = MappingProxyType(
    {RunKind.TRAIN: TrainSummary, RunKind.GENERATE: GenerateSummary, RunKind.BULK: BulkSummary}
)


def write_result(result: RunResult) -> dict[str, Any]:
    """A result as plain JSON values; `read_result` reads them back."""
    return dict(result.evidence) if isinstance(result, EvaluateSummary) else asdict(result)


def read_result(kind: RunKind, values: Any) -> RunResult | None:
    """The result of a run from its plain values; None where there are none."""
    if not values or not isinstance(values, dict):
        return None
    if kind is RunKind.EVALUATE:
        return EvaluateSummary(values)
    kept = RowsSoFar if set(values) == {"rows", "rows_per_second"} else _TYPES[kind]
    known = {one.name: values[one.name] for one in fields(kept) if one.name in values}
    if "treatments" in known:
        known["treatments"] = tuple(known["treatments"])
    result: RunResult = kept(**known)
    return result

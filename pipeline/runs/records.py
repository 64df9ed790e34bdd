"""A run, its epochs and its result as everybody reads them, and how they lie in the tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.datasets.columns import Learned
from pipeline.evaluation.figure import Figure
from pipeline.generation.orders import BulkOrder, RelatedBulkOrder
from pipeline.runs.orders import Order, UnknownOrder, read_any_order
from pipeline.runs.states import RunKind, RunLane, RunPlace, RunStatus

if TYPE_CHECKING:
    from sqlalchemy import Row

    from pipeline.access.accounts import Actor
    from pipeline.evaluation.headline import Headline


@dataclass(frozen=True)
class RunError:
    """Why a run failed, in words for its owner; `code` is a stable word for programs."""

    message: str
    hint: str
    code: str


@dataclass(frozen=True)
class RunEpoch:
    """One epoch of a training, counted from 1; `seconds` since its start, `quality` 0–1 where measured."""

    epoch: int
    seconds: float
    losses: Mapping[str, float | None] = field(default_factory=dict)
    quality: float | None = None


@dataclass(frozen=True)
class Run:
    """One order and what has become of it; instants are aware and in UTC.

    `source` is the surface of the owner (web, api, local), `attempt` counts from 1 with the first worker,
    `share` is the part of its time that is over, 0–1, `remaining_s` what is left of it, which of a waiting
    run is all; it and `seconds` are seconds, `position` is the place in the queue from 1
    and None unless queued. `model` is the fitted model that a run made or used, `quality` 0–1 its quality
    against the holdout, `group` what the runs of one sweep share. `title` and `tags` are what its owner
    calls it. `is_shared` says that it belongs to another user, who lets the caller look at it.
    """

    id: str
    kind: RunKind
    dataset: str
    owner: str
    source: str
    status: RunStatus
    lane: RunLane
    place: RunPlace
    attempt: int
    order: Order | UnknownOrder
    group: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    heartbeat_at: datetime | None
    stage: str | None
    epoch: int
    epochs: int
    share: float
    remaining_s: float | None
    seconds: float | None
    peak_memory_mb: float | None
    estimated_memory_mb: float | None
    model: str | None
    quality: float | None
    result: RunResult | None
    error: RunError | None
    is_cancel_requested: bool
    position: int | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    is_shared: bool = False

    def belongs_to(self, actor: Actor) -> bool:
        """Whether an actor ordered it."""
        return actor.is_same(self.owner, self.source)

    @property
    def learned(self) -> str | None:
        """How many columns of the table the quality covers; None where no table was measured."""
        result = self.result
        return result.learned if isinstance(result, GenerateSummary | EvaluateSummary | BulkSummary) else None

    @property
    def verdict(self) -> str | None:
        """The verdict of the table that a run made; None where it made none, or an earlier version did."""
        return getattr(self.result, "verdict", None)

    @property
    def figure(self) -> Figure:
        """The score between its ends; the quality alone of a run that goes on, or did not keep them."""
        if isinstance(self.result, EvaluateSummary):
            found = self.result.evidence.get("figure")
        else:
            found = getattr(self.result, "figure", None)
        return Figure.from_dict(found) if found else Figure(self.quality)

    @property
    def headline(self) -> Headline | None:
        """The verdict with reason and next step, as it was noted; None where a run has none, or not all."""
        from pipeline.evaluation.headline import Headline
        from pipeline.evaluation.results import Verdict

        evidence = getattr(self.result, "evidence", {})
        said = [
            evidence.get(name) or getattr(self.result, name, None)
            for name in ("verdict", "reason", "next_step")
        ]
        if not all(said):
            return None
        verdict, reason, next_step = map(str, said)
        return Headline(Verdict(verdict), reason, next_step, self.figure)

    @property
    def folder(self) -> str | None:
        """The folder or URL of a large table, or of several; None for any other run."""
        made = self.result.out if isinstance(self.result, BulkSummary) else None
        return made or (self.order.out if isinstance(self.order, BulkOrder | RelatedBulkOrder) else None)


@dataclass(frozen=True)
class ModelRun:
    """A run that is over and has made or used a model, as far as the model's name goes."""

    id: str
    model: str
    kind: RunKind
    owner: str
    title: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class NewRun:
    """What a run is made from."""

    kind: RunKind
    dataset: str
    owner: str
    source: str
    lane: RunLane
    order: Order
    group: str | None = None
    epochs: int = 0
    estimated_memory_mb: float | None = None
    estimated_s: float | None = None


def is_stopped_training(run: Run) -> bool:
    """Whether a run is a training that was cancelled and has kept its best state as a model of its own."""
    return run.kind is RunKind.TRAIN and run.status is RunStatus.CANCELLED and run.model is not None


_SAME_NAMES = (
    "id",
    "dataset",
    "owner",
    "source",
    "attempt",
    "created_at",
    "started_at",
    "ended_at",
    "heartbeat_at",
    "stage",
    "epoch",
    "epochs",
    "share",
    "remaining_s",
    "seconds",
    "peak_memory_mb",
    "estimated_memory_mb",
    "model",
    "quality",
    "is_cancel_requested",
    "title",
)


def read_run(row: Row[Any], position: int | None = None) -> Run:
    """A run from its row."""
    kind = RunKind(row.kind)
    error = RunError(row.error_message, row.error_hint or "", row.error_code or "")
    return Run(
        **{name: getattr(row, name) for name in _SAME_NAMES},
        kind=kind,
        status=RunStatus(row.status),
        lane=RunLane(row.lane),
        place=RunPlace(row.place),
        order=read_any_order(kind, row.dataset, json.loads(row.recipe_order)),
        group=row.run_group,
        result=read_result(kind, json.loads(row.result) if row.result else None),
        error=error if row.error_message else None,
        position=position,
        tags=_read_tags(row.tags),
    )


def read_model_run(row: Row[Any]) -> ModelRun:
    """What names a model, from the row of its run."""
    return ModelRun(row.id, row.model, RunKind(row.kind), row.owner, row.title, _read_tags(row.tags))


def _read_tags(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()


def read_epoch(row: Row[Any]) -> RunEpoch:
    """An epoch from its row."""
    return RunEpoch(row.epoch, row.seconds, json.loads(row.losses), row.quality)


@dataclass(frozen=True)
class TrainSummary:
    """A model that was fitted, or found where `reused`; `seconds` is what this run took.

    `reason` says why this synthesizer was taken where the recipe left it open, `figure` is the quality of its
    rows between its ends.
    """

    model: str | None = None
    synthesizer: str | None = None
    epochs: int | None = None
    kept_epoch: int | None = None
    seconds: float | None = None
    reused: bool | None = None
    reason: str | None = None
    treatments: tuple[Mapping[str, Any], ...] = ()
    figure: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GenerateSummary:
    """A table: what it takes to make it again, seconds by stage, and its scores.

    `learned` counts the columns that the quality covers, as in "9 of 12 columns".
    """

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
    learned: str | None = None
    verdict: str | None = None
    reason: str | None = None
    next_step: str | None = None
    figure: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluateSummary:
    """The whole evidence of a table, as `evaluate --json` prints it."""

    evidence: Mapping[str, Any]

    @property
    def learned(self) -> str | None:
        """How many columns the quality covers; None in evidence of earlier versions."""
        found = self.evidence.get("learned")
        return Learned(**found).count if found else None

    @property
    def verdict(self) -> str | None:
        """The verdict of the table; None in evidence of earlier versions."""
        found: str | None = self.evidence.get("verdict")
        return found


@dataclass(frozen=True)
class BulkSummary:
    """A large table that is complete: where it is, and what its manifest says in short."""

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
    learned: str | None = None
    verdict: str | None = None
    reason: str | None = None
    next_step: str | None = None
    figure: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RelatedBulkSummary(BulkSummary):
    """Several large tables that are complete: `rows` of all, and by table in `tables`."""

    scale: float | None = None
    tables: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RelatedSummary:
    """Several tables, or their model alone: what it takes to make them again, seconds by stage, their scores.

    `rows` are by table; `quality` is the mean of the tables.
    """

    model: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    scale: float | None = None
    seed: int | None = None
    as_of: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    reused: bool | None = None
    quality: float | None = None
    is_valid: bool | None = None
    privacy: str | None = None
    tables_sha256: str | None = None
    verdict: str | None = None
    reason: str | None = None
    next_step: str | None = None
    figure: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RowsSoFar:
    """A large table that is being made: rows that are there, and how fast rows are made now."""

    rows: int
    rows_per_second: float


RunResult = TrainSummary | GenerateSummary | EvaluateSummary | BulkSummary | RelatedSummary | RowsSoFar
_TYPES: Mapping[RunKind, type[Any]] = MappingProxyType(
    {
        RunKind.TRAIN: TrainSummary,
        RunKind.GENERATE: GenerateSummary,
        RunKind.BULK: BulkSummary,
        RunKind.RELATED_TRAIN: RelatedSummary,
        RunKind.RELATED: RelatedSummary,
        RunKind.RELATED_BULK: RelatedBulkSummary,
    }
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

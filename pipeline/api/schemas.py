"""What callers get; the OpenAPI description comes from here."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from pipeline.access.accounts import AccountRole
from pipeline.datasets.source import list_findings
from pipeline.runs.records import write_result
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.access.tokens import ApiToken
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.progress import Progress
    from pipeline.runs.records import Run, RunEpoch


class Column(BaseModel):
    """A column of a dataset."""

    name: str = Field(examples=["ssn"])
    role: str = Field(description="modelled or identity", examples=["identity"])
    kind: str = Field(examples=["ssn"])
    follows: list[str]
    is_unique: bool


class Dataset(BaseModel):
    """A dataset, without any value of its sample but the categories of its default shares."""

    name: str = Field(examples=["employee"])
    title: str
    description: str
    builtin: bool
    as_of: date
    holdout_fraction: float
    columns: list[Column]
    shares: dict[str, dict[str, float]]
    findings: list[str] = Field(description="What was noticed when its file was read")

    @classmethod
    def read(cls, spec: DatasetSpec) -> Self:
        """The description of a dataset."""
        return cls(
            name=spec.name,
            title=spec.title,
            description=spec.description,
            builtin=spec.is_builtin,
            as_of=spec.as_of,
            holdout_fraction=spec.holdout_fraction,
            findings=list(list_findings(spec.source)),
            columns=[
                Column(
                    name=column.name,
                    role=column.role.value,
                    kind=str(column.kind),
                    follows=list(column.follows),
                    is_unique=column.is_unique,
                )
                for column in spec.columns
            ],
            shares={
                column: {str(value): share for value, share in parts.items()}
                for column, parts in spec.shares.items()
            },
        )


class Preview(BaseModel):
    """The first rows of a file, what was guessed about it, and what could be chosen instead."""

    columns: list[str]
    rows: int = Field(description="Records in the file")
    first_rows: list[list[str | None]]
    source: dict[str, Any] = Field(description="How it was read, where that is not plain CSV")
    findings: list[str]
    candidates: dict[str, list[str]]


class Datasets(BaseModel):
    """Every dataset, built-in ones first."""

    datasets: list[Dataset]


class Epoch(BaseModel):
    """One report of a training."""

    stage: str = Field(examples=["train"])
    epoch: int = Field(examples=[35])
    epochs: int = Field(examples=[70])
    losses: dict[str, float | None]
    quality: float | None = Field(description="0–1 against the holdout, where it was measured.")

    @classmethod
    def read(cls, progress: Progress) -> Self:
        """A report as plain values."""
        return cls(
            stage=progress.stage.value,
            epoch=progress.epoch,
            epochs=progress.epochs,
            losses=dict(progress.losses),
            quality=progress.quality,
        )


class RunError(BaseModel):
    """Why a run failed."""

    code: str
    message: str
    hint: str


class RunLinks(BaseModel):
    """Where to go on from a run; `result` and `table` once it is done."""

    self: str
    cancel: str
    result: str | None
    table: str | None = Field(None, description="The table, or the tables, that the run has made.")


class RunState(BaseModel):
    """A run: how far it is, and what came of it."""

    id: str = Field(examples=["5b1f0c9a7e3d2468"])
    kind: RunKind
    dataset: str
    owner: str
    is_shared: bool = Field(description="Whether it belongs to another user, who lets you look at it.")
    status: RunStatus
    title: str | None = Field(description="What its owner calls it.")
    tags: list[str]
    position: int | None = Field(description="Position in the queue from 1, while waiting.")
    share: float = Field(ge=0, le=1, description="How much is done.", examples=[0.58])
    remaining_s: float | None = Field(description="Estimated remaining seconds; while waiting, of all of it.")
    seconds: float | None = Field(description="Seconds since it was begun.")
    peak_memory_mb: float | None
    progress: Epoch | None = Field(description="Losses and quality only where one run is asked for.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    quality: float | None = Field(description="0–1, of the table or the model; while training, of an epoch.")
    floor: float | None = Field(description="What independent columns score in its place.")
    ceiling: float | None = Field(description="What other real rows score in its place.")
    finding: str = Field(description="In words where it is below its floor, or nothing can be told.")
    result: dict[str, Any] | None
    error: RunError | None
    links: RunLinks

    @classmethod
    def read(cls, run: Run, base: str, last: RunEpoch | None = None) -> Self:
        """A run and the last epoch that it trained, with links below `base`, the path of the API."""
        error = run.error
        return cls(
            **{name: getattr(run, name) for name in _SAME_NAMES},
            **run.figure.as_quality(),
            progress=_read_progress(run, last),
            result=write_result(run.result) if run.result else None,
            error=RunError(code=error.code, message=error.message, hint=error.hint) if error else None,
            links=RunLinks(
                self=f"{base}/runs/{run.id}",
                cancel=f"{base}/runs/{run.id}/cancel",
                result=f"{base}/models/{run.model}" if run.model else None,
                table=_find_table(run, base),
            ),
        )


def _find_table(run: Run, base: str) -> str | None:
    path = {RunKind.GENERATE: "table", RunKind.RELATED: "tables"}.get(run.kind)
    return f"{base}/runs/{run.id}/{path}" if path and run.status is RunStatus.DONE else None


_SAME_NAMES = (
    "id",
    "kind",
    "dataset",
    "owner",
    "is_shared",
    "status",
    "title",
    "tags",
    "position",
    "share",
    "remaining_s",
    "seconds",
    "peak_memory_mb",
    "created_at",
    "started_at",
    "ended_at",
)


def _read_progress(run: Run, last: RunEpoch | None) -> Epoch | None:
    if run.stage is None:
        return None
    return Epoch(
        stage=run.stage,
        epoch=run.epoch,
        epochs=run.epochs,
        losses=dict(last.losses) if last else {},
        quality=last.quality if last else None,
    )


class RunQuery(BaseModel):
    """Which runs to list; other parameters are refused, since a misspelt one would list all of them."""

    model_config = ConfigDict(extra="forbid")

    status: RunStatus | None = Field(None, description="Only runs with this status.")
    tag: str | None = Field(None, max_length=32, description="Only runs with this tag.")


class RunStates(BaseModel):
    """Runs, the newest first."""

    runs: list[RunState]


class Token(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    account: str
    role: AccountRole
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    is_revoked: bool

    @classmethod
    def read(cls, found: ApiToken, **extra: str) -> Self:
        """The description of a token."""
        return cls(**asdict(found), **extra)


class NewToken(Token):
    """A token with its secret, which is shown this once."""

    token: str = Field(description="The secret; it is not stored and cannot be shown again.")


class Tokens(BaseModel):
    """The tokens of one's own account."""

    tokens: list[Token]

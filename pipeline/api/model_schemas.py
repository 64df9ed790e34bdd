"""What callers get of fitted models; the OpenAPI description comes from here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, Field

from pipeline.api.schemas import Epoch
from pipeline.models.related.model import RelatedModelSummary
from pipeline.synthesizers.width import Treatment

if TYPE_CHECKING:
    from pipeline.models.model import ModelInfo
    from pipeline.models.related.model import RelatedModelInfo
    from pipeline.models.store import ModelSummary
    from pipeline.workbench.labels import NamedModel


class ColumnTreatment(BaseModel):
    """How a column was encoded before the synthesizer saw it."""

    column: str
    treatment: Treatment
    distinct: int = Field(description="Distinct values found.")
    width: int = Field(description="Codes used.")
    reason: str


class Model(BaseModel):
    """Where a fitted model comes from."""

    id: str = Field(examples=["3f2a9c41d07b"])
    dataset: str
    dataset_fingerprint: str
    recipe: dict[str, Any]
    versions: dict[str, str]
    created_at: datetime
    training_rows: int
    initial_rows: int
    epochs_trained: int
    kept_epoch: int
    seconds: float
    size_bytes: int | None = Field(None, description="In lists only.")
    quality: float | None = Field(None, description="0–1 against the holdout, between floor and ceiling.")
    floor: float | None = Field(None, description="What independent columns score in its place.")
    ceiling: float | None = Field(None, description="What other real rows score in its place.")
    finding: str = Field("", description="In words where it is below its floor, or nothing can be told.")
    owner: str | None = Field(None, description="Who trained it, where that run is left; in lists only.")
    title: str | None = Field(None, description="Of the run that trained it; in lists only.")
    tags: list[str] | None = Field(None, description="Of the run that trained it; in lists only.")
    history: list[Epoch] | None = Field(None, description="Not in lists.")
    treatments: list[ColumnTreatment] | None = Field(None, description="Of each real column; not in lists.")

    @classmethod
    def read(cls, info: ModelInfo, **extra: Any) -> Self:
        """The description of a model."""
        return cls(
            id=info.id,
            dataset=info.dataset,
            dataset_fingerprint=info.dataset_fingerprint,
            recipe=info.recipe.as_dict(),
            versions=dict(info.versions),
            created_at=datetime.fromisoformat(info.created_at),
            training_rows=info.training_rows,
            initial_rows=info.initial_rows,
            epochs_trained=info.epochs_trained,
            kept_epoch=info.kept_epoch,
            seconds=info.seconds,
            **info.figure.as_quality(),
            **extra,
        )

    @classmethod
    def read_named(cls, model: NamedModel, summary: ModelSummary) -> Self:
        """A model as lists show it."""
        return cls.read(summary.info, size_bytes=summary.size_bytes, **_read_names(model))

    @classmethod
    def read_whole(cls, info: ModelInfo) -> Self:
        """A model with the course of its training and what was done to its columns."""
        return cls.read(
            info,
            history=[Epoch.read(one) for one in info.history],
            treatments=[ColumnTreatment(**plan.as_dict()) for plan in info.treatments],
        )


class RelatedModel(BaseModel):
    """Where a fitted model of several tables comes from."""

    id: str = Field(examples=["3f2a9c41d07b"])
    dataset: str
    dataset_fingerprint: str
    recipe: dict[str, Any]
    versions: dict[str, str]
    created_at: datetime
    training_rows: dict[str, int] = Field(description="Of each table.")
    epochs_trained: int
    seconds: float
    was_stopped: bool
    size_bytes: int | None = Field(None, description="In lists only.")
    owner: str | None = Field(None, description="Who trained it, where that run is left; in lists only.")
    title: str | None = Field(None, description="Of the run that trained it; in lists only.")
    tags: list[str] | None = Field(None, description="Of the run that trained it; in lists only.")

    @classmethod
    def read(cls, info: RelatedModelInfo, **extra: Any) -> Self:
        """The description of a model."""
        values = {**info.as_dict(), "created_at": datetime.fromisoformat(info.created_at)}
        return cls(**values, **extra)

    @classmethod
    def read_named(cls, model: NamedModel, summary: RelatedModelSummary) -> Self:
        """A model as lists show it."""
        return cls.read(summary.info, size_bytes=summary.size_bytes, **_read_names(model))


def _read_names(model: NamedModel) -> dict[str, Any]:
    return {"owner": model.owner, "title": model.labels.title, "tags": list(model.labels.tags)}


class Models(BaseModel):
    """The fitted models, the newest first, and the ids of those that cannot be read any more."""

    models: list[Model]
    related_models: list[RelatedModel] = Field(description="Of several tables.")
    damaged: list[str]

    @classmethod
    def read(cls, named: Sequence[NamedModel], damaged: Sequence[str]) -> Self:
        """Models of one table and of several, apart from each other."""
        single, related = [], []
        for model in named:
            if isinstance(model.summary, RelatedModelSummary):
                related.append(RelatedModel.read_named(model, model.summary))
            else:
                single.append(Model.read_named(model, model.summary))
        return cls(models=single, related_models=related, damaged=list(damaged))

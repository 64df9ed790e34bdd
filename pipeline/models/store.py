"""Fitted models of single tables on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import StoreError
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.stages import REFINED, StageScore
from pipeline.models.choice import Choice, Trial
from pipeline.models.model import FittedModel, ModelInfo, find_kept_quality, restore_model
from pipeline.models.stored_parts import READING_ERRORS, PartsFolder, damaged, foreign
from pipeline.progress import Progress, Stage
from pipeline.store.signing import Signer
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.width import ColumnPlan

if TYPE_CHECKING:
    from pipeline.models.rules.kept import KeptRules


_LOOSE = {"score_at_equal_rows": "score", "floor": "floor", "ceiling": "ceiling", "chance": "chance"}
"""What earlier versions called the parts of a figure."""


@dataclass(frozen=True)
class ModelSummary:
    """A stored model as lists show it."""

    info: ModelInfo
    size_bytes: int


class ModelStore:
    """The folder of fitted models; an id is a name in it."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._parts = PartsFolder(folder, signer)

    def has(self, model_id: str) -> bool:
        """Whether a complete model of this id is stored."""
        return self._parts.has(model_id)

    def is_intact(self, model_id: str) -> bool:
        """Whether a model of this id is stored as this installation wrote it."""
        return self._parts.is_intact(model_id)

    def require_intact(self, model_id: str) -> None:
        """Raise ModelDamaged for a stored model that is not as this installation wrote it."""
        self._parts.require_intact(model_id)

    def save(self, model: FittedModel) -> None:
        """Store a model under its id; an intact one that is there already is kept, a damaged one not."""
        self._parts.save(model.info.id, asdict(model.info), model.synthesizer.state)

    def load(self, model_id: str, spec: DatasetSpec, kept: KeptRules | None = None) -> FittedModel:
        """Read a model back, which keeps the rules of its table.

        NotFoundError where there is none, StoreError where its files are damaged.
        """
        info = self.get_info(model_id)
        try:
            # The description is signed with the weights, so that weights cannot move to another id.
            if info.id != model_id:
                raise foreign(model_id)
            return restore_model(info, spec, self._parts.load_state(model_id), kept)
        except READING_ERRORS as error:
            raise damaged(model_id) from error

    def get_info(self, model_id: str) -> ModelInfo:
        """Where a stored model comes from."""
        try:
            return _read_info(self._parts.load_info(model_id))
        except READING_ERRORS as error:
            raise damaged(model_id) from error

    def list_models(self) -> tuple[ModelSummary, ...]:
        """Every model as it was written here, the newest first; `list_damaged` has the others."""
        found = ((model_id, self._find_info(model_id)) for model_id in self._parts.list_ids())
        summaries = [ModelSummary(info, self._parts.measure(model_id)) for model_id, info in found if info]
        return tuple(sorted(summaries, key=lambda one: (one.info.created_at, one.info.id), reverse=True))

    def list_damaged(self) -> tuple[str, ...]:
        """Ids of models that are not as they were written here; `delete` removes them."""
        return tuple(model_id for model_id in self._parts.list_ids() if self._find_info(model_id) is None)

    def delete(self, model_id: str) -> None:
        """Remove a model, damaged or not; NotFoundError where there is none."""
        self._parts.delete(model_id)

    def _find_info(self, model_id: str) -> ModelInfo | None:
        try:
            return self.get_info(model_id) if self.is_intact(model_id) else None
        except StoreError:
            return None


def _read_info(values: Mapping[str, Any]) -> ModelInfo:
    history = tuple(Progress(**{**one, "stage": Stage(one["stage"])}) for one in values["history"])
    # Models of version 1 kept no treatments.
    treatments = tuple(ColumnPlan.from_dict(plan) for plan in values.get("treatments", ()))
    # Models of version 5 and before were not refined, whatever their synthesizer.
    recipe = Recipe(**{"refine": False, **values["recipe"]})
    stages = tuple(StageScore(**_read_figure(stage)) for stage in values.get("stages", ()))
    refinement = values.get("refinement")
    read = {"recipe": recipe, "history": history, "treatments": treatments, "stages": stages}
    record = RefinementRecord.from_dict(refinement) if refinement else None
    choice = _read_choice(values["choice"]) if values.get("choice") else None
    info = ModelInfo(**{**_read_figure(values), **read, "refinement": record, "choice": choice})
    return info if info.figure.score is not None else replace(info, figure=Figure(_recall_quality(info)))


def _read_figure(values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values of a model or a trial with their figure, which earlier versions kept as four numbers."""
    rest = {name: value for name, value in values.items() if name not in ("figure", *_LOOSE)}
    if found := values.get("figure"):
        return {**rest, "figure": Figure(**found)}
    kept = {name: values[loose] for loose, name in _LOOSE.items() if values.get(loose) is not None}
    return {**rest, "figure": Figure(kept.pop("score", None), **kept)}


def _read_choice(values: Mapping[str, Any]) -> Choice:
    trials = tuple(Trial(**_read_figure(one)) for one in values["trials"])
    return Choice(values["synthesizer"], values["reason"], trials)


def _recall_quality(info: ModelInfo) -> float | None:
    """The quality of a model of earlier versions, which compared it with nothing, 0–1."""
    refined = next((one.quality for one in info.stages if one.stage == REFINED), None)
    return find_kept_quality(info.history, info.kept_epoch) if refined is None else refined

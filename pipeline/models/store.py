"""Fitted models on disk: one folder each, arrays and JSON, written whole or not at all, and signed."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import NotFoundError, StoreError
from pipeline.evaluation.stages import StageScore
from pipeline.models.choice import Choice
from pipeline.models.model import FittedModel, ModelInfo, restore_model
from pipeline.progress import Progress, Stage
from pipeline.store.signing import Signer
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.refinement.record import RefinementRecord
from pipeline.synthesizers.width import ColumnPlan

_INFO = "model.json"
_VALUES = "synthesizer.json"
_ARRAYS = "arrays.npz"
_SIGNATURE = "signature"
_SIGNED = (_INFO, _VALUES, _ARRAYS)


@dataclass(frozen=True)
class ModelSummary:
    """A stored model as lists show it."""

    info: ModelInfo
    size_bytes: int


class ModelStore:
    """The folder of fitted models; an id is a name in it.

    Nothing of a model is interpreted before its signature is checked, since SDV's synthesizers are pickles.
    """

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer

    def has(self, model_id: str) -> bool:
        """Whether a complete model of this id is stored."""
        return (self._folder / model_id / _INFO).is_file()

    def save(self, model: FittedModel) -> None:
        """Store a model under its id; a model that another process stored meanwhile is kept as it is."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self._folder))
        except OSError as error:
            raise _cannot("write", self._folder, error) from error
        try:
            _write(draft, model)
            (draft / _SIGNATURE).write_text(self._sign(draft), encoding="utf-8")
            target = self._folder / model.info.id
            if not self.has(model.info.id):
                shutil.rmtree(target, ignore_errors=True)
                draft.rename(target)
        except OSError as error:
            raise _cannot("write", self._folder, error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def load(self, model_id: str, spec: DatasetSpec) -> FittedModel:
        """Read a model back; NotFoundError where there is none, StoreError where its files are damaged."""
        info = self.get_info(model_id)
        folder = self._folder / model_id
        try:
            # The description is signed with the weights, so that weights cannot move to another id.
            if not self._is_ours(folder) or info.id != model_id:
                raise _foreign(model_id)
            values = json.loads((folder / _VALUES).read_text(encoding="utf-8"))
            with np.load(folder / _ARRAYS, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            return restore_model(info, spec, SynthesizerState(values, arrays))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise _damaged(model_id) from error

    def get_info(self, model_id: str) -> ModelInfo:
        """Where a stored model comes from."""
        self._require(model_id)
        try:
            return _read_info(json.loads((self._folder / model_id / _INFO).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(model_id) from error

    def list_models(self) -> tuple[ModelSummary, ...]:
        """Every readable model, the newest first; `list_damaged` has the others."""
        found = ((model_id, self._find_info(model_id)) for model_id in self._ids())
        summaries = [ModelSummary(info, self._size(model_id)) for model_id, info in found if info]
        return tuple(sorted(summaries, key=lambda one: (one.info.created_at, one.info.id), reverse=True))

    def list_damaged(self) -> tuple[str, ...]:
        """Ids of models whose description cannot be read; `delete` removes them."""
        return tuple(model_id for model_id in self._ids() if self._find_info(model_id) is None)

    def delete(self, model_id: str) -> None:
        """Remove a model, damaged or not; NotFoundError where there is none."""
        self._require(model_id)
        try:
            shutil.rmtree(self._folder / model_id)
        except OSError as error:
            raise _cannot("delete from", self._folder, error) from error

    def _ids(self) -> list[str]:
        return sorted(path.parent.name for path in self._folder.glob(f"[!.]*/{_INFO}"))

    def _find_info(self, model_id: str) -> ModelInfo | None:
        try:
            return self.get_info(model_id)
        except StoreError:
            return None

    def _require(self, model_id: str) -> None:
        if Path(model_id).name != model_id or not self.has(model_id):
            raise NotFoundError(f'There is no model "{model_id}".', "list the stored ones with `models`.")

    def _sign(self, folder: Path) -> str:
        return self._signer.sign(*(folder / name for name in _SIGNED))

    def _is_ours(self, folder: Path) -> bool:
        signature = (folder / _SIGNATURE).read_text(encoding="utf-8")
        return self._signer.is_signed(signature, *(folder / name for name in _SIGNED))

    def _size(self, model_id: str) -> int:
        return sum(file.stat().st_size for file in (self._folder / model_id).iterdir())


def _write(folder: Path, model: FittedModel) -> None:
    state = model.synthesizer.state
    np.savez(folder / _ARRAYS, **state.arrays)  # type: ignore[arg-type]
    (folder / _VALUES).write_text(json.dumps(state.values, ensure_ascii=False), encoding="utf-8")
    (folder / _INFO).write_text(json.dumps(asdict(model.info), indent=2), encoding="utf-8")


def _read_info(values: Mapping[str, Any]) -> ModelInfo:
    history = tuple(Progress(**{**one, "stage": Stage(one["stage"])}) for one in values["history"])
    # Models of version 1 kept no treatments.
    treatments = tuple(ColumnPlan.from_dict(plan) for plan in values.get("treatments", ()))
    # Models of version 5 and before were not refined, whatever their synthesizer.
    recipe = Recipe(**{"refine": False, **values["recipe"]})
    stages = tuple(StageScore(**stage) for stage in values.get("stages", ()))
    refinement = values.get("refinement")
    read = {"recipe": recipe, "history": history, "treatments": treatments, "stages": stages}
    record = RefinementRecord.from_dict(refinement) if refinement else None
    choice = Choice.from_dict(values["choice"]) if values.get("choice") else None
    return ModelInfo(**{**values, **read, "refinement": record, "choice": choice})


def _cannot(verb: str, folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"Cannot {verb} the model folder {folder}: {error.strerror or error}.",
        "check free space and rights of the state folder.",
    )


def _damaged(model_id: str) -> StoreError:
    return StoreError(
        f'The stored model "{model_id}" is damaged.',
        f"delete it with `models delete {model_id}` and train again.",
    )


def _foreign(model_id: str) -> StoreError:
    return StoreError(
        f'The stored model "{model_id}" was changed, or written by another installation.',
        f"delete it with `models delete {model_id}` and train again.",
    )

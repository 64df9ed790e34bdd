"""The parts of fitted models on disk: arrays and JSON in a folder each, written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import NotFoundError, StoreError
from pipeline.store.signing import Signer
from pipeline.synthesizers.protocol import SynthesizerState

_INFO = "model.json"
_VALUES = "synthesizer.json"
_ARRAYS = "arrays.npz"
_SIGNATURE = "signature"
_SIGNED = (_INFO, _VALUES, _ARRAYS)
READING_ERRORS = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile)
"""What reading damaged files raises."""


@dataclass(frozen=True)
class PartsFolder:
    """A folder of fitted models; an id is a name in it.

    Nothing of a model is interpreted before its signature is checked, since SDV's synthesizers are pickles.
    """

    folder: Path
    signer: Signer

    def has(self, model_id: str) -> bool:
        """Whether a complete model of this id is stored."""
        return (self.folder / model_id / _INFO).is_file()

    def save(self, model_id: str, info: Mapping[str, Any], state: SynthesizerState) -> None:
        """Store a model under its id; a model that another process stored meanwhile is kept as it is."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.folder))
        except OSError as error:
            raise self._cannot("write", error) from error
        try:
            _write(draft, info, state)
            (draft / _SIGNATURE).write_text(self.sign(draft), encoding="utf-8")
            target = self.folder / model_id
            if not self.has(model_id):
                shutil.rmtree(target, ignore_errors=True)
                draft.rename(target)
        except OSError as error:
            raise self._cannot("write", error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def load_state(self, model_id: str) -> SynthesizerState:
        """The synthesizer of a stored model; StoreError where another installation has written it."""
        folder = self.folder / model_id
        signature = (folder / _SIGNATURE).read_text(encoding="utf-8")
        if not self.signer.is_signed(signature, *(folder / name for name in _SIGNED)):
            raise foreign(model_id)
        values = json.loads((folder / _VALUES).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as archive:
            return SynthesizerState(values, {name: archive[name] for name in archive.files})

    def load_info(self, model_id: str) -> dict[str, Any]:
        """Where a stored model comes from, as plain values; NotFoundError where there is none."""
        self.require(model_id)
        values: dict[str, Any] = json.loads((self.folder / model_id / _INFO).read_text(encoding="utf-8"))
        return values

    def list_ids(self) -> list[str]:
        """The ids of complete models."""
        return sorted(path.parent.name for path in self.folder.glob(f"[!.]*/{_INFO}"))

    def delete(self, model_id: str) -> None:
        """Remove a model, damaged or not; NotFoundError where there is none."""
        self.require(model_id)
        try:
            shutil.rmtree(self.folder / model_id)
        except OSError as error:
            raise self._cannot("delete from", error) from error

    def require(self, model_id: str) -> None:
        """NotFoundError where there is no model of this id."""
        if Path(model_id).name != model_id or not self.has(model_id):
            raise NotFoundError(f'There is no model "{model_id}".', "list the stored ones with `models`.")

    def measure(self, model_id: str) -> int:
        """The size of a stored model in bytes."""
        return sum(file.stat().st_size for file in (self.folder / model_id).iterdir())

    def sign(self, folder: Path) -> str:
        """The signature of the parts in a folder."""
        return self.signer.sign(*(folder / name for name in _SIGNED))

    def _cannot(self, verb: str, error: OSError) -> StoreError:
        return StoreError(
            f"Cannot {verb} the model folder {self.folder}: {error.strerror or error}.",
            "check free space and rights of the state folder.",
        )


def damaged(model_id: str) -> StoreError:
    """The error for a model whose files cannot be read."""
    return StoreError(
        f'The stored model "{model_id}" is damaged.',
        f"delete it with `models delete {model_id}` and train again.",
    )


def foreign(model_id: str) -> StoreError:
    """The error for a model whose files are not those that were written here."""
    return StoreError(
        f'The stored model "{model_id}" was changed, or written by another installation.',
        f"delete it with `models delete {model_id}` and train again.",
    )


def _write(folder: Path, info: Mapping[str, Any], state: SynthesizerState) -> None:
    np.savez(folder / _ARRAYS, **state.arrays)  # type: ignore[arg-type]
    (folder / _VALUES).write_text(json.dumps(state.values, ensure_ascii=False), encoding="utf-8")
    (folder / _INFO).write_text(json.dumps(info, indent=2), encoding="utf-8")

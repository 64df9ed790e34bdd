"""The parts of fitted models on disk: arrays and JSON in a folder each, written whole or not at all."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ModelDamaged, NotFoundError, StoreError
from pipeline.store.cache.recent import Recent
from pipeline.store.signing import Signer
from pipeline.synthesizers.protocol import SynthesizerState

_INFO = "model.json"
_VALUES = "synthesizer.json"
_ARRAYS = "arrays.npz"
_SIGNATURE = "signature"
_SIGNED = (_INFO, _VALUES, _ARRAYS)
_REMEMBERED = 1_024
_States = tuple[tuple[str, int, int, int, int], ...]
READING_ERRORS = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile)
"""What reading damaged files raises."""


@dataclass(frozen=True)
class PartsFolder:
    """A folder of fitted models; an id is a name in it.

    Nothing of a model is interpreted before its signature is checked, since SDV's synthesizers are pickles.
    """

    folder: Path
    signer: Signer
    # Which models were intact, by what the file system says of their files: lists ask for all of them.
    _checked: Recent[_States, bool] = field(
        default_factory=lambda: Recent(_REMEMBERED), repr=False, compare=False
    )

    def has(self, model_id: str) -> bool:
        """Whether a complete model of this id is stored."""
        return (self.folder / model_id / _INFO).is_file()

    def require_intact(self, model_id: str) -> None:
        """Raise ModelDamaged for a stored model that is not as this installation wrote it."""
        if self.has(model_id) and not self.is_intact(model_id):
            raise damaged(model_id)

    def is_intact(self, model_id: str) -> bool:
        """Whether a complete model of this id is stored, as this installation wrote it."""
        folder = self.folder / model_id
        try:
            states = tuple(_observe(folder / name) for name in (*_SIGNED, _SIGNATURE))
            known = self._checked.get(states)
            return self._checked.put(states, self._is_signed(folder)) if known is None else known
        except (OSError, ValueError):
            return False

    def save(self, model_id: str, info: Mapping[str, Any], state: SynthesizerState) -> None:
        """Store a model under its id; one that another process stored meanwhile is kept as it is.

        One that is damaged is replaced.
        """
        from pipeline.datasets.leftovers import mark_as_ours, sweep

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep(self.folder)
            draft = Path(tempfile.mkdtemp(prefix=mark_as_ours(".draft-"), dir=self.folder))
        except OSError as error:
            raise self._cannot("write", error) from error
        try:
            _write(draft, info, state)
            (draft / _SIGNATURE).write_text(self.sign(draft), encoding="utf-8")
            target = self.folder / model_id
            if not self.is_intact(model_id):
                shutil.rmtree(target, ignore_errors=True)
                draft.rename(target)
        except OSError as error:
            raise self._cannot("write", error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def load_state(self, model_id: str) -> SynthesizerState:
        """The synthesizer of a stored model; StoreError where another installation has written it."""
        folder = self.folder / model_id
        if not self._is_signed(folder):
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
        from pipeline.datasets.leftovers import mark_as_ours

        self.require(model_id)
        try:
            # A process that is killed meanwhile must not leave half a model under its id.
            gone = self.folder / f"{mark_as_ours('.removing-')}{secrets.token_hex(4)}"
            (self.folder / model_id).rename(gone)
            shutil.rmtree(gone)
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

    def _is_signed(self, folder: Path) -> bool:
        signature = (folder / _SIGNATURE).read_text(encoding="utf-8")
        return self.signer.is_signed(signature, *(folder / name for name in _SIGNED))

    def _cannot(self, verb: str, error: OSError) -> StoreError:
        return StoreError(
            f"Cannot {verb} the model folder {self.folder}: {error.strerror or error}.",
            "check free space and rights of the state folder.",
        )


def _observe(file: Path) -> tuple[str, int, int, int, int]:
    found = file.stat()
    return str(file), found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def damaged(model_id: str) -> ModelDamaged:
    """The error for a model whose files cannot be read."""
    return ModelDamaged(
        f'The stored model "{model_id}" is damaged.',
        f"order its recipe again, or delete it with `models delete {model_id}`.",
    )


def foreign(model_id: str) -> ModelDamaged:
    """The error for a model whose files are not those that were written here."""
    return ModelDamaged(
        f'The stored model "{model_id}" was changed, or written by another installation.',
        f"order its recipe again, or delete it with `models delete {model_id}`.",
    )


def _write(folder: Path, info: Mapping[str, Any], state: SynthesizerState) -> None:
    np.savez(folder / _ARRAYS, **state.arrays)  # type: ignore[arg-type]
    (folder / _VALUES).write_text(json.dumps(state.values, ensure_ascii=False), encoding="utf-8")
    (folder / _INFO).write_text(json.dumps(info, indent=2), encoding="utf-8")

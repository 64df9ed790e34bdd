"""A training on disk, renamed into place when complete: a kill leaves the old or the new file whole."""

from __future__ import annotations

import json
import logging
import os
import secrets
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import TrainingError

_LOG = logging.getLogger(__name__)
_VALUES = "values"
_SET_ASIDE = ".unusable"


@dataclass(frozen=True)
class Checkpoint:
    """JSON-able values and arrays; `fingerprint` says to which data and recipe they belong."""

    fingerprint: str
    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write `path` atomically; raise TrainingError where that cannot be done."""
    text = json.dumps({"fingerprint": checkpoint.fingerprint, **checkpoint.values})
    # A name of its own, since two processes may train one recipe at a time.
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("wb") as file:
            arrays = {**checkpoint.arrays, _VALUES: np.frombuffer(text.encode(), dtype=np.uint8)}
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise TrainingError(
            f"The checkpoint {path} cannot be written: {error.strerror}.",
            "check that the folder exists and that the disk has room.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(path: Path, fingerprint: str) -> Checkpoint | None:
    """Read `path`; None where there is none that can be used.

    A file that is damaged or belongs to another training would stop its recipe for good: it is renamed, so
    that it can be analysed, and the log says so. Raises TrainingError where even that cannot be done.
    """
    try:
        found = _read(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        _set_aside(path, "cannot be read")
        return None
    if found.fingerprint != fingerprint:
        _set_aside(path, "belongs to other data or another recipe")
        return None
    return found


def _read(path: Path) -> Checkpoint:
    # Given a path, numpy 2 leaves a damaged file open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    values = json.loads(arrays.pop(_VALUES).tobytes())
    return Checkpoint(values.pop("fingerprint"), values, arrays)


def _set_aside(path: Path, reason: str) -> None:
    aside = path.with_name(path.name + _SET_ASIDE)
    try:
        path.replace(aside)
    except OSError as error:
        raise TrainingError(
            f"The checkpoint {path} {reason}, and cannot be set aside: {error.strerror}.",
            "delete it to train from the start.",
        ) from error
    _LOG.warning("The checkpoint %s %s; it is now %s, and training starts again.", path, reason, aside.name)

"""A training on disk, renamed into place when complete: a kill leaves the old or the new file whole."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import TrainingError

_VALUES = "values"


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
    """Read `path`; None where there is none, TrainingError where it is damaged or of another training."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        values = json.loads(arrays.pop(_VALUES).tobytes())
        found = values.pop("fingerprint")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"The checkpoint {path} cannot be read.", "delete it to train from the start."
        ) from error
    if found != fingerprint:
        raise TrainingError(
            f"The checkpoint {path} belongs to other data or another recipe.",
            "delete it, or give the recipe and the data that it was started with.",
        )
    return Checkpoint(found, values, arrays)

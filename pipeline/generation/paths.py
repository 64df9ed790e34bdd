"""Where files may go: decided, and refused where they may not, before anything slow begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline import exporters
from pipeline.datasets.catalog import BUILTIN_FOLDERS
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import ConfigError, DataError, ExportError
from pipeline.reports.formats import ReportFormat

MANIFEST_SUFFIX = ".manifest.json"
_LONGEST_NAME = 255


@dataclass(frozen=True)
class ExportTarget:
    """Where a file will go, and in which format."""

    format: exporters.ExportFormat
    path: Path


def compute_filename(dataset: str, rows: int, seed: int, as_of: date, model: str) -> str:
    """The name of an export, without ending: everything in it that decides the rows."""
    return f"{dataset}-{rows}-seed{seed}-{as_of.isoformat()}-{model}"


def name_manifest(path: Path) -> Path:
    """The manifest beside a file."""
    return path.with_name(path.name + MANIFEST_SUFFIX)


def name_report(path: Path, fmt: ReportFormat) -> Path:
    """A report beside a file."""
    return path.with_name(f"{path.name}.report{fmt.suffix}")


def name_bundle(path: Path) -> Path:
    """The ZIP beside a file that holds it with its evidence."""
    return path.with_name(f"{path.name}.zip")


def prepare_state(folder: Path) -> Path:
    """The state folder, made where it is missing; ConfigError where it cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error.strerror or "cannot be made") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder, "is not writable")
    return folder


def prepare_target(
    state: Path, spec: DatasetSpec, filename: str, fmt: str | None, out: Path | None
) -> ExportTarget:
    """Format and path of an export, its folder made; DataError where the file cannot or must not be written.

    The format is `fmt`, else the ending of `out`, else CSV. `out` may be an existing folder, which
    then gets `filename`; without `out` the file goes to the exports of the state folder.
    """
    chosen = exporters.choose_format(fmt, out)
    exporters.check_column_count(chosen, len(spec.columns))
    if out is None:
        path = prepare_state(state / "exports") / f"{filename}{chosen.suffix}"
    else:
        path = out / f"{filename}{chosen.suffix}" if out.is_dir() else out
    refuse_data_folders(path, state)
    if len(name_manifest(path).name.encode()) > _LONGEST_NAME:
        raise DataError(f'The file name "{path.name[:40]}…" is too long.', "choose a shorter one.")
    beside = [name_report(path, report) for report in ReportFormat]
    for file in (path, name_manifest(path), name_bundle(path), *beside):
        _require_place(file)
    return ExportTarget(chosen, path)


def _require_place(path: Path) -> None:
    try:
        exporters.require_folder(path)
    except ExportError as error:
        raise DataError(error.message, error.hint) from error


def refuse_data_folders(path: Path, state: Path) -> None:
    """Raise DataError for a path among raw samples or in the state folder, its exports aside."""
    where = path.resolve()
    exports = (state / "exports").resolve()
    for folder in (*BUILTIN_FOLDERS.values(), state):
        if where.is_relative_to(folder.resolve()) and not where.is_relative_to(exports):
            raise DataError(
                f"{path} is inside {folder}, which holds the workbench's data.", "choose another folder."
            )


def _unusable(folder: Path, reason: str) -> ConfigError:
    return ConfigError(f"The state folder {folder} {reason}.", "set `home` or WORKBENCH_HOME to another one.")

"""What can be taken out of a finished large table: manifest, report and parts, one file at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import ExportError, JobError, NotFoundError
from pipeline.generation.bulk import manifest
from pipeline.generation.bulk.folder import Folder
from pipeline.runs.records import Run
from pipeline.runs.states import RunKind, RunStatus
from pipeline.workbench.context import needs
from pipeline.workbench.runs import RunDesk

MOST_MB = 200
"""Size of the largest file that is handed out in one piece: it passes through memory as a whole."""


@dataclass(frozen=True)
class BulkFile:
    """One file of a large table; `rows` is None but for parts, `sha256` what it must still have."""

    name: str
    size_bytes: int
    sha256: str
    rows: int | None = None

    @property
    def is_small(self) -> bool:
        """Whether it can be handed out in one piece."""
        return self.size_bytes <= MOST_MB * 1_000_000


@dataclass(frozen=True)
class BulkContents:
    """The files of a large table, manifest and report first, and what an export must answer for."""

    files: tuple[BulkFile, ...]
    warnings: tuple[str, ...]

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return sum(file.rows is not None for file in self.files)


class BulkTakeout(RunDesk):
    """Finished large tables, file by file, for whoever may see the run."""

    @needs(AccountRole.VIEWER)
    def list_bulk_files(self, run_id: str) -> BulkContents:
        """The files of a bulk run that is done; NotFoundError where its folder is gone."""
        folder, content = self._open_bulk(run_id)
        values = folder.read_json(manifest.MANIFEST) or {}
        described = BulkFile(manifest.MANIFEST, len(content), hashlib.sha256(content).hexdigest())
        report = _find_report(folder, values)
        parts = tuple(_describe_part(part) for part in values.get("parts", ()))
        return BulkContents((described, *report, *parts), manifest.read_findings(values))

    @needs(AccountRole.VIEWER)
    def read_bulk_file(self, run_id: str, name: str) -> bytes:
        """One file as it was made, recorded as a download by whoever answers for the findings.

        NotFoundError for a file that the manifest does not name, ExportError for one that is too large or
        has changed since.
        """
        run = self.get_run(run_id)
        contents = self.list_bulk_files(run_id)
        file = next((one for one in contents.files if one.name == name), None)
        if file is None:
            raise NotFoundError(f"Run {run_id} has made no file {name}.", "choose one that its list names.")
        content = _read_unchanged(Folder(_find_address(run)), file)
        self._record_file(run, file, contents.warnings)
        return content

    def _open_bulk(self, run_id: str) -> tuple[Folder, bytes]:
        """The folder of a run and the manifest in it."""
        run = self.get_run(run_id)
        if run.kind is not RunKind.BULK or run.status is not RunStatus.DONE:
            raise JobError(f"Run {run_id} has no files.", "choose a large table that is done.")
        folder = Folder(_find_address(run))
        content = folder.read(manifest.MANIFEST)
        if content is None:
            raise NotFoundError(f"The files of run {run_id} are gone.", "run it again to make them anew.")
        return folder, content

    def _record_file(self, run: Run, file: BulkFile, findings: tuple[str, ...]) -> None:
        known = {name: run.order.get(name) for name in ("rows", "seed", "as_of")} | {"model": run.model}
        self._record(
            AuditEvent.DOWNLOADED,
            run.dataset,
            **{name: value for name, value in known.items() if value is not None},
            format=f"bulk {file.name}",
            sha256=file.sha256,
            findings=len(findings),
        )


def _find_address(run: Run) -> str:
    return str((run.result or {}).get("out") or run.order["out"])


def _find_report(folder: Folder, described: Mapping[str, Any]) -> tuple[BulkFile, ...]:
    """The report where the manifest tells its checksum; older ones tell no size."""
    values = described.get("report")
    if values is None:
        return ()
    size = values.get("size_bytes")
    if size is None:
        size = len(folder.read(manifest.REPORT) or b"")
    return (BulkFile(manifest.REPORT, size, values["sha256"]),)


def _describe_part(values: Mapping[str, Any]) -> BulkFile:
    name = str(values["file"])
    # The folder may lie where others can write: no name in it may lead out of it.
    if "/" in name or "\\" in name:
        raise ExportError(f'The manifest names a file outside its folder: "{name}".', "run it again.")
    return BulkFile(name, values["size_bytes"], values["sha256"], values["rows"])


def _read_unchanged(folder: Folder, file: BulkFile) -> bytes:
    if not file.is_small:
        raise ExportError(
            f"{file.name} is larger than {MOST_MB} MB.", f"fetch it from the folder {folder.address}."
        )
    content = folder.read(file.name)
    if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise ExportError(f"{file.name} is gone or has changed since it was made.", "run it again.")
    return content

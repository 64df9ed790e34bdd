"""The files of finished large tables: manifest, report and parts, as their manifest names them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import ExportError
from pipeline.generation.bulk import manifest
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.results import MOST_MB, BulkContents, BulkFile


def list_files(folder: Folder) -> BulkContents | None:
    """The files of a complete table; None where its manifest is not there."""
    content = folder.read(manifest.MANIFEST)
    if content is None:
        return None
    values = folder.read_json(manifest.MANIFEST) or {}
    described = BulkFile(manifest.MANIFEST, len(content), hashlib.sha256(content).hexdigest())
    report = _find_report(folder, values)
    parts = tuple(_describe_part(part) for part in _list_parts(values))
    return BulkContents((described, *report, *parts), manifest.read_findings(values))


def _list_parts(described: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of a manifest; in that of several tables they stand under their names."""
    files = described.get("files")
    if files is None:
        yield from described.get("parts", ())
        return
    for name, values in files.items():
        yield {"file": name, **values}


def _find_report(folder: Folder, described: Mapping[str, Any]) -> tuple[BulkFile, ...]:
    """The report where the manifest has its checksum; older manifests have no size."""
    values = described.get("report")
    if values is None:
        return ()
    size = values.get("size_bytes")
    if size is None:
        size = len(folder.read(manifest.REPORT) or b"")
    return (BulkFile(manifest.REPORT, size, values["sha256"]),)


def _describe_part(values: Mapping[str, Any]) -> BulkFile:
    name = str(values["file"])
    folders, _, file = name.rpartition("/")
    # The folder may lie where others can write: no name in it may lead out of it.
    if "/" in folders or "\\" in name or {folders, file} & {".", ".."} or not file or name.startswith("/"):
        raise ExportError(f'The manifest names a file outside its folder: "{name}".', "run it again.")
    return BulkFile(name, values["size_bytes"], values["sha256"], values["rows"])


def read_unchanged(folder: Folder, file: BulkFile) -> bytes:
    """A file as it was made; ExportError where it is too large to serve, missing or changed."""
    if not file.is_small:
        raise ExportError(
            f"{file.name} is larger than {MOST_MB} MB.", f"fetch it from the folder {folder.address}."
        )
    content = folder.read(file.name)
    if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise ExportError(f"{file.name} was deleted or changed after it was made.", "run it again.")
    return content

"""What lies in a bundle: the table, its manifest and its reports."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipeline.generation.paths import BUNDLED_MANIFEST
from pipeline.generation.request import Export
from pipeline.reports import ReportFormat

BUNDLE_MIME = "application/zip"


def name_files(export: Export, reports: Mapping[ReportFormat, bytes]) -> dict[str, bytes]:
    """The files of a bundle by name, in their order."""
    files = {export.filename: export.content, BUNDLED_MANIFEST: format_manifest(export)}
    return files | {f"report{fmt.suffix}": content for fmt, content in reports.items()}


def format_manifest(export: Export) -> bytes:
    """A manifest as the content of its file."""
    return (json.dumps(export.manifest, indent=2, ensure_ascii=False) + "\n").encode()

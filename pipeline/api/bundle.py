"""A table and its manifest in one ZIP, the same bytes for the same content."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.requests import Export

_DATE = (1980, 1, 1, 0, 0, 0)


def make_bundle(export: Export) -> Export:
    """The export with a ZIP as its content; its manifest lies inside, beside the table."""
    manifest = json.dumps(export.manifest, indent=2, ensure_ascii=False) + "\n"
    files = {export.filename: export.content, f"{export.filename}.manifest.json": manifest.encode()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return replace(
        export, content=target.getvalue(), filename=f"{export.filename}.zip", mime="application/zip"
    )

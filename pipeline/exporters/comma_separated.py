"""CSV after RFC 4180, but with line feeds: UTF-8, ISO dates, missing values empty."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.datasets.formulas import neutralise_formulas
from pipeline.exporters.columns import Column
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.text import safe_texts

_QUOTED_NOTHING = '""'
_NEEDS_QUOTES = re.compile('[",\r\n]')


def export_csv(columns: Sequence[Column], provenance: Provenance) -> bytes:
    """Render a table as CSV; it has no room for provenance, which goes into the manifest beside it."""
    header = [_quote(name) for name in neutralise_formulas(column.name for column in columns)]
    quoted = [[_quote(text) for text in safe_texts(column)] for column in columns]
    rows = map(",".join, zip(*quoted, strict=True))
    # A lone empty cell would be a blank line, which readers skip.
    return "".join(f"{row or _QUOTED_NOTHING}\n" for row in [",".join(header), *rows]).encode("utf-8")


def _quote(text: str) -> str:
    """Quote where needed; csv.writer leaves a bare carriage return unquoted before Python 3.13."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text

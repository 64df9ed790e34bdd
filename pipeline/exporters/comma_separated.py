"""CSV after RFC 4180, but with line feeds, or in the layout of a source; missing values empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipeline.exporters.columns import Column
from pipeline.exporters.layout import PLAIN_LAYOUT, CsvLayout
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.text import safe_names, safe_texts

_QUOTED_NOTHING = '""'


def export_csv(columns: Sequence[Column], provenance: Provenance, layout: CsvLayout = PLAIN_LAYOUT) -> bytes:
    """Render a table as CSV; it has no room for provenance, which goes into the manifest beside it."""
    quote = _quoter(layout)
    cells = [[quote(text) for text in safe_texts(column, layout.as_is)] for column in columns]
    rows = map(layout.separator.join, zip(*cells, strict=True))
    header = [quote(name) for name in safe_names((column.name for column in columns), layout.as_is)]
    lines = [layout.separator.join(header), *rows] if layout.has_header else [*rows]
    # A lone empty cell would be a blank line, which readers skip.
    text = "".join(f"{line or _QUOTED_NOTHING}{layout.line_end}" for line in lines)
    if layout.has_separator_line:
        text = f"sep={layout.separator}{layout.line_end}{text}"
    return layout.encode(text)


def _quoter(layout: CsvLayout) -> Callable[[str], str]:
    """Quote where needed; csv.writer leaves a bare carriage return unquoted before Python 3.13."""
    needs_quotes = re.compile(f'[{re.escape(layout.separator)}"\r\n]')

    def quote(text: str) -> str:
        if layout.quotes_all or needs_quotes.search(text):
            return '"' + text.replace('"', '""') + '"'
        return text

    return quote

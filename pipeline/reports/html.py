"""One file that works offline: text, tables and charts, with plotly.js inlined once."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.reports.charts import Chart, load_script, to_embedded_json
from pipeline.reports.charts.chart import Bars
from pipeline.reports.content import Conclusions, Drawings, Paragraph, Report, Table
from pipeline.reports.mark import draw_mark
from pipeline.reports.wording import VERDICT_WORDS

TEMPLATES = Path(__file__).resolve().parent / "templates"
_SYMBOLS = {"pass": "✓", "look": "!", "fail": "✕"}


def render_html(report: Report) -> bytes:
    """The report as UTF-8 HTML; it makes no request, and runs no script but its own two."""
    scripts = load_script(), (TEMPLATES / "report.js").read_text(encoding="utf-8")
    figures = _Figures()
    body = (
        get_environment()
        .get_template("report.html")
        .render(
            report=report,
            sections=report.sections,
            style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
            scripts=scripts,
            policy=_content_policy(scripts),
            figures=figures,
            is_bars=lambda numbers: isinstance(numbers, Bars),
            **list_words(),
        )
    )
    return body.encode("utf-8", errors="replace")


_KINDS = {Paragraph: "paragraph", Conclusions: "conclusions", Table: "table", Drawings: "drawings"}


class _Figures:
    """Numbers the charts in the order in which the page shows them."""

    def __init__(self) -> None:
        self._shown = 0

    def embed(self, chart: Chart) -> dict[str, Any]:
        """An id, the height in pixels, and the figure as JSON that is safe in a script element."""
        from markupsafe import Markup

        self._shown += 1
        figure = Markup(to_embedded_json(chart))
        return {"id": f"chart-{self._shown}", "height": chart.height, "json": figure}


def _content_policy(scripts: tuple[str, ...]) -> str:
    """Forbids every request, and every script that is not one of these: a second wall behind escaping.

    Plotly adds styles of its own and draws maps as images in the page.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def list_words() -> dict[str, Any]:
    """What the parts that reports share call: the kind of a block, and verdicts as words and symbols."""
    from markupsafe import Markup

    return {
        "draw_mark": lambda figure: Markup(draw_mark(figure)),
        "kind_of": lambda block: _KINDS[type(block)],
        "verdict_word": VERDICT_WORDS.__getitem__,
        "verdict_symbol": lambda verdict: _SYMBOLS.get(verdict, "–"),
    }


@cache
def get_environment() -> Any:
    """Jinja with the templates of reports; every text is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Jinja would turn the line ends of embedded scripts into its own, and their checksums with them.
        newline_sequence="\n",
    )

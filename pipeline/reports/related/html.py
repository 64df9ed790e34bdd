"""One file that works offline: text, tables and the drawn schema. It runs no script at all."""

from __future__ import annotations

from pipeline.reports.html import TEMPLATES, get_environment, list_words
from pipeline.reports.related.compute import RelatedReport
from pipeline.reports.related.drawing import draw_schema, list_legend

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render_related(report: RelatedReport) -> bytes:
    """The report as UTF-8 HTML; the same report gives the same bytes."""
    from markupsafe import Markup

    subject = report.subject
    style = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "related.css"))
    body = (
        get_environment()
        .get_template("related.html")
        .render(
            report=report,
            title=subject.schema.title,
            verdict=subject.verdict,
            answer=subject.answer,
            reasons=subject.reasons,
            drawing=Markup(draw_schema(subject.schema, subject.rows)),
            legend=list_legend(subject.schema.relations),
            style=style,
            policy=_POLICY,
            **list_words(),
        )
    )
    return str(body).encode("utf-8", errors="replace")

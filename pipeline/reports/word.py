"""The report as a Word document: headings, tables, and charts as bars in tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pipeline.exporters.package import rewrite_package
from pipeline.exporters.text import drop_illegal_characters
from pipeline.exporters.word_parts import FONT, INK, number_pages, set_properties, use_font
from pipeline.reports.charts import Bars, Grid, Maps
from pipeline.reports.content import Block, Conclusions, Drawing, Drawings, Paragraph, Report, Section, Table
from pipeline.reports.word_tables import (
    BAR_STYLE,
    CELL_STYLE,
    HEADING_STYLE,
    NUMBER_STYLE,
    TEXT_WIDTH,
    draw_bars,
    draw_conclusion_table,
    draw_facts,
    draw_grid,
    draw_maps,
    draw_table,
)
from pipeline.reports.wording import VERDICT_WORDS

if TYPE_CHECKING:
    from docx.document import Document

MOST_OF_EACH = 20
"""Of more than twice as many columns, so many of the worst and of the best are drawn."""

_PAPER = (12_240, 15_840)
_QUIET_STYLE = "ReportNote"
_QUIET = "566070"
_HEADINGS = (("Heading 1", 18), ("Heading 2", 14), ("Heading 3", 11))


def render_word(report: Report) -> bytes:
    """The report as .docx; curves and boxes, which tables cannot show, are left to the HTML report."""
    from docx import Document as create

    document = create()
    set_properties(document, f"Evidence: {report.title}", report.headline, _midnight(report.as_of))
    _set_up_page(document)
    _add_styles(document)
    _write_start(document, report)
    for section in report.sections:
        _write_section(document, section)
    _write_end(document, report)
    content = BytesIO()
    document.save(content)
    return rewrite_package(content.getvalue(), {})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _set_up_page(document: Document) -> None:
    from docx.shared import Twips

    section = document.sections[0]
    section.page_width, section.page_height = map(Twips, _PAPER)
    margin = Twips((_PAPER[0] - TEXT_WIDTH) // 2)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = margin
    number_pages(section)


def _add_styles(document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    styles: Any = document.styles
    styles["Normal"].font.name, styles["Normal"].font.size = FONT, Pt(10)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    for name, size in _HEADINGS:
        use_font(styles[name])
        styles[name].font.size, styles[name].font.color.rgb = Pt(size), RGBColor.from_string(INK)
    cell = _add_style(document, CELL_STYLE, "Normal", 8.5)
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(1.5)
    _add_style(document, HEADING_STYLE, CELL_STYLE, 8.5).font.bold = True
    number = _add_style(document, NUMBER_STYLE, CELL_STYLE, 8.5)
    number.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    bar = _add_style(document, BAR_STYLE, "Normal", 4)
    bar.paragraph_format.space_before = bar.paragraph_format.space_after = Pt(0.5)
    bar.paragraph_format.line_spacing = Pt(5)
    note = _add_style(document, _QUIET_STYLE, "Normal", 8.5)
    note.font.color.rgb = RGBColor.from_string(_QUIET)
    note.paragraph_format.space_before = Pt(3)


def _add_style(document: Document, name: str, base: str, size: float) -> Any:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    styles: Any = document.styles
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style, style.font.size = styles[base], Pt(size)
    return style


def _write_start(document: Document, report: Report) -> None:
    _write_heading(document, f"Evidence: {report.title}", 1)
    _write_text(document, f"{VERDICT_WORDS[report.verdict]}: {report.headline}").runs[0].bold = True
    figure = report.answer.figure
    _write_text(document, f"Quality (likeness to the real table, 0–1): {figure.sentence}.")
    _append(document, draw_facts(report.facts))
    _write_heading(document, "Summary", 2)
    _append(document, draw_conclusion_table(report.summary, "Question"))
    _write_text(
        document,
        "Pass: nothing to do. Look: read that section and decide. Fail: do not share the "
        "table. A dash: no verdict. Curves and boxes are in the HTML report.",
        _QUIET_STYLE,
    )


def _write_section(document: Document, section: Section) -> None:
    _write_heading(document, section.title, 2)
    _write_text(document, section.lead)
    for block in section.blocks:
        _write_block(document, block)


def _write_block(document: Document, block: Block) -> None:
    match block:
        case Paragraph():
            _write_text(document, block.text, _QUIET_STYLE if block.is_quiet else None)
        case Conclusions():
            _append(document, draw_conclusion_table(block.rows, "Measure"))
        case Table():
            _append(document, draw_table(block))
            _write_text(document, block.note, _QUIET_STYLE)
        case Drawings():
            _write_drawings(document, block)


def _write_drawings(document: Document, drawings: Drawings) -> None:
    shown = [drawing for drawing in drawings.charts if drawing.chart.numbers is not None]
    if not shown:
        return
    if drawings.heading:
        _write_heading(document, drawings.heading, 3)
    kept = _choose(shown)
    if len(kept) < len(shown):
        _write_text(
            document,
            f"Of {len(shown)} charts the {MOST_OF_EACH} of the lowest and the {MOST_OF_EACH} of the highest "
            "score follow; all are in the HTML report.",
            _QUIET_STYLE,
        )
    for drawing in kept:
        _write_chart(document, drawing)


def _choose(shown: Sequence[Drawing]) -> list[Drawing]:
    """The worst and the best of many charts, in their order; one without a score counts as the worst."""
    if len(shown) <= 2 * MOST_OF_EACH:
        return list(shown)
    ranked = sorted(range(len(shown)), key=lambda place: shown[place].score or 0.0)
    kept = {*ranked[:MOST_OF_EACH], *ranked[-MOST_OF_EACH:]}
    return [drawing for place, drawing in enumerate(shown) if place in kept]


def _write_chart(document: Document, drawing: Drawing) -> None:
    chart = drawing.chart
    match chart.numbers:
        case Bars():
            drawn = draw_bars(chart.numbers)
        case Grid():
            drawn = draw_grid(chart.numbers)
        case Maps():
            drawn = draw_maps(chart.numbers)
        case _:
            drawn = ""
    if drawn:
        title = _write_text(document, chart.title)
        title.runs[0].bold = True
        title.paragraph_format.keep_with_next = True
        _append(document, drawn)
        _write_text(document, f"{chart.listing or chart.caption} {drawing.note}".strip(), _QUIET_STYLE)


def _write_end(document: Document, report: Report) -> None:
    _write_heading(document, "Method and limits", 2)
    for title, texts in (("Method", report.method), ("Limits", report.limits)):
        _write_heading(document, title, 3)
        for text in texts:
            _write_text(document, text, "List Bullet")
    _write_heading(document, "Versions", 3)
    _write_text(document, ", ".join(f"{name} {text}" for name, text in report.versions.items()))


def _write_heading(document: Document, text: str, level: int) -> None:
    document.add_heading(drop_illegal_characters(text), level=level)


def _write_text(document: Document, text: str, style: str | None = None) -> Any:
    return document.add_paragraph(drop_illegal_characters(text), style=style)


def _append(document: Document, table: str) -> None:
    """Put a table at the end, before the section's properties, which must come last."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    body: Any = document.element.body
    body.insert(-1, parse_xml(table.replace("<w:tbl>", f"<w:tbl {nsdecls('w')}>", 1)))

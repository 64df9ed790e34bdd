"""Word: python-docx draws the document and an empty table; the rows are written as XML in one go.

A paragraph, run and cell object for every value is what makes python-docx slow on large tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pipeline.errors import ExportError
from pipeline.exporters.columns import Column, ColumnKind
from pipeline.exporters.formats import MOST_COLUMNS, ExportFormat
from pipeline.exporters.package import insert_before, rewrite_package
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.text import drop_illegal_characters, escape_xml, render_each
from pipeline.exporters.word_layout import MARGIN, TableLayout, compute_layout
from pipeline.exporters.word_parts import (
    BORDERS,
    FONT,
    INK,
    PADDING,
    number_pages,
    parse_element,
    set_properties,
    use_font,
)

if TYPE_CHECKING:
    from docx.document import Document

MAX_COLUMNS = MOST_COLUMNS[ExportFormat.WORD]
_CELL_STYLE = "TableCell"
_HEADING_STYLE = "TableHeading"
_LINE_BREAK = re.compile("&#13;\n|&#13;|\n")
_RIGHT_ALIGNED = (ColumnKind.INTEGER, ColumnKind.NUMBER)


def export_word(columns: Sequence[Column], provenance: Provenance) -> bytes:
    """Render a table as a Word document; raise ExportError beyond Word's 63 columns."""
    if len(columns) > MAX_COLUMNS:
        raise ExportError(
            f"The table has {len(columns)} columns, a Word table holds {MAX_COLUMNS}.",
            "export it as Excel, CSV, JSON or Parquet.",
        )
    layout = compute_layout(columns)
    skeleton = BytesIO()
    _draw_document(columns, layout, provenance).save(skeleton)
    rows = "".join(_render_rows(columns, layout))
    edit = {"word/document.xml": lambda xml: insert_before(xml, "</w:tbl>", rows)}
    return rewrite_package(skeleton.getvalue(), edit)


def _draw_document(columns: Sequence[Column], layout: TableLayout, provenance: Provenance) -> Document:
    from docx import Document

    document = Document()
    set_properties(document, provenance.title, provenance.line, provenance.created)
    _set_up_page(document, layout)
    _add_styles(document, layout)
    document.add_heading(drop_illegal_characters(provenance.title), level=1)
    for paragraph in filter(None, (provenance.description, provenance.line)):
        document.add_paragraph(drop_illegal_characters(paragraph))
    _draw_table(document, columns, layout)
    return document


def _set_up_page(document: Document, layout: TableLayout) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Twips

    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = map(Twips, layout.paper)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Twips(MARGIN)
    number_pages(section)


def _add_styles(document: Document, layout: TableLayout) -> None:
    """Paragraph styles carry the font, since a table style loses against Word's default paragraph."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    styles: Any = document.styles
    styles["Normal"].font.name, styles["Normal"].font.size = FONT, Pt(9)
    heading = styles["Heading 1"]
    use_font(heading)
    heading.font.size, heading.font.color.rgb = Pt(16), RGBColor.from_string(INK)
    heading.paragraph_format.space_before = Pt(0)
    cell = styles.add_style(_CELL_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style, cell.font.size = styles["Normal"], Pt(layout.font_size)
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(1)
    cell.paragraph_format.line_spacing = 1.0
    caption = styles.add_style(_HEADING_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    caption.base_style, caption.font.bold = cell, True
    caption.font.color.rgb = RGBColor(255, 255, 255)


def _draw_table(document: Document, columns: Sequence[Column], layout: TableLayout) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Twips

    table = document.add_table(rows=0, cols=len(columns), style="Table Grid")
    table.autofit = False
    # Word refuses properties that are not in the order of the schema.
    table._tbl.tblPr.find(qn("w:tblLayout")).addprevious(parse_element(BORDERS))
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(parse_element(PADDING))
    for column, width in zip(table.columns, layout.widths, strict=True):
        column.width = Twips(width)


def _render_rows(columns: Sequence[Column], layout: TableLayout) -> Iterator[str]:
    """Rows as WordprocessingML; the prefix `w` is declared by the document around them."""
    pairs = list(zip(columns, layout.widths, strict=True))
    header = "".join(
        _render_cells([column.name], column, width, is_header=True)[0] for column, width in pairs
    )
    yield f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{header}</w:tr>"
    rendered = [_render_cells(column.texts, column, width) for column, width in pairs]
    for cells in zip(*rendered, strict=True):
        yield f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _render_cells(texts: list[str], column: Column, width: int, is_header: bool = False) -> list[str]:
    shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{INK}"/>' if is_header else ""
    style = _HEADING_STYLE if is_header else _CELL_STYLE
    alignment = '<w:jc w:val="right"/>' if column.kind in _RIGHT_ALIGNED else ""
    start = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shading}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{alignment}</w:pPr><w:r><w:t xml:space="preserve">'
    )
    return [f"{start}{text}</w:t></w:r></w:p></w:tc>" for text in render_each(texts, _render_text)]


def _render_text(text: str) -> str:
    """Line feeds and tabs are elements in Word; inside a text it would show them as blanks."""
    content = _LINE_BREAK.sub('</w:t><w:br/><w:t xml:space="preserve">', escape_xml(text))
    return content.replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')

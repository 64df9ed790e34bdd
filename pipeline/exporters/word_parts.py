"""What every Word document of ours shares: font, colours, properties, page numbers, and lines of tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.exporters.provenance import AUTHOR
from pipeline.exporters.text import drop_illegal_characters
from pipeline.exporters.word_layout import CELL_PADDING, MARGIN

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Arial"
INK = "1F3864"
LINES = "C9D1DC"


def set_properties(document: Document, title: str, subject: str, created: datetime) -> None:
    """Title, subject, author and dates; `created` comes from the request, never from the clock."""
    properties = document.core_properties
    properties.title = drop_illegal_characters(title)[:255]
    properties.subject = drop_illegal_characters(subject)[:255]
    properties.author = properties.last_modified_by = AUTHOR
    properties.comments = ""
    properties.created = properties.modified = created


def number_pages(section: Any) -> None:
    """A footer with the number of the page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Twips

    section.footer_distance = Twips(MARGIN // 2)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run("Page ")
    footer._p.append(parse_element('<w:fldSimple {ns} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'))


def use_font(style: Any) -> None:
    """Replace the theme's fonts, which win over a plain font name."""
    from docx.oxml.ns import qn

    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    style.font.name = FONT


def parse_element(xml: str) -> Any:
    """WordprocessingML as an element; `{ns}` is where the namespace is declared."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    return parse_xml(xml.format(ns=nsdecls("w")))


def _borders() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    lines = (f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINES}"/>' for side in sides)
    return f"<w:tblBorders {{ns}}>{''.join(lines)}</w:tblBorders>"


BORDERS = _borders()
PADDING = (
    f'<w:tblCellMar {{ns}}><w:left w:w="{CELL_PADDING}" w:type="dxa"/>'
    f'<w:right w:w="{CELL_PADDING}" w:type="dxa"/></w:tblCellMar>'
)

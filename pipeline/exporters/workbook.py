"""Excel: openpyxl draws the workbook, its styles and its header; the rows are written as XML in one go.

Creating a cell object for every value is what makes openpyxl slow on large sheets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.errors import ExportError
from pipeline.exporters.cell_looks import KIND_LOOKS, NUMBER_LOOK, TEXT_FORMAT, TEXT_LOOK, Look, choose_looks
from pipeline.exporters.columns import Column, ColumnKind
from pipeline.exporters.formats import MOST_COLUMNS, ExportFormat
from pipeline.exporters.layout import PLAIN_SHEET, SheetLayout
from pipeline.exporters.package import PartEdit, insert_before, rewrite_package
from pipeline.exporters.provenance import AUTHOR, Provenance
from pipeline.exporters.text import (
    drop_illegal_characters,
    escape_xml,
    render_each,
)

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_ROWS = 1_048_575  # one more holds the header
MAX_COLUMNS = MOST_COLUMNS[ExportFormat.EXCEL]
MAX_CHARACTERS = 32_767
# Excel keeps 15 digits: a longer number would change silently.
_FIRST_INEXACT_INTEGER = 10**15
# Excel believes in 29 February 1900, so that serial numbers are reliable from 1 March 1900 only.
_DAY_ZERO = datetime(1899, 12, 30)
_FIRST_RELIABLE_DAY = datetime(1900, 3, 1)
_WIDEST = 60
_HEADER_FILL = "1F3864"
_LONGEST_TITLE = 31

_NO_LAYOUTS: Mapping[str, SheetLayout] = MappingProxyType({})


def export_excel(
    columns: Sequence[Column], provenance: Provenance, sheet: SheetLayout = PLAIN_SHEET
) -> bytes:
    """Render a table as a workbook with one sheet; raise ExportError beyond Excel's limits."""
    return export_sheets({provenance.dataset: columns}, provenance, {provenance.dataset: sheet})


def export_sheets(
    tables: Mapping[str, Sequence[Column]],
    provenance: Provenance,
    layouts: Mapping[str, SheetLayout] = _NO_LAYOUTS,
) -> bytes:
    """Render tables, by name, as a workbook with a sheet each; raise ExportError beyond Excel's limits."""
    for columns in tables.values():
        _check_size(len(columns[0].values), len(columns))
    looks = {name: choose_looks(columns, layouts.get(name, PLAIN_SHEET)) for name, columns in tables.items()}
    titles = _list_titles(layouts.get(name, PLAIN_SHEET).title or name for name in tables)
    book = _draw_workbook(dict(zip(titles, tables.values(), strict=True)), looks.values(), provenance)
    styles = _register_styles(book, [look for sheet in looks.values() for look in sheet])
    skeleton = BytesIO()
    book.save(skeleton)
    edits = {
        f"xl/worksheets/sheet{number}.xml": _filler(
            tables[name], [styles[look] for look in looks[name]], styles
        )
        for number, name in enumerate(tables, start=1)
    }
    return rewrite_package(
        skeleton.getvalue(), {**edits, "docProps/core.xml": lambda xml: _fix_modified(xml, provenance)}
    )


def _filler(columns: Sequence[Column], styles: Sequence[int], all_styles: Mapping[Look, int]) -> PartEdit:
    def fill(xml: str) -> str:
        rows = "".join(_render_rows(columns, styles, all_styles))
        return _fill_sheet(xml, rows, _sheet_range(columns, len(columns[0].values)))

    return fill


def _check_size(row_count: int, column_count: int) -> None:
    for count, limit, what in ((row_count, MAX_ROWS, "rows"), (column_count, MAX_COLUMNS, "columns")):
        if count > limit:
            raise ExportError(
                f"The table has {count:,} {what}, an Excel sheet holds {limit:,}.",
                "export it as CSV or Parquet, or ask for fewer.",
            )


def _draw_workbook(
    tables: Mapping[str, Sequence[Column]], looks: Iterable[Sequence[Look]], provenance: Provenance
) -> Workbook:
    from openpyxl import Workbook

    book = Workbook()
    properties = book.properties
    properties.title = drop_illegal_characters(provenance.title)
    properties.subject = drop_illegal_characters(provenance.line)
    properties.description = drop_illegal_characters(provenance.description)
    properties.creator = properties.lastModifiedBy = AUTHOR
    properties.created = provenance.created
    book.remove(book.worksheets[0])
    for (title, columns), sheet_looks in zip(tables.items(), looks, strict=True):
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = _sheet_range(columns, len(columns[0].values))
        _draw_header(sheet, columns, sheet_looks)
        _set_up_printing(sheet)
    return book


def _list_titles(names: Iterable[str]) -> list[str]:
    """Titles of sheets, numbered where two would be alike; Excel does not tell cases apart."""
    titles: list[str] = []
    taken: set[str] = set()
    for name in names:
        title = _sheet_title(name)
        number = 1
        while title.casefold() in taken:
            number += 1
            end = f" ({number})"
            title = _sheet_title(name)[: _LONGEST_TITLE - len(end)] + end
        taken.add(title.casefold())
        titles.append(title)
    return titles


def _sheet_title(dataset: str) -> str:
    """Excel's rules for sheet names; it keeps "History" for itself."""
    title = re.sub(r"[\[\]:*?/\\]", "_", drop_illegal_characters(dataset)).strip("' \t\r\n")
    title = title[:_LONGEST_TITLE].rstrip("'")
    return title if title and title.lower() != "history" else "Data"


def _sheet_range(columns: Sequence[Column], row_count: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"A1:{get_column_letter(len(columns))}{row_count + 1}"


def _draw_header(sheet: Worksheet, columns: Sequence[Column], looks: Sequence[Look]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    font, fill = (
        Font(name="Calibri", bold=True, color="FFFFFF"),
        PatternFill("solid", start_color=_HEADER_FILL),
    )
    for position, (column, look) in enumerate(zip(columns, looks, strict=True), start=1):
        cell = sheet.cell(1, position, drop_illegal_characters(column.name))
        cell.data_type, cell.number_format = "s", TEXT_FORMAT  # "=1" is no formula
        cell.font, cell.fill, cell.alignment = font, fill, Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(position)].width = _compute_width(column, look)
    sheet.row_dimensions[1].height = 20


def _compute_width(column: Column, look: Look) -> float:
    """Width in characters: the longest text, or the name with room for the filter's arrow."""
    longest = max(map(len, column.texts), default=0) + look.extra_width
    return min(max(longest * 1.1 + 2, len(column.name) * 1.1 + 4), _WIDEST)


def _set_up_printing(sheet: Worksheet) -> None:
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0


def _register_styles(book: Workbook, looks: Iterable[Look]) -> dict[Look, int]:
    """The style number of every look, each taken from a cell that is not part of the sheet."""
    from openpyxl.cell import Cell
    from openpyxl.styles import Alignment

    styles = {}
    # Those of the kinds are always there, so that a workbook without other formats has the same bytes.
    for look in dict.fromkeys((*KIND_LOOKS.values(), *looks)):
        cell = Cell(book.worksheets[0], row=1, column=1)
        cell.number_format = look.number_format
        # At the top, a text of several lines shows its first one.
        cell.alignment = Alignment(horizontal="center" if look.is_centred else None, vertical="top")
        styles[look] = cell.style_id
    return styles


def _render_rows(
    columns: Sequence[Column], styles: Sequence[int], all_styles: Mapping[Look, int]
) -> Iterator[str]:
    from openpyxl.utils import get_column_letter

    as_text, as_number = f's="{all_styles[TEXT_LOOK]}" t="inlineStr"', f's="{all_styles[NUMBER_LOOK]}"'
    rendered = [
        _render_column(column, get_column_letter(position), style, as_text, as_number)
        for position, (column, style) in enumerate(zip(columns, styles, strict=True), start=1)
    ]
    for number, cells in enumerate(zip(*rendered, strict=True), start=2):
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _render_column(column: Column, letter: str, style: int, as_text: str, as_number: str) -> Iterable[str]:
    texts = column.texts
    _check_lengths(column.name, texts)
    if column.kind is ColumnKind.TEXT:
        attributes = f'{as_text}><is><t xml:space="preserve">'
        return [
            f'<c r="{letter}{row}" {attributes}{text}</t></is></c>' if text else ""
            for row, text in enumerate(render_each(texts, escape_xml), start=2)
        ]
    cells = _render_values(column, letter, style, as_text)
    numbers = {row: word for row, word in column.words.items() if not isinstance(word, str)}
    return _with_numbers(cells, numbers, letter, as_number) if numbers else cells


def _with_numbers(
    cells: Iterable[str], numbers: Mapping[int, int | float], letter: str, as_number: str
) -> Iterator[str]:
    """The cells with numbers in place of some: days that are shown as their serial numbers."""
    for row, cell in enumerate(cells):
        value = f"<v>{numbers[row]}</v>" if row in numbers else ""
        yield f'<c r="{letter}{row + 2}" {as_number}>{value}</c>' if value else cell


def _render_values(column: Column, letter: str, style: int, as_text: str) -> Iterator[str]:
    """Cells that are not text; what Excel would change or cannot hold is written as text all the same."""
    encode = _ENCODERS[column.kind]
    start = '<t xml:space="preserve">' if column.words else "<t>"
    data_type = ' t="b"' if column.kind is ColumnKind.BOOLEAN else ""
    texts = render_each(column.texts, escape_xml) if column.words else column.texts
    for row, (value, text) in enumerate(zip(column.values, texts, strict=True), start=2):
        content = None if value is None else encode(value)
        if content is not None:
            yield f'<c r="{letter}{row}" s="{style}"{data_type}><v>{content}</v></c>'
        else:
            yield f'<c r="{letter}{row}" {as_text}><is>{start}{text}</t></is></c>' if text else ""


def _encode_integer(value: int) -> str | None:
    return str(value) if abs(value) < _FIRST_INEXACT_INTEGER else None


def _encode_number(value: float) -> str | None:
    return str(value) if math.isfinite(value) else None


def _encode_moment(value: date) -> str | None:
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    if moment < _FIRST_RELIABLE_DAY:
        return None
    days = (moment - _DAY_ZERO).total_seconds() / 86_400
    return str(int(days)) if days.is_integer() else str(days)


def _encode_time(value: time) -> str:
    seconds = value.hour * 3_600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return repr(seconds / 86_400)


_ENCODERS: dict[ColumnKind, Callable[[Any], str | None]] = {
    ColumnKind.INTEGER: _encode_integer,
    ColumnKind.NUMBER: _encode_number,
    ColumnKind.BOOLEAN: lambda value: str(int(value)),
    ColumnKind.DATE: _encode_moment,
    ColumnKind.DATETIME: _encode_moment,
    ColumnKind.TIME: _encode_time,
    ColumnKind.DURATION: lambda value: repr(value.total_seconds() / 86_400),
}


def _check_lengths(name: str, texts: list[str]) -> None:
    if max(map(len, texts), default=0) <= MAX_CHARACTERS:
        return
    row, length = next((row, len(text)) for row, text in enumerate(texts, 1) if len(text) > MAX_CHARACTERS)
    raise ExportError(
        f'Column "{name}", row {row}: the text has {length:,} characters, '
        f"an Excel cell holds {MAX_CHARACTERS:,}.",
        "export the table in another format, or shorten the text.",
    )


def _fill_sheet(xml: str, rows: str, sheet_range: str) -> str:
    """Add the rows; text made of digits is meant as text, so Excel shall not mark it as an error."""
    xml = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{sheet_range}"', xml, count=1)
    xml = insert_before(xml, "</sheetData>", rows)
    marks = f'<ignoredErrors><ignoredError sqref="{sheet_range}" numberStoredAsText="1"/></ignoredErrors>'
    return insert_before(xml, "</worksheet>", marks)


def _fix_modified(xml: str, provenance: Provenance) -> str:
    """Openpyxl writes the clock's time on saving, whatever the property says."""
    moment = f"{provenance.created.isoformat()}Z"
    return re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{moment}", xml, count=1)

"""Tables of a Word report as WordprocessingML: text, verdicts, and charts made of shaded cells.

Shaded paragraphs and cells need no picture, keep their numbers readable, and look alike in Word and
LibreOffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.evaluation.results import Verdict
from pipeline.exporters.text import escape_xml
from pipeline.exporters.word_parts import INK, LINES
from pipeline.reports.charts import Bars, Grid, Maps
from pipeline.reports.content import Conclusion, Table
from pipeline.reports.wording import VERDICT_WORDS

TEXT_WIDTH = 10_080
CELL_STYLE, HEADING_STYLE, NUMBER_STYLE, BAR_STYLE = (
    "ReportCell",
    "ReportHeading",
    "ReportNumber",
    "ReportBar",
)

_BAR_WIDTH, _CELL_PADDING = 4600, 70
_BAR_LENGTH, _SHORTEST_BAR = _BAR_WIDTH - 2 * _CELL_PADDING, 20
_MAPS_WIDTH, _GAP_WIDTH = 8_400, 120
_LARGEST_GRID, _LARGEST_WITH_NUMBERS = 30, 12
_VERDICT_COLOURS = {
    Verdict.PASS: ("DFF3EC", "00664B"),
    Verdict.LOOK: ("FDF0D5", "7A4B00"),
    Verdict.FAIL: ("FBE3DE", "A0260F"),
}
_SYMBOLS = {Verdict.PASS: "✓ ", Verdict.LOOK: "! ", Verdict.FAIL: "✕ ", None: ""}


@dataclass(frozen=True)
class _Cell:
    """Paragraphs as XML, the colour behind them, and how many columns they take."""

    content: str
    fill: str = ""
    span: int = 1


_EMPTY = f'<w:p><w:pPr><w:pStyle w:val="{BAR_STYLE}"/></w:pPr></w:p>'
_GAP = _Cell(_EMPTY)


def draw_table(table: Table) -> str:
    """A table of text; columns are as wide as their longest words and texts ask for."""
    widths = _share_width(
        [[heading, *(row[place] for row in table.rows)] for place, heading in enumerate(table.headings)]
    )
    rows = [
        [
            _text(cell, NUMBER_STYLE if place in table.numeric else CELL_STYLE)
            for place, cell in enumerate(row)
        ]
        for row in table.rows
    ]
    return _table(widths, _headings(table.headings, table.numeric), rows)


def draw_conclusion_table(conclusions: Sequence[Conclusion], subject: str) -> str:
    """A table of conclusions, verdicts on their colours."""
    widths = (1500, 1000, 1750, 2130, 3700)
    rows = [
        [
            _text(one.subject, bold=True),
            _verdict(one.verdict),
            _text(one.value),
            _text(one.yardstick),
            _text(one.meaning),
        ]
        for one in conclusions
    ]
    return _table(widths, _headings((subject, "Verdict", "Value", "Limit", "What it means")), rows)


def draw_facts(facts: Sequence[tuple[str, str]]) -> str:
    """Names and values in two columns without a heading."""
    return _table(
        (3000, TEXT_WIDTH - 3000), [], [[_text(name, bold=True), _text(text)] for name, text in facts]
    )


def draw_bars(bars: Bars) -> str:
    """Labels, bars of every series under each other, and their numbers in percent."""
    values = [value for _, series in bars.series for value in series if value is not None]
    largest = max(values, default=0.0)
    full = 100.0 if largest > 50.0 else largest or 1.0
    number_width = 1250
    label_width = TEXT_WIDTH - _BAR_WIDTH - number_width * len(bars.series)
    rows = []
    for place, text in enumerate(bars.labels):
        found = [series[place] for _, series in bars.series]
        drawn = "".join(_bar(value, full, colour) for value, colour in zip(found, bars.colours, strict=True))
        numbers = [_text("–" if value is None else f"{value:.1f}", NUMBER_STYLE) for value in found]
        rows.append([_text(text), _Cell(drawn), *numbers])
    names = [f"{name} (%)" for name, _ in bars.series]
    headings = _headings((bars.label_title, "", *names), tuple(range(2, 2 + len(names))))
    # The headings of the numbers carry the colours of the bars, and so are their legend.
    headings[2:] = [
        _Cell(cell.content, colour.lstrip("#"))
        for cell, colour in zip(headings[2:], bars.colours, strict=True)
    ]
    return _table((label_width, _BAR_WIDTH, *[number_width] * len(names)), headings, rows)


def draw_grid(grid: Grid) -> str:
    """A map of the numbers of all pairs; "" beyond 30 labels, which no page holds."""
    size = len(grid.labels)
    if size > _LARGEST_GRID:
        return ""
    cell_width = min(620, 7200 // max(size, 1))
    is_numbered = size <= _LARGEST_WITH_NUMBERS
    rows = [
        [_text(f"{place}  {name}"), *(_shade(value, is_numbered) for value in grid.values[place - 1])]
        for place, name in enumerate(grid.labels, start=1)
    ]
    headings = _headings(("", *(str(place) for place in range(1, size + 1))), tuple(range(1, size + 1)))
    return _table((min(2800, TEXT_WIDTH - cell_width * size), *[cell_width] * size), headings, rows)


def draw_maps(maps: Maps) -> str:
    """Shares of rows as shades beside each other, the names of rows on the left; all maps share one scale."""
    size = len(maps.columns)
    cell_width = _MAPS_WIDTH // max(size * len(maps.panels), 1)
    full = max((cell or 0.0 for _, cells in maps.panels for row in cells for cell in row), default=0.0) or 1.0
    rows = [
        [_text(name), *(cell for _, cells in maps.panels for cell in (_GAP, *_shade_row(cells[place], full)))]
        for place, name in enumerate(maps.rows)
    ]
    titles = [cell for title, _ in maps.panels for cell in (_Cell(_EMPTY, INK), _span(title, size))]
    widths = [TEXT_WIDTH - _MAPS_WIDTH - _GAP_WIDTH * len(maps.panels)]
    for _ in maps.panels:
        widths += [_GAP_WIDTH, *[cell_width] * size]
    return _table(widths, [_Cell(_EMPTY, INK), *titles], rows)


def _span(title: str, size: int) -> _Cell:
    return _Cell(_text(title, HEADING_STYLE, colour="FFFFFF").content, INK, size)


def _shade_row(cells: Sequence[float | None], full: float) -> list[_Cell]:
    """Shades of blue that follow the square root, as the colours of the chart do."""
    return [
        _GAP if not cell else _Cell(_EMPTY, _mix((0x00, 0x72, 0xB2), (cell / full) ** 0.5)) for cell in cells
    ]


def _text(text: str, style: str = CELL_STYLE, bold: bool = False, colour: str = "") -> _Cell:
    weight = "<w:b/>" if bold else ""
    ink = f'<w:color w:val="{colour}"/>' if colour else ""
    run = f"<w:rPr>{weight}{ink}</w:rPr><w:t>{escape_xml(' '.join(text.split()))}</w:t>"
    return _Cell(f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r>{run}</w:r></w:p>')


def _verdict(verdict: Verdict | None) -> _Cell:
    fill, ink = _VERDICT_COLOURS[verdict] if verdict else ("", "")
    cell = _text(f"{_SYMBOLS[verdict]}{VERDICT_WORDS[verdict]}", bold=True, colour=ink)
    return _Cell(cell.content, fill)


def _bar(value: float | None, full: float, colour: str) -> str:
    """One bar: an empty paragraph on a colour, as long as its right indent leaves it."""
    length = 0 if not value else max(round(_BAR_LENGTH * min(value / full, 1.0)), _SHORTEST_BAR)
    shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{colour.lstrip("#")}"/>' if length else ""
    indent = f'<w:ind w:right="{_BAR_LENGTH - length}"/>'
    return f'<w:p><w:pPr><w:pStyle w:val="{BAR_STYLE}"/>{shading}{indent}</w:pPr></w:p>'


def _shade(value: float | None, is_numbered: bool) -> _Cell:
    if value is None:
        return _text("–" if is_numbered else "", NUMBER_STYLE)
    # The ends of the charts' scale, over white: blue for less, orange for more.
    end = (0x00, 0x72, 0xB2) if value < 0 else (0xD5, 0x5E, 0x00)
    strength = min(abs(value), 1.0)
    fill = _mix(end, strength)
    ink = "FFFFFF" if strength > 0.6 else ""
    return _Cell(_text(f"{value:.2f}" if is_numbered else "", NUMBER_STYLE, colour=ink).content, fill)


def _mix(colour: tuple[int, int, int], strength: float) -> str:
    """A colour over white, at a strength of 0–1."""
    return "".join(f"{round(255 + (part - 255) * strength):02X}" for part in colour)


def _headings(texts: Sequence[str], numeric: Sequence[int] = ()) -> list[_Cell]:
    cells = [_text(text, HEADING_STYLE, colour="FFFFFF").content for text in texts]
    right = '<w:jc w:val="right"/></w:pPr>'
    return [
        _Cell(cell.replace("</w:pPr>", right, 1) if place in numeric else cell, INK)
        for place, cell in enumerate(cells)
    ]


def _table(widths: Sequence[int], headings: Sequence[_Cell], rows: Sequence[Sequence[_Cell]]) -> str:
    """A table whose first row repeats on every page; the caller that parses it declares the prefix `w`."""
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINES}"/>'
        for side in ("top", "bottom", "insideH")
    )
    padding = "".join(f'<w:{side} w:w="{_CELL_PADDING}" w:type="dxa"/>' for side in ("left", "right"))
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    head = _row(widths, headings, "<w:cantSplit/><w:tblHeader/>") if headings else ""
    body = "".join(_row(widths, row, "<w:cantSplit/>") for row in rows)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{lines}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{padding}'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{head}{body}</w:tbl>"
    )


def _row(widths: Sequence[int], cells: Sequence[_Cell], properties: str) -> str:
    starts = list(accumulate((cell.span for cell in cells), initial=0))
    places = zip(starts, starts[1:], cells, strict=False)
    drawn = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{sum(widths[first:last])}" w:type="dxa"/>'
        + (f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else "")
        + (f'<w:shd w:val="clear" w:color="auto" w:fill="{cell.fill}"/>' if cell.fill else "")
        + f'<w:vAlign w:val="center"/></w:tcPr>{cell.content}</w:tc>'
        for first, last, cell in places
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{drawn}</w:tr>"


def _share_width(columns: Sequence[Sequence[str]]) -> list[int]:
    """Widths in twips: room for the longest word first, then for the length of the texts."""
    words = [max((len(word) for text in column for word in text.split()), default=1) for column in columns]
    texts = [max(map(len, column)) for column in columns]
    needs = [min(word, 24) + 2.5 + min(text, 60) * 0.35 for word, text in zip(words, texts, strict=True)]
    return [int(TEXT_WIDTH * need / sum(needs)) for need in needs]

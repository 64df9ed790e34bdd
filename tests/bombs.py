"""Small files that would fill the memory, made for tests; each says what an attacker found."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = f'Relationships xmlns="{_PACKAGE}/relationships"'
_HEAD = '<?xml version="1.0"?>'


def write_workbook(path: Path, rows: str) -> Path:
    """A workbook of one sheet with these rows, by hand, since openpyxl writes none of them."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<{_RELATIONS}><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<{_RELATIONS}><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, _HEAD + content)
    return path


def write_far_cells(path: Path, last: int) -> Path:
    """Two cells: the first, and the one in the last column of row `last`."""
    cells = ((1, "A1"), (last, f"XFD{last}"))
    return write_workbook(
        path, "".join(f'<row r="{row}"><c r="{at}"><v>1</v></c></row>' for row, at in cells)
    )


def write_repeated_words(path: Path, rows: int, word: str) -> Path:
    """A Parquet file whose rows all hold one word, which stands there once."""
    words = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([word]))
    pq.write_table(pa.table({"a": words}), path, compression="zstd")
    return path


def write_tiny_rows(path: Path, rows: int, columns: int = 1) -> Path:
    """A CSV file of as many rows of digits as asked for."""
    line = ",".join("1" * columns) + "\n"
    names = ",".join(f"c{place}" for place in range(columns))
    with path.open("w", encoding="utf-8") as file:
        file.write(names + "\n")
        for _ in range(rows // 100_000):
            file.write(line * 100_000)
        file.write(line * (rows % 100_000))
    return path


def write_packed(path: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    """A ZIP archive of files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path

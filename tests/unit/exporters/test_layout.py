"""Delimited files in the layout of their source, the same by rows and by columns."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from pipeline.exporters import CsvLayout, ExportFormat, Provenance, export_table
from pipeline.exporters.columnar import encode_columns

TABLE = pd.DataFrame({"Straße": ["Süd;1", 'a "b"', None], "n": [1, 2, 3]})
PROVENANCE = Provenance("T", "t", 3, 0, date(2026, 1, 31), "m")


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        (CsvLayout(), 'Straße,n\nSüd;1,1\n"a ""b""",2\n,3\n'.encode()),
        (CsvLayout(";", "cp1252", "\r\n"), 'Straße;n\r\n"Süd;1";1\r\n"a ""b""";2\r\n;3\r\n'.encode("cp1252")),
        (CsvLayout(has_bom=True, has_header=False), '\ufeffSüd;1,1\n"a ""b""",2\n,3\n'.encode()),
        (CsvLayout("\t", "utf-16", quotes_all=True), None),
        (CsvLayout(";", has_separator_line=True), 'sep=;\nStraße;n\n"Süd;1";1\n"a ""b""";2\n;3\n'.encode()),
    ],
)
def test_a_layout_is_written_alike_by_rows_and_by_columns(layout, content):
    by_rows = export_table(TABLE, ExportFormat.CSV, PROVENANCE, layout)
    by_columns = encode_columns(pa.Table.from_pandas(TABLE), ExportFormat.CSV, layout)
    assert by_rows == by_columns
    assert content in (None, by_rows)
    assert by_rows.decode(layout.encoding).lstrip("\ufeff").count(layout.line_end) >= len(TABLE)


def test_letters_that_an_encoding_lacks_lose_their_accents():
    table = pd.DataFrame({"name": ["Dvořák", "Łukasz", "Ян"]})
    content = export_table(table, ExportFormat.CSV, PROVENANCE, CsvLayout(encoding="latin-1"))
    assert content.decode("latin-1") == "name\nDvorák\n?ukasz\n??\n"


def test_the_layout_changes_nothing_but_csv():
    layout = CsvLayout(";", "cp1252")
    plain = export_table(TABLE, ExportFormat.JSON, PROVENANCE)
    assert export_table(TABLE, ExportFormat.JSON, PROVENANCE, layout) == plain

"""Several files in one ZIP."""

from __future__ import annotations

import io
import zipfile

from pipeline.exporters import pack_files

FILES = {"täble.csv": b"a,b\n1,2\n", "manifest.json": b"{}"}


def test_files_come_out_in_their_order_without_a_trace_of_the_clock():
    with zipfile.ZipFile(io.BytesIO(pack_files(FILES))) as archive:
        assert archive.namelist() == list(FILES)
        assert [archive.read(name) for name in FILES] == list(FILES.values())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_equal_files_give_equal_bytes():
    assert pack_files(FILES) == pack_files(dict(FILES))

"""Where manifest and report of several tables go."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from pipeline.generation.related.files import SetExport, SetFormat, SetTarget, name_set_files

TABLES = {"people.csv": b"a\n1\n", "orders.csv": b"b\n2\n"}


def test_a_folder_holds_manifest_and_report():
    export = SetExport(TABLES, "out.zip", {}, report=b"<html>")
    files = name_set_files(export, SetTarget(SetFormat.CSV, Path("out"), is_folder=True))
    assert [path.name for path in files] == ["people.csv", "orders.csv", "manifest.json", "report.html"]
    assert files[Path("out/report.html")] == b"<html>"


def test_an_archive_holds_manifest_and_report():
    export = SetExport(TABLES, "out.zip", {}, report=b"<html>")
    files = name_set_files(export, SetTarget(SetFormat.CSV, Path("out.zip")))
    assert list(files) == [Path("out.zip"), Path("out.zip.manifest.json")]
    with zipfile.ZipFile(io.BytesIO(files[Path("out.zip")])) as archive:
        assert archive.namelist() == ["people.csv", "orders.csv", "manifest.json", "report.html"]
        assert archive.read("report.html") == b"<html>"


def test_a_single_file_has_manifest_and_report_beside_it():
    export = SetExport({"out.sql": b"SELECT 1;"}, "out.sql", {}, report=b"<html>")
    files = name_set_files(export, SetTarget(SetFormat.SQL, Path("out.sql")))
    assert files[Path("out.sql")] == b"SELECT 1;"
    assert files[Path("out.sql.report.html")] == b"<html>"
    assert list(files)[1] == Path("out.sql.manifest.json")

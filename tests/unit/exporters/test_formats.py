"""Names of formats, and the file they are written to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import DataError, ExportError
from pipeline.exporters import ExportFormat, choose_format, parse_format, require_folder, write_atomically


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("csv", ExportFormat.CSV),
        ("Excel", ExportFormat.EXCEL),
        ("xlsx", ExportFormat.EXCEL),
        (".XLSX", ExportFormat.EXCEL),
        ("json", ExportFormat.JSON),
        ("word", ExportFormat.WORD),
        ("doc", ExportFormat.WORD),
        (" docx ", ExportFormat.WORD),
        ("parquet", ExportFormat.PARQUET),
    ],
)
def test_format_is_found_by_name_alias_and_suffix(name: str, expected: ExportFormat) -> None:
    assert parse_format(name) is expected


@pytest.mark.parametrize("name", ["pdf", "", "xls", "csv,json"])
def test_unknown_format_is_refused_with_the_list_of_formats(name: str) -> None:
    with pytest.raises(DataError, match=f'"{name}" is not an export format') as caught:
        parse_format(name)
    assert caught.value.hint == "choose one of csv, excel, json, word, parquet, xlsx, doc, docx."


@pytest.mark.parametrize("fmt", ExportFormat)
def test_every_format_is_found_by_its_own_suffix_and_has_a_mime_type(fmt: ExportFormat) -> None:
    assert parse_format(fmt.suffix) is fmt
    assert "/" in fmt.mime


def test_format_follows_name_then_ending_then_csv(tmp_path: Path) -> None:
    folder = tmp_path / "exports.json"
    folder.mkdir()
    assert choose_format("json", Path("a.json")) is ExportFormat.JSON
    assert choose_format("json", Path("a.2026-01")) is ExportFormat.JSON
    assert choose_format(None, Path("a.xlsx")) is ExportFormat.EXCEL
    assert choose_format(None, Path("a")) is ExportFormat.CSV
    assert choose_format(None, folder) is ExportFormat.CSV
    assert choose_format(None, None) is ExportFormat.CSV
    with pytest.raises(DataError, match=r'"\.pdf" is not an export format'):
        choose_format(None, Path("a.pdf"))


def test_write_replaces_a_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_bytes(b"old")
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_write_that_fails_midway_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, exists: bool
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "table.csv"
    if exists:
        target.write_bytes(b"old")
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(ExportError, match=r"table\.csv cannot be written: No space left on device"):
        write_atomically(target, b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([b"old"] if exists else [])


def test_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt("while the file is written")

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt, match="while the file is written"):
        write_atomically(tmp_path / "table.csv", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("check", [require_folder, lambda path: write_atomically(path, b"")])
def test_missing_folder_is_refused(tmp_path: Path, check: object) -> None:
    assert callable(check)
    with pytest.raises(ExportError, match=r"The folder .*nowhere does not exist\."):
        check(tmp_path / "nowhere" / "table.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="does not exist"):
        write_atomically(tmp_path / "file" / "table.csv", b"")


def test_unwritable_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ExportError, match="is not writable"):
        require_folder(tmp_path / "table.csv")


def test_folder_and_device_are_refused_as_target(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="is not a regular file"):
        write_atomically(tmp_path, b"")
    with pytest.raises(ExportError, match="is not a regular file"):
        write_atomically(Path(os.devnull), b"")
    assert not Path(os.devnull).is_file()


def test_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="File name too long"):
        write_atomically(tmp_path / ("x" * 300 + ".csv"), b"")

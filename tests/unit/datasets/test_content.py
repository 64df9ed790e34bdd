"""What was computed from a file is remembered, and forgotten as soon as the file changes in any way."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.datasets import content
from pipeline.datasets import dataset as dataset_module
from pipeline.datasets.catalog import BUILTIN_FOLDERS, Catalog
from pipeline.datasets.content import FileMemory
from pipeline.datasets.dataset import Dataset
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

LONG_AGO = time.time() - 3_600


class Reader:
    """Reads files and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path) -> str:
        self.count += 1
        return path.read_text()


@pytest.fixture
def read() -> Reader:
    return Reader()


@pytest.fixture
def memory() -> FileMemory[str]:
    return FileMemory(2)


def write(path: Path, text: str, written_at: float = LONG_AGO) -> Path:
    """A file that was written some time ago."""
    path.write_text(text)
    os.utime(path, (written_at, written_at))
    return path


def let_time_pass() -> None:
    """Wait for the next tick of the file system's clock."""
    time.sleep(0.05)


def test_an_unchanged_file_is_read_once(memory, read, tmp_path):
    file = write(tmp_path / "a", "first")
    assert [memory.obtain(file, read) for _ in range(3)] == ["first"] * 3
    assert read.count == 1


def test_a_change_is_noticed_although_size_and_time_are_the_same(memory, read, tmp_path):
    file = write(tmp_path / "a", "first")
    memory.obtain(file, read)
    let_time_pass()
    write(file, "other")
    assert memory.obtain(file, read) == "other"


def test_a_file_that_took_the_place_of_another_is_noticed(memory, read, tmp_path):
    file, other = write(tmp_path / "a", "first"), write(tmp_path / "b", "other")
    memory.obtain(file, read)
    other.replace(file)
    assert memory.obtain(file, read) == "other"


@pytest.mark.parametrize("age_s", [0, 1.5, -3_600])
def test_a_file_that_was_just_written_is_read_each_time(memory, read, tmp_path, monkeypatch, age_s):
    monkeypatch.setattr(content, "time", SimpleNamespace(time_ns=lambda: int(LONG_AGO) * 10**9))
    file = write(tmp_path / "a", "first", int(LONG_AGO) - age_s)
    assert [memory.obtain(file, read) for _ in range(2)] == ["first"] * 2
    assert read.count == 2


def test_what_changes_while_it_is_read_is_not_remembered(memory, read, tmp_path):
    file = write(tmp_path / "a", "first")

    def read_slowly(path: Path) -> str:
        text = read(path)
        let_time_pass()
        write(path, "other")
        return text

    assert memory.obtain(file, read_slowly) == "first"
    assert memory.obtain(file, read) == "other"


def test_only_the_most_recently_used_files_are_remembered(memory, read, tmp_path):
    first, second, third = (write(tmp_path / name, name) for name in "abc")
    for file in (first, second, first, third):
        memory.obtain(file, read)
    read.count = 0
    assert [memory.obtain(file, read) for file in (first, third)] == ["a", "c"]
    assert read.count == 0
    memory.obtain(second, read)
    assert read.count == 1


def test_files_can_be_counted_in_bytes(read, tmp_path):
    memory: FileMemory[str] = FileMemory(10, is_counted_in_bytes=True)
    small, fitting, other = (write(tmp_path / str(size), "x" * size) for size in (4, 6, 5))
    for file in (small, fitting, small, fitting):
        memory.obtain(file, read)
    assert read.count == 2
    for file in (other, fitting, small):
        memory.obtain(file, read)
    assert read.count == 5


def test_the_newest_file_is_remembered_whatever_its_size(read, tmp_path):
    memory: FileMemory[str] = FileMemory(10, is_counted_in_bytes=True)
    small, large = (write(tmp_path / str(size), "x" * size) for size in (4, 11))
    for file in (small, large, large, large):
        memory.obtain(file, read)
    assert read.count == 2
    memory.obtain(small, read)
    assert memory.obtain(large, read) == "x" * 11
    assert read.count == 4


def test_a_file_that_was_settled_is_remembered_at_once_and_a_write_is_noticed(memory, read, tmp_path):
    file = write(tmp_path / "a", "first", time.time())
    content.settle([file])
    assert [memory.obtain(file, read) for _ in range(2)] == ["first"] * 2
    assert read.count == 1
    file.write_text("other")
    assert memory.obtain(file, read) == "other"


def test_a_file_that_is_missing_gives_the_readers_error(memory, tmp_path):
    def fail(path: Path) -> str:
        raise DataError(f"{path.name} is missing.")

    with pytest.raises(DataError, match="a is missing"):
        memory.obtain(tmp_path / "a", fail)


def test_a_computation_that_fails_is_tried_again(memory, read, tmp_path):
    file = write(tmp_path / "a", "first")

    def fail(_path: Path) -> str:
        raise DataError("Not now.")

    with pytest.raises(DataError, match="Not now"):
        memory.obtain(file, fail)
    assert memory.obtain(file, read) == "first"


@pytest.fixture
def employee(tmp_path, monkeypatch) -> Dataset:
    """A copy of a built-in dataset, written long ago, and nothing remembered of any."""
    monkeypatch.setattr(dataset_module, "_DIGESTS", FileMemory(16))
    monkeypatch.setattr(dataset_module, "_CELLS", FileMemory(2**24, is_counted_in_bytes=True))
    folder = shutil.copytree(BUILTIN_FOLDERS["employee"], tmp_path / "employee")
    for file in folder.iterdir():
        os.utime(file, (LONG_AGO, LONG_AGO))
    return Catalog(tmp_path, UploadLimits(), {"employee": folder}).get("employee")


def test_a_dataset_is_hashed_and_parsed_once(employee, monkeypatch):
    digest, read_table, done = dataset_module._digest, dataset_module.read_stored, []
    monkeypatch.setattr(dataset_module, "_digest", lambda path: done.append(path.name) or digest(path))
    monkeypatch.setattr(dataset_module, "read_stored", lambda path: done.append("cells") or read_table(path))
    other = Dataset(employee.spec, employee.folder)
    assert employee.fingerprint == other.fingerprint
    employee.split()
    other.load_raw()
    assert sorted(done) == ["cells", "dataset.yaml", employee.table_path.name, "metadata.json"]


def test_a_changed_table_has_another_fingerprint_and_other_cells(employee):
    before, cells = employee.fingerprint, employee.load_cells()
    let_time_pass()
    text = employee.table_path.read_text(encoding="utf-8")
    employee.table_path.write_text(text.replace("Female", "FEMALE"), encoding="utf-8")
    os.utime(employee.table_path, (LONG_AGO, LONG_AGO))
    assert employee.fingerprint != before
    assert set(employee.load_cells()["gender"]) != set(cells["gender"])


def test_cells_that_a_caller_changes_stay_the_callers(employee):
    cells = employee.load_cells()
    real = cells["name"].iloc[0]
    cells.loc[0, "name"] = "Nobody"
    raw = employee.load_raw()
    raw.loc[0, "name"] = "Nobody"
    assert employee.load_cells()["name"].iloc[0] == real
    assert employee.load_raw()["name"].iloc[0] == real


def test_a_file_is_settled_two_seconds_after_it_was_written(monkeypatch, tmp_path):
    file = write(tmp_path / "a", "first", 1_000)
    state = content._observe(file)
    monkeypatch.setattr(content.time, "time_ns", lambda: 1_002 * 10**9)
    assert not state.is_settled
    monkeypatch.setattr(content.time, "time_ns", lambda: 1_002 * 10**9 + 1)
    assert state.is_settled

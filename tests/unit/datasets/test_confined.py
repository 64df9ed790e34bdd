"""Reading in a child process: what comes back, what it may take, and when it ends."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from pipeline.datasets import confined
from pipeline.datasets.reading import read_table
from pipeline.datasets.weights import require_bearable
from pipeline.errors import DataError, JobCancelled
from pipeline.settings import PROJECT_ROOT, UploadLimits
from tests import bombs

LIMITS = UploadLimits()
_SECONDS = 20


def read_confined(file: Path, limits: UploadLimits = LIMITS) -> Any:
    with confined.confined():
        return confined.call(read_table, limits, file, limits)


def take_memory(megabytes: int, file: Path | None = None) -> int:
    """Fill memory as a file does that says less than it holds, or after the headers of a file."""
    if file is not None:
        require_bearable(file, LIMITS)
    return len(bytearray(megabytes * 10**6)) // 10**6


def say_process() -> int:
    """The number of the process that does it."""
    return os.getpid()


def sleep_in(file: Path) -> None:
    """Write the number of the process, and stay."""
    file.write_text(str(os.getpid()))
    time.sleep(120)


def match_for_hours(file: Path) -> None:
    """Write the number of the process, and match what keeps every other thread from running."""
    file.write_text(str(os.getpid()))
    re.search("(a+)+b", "a" * 60)


def end_hard() -> None:
    """End as a library does that crashes."""
    os._exit(139)


def raise_odd() -> None:
    """Fail as nobody expected."""
    raise ZeroDivisionError("with a value of the file")


def _has_ended(process: int) -> bool:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def _read_number(file: Path) -> int:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if file.exists() and file.read_text():
            return int(file.read_text())
        time.sleep(0.05)
    raise AssertionError("the child did not begin")


def test_a_table_comes_back_as_it_would_be_read_here(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("name;amount\n" + "".join(f"n{n};{n},50\n" for n in range(50)), encoding="utf-8")
    here, there = read_table(file, LIMITS), read_confined(file)
    pd.testing.assert_frame_equal(here.cells, there.cells)
    assert (here.source, here.findings) == (there.source, there.findings)


def test_errors_come_back_with_their_hints(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(DataError, match=r"empty\.csv is empty") as refused:
        read_confined(tmp_path / "empty.csv")
    assert refused.value.hint == "check that the export was complete."


def test_only_uploads_are_read_elsewhere() -> None:
    assert confined.call(say_process, LIMITS) == os.getpid()
    with confined.confined():
        assert confined.call(say_process, LIMITS) != os.getpid()
    assert confined.call(say_process, LIMITS) == os.getpid()


def test_a_file_that_takes_more_than_it_tells_is_stopped(tmp_path: Path) -> None:
    before = psutil.Process().memory_info().rss
    with confined.confined():
        assert confined.call(take_memory, LIMITS, 100) == 100
        for megabytes in (600, 3_000):
            with pytest.raises(DataError, match="takes more memory to read than its headers tell"):
                confined.call(take_memory, LIMITS, megabytes)
    assert psutil.Process().memory_info().rss - before < 50 * 10**6


def test_a_large_table_is_given_what_its_headers_account_for(tmp_path: Path) -> None:
    file = bombs.write_tiny_rows(tmp_path / "wide.csv", 100_000, columns=50)
    with confined.confined():
        assert confined.call(take_memory, LIMITS, 600, file) == 600


@pytest.mark.parametrize(
    ("work", "message"), [(end_hard, "more memory"), (raise_odd, r"cannot be read \(ZeroDivisionError\)")]
)
def test_a_reader_that_crashes_is_an_error_of_the_file(work: Any, message: str) -> None:
    with confined.confined(), pytest.raises(DataError, match=message) as refused:
        confined.call(work, LIMITS)
    assert "with a value" not in str(refused.value)


@pytest.mark.parametrize("work", [sleep_in, match_for_hours])
def test_a_reader_ends_when_nobody_waits_any_more(tmp_path: Path, work: Any) -> None:
    begun = tmp_path / "pid"
    with (
        confined.confined(),
        confined.attended(lambda: begun.exists() and begun.read_text() != ""),
        pytest.raises(JobCancelled, match="disconnected"),
    ):
        confined.call(work, LIMITS, begun)
    assert _has_ended(_read_number(begun))


def test_a_reader_that_takes_too_long_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with confined.confined():
        confined.call(say_process, LIMITS)  # the server of readers takes a while to start
    monkeypatch.setattr(confined, "LONGEST_S", 5)
    with confined.confined(), pytest.raises(DataError, match="takes longer than 5 s to read"):
        confined.call(match_for_hours, LIMITS, tmp_path / "pid")
    assert _has_ended(_read_number(tmp_path / "pid"))


def say_limit() -> tuple[int, int]:
    """The seconds of a processor that this process may take."""
    return resource.getrlimit(resource.RLIMIT_CPU)


def test_a_reader_has_little_more_of_a_processor_than_it_may_take_in_all() -> None:
    with confined.confined():
        assert confined.call(say_limit, LIMITS) == (confined.LONGEST_S + 60, confined.LONGEST_S + 60)


@pytest.mark.parametrize("work", ["sleep_in", "match_for_hours"])
def test_a_reader_ends_with_a_server_that_is_killed(tmp_path: Path, work: str) -> None:
    code = (
        "from pathlib import Path; from pipeline.datasets import confined; "
        f"from pipeline.settings import UploadLimits; from tests.unit.datasets.test_confined import {work}\n"
        f"with confined.confined(): confined.call({work}, UploadLimits(), Path({str(tmp_path / 'pid')!r}))"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_ROOT)
    reader = _read_number(tmp_path / "pid")
    parent = psutil.Process(reader).ppid()
    server.kill()
    server.wait()
    assert _has_ended(reader)
    assert _has_ended(parent)


def test_another_reading_server_is_started_where_the_first_has_ended() -> None:
    with confined.confined():
        confined.call(say_process, LIMITS)
        process = confined._SERVER._process
        assert process is not None
        process.kill()
        process.wait()
        assert confined.call(say_process, LIMITS) != os.getpid()


def test_a_reader_knows_no_secret_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_MODEL_KEY", "ab" * 32)
    with confined.confined():
        process = confined._SERVER._process
        if process is not None:
            process.kill()
            process.wait()
        assert confined.call(os.getenv, LIMITS, "WORKBENCH_MODEL_KEY") is None

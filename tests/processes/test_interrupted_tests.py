"""A run of the tests that is killed leaves neither processes nor folders."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests import guardian, postgresql, redis_server
from tests.processes.conftest import PATIENCE_S, ROOT

# The child of a shell that has ended, and a process that does not end when it is asked to.
PROCESSES = '''
IGNORANT = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(1, flush=True)
time.sleep(900)
"""

def test_processes():
    command = "sleep 900 >/dev/null 2>&1 & echo $!"
    orphan = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    ignorant = subprocess.Popen([sys.executable, "-c", IGNORANT], stdout=subprocess.PIPE)
    ignorant.stdout.readline()
    tell(orphan.stdout.strip(), ignorant.pid)
'''
DATABASE = """
def test_database():
    with postgresql.running_server(postgresql.find_programs()) as server:
        folder = Path(make_url(server.create_migrated()).query["host"])
        tell((folder / "data" / "postmaster.pid").read_text().split()[0], folder)
"""
CACHE = """
def test_cache():
    with redis_server.running_redis() as server:
        tell(server.pid, server.folder)
"""
FRAME = """
import subprocess, sys, time
from pathlib import Path
from sqlalchemy import make_url
from tests import postgresql, redis_server

def tell(*words):
    Path("part").write_text(" ".join(map(str, words)))
    Path("part").rename("told")
    time.sleep(900)
"""


def interrupt(folder: Path, test: str) -> list[str]:
    """Kill a run of the tests in the middle of a test; what that had told before."""
    (folder / "test_inner.py").write_text(FRAME + test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "test_inner.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told, output = folder / "told", folder / "output"
    with output.open("w") as file:
        run = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)
        wait_until(lambda: told.exists() or run.poll() is not None)
        run.kill()
        run.wait()
    assert told.exists(), output.read_text(encoding="utf-8")
    return told.read_text(encoding="utf-8").split()


def wait_until(is_reached: Callable[[], bool]) -> None:
    """Wait for something; fails where patience ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def has_ended(pid: str) -> bool:
    """Whether there is no such process, or nothing but its exit status."""
    try:
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_processes_end_with_the_run_that_was_killed(tmp_path):
    told = interrupt(tmp_path, PROCESSES)
    assert len(told) == 2
    wait_until(lambda: all(has_ended(pid) for pid in told))


@pytest.mark.skipif(postgresql.find_programs() is None, reason=postgresql.MISSING)
def test_a_database_server_and_its_folder_go_with_the_run_that_was_killed(tmp_path):
    pid, folder = interrupt(tmp_path, DATABASE)
    wait_until(lambda: has_ended(pid) and not Path(folder).exists())


@pytest.mark.skipif(redis_server.PROGRAM is None, reason=redis_server.MISSING)
def test_a_redis_and_its_folder_go_with_the_run_that_was_killed(tmp_path):
    pid, folder = interrupt(tmp_path, CACHE)
    wait_until(lambda: has_ended(pid) and not Path(folder).exists())


def test_a_folder_without_a_guardian_is_removed_by_the_next_one_and_others_are_kept(monkeypatch):
    mine = guardian.make_folder()
    monkeypatch.setenv(guardian.VARIABLE, "0badcafe")
    stale = guardian.make_folder()
    foreign = Path(tempfile.mkdtemp(prefix=guardian.FOLDER_PREFIX))
    guard = guardian.start()
    wait_until(lambda: not stale.exists())
    guardian.stop(guard)
    assert (mine.exists(), foreign.exists()) == (True, True)
    mine.rmdir()
    foreign.rmdir()

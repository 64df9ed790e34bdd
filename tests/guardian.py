"""Ends what an interrupted run of the tests has left: servers, workers, and the folders of databases.

A process of its own reads from a pipe that the tests hold open, and goes to work when they have ended,
whatever ended them. It finds processes by a token, which they inherit in their environment.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

VARIABLE = "TESTS_GUARDIAN_TOKEN"
FOLDER_PREFIX = "workbench-pg-"
_OWNED = re.compile(rf"{FOLDER_PREFIX}([0-9a-f]{{8}})-")
# PostgreSQL frees its shared memory when it is asked to end, and not when it is killed.
GRACE_S = 10
# What ends may have started something at the same moment.
ROUNDS = 3


def start() -> subprocess.Popen[bytes]:
    """Guard all that this process starts from now on."""
    token = secrets.token_hex(4)
    guardian = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), token],
        env={name: value for name, value in os.environ.items() if name != VARIABLE},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A session of its own: an interrupt from the keyboard goes to the tests alone.
        start_new_session=True,
    )
    os.environ[VARIABLE] = token
    return guardian


def stop(guardian: subprocess.Popen[bytes]) -> None:
    """Have the guardian end what is left, and wait for it."""
    assert guardian.stdin
    guardian.stdin.close()
    guardian.wait()


def make_folder() -> Path:
    """A folder that the guardian removes where the tests no longer can."""
    # Directly in the system's folder: pytest's own is closed to other users, and a socket's path is short.
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.environ[VARIABLE]}-"))


def end_leftovers(token: str) -> None:
    """End every process that holds the token, and remove its folders."""
    for _ in range(ROUNDS):
        if left := list(_find_processes(token)):
            _end(left)
    for folder in _list_folders(FOLDER_PREFIX + token):
        shutil.rmtree(folder, ignore_errors=True)


def end_leftovers_of_the_unguarded() -> None:
    """End the servers, and remove the folders, of runs whose guardian was ended as well."""
    owned = {found[1] for one in _list_folders(FOLDER_PREFIX) if (found := _OWNED.match(one.name))}
    # Listed after the folders: a guardian is there before its folder is.
    commands = [command for _, command in _list_commands()]
    for token in owned:
        if not any(token in command for command in commands):
            end_leftovers(token)


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        _send(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=GRACE_S)
    for process in stubborn:
        _send(process.kill)
    psutil.wait_procs(stubborn, timeout=GRACE_S)


def _list_folders(prefix: str) -> list[Path]:
    return [one for one in Path(tempfile.gettempdir()).glob(f"{prefix}*") if one.is_dir()]


def _find_processes(token: str) -> Iterator[psutil.Process]:
    for process, command in _list_commands():
        if process.pid != os.getpid() and (_has_inherited(process, token) or _is_named(command, token)):
            yield process


def _is_named(command: list[str], token: str) -> bool:
    """Whether a command names a folder of the token: PostgreSQL overwrites its environment."""
    return any(f"{FOLDER_PREFIX}{token}" in part for part in command)


def _has_inherited(process: psutil.Process, token: str) -> bool:
    try:
        return process.environ().get(VARIABLE) == token
    except (psutil.Error, OSError):
        return False


def _list_commands() -> Iterator[tuple[psutil.Process, list[str]]]:
    for process in psutil.process_iter(["cmdline"]):
        yield process, process.info["cmdline"] or []


def _send(signal: Callable[[], None]) -> None:
    with suppress(psutil.Error):
        signal()


if __name__ == "__main__":
    end_leftovers_of_the_unguarded()
    sys.stdin.buffer.read()
    end_leftovers(sys.argv[1])

"""Folders that killed processes left half made: told from those of processes that are at work."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import time
import zlib
from pathlib import Path

_DRAFT = re.compile(
    r"\.(?:adding|changing|removing|draft|pulling)-(?:([0-9a-f]{8})-(\d+)-(?:s([0-9a-f]+)-)?)?.*"
)
_TEMPORARY = re.compile(r"(?:upload|tables)-([0-9a-f]{8})-(\d+)-(?:s([0-9a-f]+)-)?.*")
_FOLDERS = ("datasets", "related", "models", "related-models")
BEFORE = "before"
"""Where a draft of a change keeps the old version until the new one is in its place."""

_OLD_S = 24 * 60 * 60
"""A draft of another machine that has not changed for this long is abandoned."""


def mark_as_ours(prefix: str) -> str:
    """The prefix of a temporary folder with this machine and process in it, and when the process started."""
    process = os.getpid()
    started = _find_start(process)
    return f"{prefix}{_name_machine()}-{process}-" + (f"s{started}-" if started else "")


def sweep_all(state_folder: Path) -> None:
    """Remove what killed processes left in a state folder, and of uploads among the temporary files."""
    for name in _FOLDERS:
        sweep(state_folder / name)
    for path in Path(tempfile.gettempdir()).glob("*-*-*-*"):
        found = _TEMPORARY.fullmatch(path.name)
        if found and path.is_dir() and _is_abandoned(path, *found.groups()):
            shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove the drafts in a folder whose process has ended; those of other machines when they are old."""
    for path in folder.glob(".*-*"):
        found = _DRAFT.fullmatch(path.name)
        if found and path.is_dir() and _is_abandoned(path, *found.groups()):
            _finish(path, folder)
            shutil.rmtree(path, ignore_errors=True)


def _finish(draft: Path, folder: Path) -> None:
    """Put the new version in its place where the process ended after it had moved the old one away."""
    if not (draft / BEFORE).is_dir():
        return
    for changed in draft.iterdir():
        if changed.is_dir() and changed.name != BEFORE and not (folder / changed.name).exists():
            changed.rename(folder / changed.name)


def _is_abandoned(path: Path, machine: str | None, process: str | None, started: str | None) -> bool:
    if machine == _name_machine() and process:
        return not _is_running(int(process), started)
    try:
        return time.time() - path.stat().st_mtime > _OLD_S
    except FileNotFoundError:
        return False  # its process has just finished with it


def _name_machine() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _is_running(process: int, started: str | None) -> bool:
    """Whether the process that made a folder still runs: its number alone may be another's by now.

    In a container, every start of the app has the same number. Earlier versions did not say the start.
    """
    found = _find_start(process)
    if found and (started or process == os.getpid()):
        return found == started
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _find_start(process: int) -> str:
    """When a process started, with the start of the system; "" where the system does not say (Linux does)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    except (OSError, ValueError):
        return ""
    return f"{zlib.crc32(boot.encode()):08x}{int(fields[19]):x}"

"""What killed processes left half made: removed at the next start, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline.datasets.leftovers import BEFORE, mark_as_ours, sweep, sweep_all


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _draft(folder: Path, prefix: str, process: int) -> Path:
    made = folder / (mark_as_ours(prefix).replace(f"-{os.getpid()}-", f"-{process}-") + "x1")
    (made / "people").mkdir(parents=True)
    (made / "people" / "people.csv").write_text("Emily Johnson")
    return made


@pytest.mark.parametrize("prefix", [".adding-", ".removing-", ".draft-", ".pulling-"])
@pytest.mark.parametrize("place", ["datasets", "related", "models", "related-models"])
def test_what_an_ended_process_left_is_removed(tmp_path: Path, ended: int, prefix: str, place: str) -> None:
    left = _draft(tmp_path / place, prefix, ended)
    going = _draft(tmp_path / place, prefix, os.getpid())
    kept = tmp_path / place / "people"
    kept.mkdir()
    sweep_all(tmp_path)
    assert (left.exists(), going.exists(), kept.exists()) == (False, True, True)


def test_a_change_that_was_killed_between_its_two_moves_is_finished(tmp_path: Path, ended: int) -> None:
    draft = _draft(tmp_path, ".changing-", ended)
    (draft / BEFORE).mkdir()
    sweep(tmp_path)
    assert (tmp_path / "people" / "people.csv").read_text() == "Emily Johnson"
    assert not draft.exists()


def test_uploads_of_an_ended_process_are_removed(
    tmp_path: Path, ended: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, going = _draft(tmp_path, "upload-", ended), _draft(tmp_path, "upload-", os.getpid())
    other = tmp_path / "upload-of-somebody-else"
    other.mkdir()
    sweep_all(tmp_path / "state")
    assert (left.exists(), going.exists(), other.exists()) == (False, True, True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a process started")
@pytest.mark.parametrize("start", ["s0123abc-", ""], ids=["another start", "an earlier version"])
def test_a_folder_of_an_earlier_process_with_the_same_number_is_removed(tmp_path: Path, start: str) -> None:
    """In a container the app has the number 1 at every start."""
    going = tmp_path / (mark_as_ours(".adding-") + "x1")
    left = tmp_path / (re.sub("s[0-9a-f]+-$", start, mark_as_ours(".adding-")) + "x2")
    assert going.name[:-2] != left.name[:-2]
    for folder in (going, left):
        folder.mkdir()
    sweep(tmp_path)
    assert (left.exists(), going.exists()) == (False, True)

"""Commands on several tables that are killed without a warning: nothing half-made is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import run
from tests.processes.conftest import PATIENCE_S, ROOT
from tests.small_bank import make_small_bank, write_small_bank
from tests.unit import databases

# `rename` is the moment before tables are in their place; else a stage, with some rows behind it.
KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.cli import output, run

moment, *arguments = sys.argv[1:]
rename, report = Path.rename, output.ProgressPrinter.__call__

def end():
    os.kill(os.getpid(), signal.SIGKILL)

def rename_or_end(path, target):
    if moment == "rename" and "related" in Path(target).parts:
        end()
    return rename(path, target)

def report_or_end(printer, progress):
    if progress.stage.value == moment and getattr(progress, "rows", 1):
        end()
    return report(printer, progress)

Path.rename, output.ProgressPrinter.__call__ = rename_or_end, report_or_end
sys.exit(run(arguments))
"""
Kill = Callable[..., None]
Command = Callable[..., dict[str, Any]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def kill(home: Path) -> Kill:
    """Runs a command in a process of its own that is killed at a moment."""

    def call(moment: str, *arguments: object) -> None:
        command = [sys.executable, "-c", KILLED, moment, *map(str, arguments)]
        environment = {**os.environ, "WORKBENCH_HOME": str(home)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert done.returncode == -9, done.stderr

    return call


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: object) -> dict[str, Any]:
        assert run([*map(str, arguments), "--json"]) == 0, capsys.readouterr().err
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return call


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A database with the small bank in it."""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    with databases.opened(url) as connection:
        for name, table in make_small_bank().items():
            table.to_sql(name, connection, index=False)
    return url


def list_names(command: Command) -> set[str]:
    return {one["name"] for one in command("datasets")["datasets"]}


@pytest.mark.parametrize(
    ("kind", "moment"), [("files", "rename"), ("database", "read"), ("database", "rename")]
)
def test_a_killed_import_leaves_no_set_and_the_next_one_no_trace(
    kill: Kill, command: Command, home: Path, source: str, tmp_path: Path, kind: str, moment: str
) -> None:
    given = write_small_bank(tmp_path / "in") if kind == "files" else ["--database", source]
    kill(moment, "add", "shop", *given)
    assert "shop" not in list_names(command)
    command("add", "shop", *given)
    assert [path.name for path in (home / "related").iterdir()] == ["shop"]
    assert "shop" in list_names(command)


def test_a_killed_load_leaves_no_table_and_no_run_that_goes_on(
    kill: Kill, command: Command, tmp_path: Path
) -> None:
    command("add", "shop", *write_small_bank(tmp_path / "in"))
    url = f"sqlite:///{tmp_path / 'target.db'}"
    databases.run(url, "CREATE TABLE other (id INTEGER)")
    made = ("generate", "shop", "--epochs", 1, "--as-of", "2026-05-17", "--into", url)
    kill("evaluate", *made)
    (lost,) = command("runs")["runs"]
    assert (lost["status"], lost["error"]["code"]) == ("failed", "job")
    kill("load", *made)
    assert [one["status"] for one in command("runs")["runs"]] == ["done", "failed"]
    assert databases.ask(url, "SELECT name FROM sqlite_master") == [("other",)]
    assert command(*made)["counts"]["customers"] == 40
    assert databases.ask(url, "SELECT count(*) FROM customers") == [(40,)]

"""Commands run in this process, on a state folder of the module."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import run
from tests import postgresql

Command = Callable[..., dict[str, Any]]
Refusal = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One state folder for the module, so that each model is trained once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command with --json and gives what it printed."""
    monkeypatch.setenv("WORKBENCH_HOME", str(home))

    def call(*arguments: object) -> dict[str, Any]:
        code = run([*(str(one) for one in arguments), "--json"])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        result: dict[str, Any] = json.loads(printed.out)
        return result

    return call


@pytest.fixture
def refusal(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Runs a command that must end with exit code 2, an empty stdout and one message; gives the message."""
    monkeypatch.setenv("WORKBENCH_HOME", str(home))

    def call(*arguments: object) -> str:
        code = run([str(one) for one in arguments])
        printed = capsys.readouterr()
        assert code == 2, printed.err
        assert printed.out == ""
        assert "Traceback" not in printed.err
        return printed.err

    return call


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.PostgresServer]:
    """A server of the tests' own; skipped with a reason where there is none."""
    programs = postgresql.find_programs()
    if programs is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.running_server(programs) as server:
        yield server

"""Every code block of README and docs runs: commands in this process, requests against a server."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from pipeline.cli import run
from pipeline.errors import NotFoundError
from pipeline.settings import Settings, load_settings
from pipeline.workbench.workbench import Workbench
from tests.document_blocks import DOCUMENTS, Block, list_blocks, list_commands
from tests.document_files import write_files
from tests.passwords import make_password
from tests.ports import find_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300
MOST_NOT_RUN = 11
LANGUAGES = {"bash", "python", "json", "yaml", "text", "nginx"}
QUICK = {"WORKBENCH_TRAINING__EPOCHS": "2", "WORKBENCH_TRAINING__OWN_TABLES": "autoregressive"}
SMALLER = {
    "--epochs": {"70": "2", "30": "2", "5": "1", "10,30,70": "1,2", "10,30": "1,2"},
    "--rows": {"50000000": "2000", "1000000": "2000", "10000": "1000", "5000": "1000"},
    "--workers": {"2": "1"},
}
"""Sizes that a test has no time for, and what takes their place."""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the documents speak of."""
    folder = tmp_path_factory.mktemp("documents")
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, workplace: Path) -> Path:
    """One state folder for all documents, in which salaries and contracts are registered."""
    home = tmp_path_factory.mktemp("home")
    workbench = Workbench(Settings(home=home))
    for name in ("salaries", "contracts"):
        workbench.datasets.add(name, [workplace / f"{name}.csv"])
    return home


@pytest.fixture
def at_work(workplace: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    for key, value in QUICK.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("WORKBENCH_PASSWORD", make_password())
    return monkeypatch


@pytest.fixture(scope="module")
def server(home: Path, workplace: Path) -> Iterator[str]:
    """The address of a server on that state folder, with its workers."""
    port = find_port()
    environment = {
        **os.environ,
        "WORKBENCH_RUNS__NICE": "0",
        "WORKBENCH_HOME": str(home),
        **QUICK,
        "STREAMLIT_SERVER_PORT": str(port),
    }
    with (workplace / "server.log").open("w") as log:
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _await_server(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_block_of_a_document_runs(
    document: Path,
    at_work: pytest.MonkeyPatch,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    reader = Reader(at_work, home, capsys, lambda: request.getfixturevalue("server"))
    for block in list_blocks(document):
        if not block.reason:
            reader.run(block)


def test_every_block_has_a_language_and_few_are_not_run_each_for_a_reason() -> None:
    blocks = [block for document in DOCUMENTS for block in list_blocks(document)]
    assert {block.language for block in blocks} == LANGUAGES
    left_out = [block for block in blocks if block.reason]
    assert len(left_out) == MOST_NOT_RUN
    assert min(len(block.reason) for block in left_out) > 15
    assert Counter(block.language for block in blocks)["bash"] > 4 * MOST_NOT_RUN


def test_no_command_hides_in_a_block_of_plain_text() -> None:
    texts = [
        block.text for document in DOCUMENTS for block in list_blocks(document) if block.language == "text"
    ]
    assert [text for text in texts if re.search(r"^ *(python|curl|make|import) ", text, re.MULTILINE)] == []


class Reader:
    """Does what a reader of a document does, block after block."""

    def __init__(
        self,
        environment: pytest.MonkeyPatch,
        home: Path,
        capsys: pytest.CaptureFixture[str],
        find_server: Callable[[], str],
    ) -> None:
        self._environment = environment
        self._home = home
        self._capsys = capsys
        self._find_server = find_server
        self._answer: dict[str, object] = {}

    def run(self, block: Block) -> None:
        """Run one block; fails with the block's place."""
        steps: dict[str, Callable[[Block], None]] = {
            "bash": self._run_shell,
            "python": lambda block: exec(compile(block.text, block.document.name, "exec"), {}),
            "json": lambda block: json.loads(block.text),
            "yaml": self._read_yaml,
            "text": lambda block: None,
        }
        steps[block.language](block)

    def _read_yaml(self, block: Block) -> None:
        assert yaml.safe_load(block.text)
        if block.document.name == "configuration.md":
            Path("read.yaml").write_text(block.text, encoding="utf-8")
            load_settings(Path("read.yaml"))

    def _run_shell(self, block: Block) -> None:
        for command in list_commands(block):
            words = shlex.split(command, comments=True)
            place = f"{block.document.name}:{block.line}: {command}"
            if words[0] == "export":
                self._export(words[1])
            elif words[0] == "make":
                subprocess.run(["make", "-n", words[1]], cwd=ROOT, check=True, capture_output=True)
            elif words[0] == "curl":
                self._request(command, place)
            else:
                assert words[:3] == ["python", "-m", "pipeline"], place
                self._call(words[3:], place)

    def _export(self, assignment: str) -> None:
        name, _, value = assignment.partition("=")
        server = "http://127.0.0.1:8501"
        if value.startswith(server):
            value = value.replace(server, self._find_server())
        elif name == "RUN":
            value = str(self._answer["id"])
        elif name == "TOKEN":
            value = self._make_token()
        self._environment.setenv(name, value)

    def _call(self, arguments: list[str], place: str) -> None:
        if arguments[0] == "add" and "--preview" not in arguments:
            self._forget(arguments[1])
        smaller = [
            SMALLER.get(before, {}).get(one, one)
            for before, one in zip(["", *arguments], arguments, strict=False)
        ]
        code = run(smaller)
        assert code == 0, f"{place}\n{self._capsys.readouterr().err}"

    def _forget(self, name: str) -> None:
        """Documents show several ways to register one dataset."""
        workbench = Workbench(Settings(home=self._home))
        for service in (workbench.datasets, workbench.related):
            try:
                service.remove(name)
            except NotFoundError:
                continue

    def _make_token(self) -> str:
        self._capsys.readouterr()
        assert run(["token", "create", f"reader{time.monotonic_ns()}", "--role", "analyst", "--json"]) == 0
        return str(json.loads(self._capsys.readouterr().out)["token"])

    def _request(self, command: str, place: str) -> None:
        address = self._find_server()
        if "TOKEN" not in os.environ:
            self._export("TOKEN=…")
        for name in re.findall(r"-F name=(\w+)", command):
            self._forget(name)
        if "/tables" in command:
            self._await_run(address)
        shorter = command.replace('"epochs": 70', '"epochs": 2').replace('"rows": 10000', '"rows": 1000')
        shorter = shorter.replace("http://127.0.0.1:8501", address)
        told = f"curl --silent --show-error --write-out '\\n%{{http_code}}' {shorter.removeprefix('curl ')}"
        done = subprocess.run(["bash", "-c", told], capture_output=True, text=True, timeout=PATIENCE_S)
        body, _, status = done.stdout.rpartition("\n")
        assert done.returncode == 0, f"{place}\n{done.stderr}"
        assert status[:1] == "2", f"{place}\n{status} {body}"
        if body.startswith("{"):
            self._answer = json.loads(body)

    def _await_run(self, address: str) -> None:
        headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = httpx.get(f"{address}/api/v1/runs/{os.environ['RUN']}", headers=headers).json()
            if found["status"] not in ("queued", "running"):
                break
            time.sleep(0.5)
        assert found["status"] == "done", found


def _await_server(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("The server did not start.")

"""Copy as code: the command, the Python and the request of every kind of order do what they say."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipeline.cli import run as run_command
from pipeline.generation.orders import (
    BulkOrder,
    GenerateOrder,
    RelatedBulkOrder,
    RelatedOrder,
    RelatedTrainOrder,
)
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.orders import Order, TrainOrder, find_recipe, require_known
from pipeline.runs.records import Run
from pipeline.runs.states import RunStatus
from pipeline.settings import Settings
from pipeline.synthesizers.recipe import AUTO, Recipe
from pipeline.workbench.code_text import OrderCode
from pipeline.workbench.order_code import write_code
from pipeline.workbench.sweep_code import write_sweep_code
from pipeline.workbench.workbench import Workbench
from tests.running_app import RunningApp, running_app
from tests.small_bank import write_small_bank

DAY = date(2026, 3, 4)
QUICK, RELATED = Recipe("autoregressive", 2), RelatedRecipe(epochs=1)
PATIENCE_S = 300
ORDERS: dict[str, tuple[Order, str]] = {
    "table": (GenerateOrder("shop", 1_000, QUICK, 7, DAY, {"city": {"Oslo": 0.5}}), "shop*.csv"),
    "training": (TrainOrder("shop", QUICK), ""),
    "best recipe": (TrainOrder("shop", Recipe(AUTO, 2)), ""),
    "bulk": (BulkOrder("shop", 60_000, None, QUICK, 7, DAY, format="csv"), "part-*.csv"),
    "several tables": (RelatedOrder("trade", 1.0, RELATED, 7, DAY, format="csv"), "trade*.zip"),
    "training of several tables": (RelatedTrainOrder("trade", RELATED), ""),
    "bulk of several tables": (
        RelatedBulkOrder("trade", None, 2.0, RELATED, 7, DAY, format="csv"),
        "part-*.csv",
    ),
}
"""An order of every kind, and the files that its command and its Python leave."""
SWEEP = (Recipe("gaussian_copula"), Recipe("autoregressive", 1), Recipe("autoregressive", 2))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A server with its workers, a table of 200 rows and a set of three small tables."""
    folder = tmp_path_factory.mktemp("copied")
    random = np.random.default_rng(1)
    spent = zip(random.choice(["Oslo", "Bergen", "Hamar"], 200), random.gamma(2, 30, 200), strict=True)
    table = folder / "shop.csv"
    table.write_text("\n".join(["city,spend", *(f"{city},{value:.2f}" for city, value in spent)]))
    with running_app(folder, {"WORKBENCH_API__REQUESTS_PER_MINUTE": "10000"}) as app:
        app.make_account("ana")
        workbench = Workbench(Settings(home=app.home))
        workbench.datasets.add("shop", [table])
        workbench.related.add("trade", write_small_bank(folder / "in"))
        yield app


@pytest.fixture
def place(app: RunningApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the code is run, beside the server's state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_HOME", str(app.home))
    return tmp_path


@pytest.mark.parametrize("kind", ORDERS)
def test_command_and_python_of_an_order_make_the_same(app: RunningApp, place: Path, kind: str) -> None:
    order, pattern = ORDERS[kind]
    code = write_code(order)
    assert code is not None
    _take(app, place, pattern)  # what other tests have left
    _run_command(code)
    first, model = _take(app, place, pattern), _find_model(app)
    assert first or not pattern
    exec(compile(code.python, kind, "exec"), {})
    assert (_take(app, place, pattern), _find_model(app)) == (first, model)


def test_command_and_python_of_a_sweep_train_and_say_which_to_take(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = write_sweep_code("shop", SWEEP)
    assert code is not None
    _run_command(code)
    said = capsys.readouterr().out.strip().splitlines()[-1]
    assert said.startswith("Take autoregressive")
    exec(compile(code.python, "sweep", "exec"), {})
    # The seconds differ, and with them which of two equal ones is taken: what was trained before is found.
    assert capsys.readouterr().out.strip().splitlines()[-1].startswith("Take autoregressive")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.parametrize("kind", [kind for kind in ORDERS if kind != "training of several tables"])
def test_the_request_of_an_order_gives_that_order(app: RunningApp, place: Path, kind: str) -> None:
    order, _ = ORDERS[kind]
    code = write_code(order)
    assert code is not None
    _run_curl(app, code)
    decided = {"identity", "out", *(() if order.kind != "generate" else ("format",))}

    def list_said(one: Order) -> dict[str, object]:
        return {name: value or None for name, value in one.as_plain().items() if name not in decided}

    assert list_said(require_known(_await_runs(app, 1)[0].order)) == list_said(order)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_the_requests_of_a_sweep_order_every_training(app: RunningApp, place: Path) -> None:
    code = write_sweep_code("shop", SWEEP)
    assert code is not None
    _run_curl(app, code)
    assert [find_recipe(run.order) for run in reversed(_await_runs(app, len(SWEEP)))] == list(SWEEP)


def test_recipes_that_no_sweep_gives_have_no_code_together() -> None:
    assert write_sweep_code("shop", (Recipe("ctgan", 1), Recipe("autoregressive", 2))) is None


def _run_command(code: OrderCode) -> None:
    words = shlex.split(code.command)
    assert words[:3] == ["python", "-m", "pipeline"]
    assert run_command(words[3:]) == 0


def _take(app: RunningApp, place: Path, pattern: str) -> set[str]:
    """The digests of the rows in the files that were made, wherever a form of the code puts them."""
    found = set[str]()
    for folder in (place, app.home / "exports"):
        for file in sorted(folder.rglob(pattern)) if pattern else ():
            parts = _read_rows(file)
            found |= {hashlib.sha256(part).hexdigest() for part in parts}
            file.unlink()
    return found


def _read_rows(file: Path) -> list[bytes]:
    if file.suffix != ".zip":
        return [file.read_bytes()]
    with zipfile.ZipFile(file) as archive:
        return [archive.read(name) for name in archive.namelist() if name.endswith(".csv")]


def _find_model(app: RunningApp) -> str | None:
    """The model of the newest run."""
    return Workbench(Settings(home=app.home)).runs.list(limit=1)[0].model


def _run_curl(app: RunningApp, code: OrderCode) -> None:
    environment = {**os.environ, "TOKEN": app.make_token("ana"), "WORKBENCH": f"{app.url}/api/v1"}
    done = subprocess.run(
        ["bash", "-euc", code.curl], check=False, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _await_runs(app: RunningApp, count: int) -> list[Run]:
    """The newest runs of the account, once they are done."""
    workbench, deadline = Workbench(Settings(home=app.home)), time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        runs = workbench.runs.list(owner="ana", limit=count)
        if len(runs) == count and all(run.status.is_final for run in runs):
            assert {run.status for run in runs} == {RunStatus.DONE}, runs
            return list(runs)
        time.sleep(0.5)
    raise AssertionError(f"no end within {PATIENCE_S} s")

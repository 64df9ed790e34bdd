"""The API of a real server: a table is registered, a model trained, a file generated and measured."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.tokens import Tokens
from pipeline.generation.orders import GenerateOrder
from pipeline.settings import Settings
from pipeline.store.database import open_database
from pipeline.workbench.workbench import Workbench
from tests.passwords import make_password
from tests.ports import find_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300
RECIPE = {"synthesizer": "autoregressive", "epochs": 2}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api") / "state"


@pytest.fixture(scope="module")
def client(state: Path) -> Iterator[httpx.Client]:
    """A client of a server of its own, with an analyst's token."""
    database = open_database(Settings(home=state))
    Accounts(database, hash_rounds=4).create("ana", make_password(), AccountRole.ANALYST)
    _, secret = Tokens(database).create("ana", "story", AccountRole.ANALYST)
    database.close()
    port = find_port()
    environment = {
        **os.environ,
        "WORKBENCH_HOME": str(state),
        "WORKBENCH_API__REQUESTS_PER_MINUTE": "10000",
        "STREAMLIT_SERVER_PORT": str(port),
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    log = (state.parent / "server.log").open("w")
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, timeout=300) as client:
            _await_server(client)
            yield client
    finally:
        server.terminate()
        server.wait(PATIENCE_S)
        log.close()


@pytest.fixture(scope="module")
def shop(client: httpx.Client) -> str:
    random = np.random.default_rng(1)
    lines = [
        f"{city},{value:.2f}"
        for city, value in zip(
            random.choice(["Oslo", "Bergen", "Hamar"], 200), random.gamma(2, 30, 200), strict=True
        )
    ]
    table = "\n".join(["city,spend", *lines]).encode()
    answer = client.post("/datasets", data={"name": "shop"}, files={"file": ("shop.csv", table)})
    assert answer.status_code == 201, answer.text
    return "shop"


@pytest.fixture(scope="module")
def model(client: httpx.Client, shop: str) -> str:
    run = client.post("/train", json={"dataset": shop, "recipe": RECIPE}).json()
    run = _await(client, run["id"], lambda run: run["ended_at"])
    assert run["status"] == "done", run
    return run["result"]["model"]


def test_a_run_ends_in_a_model_that_is_listed(client, model):
    assert model in [one["id"] for one in client.get("/models").json()["models"]]
    assert client.get(f"/models/{model}").json()["recipe"]["epochs"] == 2


def test_equal_orders_train_once(client, model, shop):
    run = client.post("/train", json={"dataset": shop, "recipe": RECIPE}).json()
    run = _await(client, run["id"], lambda run: run["ended_at"])
    assert (run["result"]["model"], run["result"]["reused"]) == (model, True)


def test_a_file_has_the_bytes_that_the_workbench_gives_elsewhere(client, model, shop, state):
    order = {"dataset": shop, "rows": 1000, "seed": 7, "as_of": "2026-01-31", "recipe": RECIPE}
    answer = client.post("/generate", json=order)
    assert (answer.status_code, answer.headers["x-model"]) == (200, model)
    assert answer.headers["x-sha256"] == hashlib.sha256(answer.content).hexdigest()
    workbench = Workbench(Settings(home=state))
    recipe = workbench.models.default_recipe(**RECIPE)
    generation = workbench.generate(GenerateOrder(shop, 1000, recipe, seed=7, as_of=date(2026, 1, 31)))
    assert workbench.exports.export(generation, "csv").content == answer.content


def test_a_table_that_waits_for_its_training_is_a_run_and_fetched_with_the_same_bytes(client, shop):
    order = {"dataset": shop, "rows": 1000, "seed": 3, "as_of": "2026-01-31", "recipe": {**RECIPE, "seed": 1}}
    answer = client.post("/generate", json=order)
    assert answer.status_code == 202
    run = _await(client, answer.json()["id"], lambda run: run["ended_at"])
    assert run["status"] == "done", run
    later = client.get(f"/runs/{run['id']}/table")
    at_once = client.post("/generate", json=order)
    assert (later.status_code, at_once.status_code) == (200, 200)
    assert (later.content, later.headers["x-model"]) == (at_once.content, at_once.headers["x-model"])
    bundle = client.get(f"/runs/{run['id']}/table?format=json&bundle=true").content
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert [name.rpartition(".")[2] for name in archive.namelist()] == ["json", "json", "html"]


def test_a_bundle_proves_itself(client, model, shop):
    order = {"dataset": shop, "rows": 1000, "seed": 7, "format": "json", "recipe": RECIPE, "bundle": True}
    with zipfile.ZipFile(io.BytesIO(client.post("/generate", json=order).content)) as archive:
        table, manifest, report = archive.namelist()
        described = json.loads(archive.read(manifest))
        assert (manifest, report) == ("manifest.json", "report.html")
        assert b"Evidence report" in archive.read(report)
        assert described["sha256"] == hashlib.sha256(archive.read(table)).hexdigest()
    assert described["model"]["id"] == model


def test_what_was_generated_can_be_measured(client, model, shop):
    table = client.post("/generate", json={"dataset": shop, "rows": 1000, "recipe": RECIPE}).content
    measured = client.post("/evaluate", data={"dataset": shop}, files={"file": ("t.csv", table)})
    assert measured.status_code == 200
    assert measured.json()["validity"]["is_valid"] is True
    assert 0.5 < measured.json()["quality"]["score"] <= 1


def test_a_training_leaves_the_server_answering_and_can_be_cancelled(client, shop):
    slow = {"synthesizer": "ctgan", "use_hma": False, "epochs": 10_000}
    run = client.post("/train", json={"dataset": shop, "recipe": slow}).json()
    # Cancelled before its first epoch it would leave nothing, later the best model so far.
    assert _await(client, run["id"], _has_trained)["status"] == "running"
    page = client.get(str(client.base_url).replace("/api/v1/", "/"))
    assert (page.status_code, client.get("/datasets").status_code) == (200, 200)
    assert client.post(f"/runs/{run['id']}/cancel").status_code == 200
    over = _await(client, run["id"], lambda run: run["status"] != "running")
    assert over["status"] == "cancelled"
    assert 1 <= over["result"]["epochs"] < 10_000


def test_what_happened_stands_in_the_audit_log(client, model, shop, state):
    order = {"dataset": shop, "rows": 1000, "recipe": RECIPE}
    assert client.post("/generate", json=order).status_code == 200
    entries = Workbench(Settings(home=state)).account.audit.list()
    done = {(entry.actor, entry.source, entry.event.value) for entry in entries}
    assert {
        ("ana", "api", "model_trained"),
        ("ana", "api", "table_generated"),
        ("ana", "api", "downloaded"),
    } <= done


def _has_trained(run: dict[str, Any]) -> bool:
    return run["progress"] is not None and run["progress"]["epoch"] >= 1


def _await(client: httpx.Client, run_id: str, is_so: Callable[[Any], Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 2 * PATIENCE_S
    while time.monotonic() < deadline:
        run: dict[str, Any] = client.get(f"/runs/{run_id}").json()
        if is_so(run):
            return run
        time.sleep(0.2)
    raise AssertionError(f"the run does not move: {run}")


def _await_server(client: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/openapi.json").status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError("the server did not start")

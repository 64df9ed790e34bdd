"""The verdict of one run is the same on page, report, manifest, API and command line."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from pages._server import services as _services
from pipeline.access.accounts import AccountRole
from pipeline.api import mount_api
from pipeline.cli import run
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.api.conftest import send
from tests.integration.exports import AS_OF, make_home
from tests.pages.conftest import PASSWORD, SHELL, log_in, read_text

BELOW, GOOD = "newcomers", "members"
EPOCHS = {BELOW: 1, GOOD: 40}
SAID = ("verdict", "reason", "next_step")
ROWS = 1_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Members whose group follows their age, and a few whose income one epoch does not learn."""
    folder = tmp_path_factory.mktemp("verdict")
    home = make_home(folder)
    rng = np.random.default_rng(5)
    age = rng.integers(18, 66, 2_000)
    members = pd.DataFrame(
        {
            "age": age,
            "group": np.where(age < 30, "young", np.where(age < 50, "middle", "old")),
            "fee": (age // 5) * 10 + rng.integers(0, 3, 2_000),
        }
    )
    members.to_csv(folder / "members.csv", index=False)
    income = (age * 900 + rng.normal(0, 5_000, len(age))).round(2)
    # So few rows are too few steps to learn in one epoch how two numbers go together.
    pd.DataFrame({"age": age, "income": income}).head(400).to_csv(folder / "newcomers.csv", index=False)
    for name in (BELOW, GOOD):
        Workbench(Settings(home=home)).datasets.add(name, [folder / f"{name}.csv"])
    return home


@pytest.fixture
def services(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The services of the app on that state folder, with an administrator."""
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    _services.open_services.cache_clear()
    _services._share_workbench.cache_clear()
    services = _services.open_services()
    if not services.accounts.list():
        services.accounts._hash_rounds = 4
        services.accounts.create("ada", PASSWORD, AccountRole.ADMIN)
    yield services
    _services.open_services.cache_clear()
    _services._share_workbench.cache_clear()


def command(dataset: str, file: Path) -> list[str]:
    return [
        "generate", dataset, "--rows", str(ROWS), "--synthesizer", "autoregressive",
        "--epochs", str(EPOCHS[dataset]), "--as-of", AS_OF.isoformat(), "--out", str(file), "--word",
    ]  # fmt: skip


def read_run(home: Path, dataset: str) -> Any:
    return Workbench(Settings(home=home)).runs.list(dataset=dataset)[0]


@pytest.mark.parametrize(("dataset", "verdict"), [(BELOW, "look"), (GOOD, "pass")])
def test_every_surface_says_the_same(home, services, tmp_path, capsys, dataset, verdict):
    file = tmp_path / f"{dataset}.csv"
    assert run([*command(dataset, file), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    said = {name: printed[name] for name in SAID}
    assert said["verdict"] == verdict

    assert run(command(dataset, file)) == 0
    told = capsys.readouterr()
    assert f"verdict: {verdict}\nreason: {said['reason']}\nnext step: {said['next_step']}\n" in told.out
    assert len(re.findall("^Warning: ", told.err, re.MULTILINE)) == len(printed["findings"])

    manifest = json.loads((tmp_path / f"{file.name}.manifest.json").read_text("utf-8"))
    assert {name: manifest[name] for name in SAID} == said
    assert (manifest["warnings"] or {"findings": []})["findings"] == printed["findings"]
    assert manifest["figure"] == printed["figure"]

    page = unescape((tmp_path / f"{file.name}.report.html").read_text("utf-8"))
    assert f'class="headline {verdict}"' in page
    assert f"{said['reason']} {said['next_step']}" in page
    assert printed["figure"]["sentence"] in page
    with zipfile.ZipFile(io.BytesIO((tmp_path / f"{file.name}.report.docx").read_bytes())) as document:
        assert said["reason"] in unescape(document.read("word/document.xml").decode())

    made = read_run(home, dataset)
    assert {name: getattr(made.result, name) for name in SAID} == said
    assert made.quality == pytest.approx(printed["figure"]["score"])
    _check_api(services, dataset, made.id, said, printed)
    _check_page(made.id, said, verdict, printed["figure"]["sentence"])


def _check_api(services, dataset: str, run_id: str, said: dict[str, str], printed: dict[str, Any]) -> None:
    _, secret = services.tokens.create("ada", f"for {dataset}", AccountRole.ADMIN)
    api = Starlette(routes=[mount_api(lambda: services.api)])

    def ask(method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        return asyncio.run(send(api, method, path, headers=headers, **options))

    result = ask("GET", f"/runs/{run_id}").json()["result"]
    assert {name: result[name] for name in SAID} == said
    recipe = {"synthesizer": "autoregressive", "epochs": EPOCHS[dataset]}
    order = {"dataset": dataset, "rows": ROWS, "as_of": AS_OF.isoformat(), "recipe": recipe}
    answer = ask("POST", "/generate", json=order)
    assert answer.status_code == 200, answer.text
    headers = [unquote(answer.headers[name]) for name in ("x-verdict", "x-reason", "x-next-step")]
    assert headers == list(said.values())
    assert int(answer.headers["x-warnings"]) == len(printed["findings"])
    assert float(answer.headers["x-quality"]) == pytest.approx(printed["figure"]["score"], abs=1e-4)


def _check_page(run_id: str, said: dict[str, str], verdict: str, figure: str) -> None:
    page = log_in(AppTest.from_file(SHELL, default_timeout=120).run(), "ada", PASSWORD)
    page.query_params["run"] = run_id
    page.switch_page("generate.py").run()
    assert not page.exception
    box = (page.success if verdict == "pass" else page.warning)[0].value.replace("\\", "")
    assert box == f"**{verdict.title()}.** {said['reason']} {said['next_step']}"
    assert figure in read_text(page).replace("\\", "")

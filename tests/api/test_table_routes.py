"""Tables over the API: generated, bundled, abandoned by their caller, measured."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.api import MOUNT_PATH
from pipeline.api.orders import Format
from pipeline.exporters import ExportFormat
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import RunLimits
from pipeline.workbench.runs import RunService
from pipeline.workbench.uploads import clean_name
from tests.api.fast_workbench import CONTENT, MODEL, FastEvidence, FastTables

GENERATE = {"dataset": "employee", "rows": 1000}


@pytest.mark.parametrize("fmt", ExportFormat)
def test_a_table_comes_as_a_file_with_its_checksum(ask, fmt):
    order = {**GENERATE, "format": fmt.value, "as_of": "2026-01-31"}
    answer = ask("POST", "/generate", AccountRole.ANALYST, json=order)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == fmt.mime
    assert answer.headers["content-disposition"] == f'attachment; filename="table{fmt.suffix}"'
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["x-sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert (answer.headers["x-model"], answer.headers["x-as-of"]) == (MODEL, "2026-01-31")
    names = ("x-quality", "x-learned", "x-privacy", "x-verdict", "x-warnings")
    evidence = [answer.headers[name] for name in names]
    assert evidence == ["0.9876", "2 of 3 columns", "pass", "pass", "0"]
    assert answer.headers["x-reason"] == "No measure gives a reason not to share this table."
    assert answer.headers["x-next-step"] == "Share it together with its evidence."


def test_the_formats_of_the_description_are_those_that_there_are():
    assert set(get_args(Format)) == {fmt.value for fmt in ExportFormat}


def test_an_order_reaches_the_workbench_whole(ask, script):
    order = {
        **GENERATE,
        "seed": 7,
        "as_of": "2025-12-31",
        "shares": {"gender": {"Female": 0.7}},
        "recipe": {"synthesizer": "autoregressive", "epochs": 3, "seed": 2, "threads": 2, "batch_size": 64},
    }
    assert ask("POST", "/generate", json=order).status_code == 200
    (request,) = script.orders
    assert (request.dataset, request.rows, request.seed) == ("employee", 1000, 7)
    assert (request.as_of, request.shares) == (date(2025, 12, 31), {"gender": {"Female": 0.7}})
    recipe = request.recipe
    assert (recipe.synthesizer, recipe.epochs, recipe.seed, recipe.threads) == ("autoregressive", 3, 2, 2)
    assert (recipe.batch_size, recipe.use_hma) == (64, False)


def test_a_table_whose_model_has_to_be_trained_becomes_a_run(ask, script, follow, services):
    order = {**GENERATE, "format": "parquet", "seed": 7}
    answer = ask("POST", "/generate", AccountRole.ANALYST, json=order, headers={"Prefer": ""})
    run = answer.json()
    assert (answer.status_code, run["kind"], run["links"]["table"]) == (202, "generate", None)
    assert answer.headers["location"] == run["links"]["self"]
    done = follow(run["links"]["self"])
    assert (done["status"], done["links"]["table"]) == ("done", f"/api/v1/runs/{run['id']}/table")
    (made,) = script.orders
    assert (made.rows, made.seed, made.format) == (1000, 7, "parquet")


def test_a_table_that_would_wait_behind_others_becomes_a_run(ask, monkeypatch):
    monkeypatch.setattr(RunService, "needs_training", lambda *_: False)
    assert ask("POST", "/generate", json=GENERATE, headers={"Prefer": ""}).status_code == 200
    monkeypatch.setattr("pipeline.api.services._SLOW_THREADS", 0)
    assert ask("POST", "/generate", json=GENERATE, headers={"Prefer": "respond-async"}).status_code == 202


def test_the_table_of_a_run_that_made_none_is_refused(ask, follow):
    run = ask("POST", "/train", json={"dataset": "employee"}).json()
    follow(run["links"]["self"])
    answer = ask("GET", f"/runs/{run['id']}/table")
    assert (answer.status_code, answer.json()["code"]) == (409, "job")
    assert ask("GET", f"/runs/{run['id']}/table?format=pdf").status_code == 422


def test_a_bundle_holds_table_manifest_and_reports_and_is_the_same_each_time(ask):
    order = {**GENERATE, "bundle": True, "reports": ["html", "word"]}
    first, second = (ask("POST", "/generate", json=order) for _ in range(2))
    assert first.content == second.content
    assert first.headers["content-type"] == "application/zip"
    assert first.headers["content-disposition"] == 'attachment; filename="table.csv.zip"'
    assert first.headers["x-sha256"] == hashlib.sha256(first.content).hexdigest()
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert archive.namelist() == ["table.csv", "manifest.json", "report.html", "report.docx"]
        assert archive.read("table.csv") == CONTENT
        assert json.loads(archive.read("manifest.json"))["rows"] == 10_000


def note_outcomes(services, monkeypatch) -> list[str]:
    """The names of the errors that generations end with from now on."""
    outcomes: list[str] = []
    generate = FastTables.generate

    def observed(self, request, on_progress=None):
        try:
            return generate(self, request, on_progress)
        except BaseException as error:
            outcomes.append(type(error).__name__)
            raise

    monkeypatch.setattr(FastTables, "generate", observed)
    return outcomes


def make_scope(path, secret):
    """What a server says of a request before it hands over the body."""
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "path": f"{MOUNT_PATH}{path}", "raw_path": b"", "query_string": b"", "scheme": "http",
        "headers": [
            (b"authorization", f"Bearer {secret}".encode()),
            (b"prefer", b"wait"),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1), "server": ("testserver", 80), "root_path": "",
    }  # fmt: skip


async def hang_up(api, scope, body, script):
    """Send a request, leave when its work has begun, and let the work go on when the server knows."""
    is_leaving, is_known = asyncio.Event(), asyncio.Event()
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if parts:
            return parts.pop()
        await is_leaving.wait()
        is_known.set()
        return {"type": "http.disconnect"}

    async def send(_message):
        return None

    task = asyncio.create_task(api(scope, receive, send))
    assert await asyncio.to_thread(script.has_begun.wait, 60)
    is_leaving.set()
    await is_known.wait()
    script.may_end.set()
    await task


def test_a_caller_who_hangs_up_ends_the_work(api, script, secrets_by_role, services, monkeypatch):
    script.may_end.clear()
    outcomes = note_outcomes(services, monkeypatch)
    scope = make_scope("/generate", secrets_by_role[AccountRole.ADMIN])
    asyncio.run(hang_up(api, scope, json.dumps(GENERATE).encode(), script))
    assert outcomes == ["JobCancelled"]
    (run,) = services.open_workbench().runs.list()
    assert (run.kind, run.status) == (RunKind.GENERATE, RunStatus.CANCELLED)


def test_what_is_answered_at_once_is_noted_among_the_runs_of_the_caller(ask):
    ask("POST", "/generate", AccountRole.ANALYST, json={**GENERATE, "seed": 7})
    upload = {"file": ("mine.csv", b"a\n")}
    ask("POST", "/evaluate", AccountRole.ANALYST, data={"dataset": "employee"}, files=upload)
    evaluation, table = ask("GET", "/runs").json()["runs"]
    assert (table["kind"], table["status"], table["owner"]) == ("generate", "done", "analyst-user")
    assert (evaluation["kind"], evaluation["status"], evaluation["owner"]) == (
        "evaluate", "done", "analyst-user"
    )  # fmt: skip
    assert evaluation["result"]["quality"]["score"] == 0.9876


def test_a_table_that_would_not_fit_in_memory_is_refused(ask, services, script):
    workbench = services.open_workbench()
    tight = RunLimits(memory_mb=100)
    settings = workbench.settings.model_copy(update={"runs": tight})
    workbench.context = replace(workbench.context, settings=settings)
    answer = ask("POST", "/generate", AccountRole.ANALYST, json=GENERATE)
    assert (answer.status_code, script.orders) == (409, [])
    assert "runs.memory_mb allows 100 MB" in answer.json()["detail"]


def test_any_table_is_measured(ask, script):
    answer = ask(
        "POST",
        "/evaluate",
        AccountRole.ANALYST,
        data={"dataset": "employee", "as_of": "2026-02-01", "target": "gender"},
        files={"file": ("../../té.csv", b"a,b\n"), "holdout": ("h.csv", b"c\n")},
    )
    assert answer.status_code == 200
    assert answer.json()["quality"]["score"] == 0.9876
    assert answer.json()["privacy"]["verdict"] == "pass"
    assert script.orders == [("employee", "té.csv", b"a,b\n", b"c\n", date(2026, 2, 1), "gender")]


def test_uploads_are_gone_when_they_have_been_read(ask, services, monkeypatch):
    evaluate = FastEvidence.evaluate
    seen: list[Path] = []
    monkeypatch.setattr(
        FastEvidence,
        "evaluate",
        lambda self, dataset, file, *rest: seen.append(file) or evaluate(self, dataset, file, *rest),
    )
    answer = ask("POST", "/evaluate", data={"dataset": "employee"}, files={"file": ("t.csv", b"a\n")})
    assert answer.status_code == 200
    assert [path.parent.parent.exists() for path in seen] == [False]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("table.csv", "table.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\data\\t.xlsx", "t.xlsx"),
        ("x" * 300 + ".csv", "x" * 96 + ".csv"),
        ("é\x00\ud800.csv", "é__.csv"),
        ("Überweisungen 2026.csv", "Überweisungen 2026.csv"),
        ("表" * 99 + ".csv", "表" * 65 + ".csv"),
        ("..", "table"),
        ("", "table"),
        (None, "table"),
    ],
)
def test_the_name_of_an_upload_can_do_no_harm(sent, name):
    assert clean_name(sent) == name

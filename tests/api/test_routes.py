"""What the routes give: datasets, models, files, evidence and tokens."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import get_args

import httpx
import pytest

from pipeline.api import MOUNT_PATH
from pipeline.api.orders import Format
from pipeline.api.uploads import clean_name
from pipeline.exporters import ExportFormat
from pipeline.model import ModelInfo
from pipeline.settings import RunLimits
from pipeline.store.accounts import AccountRole
from pipeline.store.audit import AuditEvent, AuditFilter
from pipeline.store.run_states import RunKind, RunStatus
from pipeline.synthesizers.protocol import Progress, Stage
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import ColumnPlan, Treatment
from tests.api.fast_workbench import CONTENT, MODEL

TABLE = "city,spend\n" + "".join(f"{city},{number}\n" for number in range(30) for city in ("Oslo", "Bergen"))
GENERATE = {"dataset": "employee", "rows": 1000}


def test_datasets_are_described_without_their_values(ask):
    found = ask("GET", "/datasets", AccountRole.VIEWER).json()["datasets"]
    assert [one["name"] for one in found] == ["employee", "pci"]
    employee = ask("GET", "/datasets/employee", AccountRole.VIEWER).json()
    assert employee == found[0]
    assert [column["name"] for column in employee["columns"]][:4] == ["name", "user_id", "email", "ssn"]
    assert employee["shares"] == {"gender": {"Female": 0.5, "Male": 0.5}}
    assert employee["builtin"] is True


def test_a_table_is_registered_and_removed(ask, services):
    answer = ask(
        "POST", "/datasets", AccountRole.ANALYST, data={"name": "shop"}, files={"file": ("s.csv", TABLE)}
    )
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v1/datasets/shop")
    assert [column["name"] for column in answer.json()["columns"]] == ["city", "spend"]
    assert ask("GET", "/datasets/shop", AccountRole.VIEWER).status_code == 200
    assert ask("DELETE", "/datasets/shop", AccountRole.ANALYST).status_code == 204
    assert ask("GET", "/datasets/shop").status_code == 404
    added = services.audit.list(AuditFilter(event=AuditEvent.DATASET_ADDED))
    assert [(entry.actor, entry.source, entry.address, entry.subject) for entry in added] == [
        ("analyst-user", "api", "127.0.0.1", "shop")
    ]


@pytest.mark.parametrize(
    ("data", "files", "code"),
    [
        ({"name": "shop"}, {}, "validation"),
        ({}, {"file": ("s.csv", TABLE)}, "validation"),
        ({"name": "Shop!"}, {"file": ("s.csv", TABLE)}, "data"),
        ({"name": "employee"}, {"file": ("s.csv", TABLE)}, "data"),
        ({"name": "shop"}, {"file": ("s.exe", TABLE)}, "data"),
        ({"name": "shop"}, {"file": ("s.csv", b"\x00\x01")}, "data"),
        ({"name": "shop"}, {"file": ("s.xlsx", b"PK no workbook")}, "data"),
        ({"name": "shop"}, {"file": ("s.parquet", b"PAR1")}, "data"),
        ({"name": "shop"}, {"file": ("s.csv", TABLE), "metadata": ("m.json", b"{")}, "metadata"),
        ({"name": "shop", "file": "text"}, {"metadata": ("m.json", b"{}")}, "validation"),
    ],
)
def test_a_table_that_cannot_be_registered_leaves_nothing(ask, settings, data, files, code):
    answer = ask("POST", "/datasets", data=data, files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert list((settings.state_folder / "datasets").glob("*/*")) == []


def test_a_built_in_dataset_stays(ask):
    answer = ask("DELETE", "/datasets/employee")
    assert (answer.status_code, answer.json()["code"]) == (422, "data")


@pytest.fixture
def model(services) -> ModelInfo:
    info = ModelInfo(
        id=MODEL,
        dataset="employee",
        dataset_fingerprint="f" * 64,
        recipe=Recipe(epochs=2),
        versions={"torch": "2"},
        created_at="2026-03-01T12:00:00+00:00",
        training_rows=2_000,
        initial_rows=0,
        epochs_trained=2,
        kept_epoch=1,
        seconds=1.5,
        was_stopped=False,
        history=(Progress(Stage.TRAIN, 1, 2, 0.7, {"loss": 0.5}, 0.8),),
        treatments=(ColumnPlan("shop", Treatment.SPLIT, 900, 60, "900 categories"),),
    )
    folder = services.settings.state_folder / "models" / MODEL
    folder.mkdir(parents=True)
    values = {**vars(info), "recipe": info.recipe.as_dict(), "history": [vars(one) for one in info.history]}
    values["treatments"] = [plan.as_dict() for plan in info.treatments]
    (folder / "model.json").write_text(json.dumps(values), encoding="utf-8")
    return info


def test_models_are_listed_shown_and_deleted(ask, model):
    (listed,) = ask("GET", "/models", AccountRole.VIEWER).json()["models"]
    assert (listed["id"], listed["recipe"]["epochs"], listed["history"]) == (MODEL, 2, None)
    assert listed["size_bytes"] > 0
    shown = ask("GET", f"/models/{MODEL}", AccountRole.VIEWER).json()
    assert shown["history"] == [
        {"stage": "train", "epoch": 1, "epochs": 2, "losses": {"loss": 0.5}, "quality": 0.8}
    ]
    assert listed["treatments"] is None
    assert shown["treatments"] == [
        {"column": "shop", "treatment": "split", "distinct": 900, "width": 60, "reason": "900 categories"}
    ]
    assert ask("DELETE", f"/models/{MODEL}", AccountRole.ANALYST).status_code == 204
    assert ask("GET", "/models").json() == {"models": [], "damaged": []}


def test_a_damaged_model_is_named(ask, model, settings):
    (settings.state_folder / "models" / MODEL / "model.json").write_text("{", encoding="utf-8")
    assert ask("GET", "/models").json() == {"models": [], "damaged": [MODEL]}
    assert ask("DELETE", f"/models/{MODEL}").status_code == 204


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
    evidence = [answer.headers[name] for name in ("x-quality", "x-privacy", "x-warnings")]
    assert evidence == ["0.9876", "pass", "0"]


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


def test_a_caller_who_hangs_up_ends_the_work(api, script, secrets_by_role, services, monkeypatch):
    script.may_end.clear()
    outcomes = []
    workbench = type(services.open_workbench())
    generate = workbench.generate

    def observed(self, request, on_progress=None):
        try:
            return generate(self, request, on_progress)
        except BaseException as error:
            outcomes.append(type(error).__name__)
            raise

    monkeypatch.setattr(workbench, "generate", observed)
    body = json.dumps(GENERATE).encode()
    has_left = asyncio.Event()

    async def hang_up() -> None:
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            if parts:
                return parts.pop()
            await has_left.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            return None

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "path": f"{MOUNT_PATH}/generate", "raw_path": b"", "query_string": b"", "scheme": "http",
            "headers": [
                (b"authorization", f"Bearer {secrets_by_role[AccountRole.ADMIN]}".encode()),
                (b"content-type", b"application/json"),
            ],
            "client": ("127.0.0.1", 1), "server": ("testserver", 80), "root_path": "",
        }  # fmt: skip
        task = asyncio.create_task(api(scope, receive, send))
        await asyncio.to_thread(script.has_begun.wait, 10)
        has_left.set()
        await asyncio.sleep(0.05)
        script.may_end.set()
        await task

    asyncio.run(hang_up())
    assert outcomes == ["JobCancelled"]
    (run,) = services.open_workbench().list_runs()
    assert (run.kind, run.status) == (RunKind.GENERATE, RunStatus.CANCELLED)


def test_what_is_answered_at_once_is_noted_among_the_runs_of_the_caller(ask):
    ask("POST", "/generate", AccountRole.ANALYST, json={**GENERATE, "seed": 7})
    upload = {"file": ("mine.csv", b"a\n")}
    ask("POST", "/evaluate", AccountRole.VIEWER, data={"dataset": "employee"}, files=upload)
    evaluation, table = ask("GET", "/runs").json()["runs"]
    assert (table["kind"], table["status"], table["owner"]) == ("generate", "done", "analyst-user")
    assert (evaluation["kind"], evaluation["status"], evaluation["owner"]) == (
        "evaluate", "done", "viewer-user"
    )  # fmt: skip
    assert evaluation["result"]["quality"]["score"] == 0.9876


def test_a_table_that_would_not_fit_in_memory_is_refused(ask, services, script):
    workbench = services.open_workbench()
    tight = RunLimits(memory_mb=100)
    workbench.settings = workbench.settings.model_copy(update={"runs": tight})
    answer = ask("POST", "/generate", AccountRole.ANALYST, json=GENERATE)
    assert (answer.status_code, script.orders) == (409, [])
    assert "runs.memory_mb allows 100 MB" in answer.json()["detail"]


def test_any_table_is_measured(ask, script):
    answer = ask(
        "POST",
        "/evaluate",
        AccountRole.VIEWER,
        data={"dataset": "employee", "as_of": "2026-02-01", "target": "gender"},
        files={"file": ("../../té.csv", b"a,b\n"), "holdout": ("h.csv", b"c\n")},
    )
    assert answer.status_code == 200
    assert answer.json()["quality"]["score"] == 0.9876
    assert answer.json()["privacy"]["verdict"] == "pass"
    assert script.orders == [("employee", "t_.csv", b"a,b\n", b"c\n", date(2026, 2, 1), "gender")]


def test_uploads_are_gone_when_they_have_been_read(ask, services, monkeypatch):
    workbench = type(services.open_workbench())
    evaluate = workbench.evaluate
    seen: list[Path] = []
    monkeypatch.setattr(
        workbench,
        "evaluate",
        lambda self, dataset, file, **rest: seen.append(file) or evaluate(self, dataset, file, **rest),
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
        ("é\x00\ud800.csv", "___.csv"),
        ("..", "table"),
        ("", "table"),
        (None, "table"),
    ],
)
def test_the_name_of_an_upload_can_do_no_harm(sent, name):
    assert clean_name(sent) == name


def test_tokens_are_made_listed_and_revoked(ask, api):
    made = ask("POST", "/tokens", AccountRole.ANALYST, json={"name": "ci", "role": "analyst", "days": 7})
    token = made.json()
    assert (made.status_code, token["name"], token["role"]) == (201, "ci", "analyst")
    bearer = {"Authorization": f"Bearer {token['token']}"}
    listed = ask("GET", "/tokens", role=None, headers=bearer)
    assert {one["name"] for one in listed.json()["tokens"]} == {"ci", "test"}
    assert token["token"] not in listed.text
    assert ask("DELETE", f"/tokens/{token['id']}", AccountRole.ANALYST).status_code == 204
    assert ask("GET", "/tokens", role=None, headers=bearer).status_code == 401


def test_nobody_makes_a_token_above_their_own_role(ask):
    answer = ask("POST", "/tokens", AccountRole.ANALYST, json={"name": "up", "role": "admin"})
    assert (answer.status_code, answer.json()["code"]) == (403, "access")


def test_nobody_sees_or_revokes_the_tokens_of_others(ask, services):
    (theirs,) = services.tokens.list("admin-user")
    assert theirs.id not in ask("GET", "/tokens", AccountRole.ANALYST).text
    assert ask("DELETE", f"/tokens/{theirs.id}", AccountRole.ANALYST).status_code == 404
    assert ask("GET", "/tokens", AccountRole.ADMIN).status_code == 200


def test_no_secret_stands_in_a_repr_or_in_the_database(ask, services, settings):
    secret = ask("POST", "/tokens", json={"name": "ci"}).json()["token"]
    assert secret not in repr(services.tokens.list())
    files = [file for file in settings.state_folder.rglob("*") if file.is_file()]
    assert files
    assert [file.name for file in files if secret.encode() in file.read_bytes()] == []


def test_the_description_is_open_and_complete(ask):
    answer = ask("GET", "/openapi.json", role=None)
    document = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert document["servers"] == [{"url": MOUNT_PATH}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    operations = [found for path in document["paths"].values() for found in path.values()]
    assert all(found["security"] == [{"token": []}] for found in operations)
    assert all(found["description"] for found in operations)
    for found in operations:
        problems = [text for status, text in found["responses"].items() if int(status) >= 400]
        assert {kind for text in problems for kind in text["content"]} == {"application/problem+json"}
        assert {"401", "403", "429"} <= set(found["responses"])


def test_the_examples_of_the_description_are_orders_that_work(ask, script):
    schemas = ask("GET", "/openapi.json", role=None).json()["components"]["schemas"]
    for example in schemas["GenerateOrder"]["examples"]:
        answer = ask("POST", "/generate", json=example)
        assert isinstance(answer, httpx.Response)
        assert answer.status_code == 200
    (train,) = schemas["TrainOrder"]["examples"]
    assert ask("POST", "/train", json=train).status_code == 202

"""What the routes give: datasets, models, files, evidence and tokens."""

from __future__ import annotations

import json

import httpx
import pytest

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent, AuditFilter
from pipeline.api import MOUNT_PATH
from pipeline.models.model import ModelInfo
from pipeline.models.related.model import RelatedModelInfo
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.models.stored_parts import PartsFolder
from pipeline.progress import Progress, Stage
from pipeline.store.signing import Signer
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import ColumnPlan, Treatment
from tests.api.fast_workbench import MODEL

TABLE = "city,spend\n" + "".join(f"{city},{number}\n" for number in range(30) for city in ("Oslo", "Bergen"))


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


def test_a_table_is_read_as_the_form_says(ask):
    table = ("Report\n\n" + TABLE.replace(",", "~")).encode("utf-16-le")
    options = {"separator": "~", "encoding": "utf-16-le", "day_first": "true", "missing": ["x", "y"]}
    shown = ask(
        "POST", "/previews", AccountRole.ANALYST, data=options, files={"file": ("s.csv", table)}
    ).json()
    assert (shown["columns"], shown["rows"], shown["first_rows"][0]) == (["city", "spend"], 60, ["Oslo", "0"])
    assert (
        shown["findings"] == ["Read as UTF-16 (utf-16-le).", "One line was skipped above the header."][::-1]
    )
    answer = ask("POST", "/datasets", data={"name": "shop", **options}, files={"file": ("s.csv", table)})
    assert (answer.status_code, answer.json()["findings"]) == (201, shown["findings"])
    for name, wrong in (("header", "first"), ("separator", "<>"), ("encoding", "klingon")):
        refused = ask(
            "POST", "/datasets", data={"name": "other", name: wrong}, files={"file": ("s.csv", TABLE)}
        )
        assert (refused.status_code, refused.json()["code"]) == (422, "data")


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
    values["figure"] = vars(info.figure)
    (folder / "model.json").write_text(json.dumps(values), encoding="utf-8")
    (folder / "synthesizer.json").write_text("{}", encoding="utf-8")
    (folder / "arrays.npz").write_bytes(b"")
    parts = PartsFolder(folder.parent, Signer(services.settings.state_folder / "secrets"))
    (folder / "signature").write_text(parts.sign(folder), encoding="utf-8")
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
    assert ask("GET", "/models").json() == {"models": [], "related_models": [], "damaged": []}


@pytest.fixture
def related_model(services) -> RelatedModelInfo:
    """A stored model of two tables."""
    info = RelatedModelInfo(
        "5b1e7c90aa42",
        "shop",
        "f" * 64,
        RelatedRecipe(),
        {"torch": "2"},
        "2026-03-01T12:00:00+00:00",
        {"customers": 40, "orders": 90},
        7,
        1.5,
    )
    state = services.settings.state_folder
    parts = PartsFolder(state / "related-models", Signer(state / "secrets"))
    parts.save(info.id, info.as_dict(), SynthesizerState({}, {}))
    return info


def test_models_of_several_tables_are_listed_shown_and_deleted(ask, related_model):
    (listed,) = ask("GET", "/models", AccountRole.VIEWER).json()["related_models"]
    assert (listed["id"], listed["training_rows"]) == (related_model.id, {"customers": 40, "orders": 90})
    assert listed["size_bytes"] > 0
    shown = ask("GET", f"/models/{related_model.id}", AccountRole.VIEWER).json()
    assert (shown["dataset"], shown["recipe"]["epochs"], shown["size_bytes"]) == ("shop", 70, None)
    assert ask("DELETE", f"/models/{related_model.id}", AccountRole.VIEWER).status_code == 403
    assert ask("DELETE", f"/models/{related_model.id}", AccountRole.ANALYST).status_code == 204
    assert ask("GET", f"/models/{related_model.id}").status_code == 404


def test_a_damaged_model_is_named(ask, model, settings):
    (settings.state_folder / "models" / MODEL / "model.json").write_text("{", encoding="utf-8")
    assert ask("GET", "/models").json() == {"models": [], "related_models": [], "damaged": [MODEL]}
    assert ask("DELETE", f"/models/{MODEL}").status_code == 204


@pytest.mark.parametrize("part", ["model.json", "arrays.npz"])
def test_a_damaged_model_says_so_where_it_is_shown(ask, model, settings, part):
    (settings.state_folder / "models" / MODEL / part).write_bytes(b"{")
    shown = ask("GET", f"/models/{MODEL}")
    assert (shown.status_code, shown.json()["code"]) == (409, "model_damaged")
    assert f'"{MODEL}" is damaged' in shown.json()["detail"]
    assert shown.json()["hint"].startswith("order its recipe again")


@pytest.mark.parametrize("part", ["model.json", "arrays.npz"])
def test_a_damaged_model_of_several_tables_says_so_where_it_is_shown(ask, related_model, settings, part):
    (settings.state_folder / "related-models" / related_model.id / part).write_bytes(b"{")
    shown = ask("GET", f"/models/{related_model.id}")
    assert (shown.status_code, shown.json()["code"]) == (409, "model_damaged")


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
    for example in schemas["GenerateBody"]["examples"]:
        answer = ask("POST", "/generate", json=example)
        assert isinstance(answer, httpx.Response)
        assert answer.status_code == 200
    (train,) = schemas["TrainBody"]["examples"]
    assert ask("POST", "/train", json=train).status_code == 202

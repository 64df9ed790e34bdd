"""Errors as problem responses: status, code, hint, and nothing that only the operator should read."""

from __future__ import annotations

import secrets

import pytest

from pipeline import errors
from pipeline.api.problems import _STATUSES, get_status

TREE = [
    one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.WorkbenchError)
]


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status(kind):
    assert 400 <= get_status(kind("What.", "do this.")) <= 503


def test_the_table_of_statuses_holds_every_branch_that_differs_from_its_root():
    like_their_root = {
        errors.MetadataError,
        errors.NoRowsError,
        errors.RecipeError,
        errors.Superseded,
    }
    assert set(_STATUSES) == set(TREE) - like_their_root
    assert (get_status(errors.ClusterLost("x")), get_status(errors.JobError("x"))) == (503, 409)
    assert get_status(errors.RecipeError("x")) == get_status(errors.TrainingError("x")) == 422
    assert get_status(errors.MetadataError("x")) == get_status(errors.DataError("x")) == 422
    assert get_status(errors.NotFoundError("x")) == 404


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (errors.DataError("Column is odd.", "mend it."), 422),
        (errors.SamplingError("No such rows.", "ask for others."), 422),
        (errors.ExportError("It leaks.", "do not use it."), 422),
        (errors.NotFoundError("Not there.", "look elsewhere."), 404),
        (errors.AccessError("Not you.", "ask somebody."), 403),
    ],
)
def test_what_a_caller_can_mend_is_told_in_full(ask, script, failure, status):
    script.failure = failure
    answer = ask("POST", "/generate", json={"dataset": "employee", "rows": 1000})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": f"urn:synthetic-data-workbench:problem:{failure.code}",
        "title": answer.json()["title"],
        "status": status,
        "detail": failure.message,
        "code": failure.code,
        "hint": failure.hint,
    }


@pytest.mark.parametrize("kind", [errors.StoreError, errors.ConfigError, errors.WorkbenchError, RuntimeError])
def test_what_only_the_operator_can_mend_goes_to_the_log(ask, script, caplog, kind):
    secret = secrets.token_hex(8)
    script.failure = kind(f"Cannot write /srv/{secret}.")
    answer = ask("POST", "/generate", json={"dataset": "employee", "rows": 1000})
    problem = answer.json()
    assert answer.status_code in (500, 503)
    assert problem["reference"] in problem["hint"]
    assert (secret in answer.text, "Traceback" in answer.text) == (False, False)
    assert (secret in caplog.text, problem["reference"] in caplog.text) == (True, True)


def test_an_error_in_the_gate_is_a_problem_too(ask, services, monkeypatch, caplog):
    def find(self, secret):
        raise errors.StoreError("The database /srv/x failed.", "mend it.")

    monkeypatch.setattr(type(services.tokens), "find", find)
    answer = ask("GET", "/datasets")
    assert (answer.status_code, answer.json()["code"]) == (503, "store")
    assert "/srv/x" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/datasets/", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("PATCH", "/datasets", 405, "method"),
        ("GET", "/train", 405, "method"),
        ("GET", "/datasets/nobody", 404, "not_found"),
        ("GET", "/models/nobody", 404, "not_found"),
        ("GET", "/runs/nobody", 404, "not_found"),
        ("DELETE", "/tokens/nobody", 404, "not_found"),
        ("GET", "/models/" + "x" * 65, 422, "validation"),
        ("GET", "/models/..%2F..%2Fsecrets", 404, "not_found"),
        ("GET", "/models/%00", 404, "not_found"),
        ("GET", "/datasets/%F0%28%8C%28", 404, "not_found"),
    ],
)
def test_what_is_not_there_is_a_problem(ask, method, path, status, code):
    answer = ask(method, path)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"dataset": "employee"}, "body.rows"),
        ({"dataset": "employee", "rows": "many"}, "body.rows"),
        ({"dataset": "employee", "rows": 1000, "colour": 1}, "body.colour"),
        ({"dataset": "employee", "rows": 1000, "format": "pdf"}, "body.format"),
        (
            {"dataset": "employee", "rows": 1000, "shares": {"gender": {"Female": 1.5}}},
            "body.shares.gender.Female",
        ),
        ({"dataset": "employee", "rows": 1000, "recipe": {"epochs": 0}}, "body.recipe.epochs"),
        ({"dataset": "employee", "rows": 1000, "as_of": "tomorrow"}, "body.as_of"),
        ({"dataset": "employee", "rows": 1000, "seed": 2**70}, "body.seed"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(ask, script, body, location):
    problem = ask("POST", "/generate", json=body).json()
    assert (problem["status"], problem["code"]) == (422, "validation")
    assert location in [error["location"] for error in problem["errors"]]
    assert script.orders == []


def test_what_was_sent_is_not_repeated(ask):
    secret = secrets.token_hex(8)
    answer = ask("POST", "/generate", json={"dataset": {"password": secret}, "rows": secret})
    assert answer.status_code == 422
    assert secret not in answer.text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"dataset": "\\ud800", "rows": 1000}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"dataset=employee&rows=1000", "application/x-www-form-urlencoded"),
        (b'{"dataset": "employee", "rows": 1000}', "text/plain"),
    ],
)
def test_a_body_that_is_no_json_is_a_problem(ask, script, content, kind):
    answer = ask("POST", "/generate", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert script.orders == []


def test_rows_out_of_the_configured_range_are_refused_as_everywhere(ask, script):
    problem = ask("POST", "/generate", json={"dataset": "employee", "rows": 12}).json()
    assert (problem["status"], problem["code"]) == (422, "data")
    assert "1,000 to 10,000" in problem["detail"]
    assert script.orders == []


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/openapi.json", {}),
        ("GET", "/datasets", {}),
        ("GET", "/nothing", {}),
        ("POST", "/generate", {"json": {"dataset": "employee", "rows": 1000}}),
        ("POST", "/generate", {"json": {}}),
    ],
)
def test_every_answer_carries_the_security_headers(ask, method, path, options):
    headers = ask(method, path, **options).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_an_unexpected_error_carries_them_too(ask, script):
    script.failure = RuntimeError("boom")
    answer = ask("POST", "/generate", json={"dataset": "employee", "rows": 1000})
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"

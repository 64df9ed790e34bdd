"""Runs: started, followed, cancelled, and seen by nobody else."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.errors import DataError, StoreError
from tests.api.fast_workbench import MODEL

ORDER = {"dataset": "employee", "recipe": {"epochs": 7, "synthesizer": "autoregressive"}}


def test_a_training_ends_in_a_model(ask, script, follow):
    answer = ask("POST", "/train", AccountRole.ANALYST, json=ORDER)
    started = answer.json()
    assert (answer.status_code, started["kind"], started["dataset"]) == (202, "train", "employee")
    assert answer.headers["location"] == started["links"]["self"] == f"/api/v1/runs/{started['id']}"
    done = follow(started["links"]["self"])
    assert (done["status"], done["share"], done["error"]) == ("done", 1.0, None)
    assert done["result"]["model"] == MODEL
    assert done["links"]["result"] == f"/api/v1/models/{MODEL}"
    assert done["created_at"] <= done["started_at"] <= done["ended_at"]
    ((dataset, recipe),) = script.orders
    assert (dataset, recipe.epochs, recipe.synthesizer) == ("employee", 7, "autoregressive")


def test_a_run_shows_how_far_it_is(ask, script):
    script.may_end.clear()
    run = ask("POST", "/train", json=ORDER).json()
    assert script.has_begun.wait(300)
    run = ask("GET", f"/runs/{run['id']}").json()
    assert run["status"] == "running"
    assert run["progress"] == {
        "stage": "train", "epoch": 35, "epochs": 70, "losses": {"loss": None}, "quality": 0.9,
    }  # fmt: skip
    # The other half of the epochs takes a second too, and what follows them a tenth of all before it.
    elapsed_s = run["share"] * run["remaining_s"] / (1 - run["share"])
    assert run["remaining_s"] == pytest.approx(1.0 + 0.1 * (1.0 + elapsed_s))


def test_a_running_run_is_cancelled_at_its_next_report(ask, script, follow):
    script.may_end.clear()
    run = ask("POST", "/train", json=ORDER).json()
    assert script.has_begun.wait(300)
    assert ask("POST", f"/runs/{run['id']}/cancel").status_code == 200
    script.may_end.set()
    assert follow(run["links"]["self"])["status"] == "cancelled"


def test_a_waiting_run_is_cancelled_at_once_and_cancelling_again_is_harmless(ask, script):
    script.may_end.clear()
    ask("POST", "/train", json=ORDER)
    assert script.has_begun.wait(300)
    waiting = ask("POST", "/train", json=ORDER).json()
    assert waiting["status"] == "queued"
    for _ in range(2):
        assert ask("POST", f"/runs/{waiting['id']}/cancel").json()["status"] == "cancelled"
    assert len(script.orders) == 1


def test_only_so_many_runs_wait(ask, script):
    script.may_end.clear()
    ask("POST", "/train", json=ORDER)
    assert script.has_begun.wait(300)
    assert [ask("POST", "/train", json=ORDER).status_code for _ in range(3)] == [202, 202, 409]


def test_runs_are_seen_by_their_owner_and_by_administrators(ask, services, accounts, script, api):
    mine = ask("POST", "/train", AccountRole.ANALYST, json=ORDER).json()
    theirs = ask("POST", "/train", AccountRole.ADMIN, json=ORDER).json()

    def list_ids(role):
        return {run["id"] for run in ask("GET", "/runs", role).json()["runs"]}

    assert list_ids(AccountRole.ADMIN) == {mine["id"], theirs["id"]}
    assert list_ids(AccountRole.ANALYST) == {mine["id"]}
    assert list_ids(AccountRole.VIEWER) == set()
    # Not even their existence is told.
    hidden, missing = (ask("GET", f"/runs/{one}", AccountRole.ANALYST) for one in (theirs["id"], "0" * 16))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert ask("POST", f"/runs/{theirs['id']}/cancel", AccountRole.ANALYST).status_code == 404
    assert ask("POST", f"/runs/{mine['id']}/cancel", AccountRole.ADMIN).status_code == 200


def test_runs_are_listed_by_status(ask, follow):
    run = ask("POST", "/train", json=ORDER).json()
    follow(run["links"]["self"])
    assert [one["id"] for one in ask("GET", "/runs?status=done").json()["runs"]] == [run["id"]]
    assert ask("GET", "/runs?status=failed").json()["runs"] == []
    assert ask("GET", "/runs?status=lost").status_code == 422


def test_a_failed_run_says_why(ask, script, follow):
    script.failure = DataError("Column is odd.", "mend it.")
    run = ask("POST", "/train", json=ORDER).json()
    done = follow(run["links"]["self"])
    assert done["status"] == "failed"
    assert done["error"] == {"code": "data", "message": "Column is odd.", "hint": "mend it."}


@pytest.mark.parametrize(("kind", "code"), [(StoreError, "store"), (RuntimeError, "workbench_error")])
def test_a_run_that_fails_on_our_side_gives_a_reference(ask, script, follow, caplog, kind, code):
    script.failure = kind("/srv/secret is full")
    run = ask("POST", "/train", json=ORDER).json()
    error = follow(run["links"]["self"])["error"]
    assert error["code"] == code
    assert "/srv/secret" not in str(error)
    assert "/srv/secret is full" in caplog.text


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"dataset": "nobody"}, 404, "not_found"),
        ({"dataset": "employee", "recipe": {"synthesizer": "magic"}}, 422, "data"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_once(ask, order, status, code):
    answer = ask("POST", "/train", json=order)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ask("GET", "/runs").json()["runs"] == []


def test_a_run_is_named_and_listed_by_its_tag(ask, follow):
    run = ask("POST", "/train", AccountRole.ANALYST, json=ORDER).json()
    follow(run["links"]["self"])
    assert (run["title"], run["tags"]) == (None, [])
    labels = {"title": "for the audit", "tags": ["Best", "q1"]}
    named = ask("PATCH", f"/runs/{run['id']}", AccountRole.ANALYST, json=labels).json()
    assert (named["title"], named["tags"]) == ("for the audit", ["best", "q1"])
    assert ask("PATCH", f"/runs/{run['id']}", json={"tags": []}).json()["title"] == "for the audit"
    assert ask("GET", "/runs?tag=q1").json()["runs"] == []
    ask("PATCH", f"/runs/{run['id']}", json=labels)
    assert [one["id"] for one in ask("GET", "/runs?tag=q1").json()["runs"]] == [run["id"]]
    refused = ask("PATCH", f"/runs/{run['id']}", json={"tags": ["two words"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "data")
    assert ask("PATCH", f"/runs/{run['id']}", AccountRole.VIEWER, json=labels).status_code == 403

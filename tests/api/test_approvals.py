"""Approvals over the API: required, asked for, released by another person, and what waits for them."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.errors import ApprovalRequired
from tests.api.fast_workbench import FastExports

TABLE = {"dataset": "employee", "rows": 1_000}
COMMENT = {"comment": "For the call centre."}
ANALYST, VIEWER, ADMIN = AccountRole.ANALYST, AccountRole.VIEWER, AccountRole.ADMIN


@pytest.fixture
def run(ask):
    """A table of the analyst's whose dataset requires approval."""
    assert ask("PUT", "/datasets/employee/approval", ANALYST).json() == {"requires_approval": True}
    assert ask("POST", "/generate", ANALYST, json=TABLE).status_code == 200
    return ask("GET", "/runs", ANALYST).json()["runs"][0]["id"]


@pytest.fixture(autouse=True)
def evidence(monkeypatch):
    """What the script makes has no evidence to keep with the run."""
    monkeypatch.setattr("pipeline.workbench.performing.describe_generation", describe)


def describe(generation):
    from pipeline.runs.outcomes import Outcome
    from pipeline.runs.records import GenerateSummary

    return Outcome(model="m1", result=GenerateSummary(model="m1", table_sha256="ab" * 32))


def test_a_table_is_asked_for_and_released_by_another_person(ask, accounts, run):
    accounts.set_reviewer("viewer-user", True)
    assert ask("GET", f"/runs/{run}", VIEWER).status_code == 404
    asked = ask("POST", f"/runs/{run}/approval", ANALYST, json=COMMENT).json()
    assert (asked["is_required"], asked["state"]) == (True, "asked")
    (waiting,) = ask("GET", "/approvals", VIEWER).json()["waiting"]
    assert (waiting["run"], waiting["asked_by"], waiting["question"]) == (
        run, "analyst-user", "For the call centre.",
    )  # fmt: skip
    assert ask("GET", f"/runs/{run}", VIEWER).json()["is_shared"] is True
    released = ask("POST", f"/runs/{run}/approval/release", VIEWER, json={"comment": "Checked."}).json()
    (entry,) = released["history"]
    assert (entry["state"], entry["decided_by"], entry["answer"]) == ("released", "viewer-user", "Checked.")
    assert ask("GET", f"/runs/{run}/approval", ANALYST).json() == released
    assert ask("GET", "/approvals", VIEWER).json() == {"waiting": []}


def test_who_asked_does_not_release_and_a_stranger_sees_nothing(ask, run):
    ask("POST", f"/runs/{run}/approval", ANALYST, json=COMMENT)
    own = ask("POST", f"/runs/{run}/approval/release", ANALYST, json=COMMENT)
    assert (own.status_code, own.json()["code"]) == (403, "access")
    assert ask("POST", f"/runs/{run}/approval/release", VIEWER, json=COMMENT).status_code == 404
    again = ask("POST", f"/runs/{run}/approval", ANALYST, json=COMMENT)
    assert (again.status_code, again.json()["code"]) == (422, "data")
    rejected = ask("POST", f"/runs/{run}/approval/reject", ADMIN, json={"comment": "Too few."}).json()
    assert rejected["state"] == "rejected"


def test_a_table_that_waits_is_not_sent(ask, run, monkeypatch):
    def refuse(*_):
        raise ApprovalRequired('The dataset "employee" requires approval.', "ask for it on run 4711.")

    monkeypatch.setattr(FastExports, "export", refuse)
    answer = ask("POST", "/generate", ANALYST, json=TABLE)
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_required")
    assert answer.json()["hint"] == "ask for it on run 4711."


def test_a_requirement_is_lifted_by_administrators_alone(ask, run):
    assert ask("DELETE", "/datasets/employee/approval", ANALYST).status_code == 403
    assert ask("GET", "/datasets/employee/approval", VIEWER).json() == {"requires_approval": True}
    assert ask("DELETE", "/datasets/employee/approval", ADMIN).json() == {"requires_approval": False}
    assert ask("PUT", "/datasets/nobody/approval", ANALYST).status_code == 404

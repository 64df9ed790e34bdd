"""`approval`, `runs ask`, `release`, `reject` and `waiting`, and `user set-reviewer`."""

from __future__ import annotations

import json
from datetime import date

import pytest

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.cli import run
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.records import GenerateSummary, write_result
from pipeline.runs.states import RunEvent
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.databases import give_database
from tests.passwords import make_password


@pytest.fixture
def workbench(tmp_path, monkeypatch):
    """That of the state folder which commands use."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    give_database(tmp_path)
    return Workbench(Settings(home=tmp_path))


@pytest.fixture
def table(workbench):
    """A finished table of the account ada."""
    ada = workbench.act_as(Actor("ada", AccountRole.ANALYST, "web"))
    made = ada.runs.submit(GenerateOrder("employee", 1_000, as_of=date(2026, 1, 31)))
    claims = RunClaims(workbench.context.stores.database)
    claims.take_tickets("t", made.lane, LaneLimits(9, 9), made.created_at)
    attempt = claims.claim(made.id, "t", attempts=9).attempt
    result = write_result(GenerateSummary(model="m1", table_sha256="ab" * 32))
    claims.end(made.id, attempt, RunEvent.FINISH, model="m1", result=result)
    return made.id


def call(capsys, *arguments):
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_dataset_requires_approval_and_no_longer(workbench, capsys):
    assert call(capsys, "approval", "pci") == {"dataset": "pci", "requires_approval": False}
    assert call(capsys, "approval", "pci", "--require")["requires_approval"] is True
    assert run(["approval", "pci", "--lift"]) == 0
    assert capsys.readouterr().out == "dataset: pci\nrequires_approval: False\n"


def test_a_table_that_an_account_asked_for_is_listed_released_and_shown(workbench, table, capsys):
    call(capsys, "approval", "employee", "--require")
    ada = workbench.act_as(Actor("ada", AccountRole.ANALYST, "web"))
    ada.approvals.ask(table, "For the call centre.")
    (waiting,) = call(capsys, "runs", "waiting")["waiting"]
    assert (waiting["run"], waiting["asked_by"], waiting["state"]) == (table, "ada", "asked")
    assert run(["runs", "waiting"]) == 0
    assert "For the call centre." in capsys.readouterr().out
    assert call(capsys, "runs", "reject", table, "--comment", "Too few rows.")["state"] == "rejected"
    ada.approvals.ask(table, "More rows now.")
    assert call(capsys, "runs", "release", table, "--comment", "Checked.")["state"] == "released"
    assert run(["runs", "show", table]) == 0
    assert "approval: Asked for by ada on" in capsys.readouterr().out
    assert len(call(capsys, "runs", "show", table)["approval"]["history"]) == 2


def test_the_user_of_the_machine_who_asked_does_not_release(workbench, table, capsys):
    call(capsys, "approval", "employee", "--require")
    call(capsys, "runs", "ask", table, "--comment", "Please.")
    assert run(["runs", "release", table, "--comment", "Fine."]) == 2
    assert "asked for this approval or owns" in capsys.readouterr().err


def test_an_account_is_named_reviewer_and_no_longer(workbench, capsys):
    Accounts(workbench.context.stores.database, hash_rounds=4).create(
        "ana", make_password(), AccountRole.VIEWER
    )
    assert call(capsys, "user", "set-reviewer", "ana")["is_reviewer"] is True
    assert run(["user", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["ana", "viewer", "active", "yes"]
    assert call(capsys, "user", "set-reviewer", "ana", "--off")["is_reviewer"] is False
    events = [(entry.event.value, dict(entry.details)) for entry in workbench.account.audit.list()]
    assert events == [
        ("account_changed", {"state": "no reviewer"}),
        ("account_changed", {"state": "reviewer"}),
    ]

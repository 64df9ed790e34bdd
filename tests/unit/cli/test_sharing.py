"""`runs share` and `runs withdraw`: options, output, and what they refuse."""

from __future__ import annotations

import json

import pytest

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.cli import run
from pipeline.runs.orders import TrainOrder
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.databases import give_database
from tests.passwords import make_password


@pytest.fixture
def training(tmp_path, monkeypatch):
    """A run that waits, in the state folder that commands use, beside the account ana."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    give_database(tmp_path)
    workbench = Workbench(Settings(home=tmp_path))
    Accounts(workbench.context.stores.database, hash_rounds=4).create(
        "ana", make_password(), AccountRole.VIEWER
    )
    return workbench.runs.submit(TrainOrder("employee"))


def test_a_run_is_shared_shown_and_withdrawn(training, capsys):
    assert run(["runs", "share", training.id, "--with", "ana", "--role", "analyst", "--json"]) == 0
    shared = json.loads(capsys.readouterr().out)["shared_with"]
    assert [(one.get("account"), one.get("role"), one["given_by"]) for one in shared] == [
        ("ana", None, training.owner),
        (None, "analyst", training.owner),
    ]
    assert run(["runs", "withdraw", training.id, "--with", "ana"]) == 0
    assert capsys.readouterr().out == (
        f"run: {training.id}\nshared_with: everybody with the role analyst or above\n"
    )
    assert run(["runs", "show", training.id]) == 0
    assert "shared_with: everybody with the role analyst or above" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Nobody is named"),
        (["--with", "nobody"], 'There is no account "nobody"'),
        (["--role", "king"], 'There is no role "king"'),
    ],
)
def test_a_grantee_that_there_is_not_is_bad_input(training, capsys, options, message):
    assert run(["runs", "share", training.id, *options]) == 2
    assert message in capsys.readouterr().err

"""A run as a worker does it: in whose name, and what becomes of what goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.errors import ClusterLost, DataError, JobCancelled, StoreError
from pipeline.generation.orders import BulkOrder
from pipeline.progress import Progress, Signal, Stage
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunLane, RunStatus
from pipeline.settings import Settings
from pipeline.workbench.bulk import BulkService
from pipeline.workbench.models import ModelService
from pipeline.workbench.workbench import Workbench
from pipeline.workers.performer import perform_with
from tests.passwords import make_password

DATABASES = ("sqlite",)
NINE = LaneLimits(9, 9)


@pytest.fixture
def accounts(database):
    accounts = Accounts(database, hash_rounds=4)
    accounts.create("ada", make_password(), AccountRole.ANALYST)
    accounts.create("boss", make_password(), AccountRole.ADMIN)
    return accounts


@pytest.fixture
def workbench(tmp_path, database, accounts):
    return Workbench(Settings(home=tmp_path), database=database)


@pytest.fixture
def recipe(workbench):
    return workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)


def submit(workbench, recipe, name="ada"):
    actor = Actor(name, AccountRole.ANALYST, "web")
    return workbench.act_as(actor).runs.submit(TrainOrder("employee", recipe))


def do(workbench, database, run):
    RunClaims(database).take_tickets("t1", RunLane.LONG, NINE, run.created_at)
    outcome = perform_with(workbench, database, run.id, "t1")
    return outcome, workbench.runs.get(run.id)


def fail_with(error):
    def train(self, *_):
        raise error

    return train


def test_a_worker_acts_for_the_owner_with_the_role_of_today(workbench, database, accounts, recipe):
    run = submit(workbench, recipe)
    accounts.set_role("ada", AccountRole.VIEWER)
    outcome, failed = do(workbench, database, run)
    assert (outcome, failed.status, failed.error.code) == ("fail", RunStatus.FAILED, "access")
    assert failed.error.message == "ada is a viewer; this needs the role analyst."
    assert workbench.account.audit.list()[0].actor == "ada"


def test_runs_of_a_disabled_or_unknown_account_are_not_done(workbench, database, accounts, recipe):
    mine, theirs = submit(workbench, recipe), submit(workbench, recipe, name="nobody")
    accounts.disable("ada")
    assert do(workbench, database, mine)[1].error.message == 'The account "ada" is disabled.'
    assert do(workbench, database, theirs)[1].error.message == 'The account "nobody" no longer exists.'


def test_a_ticket_that_is_void_does_nothing(workbench, database, recipe):
    run = submit(workbench, recipe)
    assert perform_with(workbench, database, run.id, "void") == "skipped"
    assert workbench.runs.get(run.id).status is RunStatus.QUEUED


def test_what_the_owner_can_mend_is_told_in_full(workbench, database, recipe, monkeypatch):
    monkeypatch.setattr(ModelService, "train", fail_with(DataError("Column is odd.", "mend it.")))
    error = do(workbench, database, submit(workbench, recipe))[1].error
    assert (error.message, error.hint, error.code) == ("Column is odd.", "mend it.", "data")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("/srv/secret broke"), "The run failed because of an internal error."),
        (MemoryError("/srv/secret"), "The worker ran out of memory."),
    ],
)
def test_what_only_the_operator_can_mend_is_told_by_reference(
    workbench, database, recipe, monkeypatch, caplog, error, message
):
    monkeypatch.setattr(ModelService, "train", fail_with(error))
    told = do(workbench, database, submit(workbench, recipe))[1].error
    assert told.message == message
    assert "/srv/secret" not in f"{told.message}{told.hint}"
    reference = told.hint.partition("reference ")[2].split()[0]
    assert reference in caplog.text
    assert "/srv/secret" in caplog.text


def test_a_database_that_was_away_is_left_to_the_next_attempt(workbench, database, recipe, monkeypatch):
    from sqlalchemy.exc import OperationalError

    error = StoreError("The database failed: database is locked.")
    error.__cause__ = OperationalError("select", {}, Exception("database is locked"))
    monkeypatch.setattr(ModelService, "train", fail_with(error))
    with pytest.raises(StoreError, match="database is locked"):
        do(workbench, database, submit(workbench, recipe))
    (run,) = workbench.runs.list()
    assert run.status is RunStatus.RUNNING
    assert RunClaims(database).requeue_lost(run.id, "t1", 3, "away.") is RunStatus.QUEUED


def test_a_run_whose_workers_are_lost_goes_back_to_the_queue_until_its_tries_are_used_up(
    workbench, database, recipe, monkeypatch
):
    def lose(*_):
        raise ClusterLost("The cluster was lost.", "try again.")

    monkeypatch.setattr(BulkService, "make", lose)
    actor = Actor("ada", AccountRole.ANALYST, "web")
    run = workbench.act_as(actor).runs.submit(BulkOrder("employee", 20_000, recipe=recipe))
    claims = RunClaims(database)
    for expected in (RunStatus.QUEUED, RunStatus.FAILED):
        with pytest.raises(ClusterLost, match="was lost"):
            do(workbench, database, run)
        assert workbench.runs.get(run.id).status is RunStatus.RUNNING
        assert claims.requeue_lost(run.id, "t1", 2, "its workers died.") is expected


@pytest.mark.parametrize(
    ("fall", "message"),
    [
        (lambda accounts: accounts.set_role("ada", AccountRole.VIEWER), "may no longer have runs done"),
        (lambda accounts: accounts.disable("ada"), 'The account "ada" is disabled.'),
    ],
)
def test_a_run_ends_when_the_role_of_its_owner_falls(
    workbench, database, accounts, recipe, monkeypatch, fall, message
):
    run = submit(workbench, replace(recipe, epochs=9))
    epochs = []

    def train(self, dataset, recipe, on_progress):
        for epoch in range(1, 10):
            epochs.append(epoch)
            if epoch == 3:
                fall(accounts)
            if on_progress(Progress(Stage.TRAIN, epoch, 9, 0.1, {})) is Signal.STOP:
                raise JobCancelled("Stopped.", "")

    monkeypatch.setattr(ModelService, "train", train)
    outcome, ended = do(workbench, database, run)
    assert (outcome, ended.status, ended.error.code, epochs) == (
        "fail",
        RunStatus.FAILED,
        "access",
        [1, 2, 3],
    )
    assert message in ended.error.message


def test_a_run_that_its_owner_cancels_is_cancelled(workbench, database, recipe, monkeypatch):
    run = submit(workbench, recipe)

    def train(self, dataset, recipe, on_progress):
        workbench.runs.cancel(run.id)
        assert on_progress(Progress(Stage.TRAIN, 1, 9, 0.1, {})) is Signal.STOP
        raise JobCancelled("Stopped.", "")

    monkeypatch.setattr(ModelService, "train", train)
    outcome, ended = do(workbench, database, run)
    assert (outcome, ended.status, ended.error) == ("cancel", RunStatus.CANCELLED, None)

"""One run, done on a worker in the name of its owner; the worker needs its environment and nothing else."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from pipeline.access.accounts import LOCAL, AccountRole, Accounts, Actor
from pipeline.errors import AccessError, ClusterLost, JobCancelled, NotFoundError, StoreError, Superseded
from pipeline.runs.claims import RunClaims
from pipeline.runs.outcomes import Outcome, describe_cancelled, log_failure
from pipeline.runs.past import expect_table_s
from pipeline.runs.recorder import RunRecorder
from pipeline.runs.states import RunEvent
from pipeline.runs.store import RunStore
from pipeline.settings import load_settings
from pipeline.store.database import Database, is_passing, open_database

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_LOG = logging.getLogger(__name__)


def perform(run_id: str, ticket: str) -> str:
    """Do the run that this ticket was put on, if it still is, and say what became of it."""
    return perform_with(*_open(), run_id, ticket)


def perform_with(workbench: Workbench, database: Database, run_id: str, ticket: str) -> str:
    """The same with a workbench that is open already."""
    claims = RunClaims(database)
    limits = workbench.settings.runs
    run = claims.claim(run_id, ticket, limits.attempts)
    if run is None:
        return "skipped"
    table_s = expect_table_s(RunStore(database), run)
    with RunRecorder(claims, run, limits.heartbeat_s, table_s) as recorder:
        return _attempt(workbench, database, run, recorder)


def _attempt(workbench: Workbench, database: Database, run: Run, recorder: RunRecorder) -> str:
    try:
        acting = workbench.act_as(find_actor(Accounts(database), run))
        acting.datasets.fetch(run.dataset)
        outcome = acting.runs.perform_claimed(run, recorder)
        if outcome.event is RunEvent.CANCEL:
            require_runner(Accounts(database), run)
    except Superseded:
        return "superseded"
    except JobCancelled as stopped:
        return _cancel(database, run, recorder, describe_cancelled(stopped))
    except ClusterLost:
        # Parts that are complete stay, and the next attempt finds them; the dispatcher counts the tries.
        raise
    except StoreError as error:
        if not is_passing(error):
            return _fail(recorder, error)
        # The database was away for long, but what was made is stored: the next attempt finds it.
        raise
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a run must end in its row
        return _fail(recorder, error)
    recorder.end(outcome.event, **outcome.columns)
    return outcome.event.value


def _cancel(database: Database, run: Run, recorder: RunRecorder, outcome: Outcome) -> str:
    """End a run that was asked to: by a user, or because its owner may no longer have it done."""
    try:
        require_runner(Accounts(database), run)
    except AccessError as error:
        return _fail(recorder, error)
    recorder.end(outcome.event, **outcome.columns)
    return outcome.event.value


def _fail(recorder: RunRecorder, error: Exception) -> str:
    recorder.end(RunEvent.FAIL, error=log_failure(error))
    return RunEvent.FAIL.value


def find_actor(accounts: Accounts, run: Run) -> Actor:
    """The owner of a run with the account's current role; AccessError for a deleted or disabled account."""
    if run.source == LOCAL:
        return Actor(run.owner, AccountRole.ADMIN, LOCAL)
    try:
        account = accounts.get(run.owner)
    except NotFoundError as error:
        raise AccessError(
            f'The account "{run.owner}" no longer exists.', "order the run with another account."
        ) from error
    if not account.is_active:
        raise AccessError(f'The account "{run.owner}" is disabled.', "ask an administrator to enable it.")
    return Actor(account.name, account.role, run.source)


def require_runner(accounts: Accounts, run: Run) -> None:
    """Raise AccessError unless the owner of a run may still have it done."""
    actor = find_actor(accounts, run)
    if not actor.role.includes(AccountRole.ANALYST):
        raise AccessError(
            f'The account "{run.owner}" may no longer have runs done: it is {actor.role} now.',
            "ask an administrator of the workbench for the role analyst.",
        )


@cache
def _open() -> tuple[Workbench, Database]:
    """The workbench of this worker: models that it has loaded serve the next run too."""
    from pipeline.workbench.workbench import Workbench

    settings = load_settings()
    database = open_database(settings)
    return Workbench(settings, database=database), database

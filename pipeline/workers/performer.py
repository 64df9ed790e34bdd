"""One run, done on a worker in the name of its owner; the worker needs its environment and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.errors import AccessError, ClusterLost, JobCancelled, NotFoundError, StoreError, Superseded
from pipeline.generation.bulk.cluster import find_own_client
from pipeline.generation.bulk.engine import report_rows
from pipeline.runs.claims import RunClaims
from pipeline.runs.failures import describe_failure
from pipeline.runs.orders import RunOrder
from pipeline.runs.outcomes import (
    CANCELLED,
    Outcome,
    describe_bulk,
    describe_evaluation,
    describe_generation,
    describe_training,
)
from pipeline.runs.recorder import RunRecorder
from pipeline.runs.states import LOCAL, RunEvent, RunKind
from pipeline.settings import load_settings
from pipeline.store.database import Database, is_passing, open_database
from pipeline.synthesizers.protocol import Progress, Stage

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.synthesizers.protocol import OnProgress
    from pipeline.workbench.workbench import Workbench

_LOG = logging.getLogger(__name__)


def perform(run_id: str, ticket: str) -> str:
    """Do the run that this ticket was put on, if it still is, and say what became of it."""
    return perform_with(*_open(), run_id, ticket)


def perform_with(workbench: Workbench, database: Database, run_id: str, ticket: str) -> str:
    """The same with a workbench that is at hand."""
    claims = RunClaims(database)
    limits = workbench.settings.runs
    run = claims.claim(run_id, ticket, limits.attempts)
    if run is None:
        return "skipped"
    with RunRecorder(claims, run, limits.heartbeat_s) as recorder:
        return _attempt(workbench, database, run, recorder)


def _attempt(workbench: Workbench, database: Database, run: Run, recorder: RunRecorder) -> str:
    try:
        acting = workbench.act_as(find_actor(Accounts(database), run))
        acting.fetch_dataset(run.dataset)
        outcome = _PERFORMERS[run.kind](acting, RunOrder.from_plain(run.order), recorder)
    except Superseded:
        return "superseded"
    except JobCancelled:
        outcome = CANCELLED
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


def _fail(recorder: RunRecorder, error: Exception) -> str:
    recorder.end(RunEvent.FAIL, error=describe_failure(error))
    return RunEvent.FAIL.value


def find_actor(accounts: Accounts, run: Run) -> Actor:
    """The owner of a run with the role of today; AccessError where the account is gone or disabled."""
    if run.source == LOCAL:
        return Actor(run.owner, AccountRole.ADMIN, LOCAL)
    try:
        account = accounts.get(run.owner)
    except NotFoundError as error:
        raise AccessError(
            f'The account "{run.owner}" is gone.', "order the run with another account."
        ) from error
    if not account.is_active:
        raise AccessError(f'The account "{run.owner}" is disabled.', "ask an administrator to enable it.")
    return Actor(account.name, account.role, run.source)


def _train(workbench: Workbench, order: RunOrder, on_progress: OnProgress) -> Outcome:
    return describe_training(workbench.train(order.dataset, order.recipe, on_progress))


def _generate(workbench: Workbench, order: RunOrder, on_progress: OnProgress) -> Outcome:
    return describe_generation(workbench.generate(order.as_request(), on_progress))


def _evaluate(workbench: Workbench, order: RunOrder, on_progress: OnProgress) -> Outcome:
    on_progress(Progress(Stage.EVALUATE, 0, 0, 0.0))
    holdout = Path(order.holdout) if order.holdout else None
    file = Path(order.file or "")
    measured = workbench.evaluate(order.dataset, file, order.as_of, holdout, order.target)
    return describe_evaluation(measured)


def _bulk(workbench: Workbench, order: RunOrder, on_progress: OnProgress) -> Outcome:
    """On a cluster every long worker makes parts."""
    done = workbench.bulk(order.as_bulk(), report_rows(on_progress), find_own_client(), on_progress)
    return describe_bulk(done)


_Performer = Callable[["Workbench", RunOrder, "OnProgress"], Outcome]
_PERFORMERS: Mapping[RunKind, _Performer] = MappingProxyType(
    {
        RunKind.TRAIN: _train,
        RunKind.GENERATE: _generate,
        RunKind.EVALUATE: _evaluate,
        RunKind.BULK: _bulk,
    }
)


@cache
def _open() -> tuple[Workbench, Database]:
    """The workbench of this worker: models that it has loaded serve the next run too."""
    from pipeline.workbench.workbench import Workbench

    settings = load_settings()
    database = open_database(settings)
    return Workbench(settings, database=database), database

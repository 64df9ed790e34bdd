"""Titles and tags of runs, and of the models that these trained."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from pipeline.access.accounts import AccountRole, Actor
from pipeline.errors import DataError, NotFoundError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.labels import Labels
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunEvent
from pipeline.workbench.workbench import Workbench

TRAIN = TrainOrder("employee")


@pytest.fixture
def workbench(settings, database):
    return Workbench(settings, Actor("boss", AccountRole.ADMIN, "web"), database)


def act(workbench, name):
    return workbench.act_as(Actor(name, AccountRole.ANALYST, "web"))


def finish(workbench, run, model="m1"):
    claims = RunClaims(workbench.context.stores.database)
    claims.take_tickets("t", run.lane, LaneLimits(9, 9), run.created_at)
    claims.end(run.id, claims.claim(run.id, "t", attempts=9).attempt, RunEvent.FINISH, model=model)
    return run


def store(workbench, *ids):
    """A workbench whose stored models have these ids."""
    models = tuple(
        SimpleNamespace(info=SimpleNamespace(id=one, created_at=f"2026-03-0{number}", quality=0.9))
        for number, one in enumerate(ids, start=1)
    )
    workbench.models = SimpleNamespace(list=lambda: models, list_related=lambda: ())
    return workbench


def test_a_run_is_named_and_found_by_its_tags(workbench):
    ada = act(workbench, "ada")
    run, other = ada.runs.submit(TRAIN), ada.runs.submit(TRAIN)
    named = ada.labels.label(run.id, "  For the   audit ", ["Q1_2026", "best", "best"])
    assert (named.title, named.tags) == ("For the audit", ("best", "q1_2026"))
    assert ada.labels.label(run.id, tags=["best"]).title == "For the audit"
    ada.labels.label(other.id, tags=["bestxq1"])
    assert [one.id for one in ada.runs.list(tag="Best")] == [run.id]
    assert ada.runs.list(tag="b%t") == ()
    assert ada.labels.list_tags() == ("best", "bestxq1")
    assert ada.labels.label(run.id, "", []).title is None
    assert ada.runs.list(tag="best") == ()


def test_names_are_given_by_the_owner_or_an_administrator_and_recorded(workbench):
    run = act(workbench, "ada").runs.submit(TRAIN)
    with pytest.raises(NotFoundError, match="There is no run"):
        act(workbench, "bo").labels.label(run.id, "mine")
    assert workbench.labels.label(run.id, "ours").title == "ours"
    entry = workbench.account.audit.list(limit=1)[0]
    assert (entry.actor, entry.event.value, entry.subject) == ("boss", "run_labelled", run.id)
    assert dict(entry.details) == {"dataset": "employee", "kind": "train"}


@pytest.mark.parametrize(
    ("title", "tags", "said"),
    [
        ("x" * 81, [], "81 characters"),
        ("bell \x07", [], "cannot be printed"),
        ("", ["two words"], '"two words" is not a valid tag'),
        ("", [str(number) for number in range(11)], "11 tags"),
    ],
)
def test_what_is_no_name_is_refused(workbench, title, tags, said):
    run = workbench.runs.submit(TRAIN)
    with pytest.raises(DataError, match=said):
        workbench.labels.label(run.id, title, tags)


def test_a_model_has_the_name_of_the_run_that_trained_it(workbench):
    ada, bo = act(workbench, "ada"), act(workbench, "bo")
    finish(workbench, ada.runs.submit(GenerateOrder("employee", 1_000)))
    first = finish(workbench, ada.runs.submit(TRAIN))
    again = finish(workbench, bo.runs.submit(TRAIN))
    (model,) = store(ada, "m1").labels.list_models()
    assert (model.owner, model.run.id, model.labels, model.quality) == ("ada", first.id, Labels(), 0.9)
    assert ada.labels.label_model("m1", "for the audit", ["best"]).id == first.id
    (seen,) = store(bo, "m1").labels.list_models()
    assert (seen.owner, seen.run, seen.labels) == ("ada", None, Labels("for the audit", ("best",)))
    with pytest.raises(NotFoundError, match="No training of yours"):
        bo.labels.label_model("m1", "mine")
    bo.labels.label(again.id, "mine")
    assert store(bo, "m1").labels.list_models()[0].labels.title == "for the audit"


def test_models_are_named_in_as_many_look_ups_however_many_there_are(workbench):
    ada, bo = act(workbench, "ada"), act(workbench, "bo")
    looked: list[str] = []
    database = workbench.context.stores.database

    def count(actor, *ids):
        for model in ids:
            finish(workbench, ada.runs.submit(TRAIN), model)
        store(actor, *ids)
        looked.clear()
        named = actor.labels.list_models()
        assert {one.owner for one in named} == {"ada"}
        return len(looked)

    with counted(database, looked):
        assert count(ada, "m1") == count(ada, *(f"m{number}" for number in range(2, 9)))
        assert count(bo, "m1") == count(bo, *(f"m{number}" for number in range(2, 9)))


@contextmanager
def counted(database, statements):
    """Every statement that a database is sent inside the block."""
    engine = database._engine

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


def test_a_model_whose_runs_were_deleted_has_no_owner(workbench):
    newest, oldest = store(workbench, "m1", "m2").labels.list_models()
    assert (newest.summary.info.id, newest.owner, oldest.summary.info.id) == ("m2", None, "m1")
    with pytest.raises(NotFoundError, match='made the model "m2"'):
        workbench.labels.label_model("m2", "mine")

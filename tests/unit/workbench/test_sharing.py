"""Sharing runs: who may, with whom, what a grantee may do then, and what the audit log keeps."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.errors import AccessError, DataError, NotFoundError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.shares import Grantee, GranteeKind
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.databases import give_database
from tests.passwords import make_password

TRAIN = TrainOrder("employee")
BO = Grantee(GranteeKind.ACCOUNT, "bo")
VIEWERS = Grantee(GranteeKind.ROLE, "viewer")
ANALYSTS = Grantee(GranteeKind.ROLE, "analyst")


@pytest.fixture
def workbench(tmp_path):
    give_database(tmp_path)
    workbench = Workbench(Settings(home=tmp_path))
    accounts = Accounts(workbench.context.stores.database, hash_rounds=4)
    for name in ("ada", "bo", "cy"):
        accounts.create(name, make_password(), AccountRole.ANALYST)
    return workbench


def act(workbench, name, role=AccountRole.ANALYST, source="web"):
    return workbench.act_as(Actor(name, role, source))


def read_log(workbench, count):
    entries = workbench.account.audit.list(limit=count)
    return [(one.actor, one.event.value, one.subject, dict(one.details)) for one in entries]


def test_a_run_is_shared_with_a_person_who_looks_and_changes_nothing(workbench):
    ada, bo = act(workbench, "ada"), act(workbench, "bo", AccountRole.ANALYST)
    run = ada.runs.submit(TRAIN)
    (share,) = ada.sharing.share(run.id, Grantee(GranteeKind.ACCOUNT, " Bo "))
    assert (share.grantee, share.given_by) == (BO, "ada")
    assert bo.runs.get(run.id).is_shared
    assert [(one.id, one.is_shared) for one in bo.runs.list()] == [(run.id, True)]
    assert [one.id for one in bo.runs.list(owner="ada")] == [run.id]
    assert bo.runs.list_epochs(run.id) == bo.runs.list(owner="bo") == ()
    for change in (bo.runs.cancel, bo.runs.resume, bo.runs.repeat, bo.runs.delete, bo.sharing.list):
        with pytest.raises(AccessError, match="belongs to ada, who shares it with you read-only"):
            change(run.id)
    assert not ada.runs.get(run.id).is_cancel_requested
    assert read_log(workbench, 1) == [("bo", "refused", run.id, {"dataset": "employee", "kind": "train"})]


def test_a_run_is_shared_with_a_role_and_those_above(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    ada.sharing.share(run.id, ANALYSTS)
    assert [one.id for one in act(workbench, "cy").runs.list()] == [run.id]
    viewer = act(workbench, "vi", AccountRole.VIEWER)
    with pytest.raises(NotFoundError, match="There is no run"):
        viewer.runs.get(run.id)
    ada.sharing.share(run.id, VIEWERS)
    assert viewer.runs.get(run.id).owner == "ada"


def test_the_owners_list_marks_none_of_their_own_runs_as_shared(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    ada.sharing.share(run.id, VIEWERS)
    assert [(one.id, one.is_shared) for one in ada.runs.list()] == [(run.id, False)]


def test_an_administrator_sees_every_run_as_one_that_may_be_changed(workbench):
    run = act(workbench, "ada").runs.submit(TRAIN)
    boss = act(workbench, "boss", AccountRole.ADMIN)
    boss.sharing.share(run.id, BO)
    assert not boss.runs.get(run.id).is_shared
    assert act(workbench, "bo").runs.get(run.id).id == run.id


def test_sharing_and_withdrawing_are_recorded_once(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    for _ in range(2):
        ada.sharing.share(run.id, BO)
    ada.sharing.share(run.id, ANALYSTS)
    ada.sharing.withdraw(run.id, BO)
    assert read_log(workbench, 4) == [
        ("ada", "share_withdrawn", run.id, {"dataset": "employee", "account": "bo"}),
        ("ada", "run_shared", run.id, {"dataset": "employee", "role": "analyst"}),
        ("ada", "run_shared", run.id, {"dataset": "employee", "account": "bo"}),
        ("ada", "run_submitted", run.id, {"dataset": "employee", "kind": "train"}),
    ]


def test_a_withdrawn_share_opens_nothing(workbench):
    ada, bo = act(workbench, "ada"), act(workbench, "bo")
    run = ada.runs.submit(TRAIN)
    ada.sharing.share(run.id, BO)
    assert ada.sharing.withdraw(run.id, BO) == ()
    for look in (bo.runs.get, bo.runs.open, bo.runs.report, bo.runs.list_epochs, bo.runs.cancel):
        with pytest.raises(NotFoundError, match="There is no run"):
            look(run.id)
    assert bo.runs.list() == ()


@pytest.mark.parametrize(
    ("grantee", "error", "message"),
    [
        (Grantee(GranteeKind.ACCOUNT, "nobody"), NotFoundError, 'no account "nobody"'),
        (Grantee(GranteeKind.ACCOUNT, "ada"), DataError, "belongs to ada"),
        (Grantee(GranteeKind.ROLE, "king"), DataError, 'no role "king"'),
    ],
)
def test_a_grantee_that_there_is_not_is_refused(workbench, grantee, error, message):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    with pytest.raises(error, match=message):
        ada.sharing.share(run.id, grantee)
    assert ada.sharing.list(run.id) == ()


def test_only_the_owner_or_an_administrator_shares(workbench):
    run = act(workbench, "ada").runs.submit(TRAIN)
    with pytest.raises(NotFoundError, match="There is no run"):
        act(workbench, "bo").sharing.share(run.id, BO)
    with pytest.raises(AccessError, match="needs the role analyst"):
        act(workbench, "ada", AccountRole.VIEWER).sharing.share(run.id, BO)


def test_a_user_of_the_machine_and_an_account_of_that_name_are_two_persons(workbench):
    run = act(workbench, "ada").runs.submit(TRAIN)
    act(workbench, "ada").sharing.share(run.id, BO)
    with pytest.raises(NotFoundError, match="There is no run"):
        act(workbench, "bo", source="local").runs.get(run.id)
    local = act(workbench, "bo", AccountRole.ADMIN, "local")
    of_the_machine = local.runs.submit(TRAIN)
    local.sharing.share(of_the_machine.id, BO)
    assert act(workbench, "bo").runs.get(of_the_machine.id).is_shared
    assert act(workbench, "bo").runs.list(owner="bo") == ()


def test_the_shares_of_a_deleted_run_are_gone(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(GenerateOrder("employee", 1_000, as_of=date(2026, 1, 31)))
    ada.sharing.share(run.id, BO)
    ada.runs.cancel(run.id)
    ada.runs.delete(run.id)
    assert workbench.context.stores.shares.list(run.id) == ()
    assert act(workbench, "bo").runs.list() == ()

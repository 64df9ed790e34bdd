"""Four eyes: who requires an approval, asks, and decides; what waits, and what the audit log keeps."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.errors import AccessError, ApprovalRequired, DataError, JobError, NotFoundError
from pipeline.generation.approvals import ApprovalState
from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedBulkOrder, RelatedOrder
from pipeline.generation.related.results import compute_digest
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import GenerateSummary, RelatedSummary, write_result
from pipeline.runs.shares import Grantee, GranteeKind
from pipeline.runs.states import RunEvent
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.databases import give_database
from tests.passwords import make_password
from tests.unit.generation.related_case import make_related_evidence

DIGEST = "ab" * 32


@pytest.fixture
def workbench(tmp_path):
    give_database(tmp_path)
    workbench = Workbench(Settings(home=tmp_path))
    accounts = Accounts(workbench.context.stores.database, hash_rounds=4)
    for name, role in {
        "ada": AccountRole.ANALYST,
        "bo": AccountRole.ANALYST,
        "vi": AccountRole.VIEWER,
    }.items():
        accounts.create(name, make_password(), role)
    workbench.account.accounts.set_reviewer("vi", True)
    workbench.approvals.require("employee")
    return workbench


def act(workbench, name, role=AccountRole.ANALYST, source="web"):
    return workbench.act_as(Actor(name, role, source))


def act_as_reviewer(workbench):
    return act(workbench, "vi", AccountRole.VIEWER)


def make_table(who, seed=0, digest=DIGEST):
    """A run of somebody's that is done and left a table of this digest."""
    order = GenerateOrder("employee", 1_000, seed=seed, as_of=date(2026, 1, 31))
    return finish(who, order, GenerateSummary(model="m1", table_sha256=digest))


def finish(who, order, summary):
    """A run of this order that is done with this result."""
    run = who.runs.submit(order)
    claims = RunClaims(who.context.stores.database)
    claims.take_tickets("t", run.lane, LaneLimits(9, 9), run.created_at)
    attempt = claims.claim(run.id, "t", attempts=9).attempt
    claims.end(run.id, attempt, RunEvent.FINISH, model="m1", result=write_result(summary))
    return run.id


def read_log(workbench, count=1):
    entries = workbench.account.audit.list(limit=count)
    return [(one.actor, one.event.value, one.subject, dict(one.details)) for one in entries]


def test_a_table_is_asked_for_and_released_by_a_reviewer_who_may_only_look(workbench):
    ada, vi = act(workbench, "ada"), act_as_reviewer(workbench)
    run = make_table(ada)
    with pytest.raises(NotFoundError, match="There is no run"):
        vi.approvals.get(run)
    before = ada.approvals.get(run)
    assert (before.is_required, before.state, before.may_ask, before.may_decide) == (True, None, True, False)
    asked = ada.approvals.ask(run, " For the training of staff. ")
    assert (asked.state, asked.may_ask, asked.may_decide) == (ApprovalState.ASKED, False, False)
    (waiting,) = vi.approvals.list_waiting()
    assert (waiting.run_id, waiting.question) == (run, "For the training of staff.")
    assert vi.runs.get(run).is_shared
    assert vi.runs.list() == ()
    assert vi.approvals.get(run).may_decide
    released = vi.approvals.release(run, "Checked the ages.")
    assert (released.state, released.may_decide) == (ApprovalState.RELEASED, False)
    assert ada.approvals.get(run).history == released.history
    assert vi.runs.get(run).id == run
    details = {"dataset": "employee", "sha256": DIGEST}
    assert read_log(workbench, 2) == [
        ("vi", "approval_released", run, details),
        ("ada", "approval_asked", run, details),
    ]


def test_a_rejected_table_keeps_the_comment_and_may_be_asked_for_again(workbench):
    ada = act(workbench, "ada")
    run = make_table(ada)
    ada.approvals.ask(run, "Please.")
    rejected = act(workbench, "boss", AccountRole.ADMIN).approvals.reject(run, "Too few rows.")
    assert (rejected.state, rejected.history[0].answer) == (ApprovalState.REJECTED, "Too few rows.")
    assert read_log(workbench)[0][:2] == ("boss", "approval_rejected")
    assert ada.approvals.get(run).may_ask
    assert ada.approvals.ask(run, "With more rows now.").state is ApprovalState.ASKED


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [
        ("ada", AccountRole.ANALYST, "ada is no reviewer"),
        ("ada", AccountRole.ADMIN, "ada asked for this approval or owns"),
    ],
)
def test_who_asked_never_releases_not_even_as_administrator(workbench, name, role, message):
    run = make_table(act(workbench, "ada"))
    act(workbench, "ada").approvals.ask(run, "Please.")
    same = act(workbench, name, role)
    for decide in (same.approvals.release, same.approvals.reject):
        with pytest.raises(AccessError, match=message):
            decide(run, "Fine.")
    assert read_log(workbench)[0][:3] == ("ada", "refused", run)
    assert same.approvals.get(run).state is ApprovalState.ASKED
    assert same.approvals.list_waiting() == ()


def test_the_owner_of_the_run_does_not_release_what_somebody_else_asked_for(workbench):
    bo = act(workbench, "bo")
    run = make_table(bo)
    workbench.account.accounts.set_reviewer("bo", True)
    act(workbench, "boss", AccountRole.ADMIN).approvals.ask(run, "Please.")
    assert (bo.approvals.list_waiting(), bo.approvals.get(run).may_decide) == ((), False)
    with pytest.raises(AccessError, match="bo asked for this approval or owns"):
        bo.approvals.release(run, "Fine.")


def test_a_reviewer_with_a_run_of_the_same_table_decides_on_the_one_that_was_asked_for(workbench):
    ada, bo = act(workbench, "ada"), act(workbench, "bo")
    asked, same = make_table(ada), make_table(bo)
    workbench.account.accounts.set_reviewer("bo", True)
    ada.approvals.ask(asked, "Please.")
    assert (bo.approvals.get(same).state, bo.approvals.get(same).may_decide) == ("asked", False)
    with pytest.raises(DataError, match="No approval waits on run"):
        bo.approvals.release(same, "Fine.")
    assert bo.approvals.release(asked, "Fine.").state is ApprovalState.RELEASED


def test_somebody_without_the_right_is_refused_even_where_the_run_is_shared(workbench):
    ada, bo = act(workbench, "ada"), act(workbench, "bo")
    run = make_table(ada)
    ada.sharing.share(run, Grantee(GranteeKind.ROLE, "viewer"))
    ada.approvals.ask(run, "Please.")
    assert (bo.approvals.list_waiting(), bo.approvals.get(run).may_decide) == ((), False)
    with pytest.raises(AccessError, match="bo is no reviewer"):
        bo.approvals.release(run, "Fine.")


def test_another_table_is_not_released_with_this_one(workbench):
    ada, vi = act(workbench, "ada"), act_as_reviewer(workbench)
    first, second = make_table(ada), make_table(ada, 1, "cd" * 32)
    ada.approvals.ask(first, "Please.")
    vi.approvals.release(first, "Fine.")
    assert ada.approvals.get(second).state is None
    again = make_table(ada, 2, DIGEST)
    assert ada.approvals.get(again).state is ApprovalState.RELEASED


def test_a_reviewer_who_is_none_any_more_sees_and_releases_nothing(workbench):
    ada, vi = act(workbench, "ada"), act_as_reviewer(workbench)
    run = make_table(ada)
    ada.approvals.ask(run, "Please.")
    workbench.account.accounts.set_reviewer("vi", False)
    assert vi.approvals.list_waiting() == ()
    with pytest.raises(NotFoundError, match="There is no run"):
        vi.approvals.release(run, "Fine.")


def test_a_user_of_the_machine_is_not_the_account_that_was_named_reviewer(workbench):
    ada = act(workbench, "ada")
    run = make_table(ada)
    ada.approvals.ask(run, "Please.")
    with pytest.raises(NotFoundError, match="There is no run"):
        act(workbench, "vi", AccountRole.VIEWER, "local").approvals.release(run, "Fine.")


@pytest.mark.parametrize(
    ("comment", "message"), [("  ", "The comment is empty"), ("x" * 1_001, "has 1,001 characters")]
)
def test_a_comment_is_needed_and_short(workbench, comment, message):
    ada = act(workbench, "ada")
    run = make_table(ada)
    with pytest.raises(DataError, match=message):
        ada.approvals.ask(run, comment)
    ada.approvals.ask(run, "Please.")
    with pytest.raises(DataError, match=message):
        act_as_reviewer(workbench).approvals.release(run, comment)


def test_what_has_no_table_or_needs_no_approval_is_not_asked_for(workbench):
    ada = act(workbench, "ada")
    training = ada.runs.submit(TrainOrder("employee"))
    with pytest.raises(JobError, match="has no table"):
        ada.approvals.ask(training.id, "Please.")
    run = make_table(ada)
    workbench.approvals.lift("employee")
    assert not ada.approvals.get(run).may_ask
    with pytest.raises(DataError, match="requires no approval"):
        ada.approvals.ask(run, "Please.")
    with pytest.raises(AccessError, match="needs the role analyst"):
        act_as_reviewer(workbench).approvals.ask(run, "Please.")


def test_analysts_require_an_approval_and_administrators_alone_lift_it(workbench):
    ada, boss = act(workbench, "ada"), act(workbench, "boss", AccountRole.ADMIN)
    for _ in range(2):
        ada.approvals.require("pci")
    with pytest.raises(AccessError, match="needs the role admin"):
        ada.approvals.lift("pci")
    assert ada.approvals.is_required("pci")
    for _ in range(2):
        boss.approvals.lift("pci")
    events = [(actor, event, subject) for actor, event, subject, _ in read_log(workbench, 3)]
    assert events == [
        ("boss", "approval_lifted", "pci"),
        ("ada", "refused", "approvals.lift"),
        ("ada", "approval_required", "pci"),
    ]
    with pytest.raises(NotFoundError, match='no dataset "nobody"'):
        ada.approvals.require("nobody")


def test_a_bulk_order_of_such_a_dataset_is_refused_before_the_queue(workbench):
    with pytest.raises(ApprovalRequired, match="cannot be asked for bulk tables"):
        act(workbench, "ada").runs.submit(BulkOrder("employee", 2_000_000))
    with pytest.raises(ApprovalRequired, match="cannot be asked for bulk tables"):
        act(workbench, "ada").bulk.make(BulkOrder("employee", 2_000_000))


def make_set(name: str) -> SimpleNamespace:
    """Several tables that are generated, as far as an approval asks for them."""
    tables = {"shops": pd.DataFrame({"id": [1, 2]})}
    return SimpleNamespace(
        evidence=make_related_evidence(), model=SimpleNamespace(dataset=name), tables=tables
    )


@pytest.mark.parametrize("leave", ["export", "save", "load_into"])
def test_several_tables_of_such_a_dataset_leave_by_no_way_before_their_release(workbench, leave):
    ada = act(workbench, "ada")
    ada.approvals.require("bank")
    with pytest.raises(ApprovalRequired, match="before what was generated leaves"):
        getattr(ada.related_tables, leave)(make_set("bank"), None)
    with pytest.raises(ApprovalRequired, match="cannot be asked for bulk tables"):
        ada.related_bulk.make(RelatedBulkOrder("bank", scale=100.0))


def test_several_tables_are_asked_for_and_released_together(workbench):
    ada, boss = act(workbench, "ada"), act(workbench, "boss", AccountRole.ADMIN)
    ada.approvals.require("bank")
    made = make_set("bank")
    summary = RelatedSummary(model="m1", tables_sha256=compute_digest(made.tables))
    run = finish(ada, RelatedOrder("bank", scale=0.1, as_of=date(2026, 1, 31)), summary)
    assert ada.approvals.ask(run, "For the test system.").state is ApprovalState.ASKED
    assert [one.dataset for one in boss.approvals.list_waiting()] == ["bank"]
    with pytest.raises(ApprovalRequired, match="ada has asked for it"):
        ada.related_tables._require_release(made)
    boss.approvals.release(run, "Keys hold.")
    (released,) = ada.related_tables._require_release(made)
    assert (released.state, released.answer) == (ApprovalState.RELEASED, "Keys hold.")
    made.tables["shops"].loc[0, "id"] = 3
    with pytest.raises(ApprovalRequired, match="before what was generated leaves"):
        ada.related_tables._require_release(made)


def test_requiring_an_approval_leaves_the_fingerprint_of_a_dataset_as_it_is(workbench):
    catalog = workbench.context.stores.catalog
    before = catalog.get("pci").fingerprint
    workbench.approvals.require("pci")
    assert catalog.get("pci").fingerprint == before

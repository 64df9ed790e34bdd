"""Who else may look at a run: given, taken back, found for each actor, gone with the run."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.errors import NotFoundError
from pipeline.runs.shares import Grantee, GranteeKind, RunShares
from pipeline.runs.states import RunEvent
from pipeline.runs.store import RunFilter
from tests.unit.runs.run_cases import NOON, Clock, add, order, start

BO = Grantee(GranteeKind.ACCOUNT, "bo")
ANALYSTS = Grantee(GranteeKind.ROLE, "analyst")


@pytest.fixture
def shares(database):
    return RunShares(database, Clock())


def actor(name="bo", role=AccountRole.VIEWER, source="web"):
    return Actor(name, role, source)


def list_ids(store, who, **wanted):
    return [run.id for run in store.list(RunFilter(seen_by=who, **wanted))]


def test_a_share_says_who_gave_it_when_and_is_kept_once(store, shares):
    (run,) = add(store, order())
    assert [shares.add(run.id, one, "ada") for one in (BO, BO, ANALYSTS)] == [True, False, True]
    first, second = shares.list(run.id)
    assert (first.run_id, first.grantee, first.given_by) == (run.id, BO, "ada")
    assert NOON < first.given_at < second.given_at
    assert (str(BO), str(second.grantee)) == ("bo", "everybody with the role analyst or above")


@pytest.mark.parametrize(
    ("who", "sees_account", "sees_role"),
    [
        (actor(), True, False),
        (actor("cy", AccountRole.ANALYST), False, True),
        (actor("cy", AccountRole.ADMIN), False, True),
        (actor("cy", source="api"), False, False),
        (actor("bo", AccountRole.ADMIN, "local"), False, False),
    ],
)
def test_a_share_lets_in_the_account_or_the_role_it_names(store, shares, who, sees_account, sees_role):
    by_name, by_role = add(store, order(), order())
    shares.add(by_name.id, BO, "ada")
    shares.add(by_role.id, ANALYSTS, "ada")
    assert [shares.is_shared(run.id, who) for run in (by_name, by_role)] == [sees_account, sees_role]
    expected = ([by_role.id] if sees_role else []) + ([by_name.id] if sees_account else [])
    assert list_ids(store, who) == expected


def test_own_and_shared_runs_are_listed_together_and_filtered(store, shares):
    theirs, mine, other = add(store, order(), order("bo"), order())
    shares.add(theirs.id, BO, "ada")
    assert list_ids(store, actor()) == [mine.id, theirs.id]
    assert list_ids(store, actor(), owner="ada") == [theirs.id]
    assert list_ids(store, actor(), dataset="cards") == []
    assert other.id not in list_ids(store, actor())


def test_a_run_of_the_machines_user_is_not_the_accounts_of_that_name(store):
    local, account = add(store, order("bo", source="local"), order("bo"))
    assert list_ids(store, actor()) == [account.id]
    assert list_ids(store, actor(source="local")) == [local.id]


def test_a_share_that_was_taken_back_lets_in_nobody(store, shares):
    (run,) = add(store, order())
    shares.add(run.id, BO, "ada")
    shares.remove(run.id, BO)
    assert (shares.list(run.id), shares.is_shared(run.id, actor())) == ((), False)
    with pytest.raises(NotFoundError, match=f"Run {run.id} is not shared with bo"):
        shares.remove(run.id, BO)


def test_the_shares_of_a_run_are_deleted_with_it(store, claims, shares):
    run = start(store, claims)
    shares.add(run.id, BO, "ada")
    claims.end(run.id, 1, RunEvent.FINISH)
    store.delete(run.id)
    assert shares.list(run.id) == ()

"""Approvals in SQL: required and lifted, asked for once, decided once, and what must wait for them."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.errors import ApprovalRequired, DataError
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.headline import Headline
from pipeline.evaluation.headline_words import PASSED
from pipeline.evaluation.results import Verdict
from pipeline.generation.approvals import ApprovalLog, ApprovalState
from pipeline.runs.states import RunEvent
from tests.passwords import make_password
from tests.unit.runs.run_cases import NOON, Clock, start

DIGEST = "ab" * 32
ADA, BO = (Actor(name, AccountRole.ANALYST, "web") for name in ("ada", "bo"))


@pytest.fixture
def approvals(database):
    return ApprovalLog(database, Clock())


def give_digest() -> str:
    return DIGEST


def ask(approvals, digest=DIGEST, run_id="run-1"):
    return approvals.ask("staff", digest, run_id, ADA, "Of use?")


def test_a_dataset_requires_approval_until_that_is_lifted(approvals):
    assert not approvals.is_required("staff")
    assert [approvals.require("staff", "ada") for _ in range(2)] == [True, False]
    assert (approvals.is_required("staff"), approvals.is_required("cards")) == (True, False)
    assert [approvals.lift("staff") for _ in range(2)] == [True, False]
    assert not approvals.is_required("staff")


def test_a_question_is_listed_with_its_answer(approvals):
    asked = ask(approvals)
    assert (asked.state, asked.run_id, asked.decided_by) == (ApprovalState.ASKED, "run-1", None)
    assert asked.asked_at > NOON
    assert str(asked) == "Asked for by ada on 2026-03-01: “Of use?”. Not decided yet."
    assert approvals.list_waiting() == approvals.list("staff", DIGEST) == (asked,)
    decided = approvals.decide(asked.number, ApprovalState.RELEASED, BO, "Fine.")
    assert str(decided) == (
        "Asked for by ada on 2026-03-01: “Of use?”. Released by bo on 2026-03-01: “Fine.”."
    )
    assert (approvals.list_waiting(), approvals.list("staff", DIGEST)) == ((), (decided,))
    assert {**decided.as_dict(), "asked_at": "", "decided_at": ""} == {
        "state": "released", "asked_by": "ada", "asked_at": "", "question": "Of use?",
        "decided_by": "bo", "decided_at": "", "answer": "Fine.",
    }  # fmt: skip


@pytest.mark.parametrize("state", [None, ApprovalState.RELEASED])
def test_a_table_that_waits_or_is_released_is_not_asked_for_again(approvals, state):
    asked = ask(approvals)
    if state:
        approvals.decide(asked.number, state, BO, "Fine.")
    with pytest.raises(DataError, match=r"approved or waits already\. Asked for by ada"):
        ask(approvals, run_id="run-2")
    assert ask(approvals, "0" * 64).state is ApprovalState.ASKED


def test_a_rejected_table_may_be_asked_for_again(approvals):
    approvals.decide(ask(approvals).number, ApprovalState.REJECTED, BO, "Too few rows.")
    again = ask(approvals)
    assert [one.state for one in approvals.list("staff", DIGEST)] == ["rejected", "asked"]
    assert approvals.list_waiting() == (again,)


def test_a_question_is_answered_once(approvals):
    asked = ask(approvals)
    approvals.decide(asked.number, ApprovalState.REJECTED, BO, "No.")
    with pytest.raises(DataError, match="decided on this table meanwhile"):
        approvals.decide(asked.number, ApprovalState.RELEASED, BO, "Yes.")


def test_a_table_leaves_where_nothing_is_required(approvals):
    assert approvals.require_release("staff", give_digest) == ()
    asked = ask(approvals)
    assert approvals.require_release("staff", give_digest) == (asked,)
    approvals.refuse_unapprovable("staff")


def test_a_table_waits_until_it_is_released_and_no_other_leaves_with_it(approvals):
    approvals.require("staff", "ada")
    with pytest.raises(
        ApprovalRequired, match=r'The dataset "staff" requires approval.*on the page of the run that made it'
    ):
        approvals.require_release("staff", give_digest)
    asked = ask(approvals)
    with pytest.raises(ApprovalRequired, match=r"ada has asked for it.*wait for another person"):
        approvals.require_release("staff", give_digest)
    approvals.decide(asked.number, ApprovalState.REJECTED, BO, "Look at ages.")
    with pytest.raises(
        ApprovalRequired, match=r"bo has rejected it.*ask again once it is mended: Look at ages"
    ):
        approvals.require_release("staff", give_digest)
    approvals.decide(ask(approvals).number, ApprovalState.RELEASED, BO, "Better.")
    assert [one.state for one in approvals.require_release("staff", give_digest)] == ["rejected", "released"]
    with pytest.raises(ApprovalRequired, match="requires approval before what was generated leaves"):
        approvals.require_release("staff", lambda: "0" * 64)
    approvals.require("cards", "ada")
    with pytest.raises(ApprovalRequired, match='"cards" requires approval'):
        approvals.require_release("cards", give_digest)


def test_what_cannot_be_asked_for_is_refused(approvals):
    approvals.require("bank", "ada")
    with pytest.raises(
        ApprovalRequired, match=r"cannot be asked for bulk tables.*ask an administrator to lift"
    ):
        approvals.refuse_unapprovable("bank")


def test_an_account_that_was_named_reviewer_may_look_where_it_was_asked(database, approvals):
    accounts = Accounts(database, hash_rounds=4)
    accounts.create("vi", make_password(), AccountRole.VIEWER)
    vi = Actor("vi", AccountRole.VIEWER, "web")
    ask(approvals)
    assert approvals.find_reviewed(["run-1"], vi) == frozenset()
    accounts.set_reviewer("vi", True)
    assert accounts.get("vi").is_reviewer
    assert approvals.find_reviewed(["run-1", "run-2"], vi) == {"run-1"}
    assert approvals.find_reviewed(["run-1"], Actor("vi", AccountRole.VIEWER, "local")) == frozenset()
    accounts.set_reviewer("vi", False)
    assert not approvals.is_reviewer(vi)


def test_with_a_run_goes_what_waits_on_it_and_what_was_decided_stays(store, claims, approvals):
    run = start(store, claims)
    claims.end(run.id, 1, RunEvent.FINISH)
    decided = approvals.decide(ask(approvals, run_id=run.id).number, ApprovalState.RELEASED, BO, "Fine.")
    ask(approvals, "0" * 64, run.id)
    store.delete(run.id)
    assert approvals.list_waiting() == approvals.list("staff", "0" * 64) == ()
    assert approvals.list("staff", DIGEST) == (decided,)


def test_a_bulk_table_that_passed_says_that_no_approval_can_be_asked_for(approvals):
    passed = Headline(Verdict.PASS, PASSED.reason, PASSED.next_step, Figure(0.9))
    assert approvals.hold(passed, "bank", None) == passed
    approvals.require("bank", "ada")
    said = approvals.hold(passed, "bank", None)
    assert said.next_step.startswith("Generate tables without bulk and ask for their approval")

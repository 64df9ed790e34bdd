"""Rules of one table over the API: listed, proposed, added, accepted, removed and refused."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent, AuditFilter

LOANS = "opened,closed,payment,months,amount\n" + "".join(
    f"2024-01-{1 + number % 27:02},2024-03-{1 + number * 7 % 30:02},{20 + number * 7 % 90},{6 + number % 5},"
    f"{(20 + number * 7 % 90) * (6 + number % 5)}\n"
    for number in range(180)
)
PATH = "/datasets/loans/rules"


@pytest.fixture
def loans(ask):
    return ask("POST", "/datasets", data={"name": "loans"}, files={"file": ("loans.csv", LOANS)})


def test_rules_are_proposed_accepted_and_removed(ask, services, loans):
    assert loans.status_code == 201
    assert ask("GET", PATH, AccountRole.VIEWER).json() == {"dataset": "loans", "rules": []}
    found = ask("GET", f"{PATH}?propose=true", AccountRole.VIEWER).json()["rules"]
    assert {"rule": "closed >= opened", "is_confirmed": False, "rows": 180} in found
    kept = ask("POST", PATH, AccountRole.ANALYST, json={"accept": True}).json()["rules"]
    assert kept == [{**one, "is_confirmed": True} for one in found]
    left = ask("POST", PATH, AccountRole.ANALYST, json={"remove": ["closed >= opened"]}).json()["rules"]
    assert left == [one for one in kept if one["rule"] != "closed >= opened"]
    assert ask("GET", PATH, AccountRole.VIEWER).json()["rules"] == left
    changed = services.audit.list(AuditFilter(event=AuditEvent.DATASET_CHANGED))
    assert [entry.subject for entry in changed] == ["loans", "loans"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("opened >= closed", 'The sample breaks "opened >= closed" in 180 of 180 rows.'),
        ("count(amount, orders)", "the dataset has one table, without parents or children"),
        ("amount = nothing * 2", 'table "loans" has no column "nothing"'),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_the_reason(ask, loans, rule, reason):
    answer = ask("POST", PATH, AccountRole.ANALYST, json={"add": [rule]})
    assert answer.status_code == 422
    assert reason.replace('\\"', '"') in answer.json()["detail"]
    assert ask("GET", PATH).json()["rules"] == []


def test_rules_of_a_built_in_dataset_stay_and_viewers_change_none(ask, loans):
    assert ask("POST", "/datasets/pci/rules", json={"accept": True}).status_code == 422
    assert ask("POST", PATH, AccountRole.VIEWER, json={"accept": True}).status_code == 403
    assert ask("GET", "/datasets/nobody/rules").status_code == 404

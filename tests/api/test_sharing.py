"""Shares of runs over the API: given, listed, withdrawn, and what a grantee may do."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole

ORDER = {"dataset": "employee", "recipe": {"epochs": 7, "synthesizer": "autoregressive"}}
VIEWER = {"kind": "account", "name": "viewer-user"}


@pytest.fixture
def run(ask, follow):
    """A training of the analyst that is done."""
    return follow(ask("POST", "/train", AccountRole.ANALYST, json=ORDER).json()["links"]["self"])["id"]


def test_a_shared_run_is_read_by_its_grantee_until_the_share_is_withdrawn(ask, run):
    assert ask("GET", f"/runs/{run}", AccountRole.VIEWER).status_code == 404
    given = ask("POST", f"/runs/{run}/shares", AccountRole.ANALYST, json=VIEWER)
    assert given.status_code == 200
    (share,) = given.json()["shares"]
    assert {**share, "given_at": ""} == {**VIEWER, "given_by": "analyst-user", "given_at": ""}
    shown = ask("GET", f"/runs/{run}", AccountRole.VIEWER).json()
    assert (shown["owner"], shown["is_shared"]) == ("analyst-user", True)
    assert [one["id"] for one in ask("GET", "/runs", AccountRole.VIEWER).json()["runs"]] == [run]
    assert ask("GET", f"/runs/{run}", AccountRole.ANALYST).json()["is_shared"] is False
    left = ask("DELETE", f"/runs/{run}/shares/account/viewer-user", AccountRole.ANALYST).json()
    assert left == {"shares": []}
    assert ask("GET", f"/runs/{run}", AccountRole.VIEWER).status_code == 404


def test_a_run_is_shared_with_everybody_from_a_role_upwards(ask, services, accounts, run):
    ask("POST", f"/runs/{run}/shares", AccountRole.ANALYST, json={"kind": "role", "name": "viewer"})
    assert ask("GET", f"/runs/{run}", AccountRole.VIEWER).json()["is_shared"] is True


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "account", "name": "nobody"}, 404, "not_found"),
        ({"kind": "role", "name": "king"}, 422, "data"),
        ({"kind": "team", "name": "ada"}, 422, "validation"),
    ],
)
def test_a_grantee_that_there_is_not_is_refused(ask, run, body, status, code):
    answer = ask("POST", f"/runs/{run}/shares", AccountRole.ANALYST, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_the_owner_shares_and_lists(ask, run):
    assert ask("POST", f"/runs/{run}/shares", AccountRole.VIEWER, json=VIEWER).status_code == 403
    ask("POST", f"/runs/{run}/shares", AccountRole.ANALYST, json=VIEWER)
    assert ask("GET", f"/runs/{run}/shares", AccountRole.VIEWER).status_code == 403
    missing = ask("DELETE", f"/runs/{run}/shares/role/viewer", AccountRole.ANALYST)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")

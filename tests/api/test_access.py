"""Who may use which route; the routes are those of the API itself, so that none can be forgotten."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime, timedelta

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent, AuditFilter
from pipeline.access.tokens import PREFIX, Tokens
from pipeline.api import create_api
from pipeline.api.access import ROLE_KEY
from pipeline.api.gate import OPEN_PATH
from pipeline.store.database import utc_now
from tests.api.conftest import send

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
DOCUMENT = create_api(lambda: None).openapi()
OPERATIONS = [
    (method.upper(), path.replace("{name}", "employee").replace("{id}", "1"), operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
IDS = [f"{method} {path}" for method, path, _ in OPERATIONS]
every_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
BODIES = {
    "/train": {"json": {"dataset": "employee"}},
    "/bulk": {"json": {"dataset": "employee", "rows": 60_000}},
    "/generate": {"json": {"dataset": "employee", "rows": 1000}},
    "/tokens": {"json": {"name": "further"}},
    "/evaluate": {"data": {"dataset": "employee"}, "files": {"file": ("t.csv", b"a,b\n1,2\n")}},
    "/datasets": {"data": {"name": "bank"}, "files": {"file": ("t.csv", b"a,b\n1,2\n")}},
}


def _forge_jwt() -> str:
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": "admin-user", "role": "admin"})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


FORGED = {
    "no header": None,
    "no scheme": PREFIX + "a" * 43,
    "basic": "Basic " + base64.b64encode(b"admin-user:password").decode(),
    "empty": "Bearer ",
    "unknown": "Bearer " + PREFIX + "a" * 43,
    "unsigned jwt": "Bearer " + _forge_jwt(),
    "too long": "Bearer " + PREFIX + "a" * 4_000,
    "sql": "Bearer " + PREFIX + "' OR 1=1 --",
}


def test_every_route_is_described_and_names_its_role(api):
    mounted = api.routes[0].app
    described = {(method.upper(), path) for path, found in DOCUMENT["paths"].items() for method in found}
    routed = {
        # A name with slashes in it is described as any other.
        (method, route.path.replace(":path}", "}"))
        for route in _flatten(mounted.routes)
        for method in route.methods - {"HEAD"}
        if route.path != OPEN_PATH
    }
    assert routed == described
    assert {operation[ROLE_KEY] for _, _, operation in OPERATIONS} == set(AccountRole)


@every_operation
def test_no_route_opens_without_an_active_token(ask, script, method, path, operation):
    for name, header in FORGED.items():
        headers = {} if header is None else {"Authorization": header}
        answer = ask(method, path, role=None, headers=headers, **BODIES.get(path, {}))
        assert (name, answer.status_code, answer.json()["code"]) == (name, 401, "access")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert script.orders == []


@pytest.mark.parametrize("method", METHODS)
def test_no_method_and_no_path_answers_strangers(ask, method):
    for path in ("/", "/nothing", "/docs", "/redoc", "/datasets/", "/../api/v1/models"):
        assert ask(method.upper(), path, role=None).status_code in (401, 404)


@every_operation
def test_no_route_takes_a_cookie_or_a_query_for_a_token(ask, secrets_by_role, method, path, operation):
    secret = secrets_by_role[AccountRole.ADMIN]
    cookies = {"Cookie": f"workbench_session={secret}; Authorization=Bearer {secret}; token={secret}"}
    asked = {"params": {"token": secret, "access_token": secret}, **BODIES.get(path, {})}
    assert ask(method, path, role=None, headers=cookies, **asked).status_code == 401


@every_operation
def test_no_route_opens_with_an_expired_token(api, services, database, method, path, operation):
    early = Tokens(database, now=lambda: utc_now() - timedelta(days=2))
    _, secret = early.create("admin-user", "old", AccountRole.ADMIN, days=1)
    assert _status(api, method, path, secret) == 401


@every_operation
def test_no_route_opens_with_a_revoked_token(api, services, method, path, operation):
    token, secret = services.tokens.create("admin-user", "lost", AccountRole.ADMIN)
    services.tokens.revoke(token.id)
    assert _status(api, method, path, secret) == 401


@every_operation
def test_no_route_opens_to_a_disabled_account(ask, accounts, method, path, operation):
    accounts.disable("analyst-user")
    assert ask(method, path, role=AccountRole.ANALYST, **BODIES.get(path, {})).status_code == 401


@every_operation
def test_a_role_too_low_is_refused_and_recorded(ask, services, script, method, path, operation):
    role = AccountRole(operation[ROLE_KEY])
    for lower in (other for other in AccountRole if not other.includes(role)):
        # Without a good body too: what is missing from it is nothing that a stranger need know.
        for body in (BODIES.get(path, {}), {}):
            answer = ask(method, path, role=lower, **body)
            assert (answer.status_code, answer.json()["code"]) == (403, "access")
        refused = services.audit.list(AuditFilter(event=AuditEvent.REFUSED), limit=2)
        assert {(entry.actor, entry.source) for entry in refused} == {(f"{lower}-user", "api")}
        assert script.orders == []


@every_operation
def test_a_role_high_enough_passes(ask, method, path, operation):
    answer = ask(method, path, role=AccountRole(operation[ROLE_KEY]), **BODIES.get(path, {}))
    assert answer.status_code not in (401, 403)
    assert answer.status_code < 500


def test_a_token_made_through_a_token_ends_and_is_revoked_with_it(api, services):
    parent, asking = services.tokens.create("admin-user", "short", AccountRole.VIEWER, days=1)
    order = {"name": "more", "role": "viewer", "days": 366}
    made = asyncio.run(
        send(api, "POST", "/tokens", headers={"Authorization": f"Bearer {asking}"}, json=order)
    ).json()
    assert datetime.fromisoformat(made["expires_at"]) == parent.expires_at
    assert services.audit.list()[0].details["parent"] == parent.id
    assert _status(api, "get", "/runs", made["token"]) == 200
    services.tokens.revoke(parent.id)
    assert _status(api, "get", "/runs", made["token"]) == 401


def test_a_token_of_an_account_that_fell_below_its_role_is_refused(ask, accounts):
    accounts.create("second-admin", "four words make it long", AccountRole.ADMIN)
    accounts.set_role("admin-user", AccountRole.VIEWER)
    assert ask("GET", "/datasets").status_code == 401


def test_a_token_acts_with_its_own_role_however_high_its_account(api, services):
    _, secret = services.tokens.create("admin-user", "reader", AccountRole.VIEWER)
    assert _status(api, "POST", "/train", secret) == 403


def test_refused_tokens_are_recorded_without_the_secret_and_do_not_flood_the_log(ask, services):
    header = {"Authorization": FORGED["unknown"]}
    for _ in range(30):
        ask("GET", "/datasets", role=None, headers=header)
    refused = services.audit.list(AuditFilter(event=AuditEvent.REFUSED))
    assert len(refused) == 10
    assert {(entry.actor, entry.source, entry.address) for entry in refused} == {("", "api", "127.0.0.1")}
    assert FORGED["unknown"][7:] not in services.audit.to_csv().decode()


def test_the_use_of_a_token_is_noted(ask, services):
    assert ask("GET", "/datasets", role=AccountRole.VIEWER).status_code == 200
    assert services.tokens.list("viewer-user")[0].last_used_at is not None


def _status(api, method, path, secret):
    headers = {"Authorization": f"Bearer {secret}"}
    return asyncio.run(send(api, method, path, headers=headers, **BODIES.get(path, {}))).status_code


def _flatten(routes):
    for route in routes:
        nested = getattr(route, "original_router", None)
        yield from _flatten(nested.routes) if nested else [route]

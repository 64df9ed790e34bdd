"""The API over ASGI as `app.py` mounts it, with real accounts, tokens, roles and audit log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.audit import AuditLog
from pipeline.access.tokens import Tokens
from pipeline.api import MOUNT_PATH, ApiServices, mount_api
from pipeline.settings import ApiLimits, RunLimits, Settings, UploadLimits
from pipeline.store.database import Database, open_database
from tests.api.fast_workbench import FastWorkbench, Script
from tests.databases import give_database
from tests.passwords import make_password
from tests.thread_engine import serving

Ask = Callable[..., httpx.Response]
PATIENCE_S = 300


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    limits = ApiLimits(requests_per_minute=10_000)
    return Settings(
        home=tmp_path / "state", api=limits, runs=RunLimits(waiting=2), uploads=UploadLimits(size_mb=1)
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    give_database(settings.state_folder)
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def accounts(database: Database) -> Accounts:
    accounts = Accounts(database, hash_rounds=4)
    for role in AccountRole:
        accounts.create(f"{role.value}-user", make_password(), role)
    return accounts


@pytest.fixture
def script() -> Script:
    script = Script()
    script.may_end.set()
    return script


@pytest.fixture
def services(
    settings: Settings, database: Database, accounts: Accounts, script: Script
) -> Iterator[ApiServices]:
    workbench = FastWorkbench(settings, database=database)
    workbench.script = script
    audit = AuditLog(database, settings.state_folder)
    with serving(workbench, database):
        yield ApiServices(settings, Tokens(database), audit, lambda: workbench)
        script.may_end.set()


@pytest.fixture
def api(services: ApiServices) -> Starlette:
    return Starlette(routes=[mount_api(lambda: services)])


@pytest.fixture
def secrets_by_role(services: ApiServices) -> dict[AccountRole, str]:
    return {role: services.tokens.create(f"{role.value}-user", "test", role)[1] for role in AccountRole}


@pytest.fixture
def ask(api: Starlette, secrets_by_role: dict[AccountRole, str]) -> Ask:
    """One request below the API's path, by default with an administrator's token; it waits for its answer."""

    def ask(method: str, path: str, role: AccountRole | None = AccountRole.ADMIN, **options: Any):
        headers = {"Prefer": "wait"} | ({"Authorization": f"Bearer {secrets_by_role[role]}"} if role else {})
        return asyncio.run(
            send(api, method, path, **{**options, "headers": {**headers, **options.get("headers", {})}})
        )

    return ask


@pytest.fixture
def follow(ask: Ask) -> Callable[[str], dict[str, Any]]:
    """Wait until a run is over, and give it."""

    def follow(path: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            run = ask("GET", path.removeprefix(MOUNT_PATH)).json()
            if run["status"] in ("done", "failed", "cancelled"):
                return run
            time.sleep(0.01)
        raise AssertionError(f"the run did not end: {run}")

    return follow


async def send(api: Any, method: str, path: str, **options: Any) -> httpx.Response:
    """One request to an application, errors answered as a server would."""
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.request(method, f"{MOUNT_PATH}{path}", **options)

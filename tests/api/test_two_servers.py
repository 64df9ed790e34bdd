"""Two API servers and one Redis: rates and uploads count on both, also after Redis has died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from pipeline.access.accounts import AccountRole
from pipeline.access.upload_ledger import UploadLedger
from pipeline.api import ApiServices, mount_api, open_rates
from pipeline.settings import ApiLimits, UploadLimits
from pipeline.store.cache.cache import Cache
from tests.api.conftest import send
from tests.redis_server import MISSING, PROGRAM, RedisServer, running_redis

RATE = 6


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    if PROGRAM is None:
        pytest.skip(MISSING)
    with running_redis() as server:
        yield server


@pytest.fixture
def pair(services: ApiServices, redis: RedisServer) -> list[ApiServices]:
    """Two servers with one database, one state folder and one Redis."""
    limits = {"api": ApiLimits(requests_per_minute=RATE), "uploads": UploadLimits(size_mb=8, account_mb=10)}
    settings = services.settings.model_copy(update=limits)
    caches = [Cache(settings.state_folder, redis.url, timeout_s=60) for _ in range(2)]
    return [
        replace(services, settings=settings, uploads=UploadLedger(cache), rates=open_rates(cache))
        for cache in caches
    ]


@pytest.fixture
def ask(pair: list[ApiServices], secrets_by_role: dict[AccountRole, str]) -> Callable[..., int]:
    """The status of a request to one of the two."""
    servers = [Starlette(routes=[mount_api(lambda one=one: one)]) for one in pair]
    own = {"Authorization": f"Bearer {secrets_by_role[AccountRole.ANALYST]}"}

    def ask(place: int, method: str = "GET", path: str = "/runs", **options) -> int:
        headers = {**own, **options.pop("headers", {})}
        return asyncio.run(send(servers[place], method, path, headers=headers, **options)).status_code

    return ask


def test_a_token_has_one_rate_on_both_servers(ask):
    begun, answered = time.monotonic(), 0
    while ask(answered % 2) == 200:
        answered += 1
    assert RATE <= answered <= RATE + (time.monotonic() - begun) * RATE / 60


def test_an_upload_on_its_way_counts_on_the_other_server(ask, pair):
    assert pair[0].uploads.hold("analyst-user", "being sent", 9 * 2**20, 10 * 2**20)
    upload = {"content": b"", "headers": {"Content-Length": str(2 * 2**20)}}
    assert ask(1, "POST", "/previews", **upload) == 429
    pair[0].uploads.release("analyst-user", "being sent")
    deadline = time.monotonic() + 60
    while not pair[1].uploads.hold("analyst-user", "next", 9 * 2**20, 10 * 2**20):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_redis_that_dies_leaves_each_server_its_own_count(ask, pair, redis):
    assert [ask(place) for place in (0, 1)] == [200, 200]
    redis.kill()
    begun = time.monotonic()
    answers = [ask(0) for _ in range(2 * RATE)]
    assert (answers[0], answers[-1]) == (200, 429)
    assert ask(1) == 200
    assert pair[0].uploads.hold("analyst-user", "a", 2**20, 10 * 2**20)
    assert time.monotonic() - begun < 60

"""Caches in memory and in a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store.cache.cache import Cache
from tests import redis_server

PATIENCE_S = 60.0
"""A busy machine may keep Redis waiting."""


@pytest.fixture(scope="package")
def redis_process() -> Iterator[redis_server.RedisServer]:
    if redis_server.PROGRAM is None:
        pytest.skip(redis_server.MISSING)
    with redis_server.running_redis() as server:
        yield server


@pytest.fixture
def redis(redis_process: redis_server.RedisServer) -> Iterator[redis_server.RedisServer]:
    """A Redis that runs; each test has names of its own in it, by its own key."""
    yield redis_process
    redis_process.kill()
    redis_process.start()


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Cache:
    """A cache of each kind."""
    url = request.getfixturevalue("redis_process").url if request.param == "redis" else ""
    return Cache(tmp_path, url, PATIENCE_S)


@pytest.fixture
def pair(redis: redis_server.RedisServer, tmp_path: Path) -> tuple[Cache, Cache]:
    """The caches of two app servers with one state folder and one Redis."""
    first, second = (Cache(tmp_path, redis.url, PATIENCE_S) for _ in range(2))
    return first, second

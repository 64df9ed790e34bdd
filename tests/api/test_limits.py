"""Rate, size and crowd: what is too much is refused early, with the time to come back."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from starlette.applications import Starlette

from pipeline.access.accounts import AccountRole
from pipeline.access.tokens import PREFIX
from pipeline.api import ApiServices, create_api, mount_api
from pipeline.api.gate import UPLOAD_PATHS
from pipeline.api.limits import JSON_BYTES, UPLOAD_EXTRA_BYTES
from pipeline.api.services import Threads
from pipeline.store.cache.turns import TokenBuckets
from pipeline.workbench.datasets import DatasetService
from tests.api.conftest import send


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_a_minute_at_once_and_then_a_trickle():
    clock = Clock()
    buckets = TokenBuckets(clock=clock)
    assert [buckets.take("a", 3) for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a", 3) == pytest.approx(20)
    clock.now += 19
    assert buckets.take("a", 3) == pytest.approx(1)
    clock.now += 1
    assert buckets.take("a", 3) == 0
    assert buckets.take("b", 3) == 0


def test_a_bucket_never_holds_more_than_a_minute():
    clock = Clock()
    buckets = TokenBuckets(clock=clock)
    buckets.take("a", 2)
    clock.now += 3_600
    assert [buckets.take("a", 2) > 0 for _ in range(3)] == [False, False, True]


def test_only_so_many_buckets_are_kept_and_the_idlest_goes_first(monkeypatch):
    monkeypatch.setattr("pipeline.store.cache.turns._MOST_BUCKETS", 3)
    buckets = TokenBuckets(clock=Clock())
    for key in ("a", "b", "c", "a", "d"):
        buckets.take(key, 1)
    assert [buckets.take(key, 1) > 0 for key in "acd"] == [True, True, True]
    assert buckets.take("b", 1) == 0


@pytest.fixture
def slow_down(services):
    """The same API with two requests a minute."""
    limits = services.settings.api.model_copy(update={"requests_per_minute": 2})
    settings = services.settings.model_copy(update={"api": limits})
    fewer = ApiServices(settings, services.tokens, services.audit, services.open_workbench)
    return Starlette(routes=[mount_api(lambda: fewer)])


def test_each_token_has_its_own_rate(slow_down, secrets_by_role):
    def get(role):
        headers = {"Authorization": f"Bearer {secrets_by_role[role]}"}
        return asyncio.run(send(slow_down, "GET", "/runs", headers=headers))

    assert [get(AccountRole.ADMIN).status_code for _ in range(3)] == [200, 200, 429]
    refused = get(AccountRole.ADMIN)
    assert refused.json()["code"] == "rate_limit"
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert get(AccountRole.VIEWER).status_code == 200


def get_runs(api, secret):
    return asyncio.run(send(api, "GET", "/runs", headers={"Authorization": f"Bearer {secret}"}))


def test_the_tokens_of_an_account_share_a_rate(slow_down, services, monkeypatch):
    monkeypatch.setattr("pipeline.api.limits.ACCOUNT_WORTH", 1)
    first, second = (
        services.tokens.create("viewer-user", name, AccountRole.VIEWER)[1] for name in ("first", "second")
    )
    assert [get_runs(slow_down, secret).status_code for secret in (first, second)] == [200, 200]
    refused = get_runs(slow_down, first)
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith("All tokens of this account together")


@pytest.fixture
def few_buckets(monkeypatch):
    """Room for three buckets, wherever they are made from now on."""
    monkeypatch.setattr("pipeline.store.cache.turns._MOST_BUCKETS", 3)


def test_made_up_tokens_count_for_their_address_and_push_nobody_out(
    few_buckets, slow_down, services, secrets_by_role, monkeypatch
):
    find, asked = services.tokens.find, []
    monkeypatch.setattr(
        type(services.tokens), "find", lambda self, secret: asked.append(secret) or find(secret)
    )
    own = secrets_by_role[AccountRole.ADMIN]
    assert [get_runs(slow_down, own).status_code for _ in range(3)] == [200, 200, 429]
    made_up = [PREFIX + f"{number:043}" for number in range(6)]
    assert [get_runs(slow_down, secret).status_code for secret in made_up] == [401, *[429] * 5]
    assert asked == [own, own, made_up[0]]
    assert get_runs(slow_down, own).status_code == 429


@pytest.mark.parametrize(
    "secret", ["sdw_short", f"other_{'a' * 43}", f"{PREFIX}{'a' * 42}é", f"{PREFIX}{'a' * 44}"]
)
def test_what_does_not_look_like_a_token_costs_no_look_up(ask, services, monkeypatch, secret):
    monkeypatch.setattr(type(services.tokens), "find", None)
    headers = {"Authorization": f"Bearer {secret}".encode()}
    assert ask("GET", "/runs", role=None, headers=headers).status_code == 401


def test_a_body_too_large_is_refused_before_it_is_sent(ask):
    answer = ask("POST", "/train", content=b"{}", headers={"Content-Length": str(JSON_BYTES + 1)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/train", "/generate", "/tokens", "/runs/1/cancel"])
def test_an_undeclared_body_is_cut_off_while_it_streams(ask, path):
    sent = []

    async def stream():
        for _ in range(64):
            sent.append(2**17)
            yield b" " * 2**17

    answer = ask("POST", path, content=stream(), headers={"Content-Type": "application/json"})
    if path != "/runs/1/cancel":
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sum(sent) <= JSON_BYTES + 2**17


def test_a_table_may_be_as_large_as_the_settings_say_and_no_larger(ask, settings):
    most = settings.uploads.size_mb * 2**20
    fits = ask("POST", "/evaluate", data={"dataset": "employee"}, files={"file": ("t.csv", b"a" * most)})
    assert fits.status_code == 200
    above = b"a" * (most + UPLOAD_EXTRA_BYTES)
    refused = ask("POST", "/evaluate", data={"dataset": "employee"}, files={"file": ("t.csv", above)})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_exactly_the_routes_that_take_a_form_may_take_a_table():
    paths = create_api(lambda: None).openapi()["paths"]
    forms = {
        path
        for path, found in paths.items()
        if "multipart/form-data" in found.get("post", {}).get("requestBody", {}).get("content", {})
    }
    assert forms == UPLOAD_PATHS


def test_a_crowd_of_slow_requests_leaves_the_others_quick(api, script, secrets_by_role, monkeypatch):
    monkeypatch.setattr("pipeline.api.services._MOST_WAITING", 3)
    counted, run_slow = [], Threads.run_slow
    monkeypatch.setattr(Threads, "run_slow", lambda *work: counted.append(work) or run_slow(*work))
    script.may_end.clear()
    headers = {"Authorization": f"Bearer {secrets_by_role[AccountRole.ANALYST]}", "Prefer": "wait"}
    order = {"dataset": "employee", "rows": 1000}

    async def crowd() -> tuple[httpx.Response, httpx.Response, list[httpx.Response]]:
        slow = [
            asyncio.create_task(send(api, "POST", "/generate", headers=headers, json=order)) for _ in "abc"
        ]
        while len(counted) < 3:
            await asyncio.sleep(0.01)
        refused = await send(api, "POST", "/generate", headers=headers, json=order)
        quick = await send(api, "GET", "/datasets", headers=headers)
        assert not any(task.done() for task in slow)
        script.may_end.set()
        return refused, quick, await asyncio.gather(*slow)

    refused, quick, slow = asyncio.run(crowd())
    assert (refused.status_code, refused.json()["code"]) == (429, "busy")
    assert int(refused.headers["retry-after"]) > 0
    assert quick.status_code == 200
    assert [answer.status_code for answer in slow] == [200, 200, 200]


def test_no_blocking_work_runs_in_the_thread_of_the_event_loop(ask, services, monkeypatch):
    threads = []
    list_datasets = DatasetService.list
    monkeypatch.setattr(
        DatasetService,
        "list",
        lambda self: threads.append(threading.current_thread()) or list_datasets(self),
    )
    assert ask("GET", "/datasets").status_code == 200
    assert threading.main_thread() not in threads
    assert len(threads) == 1

"""Two app servers and one Redis: what they share, and what is left when it dies."""

from __future__ import annotations

import json
import signal
import time

import pytest
from redis import Redis

from pipeline.access.sign_on.pending import PendingLogins
from pipeline.access.upload_ledger import UploadLedger
from pipeline.errors import AccessError
from pipeline.store.cache import place as _place
from pipeline.store.cache import totals as _totals
from pipeline.store.cache.cache import Cache
from pipeline.store.cache.passing import PassedFile

MOST = 100


def test_two_servers_count_together(pair):
    first, second = (one.open_buckets("test") for one in pair)
    assert [one.take("a", 4) for one in (first, second, first, second)] == [0, 0, 0, 0]
    assert min(first.take("a", 4), second.take("a", 4)) > 10


def test_a_login_comes_back_to_the_other_server_once(pair):
    first, second = (PendingLogins(one.open_notes("login")) for one in pair)
    state, browser, begun = first.add("/quality")
    assert second.take(state, browser) == begun
    for logins in (first, second):
        with pytest.raises(AccessError, match="has expired or was already used"):
            logins.take(state, browser)


def test_uploads_of_an_account_count_on_both_servers(pair):
    first, second = (UploadLedger(one) for one in pair)
    assert first.hold("ada", "a", 60, MOST)
    assert [second.hold("ada", "b", size, MOST) for size in (50, 40)] == [False, True]
    assert second.hold("bob", "b", 100, MOST)
    assert (second.measure("ada"), first.hold("ada", "c", 1, MOST)) == (40, False)
    first.release("ada", "a")
    assert wait_until(lambda: second.hold("ada", "b", 100, MOST))


def test_uploads_of_a_server_that_was_killed_are_forgotten(pair, monkeypatch):
    claim = _totals._CLAIM.replace(f">= {_totals._KEPT_S}", ">= 0")
    first, second = (UploadLedger(one) for one in pair)
    assert first.hold("ada", "a", MOST, MOST)
    monkeypatch.setattr(_totals, "_CLAIM", claim)
    assert second.hold("ada", "b", MOST, MOST)


def test_a_file_is_passed_on_sealed_and_is_gone_once_it_was_removed(pair, tmp_path):
    first, second = (one.files for one in pair)
    first.put("upload tab/1", PassedFile(b"name;ssn\nAda;1", {"name": "people.csv"}))
    found = second.get("upload tab/1")
    assert (found.content, found.about, second.has("upload tab/1")) == (
        b"name;ssn\nAda;1",
        {"name": "people.csv"},
        True,
    )
    (file,) = (tmp_path / "passing").iterdir()
    assert (b"Ada" in file.read_bytes(), file.stat().st_mode & 0o777) == (False, 0o600)
    second.remove("upload tab/1")
    assert (first.get("upload tab/1"), first.has("upload tab/1")) == (None, False)


def test_redis_is_told_no_name_and_no_value(pair, redis):
    pair[0].open_notes("login").keep("state of ada@bank.example", {"verifier": "a secret"}, 60)
    pair[0].open_buckets("api").take("ada@bank.example", 5)
    pair[0].results.obtain("ada@bank.example", lambda: json.dumps("a secret"), str, str)
    client = Redis.from_url(redis.url)
    kept = {key: client.dump(key) for key in client.scan_iter()}
    client.close()
    assert len(kept) == 3
    assert not any(word in key + value for key, value in kept.items() for word in (b"ada@", b"secret"))


def test_a_value_that_was_put_into_redis_by_another_is_not_believed(pair, redis):
    notes = pair[0].open_notes("discovery")
    notes.keep("keys", {"keys": ["real"]}, 60)
    client = Redis.from_url(redis.url)
    (key,) = client.scan_iter()
    client.set(key, b'{"keys": ["forged"]}')
    client.close()
    assert pair[1].open_notes("discovery").find("keys") is None


def test_a_redis_that_dies_costs_nothing_but_what_was_shared(pair, redis, caplog):
    first, second = pair
    notes, buckets = first.open_notes("login"), first.open_buckets("test")
    ledger, results = UploadLedger(first), first.results
    notes.keep("a", 1, 60)
    assert buckets.take("a", 2) == 0
    redis.kill()
    begun = time.monotonic()
    assert (notes.find("a"), notes.take("a"), notes.take("a")) == (1, 1, None)
    notes.keep("b", 2, 60)
    assert notes.take("b") == 2
    assert [buckets.take("a", 2) > 0 for _ in range(2)] == [False, True]
    assert [ledger.hold("ada", key, 60, MOST) for key in "ab"] == [True, False]
    assert [results.obtain("name", lambda one=one: one, str, str) for one in "xy"] == ["x", "y"]
    assert second.open_notes("login").find("a") is None
    assert time.monotonic() - begun < 60
    assert len([one for one in caplog.records if one.levelname == "WARNING"]) <= 2
    assert redis.password not in caplog.text


def test_a_redis_that_came_back_is_used_again(pair, redis, monkeypatch):
    monkeypatch.setattr(_place, "_PAUSE_S", 0)
    first, second = (one.open_notes("test") for one in pair)
    redis.kill()
    first.keep("a", 1, 60)
    assert second.find("a") is None
    redis.start()
    assert first.find("a") == 1
    first.keep("b", 2, 60)
    assert second.find("b") == 2


def test_a_redis_that_was_started_anew_keeps_no_tab_from_its_session_and_lets_no_login_in_twice(pair, redis):
    tabs, logins = (pair[0].open_notes(purpose) for purpose in ("tabs", "logins"))
    for notes in (tabs, logins):
        notes.keep("a", 1, 60)
    redis.kill()
    redis.start()
    assert (tabs.find("a"), logins.take("a")) == (1, None)


def test_a_redis_that_hangs_is_waited_for_once(redis, tmp_path):
    buckets = Cache(tmp_path, redis.url, timeout_s=0.1).open_buckets("test")
    assert buckets.take("a", 1_000) == 0
    redis.send(signal.SIGSTOP)
    begun = time.monotonic()
    assert [buckets.take("a", 1_000) for _ in range(50)] == [0] * 50
    assert time.monotonic() - begun < 10
    redis.send(signal.SIGCONT)


def wait_until(is_reached) -> bool:
    """Whether something is reached within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if is_reached():
            return True
        time.sleep(0.05)
    return False

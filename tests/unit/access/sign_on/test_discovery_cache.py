"""What the provider says to every login: asked for once, shared, and not asked for again after a failure."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from pipeline.access.sign_on import discovery_cache
from pipeline.access.sign_on.discovery_cache import FAILURE_S, LIFETIME_S, DiscoveryCache
from pipeline.errors import StoreError
from pipeline.store.cache.notes import Notes

URL = "https://id.example/keys"


class Clock:
    """A clock that moves when told to."""

    now = 5_000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Something to ask, which counts the questions."""

    is_silent = False
    asked = 0

    def __call__(self) -> dict[str, int]:
        self.asked += 1
        if self.is_silent:
            raise StoreError("Silence.")
        return {"answer": self.asked}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def shelf(clock):
    return DiscoveryCache(Notes("discovery", clock=clock))


def test_an_answer_is_kept_for_an_hour(shelf, clock, source):
    assert [shelf.get(URL, source) for _ in range(3)] == [{"answer": 1}] * 3
    clock.now += LIFETIME_S
    assert shelf.get(URL, source) == {"answer": 2}


def test_a_fresh_answer_replaces_the_one_that_is_known(shelf, source):
    shelf.get(URL, source)
    assert shelf.get(URL, source, is_fresh=True) == {"answer": 2}
    assert shelf.get(URL, source) == {"answer": 2}


def test_a_failure_is_not_repeated_for_half_a_minute(shelf, clock, source):
    source.is_silent = True
    with pytest.raises(StoreError, match="Silence"):
        shelf.get(URL, source)
    source.is_silent = False
    clock.now += FAILURE_S - 1
    with pytest.raises(StoreError, match="no usable response") as caught:
        shelf.get(URL, source)
    assert (source.asked, "try again in 30 seconds" in caught.value.hint) == (1, True)
    clock.now += 1
    assert shelf.get(URL, source) == {"answer": 2}


def test_a_failure_takes_nothing_away_that_is_known(shelf, source):
    shelf.get(URL, source)
    source.is_silent = True
    with pytest.raises(StoreError, match="Silence"):
        shelf.get(URL, source, is_fresh=True)
    assert shelf.get(URL, source) == {"answer": 1}


def test_a_failure_at_one_address_is_none_at_another(shelf, source):
    source.is_silent = True
    with pytest.raises(StoreError, match="Silence"):
        shelf.get(URL, source)
    source.is_silent = False
    assert shelf.get(f"{URL}/2", source) == {"answer": 2}


def test_while_one_asks_the_others_are_told_so_and_share_what_it_brings(shelf, source, monkeypatch):
    monkeypatch.setattr(discovery_cache, "_PATIENCE_S", 0)
    is_asking, may_answer = Event(), Event()

    def ask_slowly():
        is_asking.set()
        may_answer.wait(300)
        return source()

    first = Thread(target=shelf.get, args=(URL, ask_slowly))
    first.start()
    assert is_asking.wait(300)
    with pytest.raises(StoreError, match="slow to answer"):
        shelf.get(URL, source)
    may_answer.set()
    first.join()
    assert (shelf.get(URL, source), source.asked) == ({"answer": 1}, 1)

"""Logins that have left for the provider: each comes back once, in time, to the same browser."""

from __future__ import annotations

import pytest

from pipeline.access.sign_on.pending import LIFETIME_S, PendingLogins
from pipeline.errors import AccessError
from pipeline.store.cache.notes import Notes


class Clock:
    """A clock that moves when told to."""

    now = 5_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def logins(clock):
    return PendingLogins(Notes("login", clock=clock))


def test_a_login_comes_back_to_its_browser(logins):
    state, browser, begun = logins.add("/quality")
    assert logins.take(state, browser) == begun
    assert begun.target == "/quality"


def test_a_login_comes_back_once(logins):
    state, browser, _ = logins.add("/")
    logins.take(state, browser)
    with pytest.raises(AccessError, match="has expired or was already used"):
        logins.take(state, browser)


def test_another_browser_is_refused_and_uses_the_login_up(logins):
    state, browser, _ = logins.add("/")
    with pytest.raises(AccessError, match="has expired or was already used"):
        logins.take(state, "another")
    with pytest.raises(AccessError, match="has expired or was already used"):
        logins.take(state, browser)


def test_a_login_expires_after_ten_minutes(logins, clock):
    in_time, late = logins.add("/"), logins.add("/")
    clock.now += LIFETIME_S - 1
    assert logins.take(*in_time[:2]) == in_time[2]
    clock.now += 1
    with pytest.raises(AccessError, match="has expired or was already used"):
        logins.take(*late[:2])


def test_the_oldest_of_too_many_logins_is_forgotten(clock):
    logins = PendingLogins(Notes("login", most=2, clock=clock))
    first, second, third = (logins.add("/") for _ in range(3))
    assert [logins.take(*one[:2]) for one in (second, third)] == [second[2], third[2]]
    with pytest.raises(AccessError, match="has expired or was already used"):
        logins.take(*first[:2])


def test_no_secret_of_a_login_is_shown(logins):
    _, browser, begun = logins.add("/")
    assert not any(secret in repr(begun) for secret in (begun.nonce, begun.verifier, begun.browser, browser))

"""A provider that is slow, talkative, or sends elsewhere: one request costs little and follows nobody."""

from __future__ import annotations

import asyncio
import gzip
import json

import httpx
import pytest

from pipeline.access.sign_on import http as exchange
from pipeline.access.sign_on.answers import FAILURE_S
from pipeline.access.sign_on.http import MOST_BYTES, fetch_json
from pipeline.access.sign_on.provider import Provider
from pipeline.errors import AccessError, StoreError
from pipeline.settings import SignOnOptions

ISSUER = "https://id.example"
URL = f"{ISSUER}/token"
OPTIONS = SignOnOptions(issuer=ISSUER, client_id="workbench", redirect_url="http://localhost/callback")


class Body(httpx.AsyncByteStream):
    """A body in parts, with a pause before each; it counts what was fetched."""

    def __init__(self, part: bytes, count: int, pause_s: float = 0.0) -> None:
        self.part, self.count, self.pause_s, self.sent = part, count, pause_s, 0

    async def __aiter__(self):
        for _ in range(self.count):
            await asyncio.sleep(self.pause_s)
            self.sent += len(self.part)
            yield self.part


class Clock:
    """A clock that moves when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def answer_with(body, status=200, headers=None):
    """A provider that answers everything alike, and the list of what it was asked."""
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(status, headers=headers, stream=body)

    return httpx.MockTransport(answer), asked


def say(content, status=200):
    """An answer in JSON."""
    return httpx.Response(status, stream=Body(json.dumps(content).encode(), 1))


def test_an_answer_that_is_whole_is_read():
    transport, asked = answer_with(Body(b'{"id_token": "abc"}', 1))
    assert fetch_json("POST", URL, {"code": "x"}, transport) == (200, {"id_token": "abc"})
    assert (asked[0].content, asked[0].headers["Accept-Encoding"]) == (b"code=x", "identity")


def test_a_provider_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(exchange, "TIMEOUT_S", 0.05)

    async def answer(_request):
        await asyncio.Event().wait()

    with pytest.raises(StoreError, match="cannot be used: TimeoutError"):
        fetch_json("GET", URL, transport=httpx.MockTransport(answer))


def test_a_provider_that_drips_its_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(exchange, "TIMEOUT_S", 0.2)
    body = Body(b" ", 10**6, pause_s=0.01)
    with pytest.raises(StoreError, match="cannot be used: TimeoutError"):
        fetch_json("GET", URL, transport=answer_with(body)[0])


def test_a_huge_answer_is_not_read_to_its_end():
    body = Body(b" " * 2**16, 1_000)
    with pytest.raises(StoreError, match="more than can be its answer"):
        fetch_json("GET", URL, transport=answer_with(body)[0])
    assert body.sent == MOST_BYTES + 2**16


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (gzip.compress(b" " * 10**6), {"Content-Encoding": "gzip"}),
        (b"[" * 200_000, {}),
        (b"<html>", {}),
        (b"\xff\xfe\xfa", {}),
    ],
)
def test_an_answer_that_is_no_json_is_named_without_being_unpacked(content, headers):
    with pytest.raises(StoreError, match="cannot be used"):
        fetch_json("GET", URL, transport=answer_with(Body(content, 1), headers=headers)[0])


def test_no_redirect_is_followed():
    transport, asked = answer_with(Body(b"{}", 1), 302, {"Location": "http://10.0.0.1/"})
    provider = Provider(OPTIONS, "", transport)
    with pytest.raises(StoreError, match="answers with status 302"):
        provider.load_keys()
    assert [str(request.url) for request in asked] == [f"{ISSUER}/.well-known/openid-configuration"]


def test_codes_that_are_refused_keep_nobody_else_out():
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    described = {"issuer": ISSUER, **{name: f"{ISSUER}/{name}" for name in names}}

    def answer(request):
        if request.method == "GET":
            return say(described)
        return say({"id_token": "abc"}) if b"code=right" in request.content else say({}, 400)

    provider = Provider(OPTIONS, "", httpx.MockTransport(answer))
    with pytest.raises(AccessError, match="refused this login"):
        provider.redeem("wrong", "verifier")
    assert provider.redeem("right", "verifier") == "abc"


def test_a_provider_that_calls_itself_otherwise_is_not_remembered_so():
    described = dict.fromkeys(("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"), "https://x")
    clock, said = Clock(), [described, {**described, "issuer": ISSUER}]
    provider = Provider(OPTIONS, "", httpx.MockTransport(lambda _request: say(said.pop(0))), clock)
    with pytest.raises(StoreError, match="another issuer"):
        provider.load_keys()
    clock.now += FAILURE_S
    assert provider.authorization_endpoint == "https://x"

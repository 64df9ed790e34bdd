"""A provider that is slow, sends too much, or redirects: one request costs little and follows no redirect."""

from __future__ import annotations

import asyncio
import gzip
import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from pipeline.access.sign_on import http as exchange
from pipeline.access.sign_on.discovery_cache import FAILURE_S
from pipeline.access.sign_on.http import MOST_BYTES, fetch_json
from pipeline.access.sign_on.provider import Provider
from pipeline.errors import AccessError, StoreError
from pipeline.settings import SignOnOptions
from pipeline.store.cache.notes import Notes

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
    with pytest.raises(StoreError, match="response that is too large"):
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
    provider = Provider(OPTIONS, "", Notes("discovery"), transport)
    with pytest.raises(StoreError, match="unavailable: status 302"):
        provider.load_keys()
    assert [str(request.url) for request in asked] == [f"{ISSUER}/.well-known/openid-configuration"]


def describe(**changes):
    """What a provider says of itself."""
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    return {"issuer": ISSUER, **{name: f"{ISSUER}/{name}" for name in names}, **changes}


def open_provider(answer_form, secret="", **changes):
    """A provider that describes itself and answers each form as `answer_form` says."""

    def answer(request):
        return say(describe(**changes)) if request.method == "GET" else answer_form(request)

    return Provider(OPTIONS, secret, Notes("discovery"), httpx.MockTransport(answer))


def test_codes_that_are_refused_keep_nobody_else_out():
    provider = open_provider(
        lambda request: say({"id_token": "abc"}) if b"code=right" in request.content else say({}, 400)
    )
    with pytest.raises(AccessError, match="refused this login"):
        provider.redeem("wrong", "verifier")
    assert provider.redeem("right", "verifier") == "abc"


@pytest.mark.parametrize(
    ("secret", "sent"),
    [("", {}), ("a&b é", {"client_secret": ["a&b é"]})],
)
def test_a_code_is_redeemed_with_its_verifier_and_the_secret_if_there_is_one(secret, sent):
    asked = []
    open_provider(lambda request: asked.append(request) or say({"id_token": "abc"}), secret).redeem(
        "x+y", "v"
    )
    assert parse_qs(asked[0].content.decode(), strict_parsing=True) == {
        "grant_type": ["authorization_code"],
        "code": ["x+y"],
        "code_verifier": ["v"],
        "redirect_uri": [OPTIONS.redirect_url],
        "client_id": ["workbench"],
        **sent,
    }
    assert (str(asked[0].url), "authorization" in asked[0].headers) == (f"{ISSUER}/token_endpoint", False)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (400, {"id_token": "abc"}),
        (503, {"id_token": "abc"}),
        (200, ["abc"]),
        (200, {"id_token": "abc", "error": "invalid_grant", "error_description": 'quoted "x"'}),
        (200, {"id_token": "abc", "error": ["odd"], "error_description": 5}),
        (200, {"id_token": "abc", "expires_in": "soon"}),
        (200, {"id_token": "abc", "expires_in": [1]}),
        (200, {"id_token": "abc", "expires_in": float("inf")}),
    ],
)
def test_an_answer_that_is_no_token_is_a_refusal(status, content):
    with pytest.raises(AccessError, match="refused this login"):
        open_provider(lambda _request: say(content, status)).redeem("x", "verifier")


@pytest.mark.parametrize("content", [{}, {"id_token": None}, {"id_token": ["abc"]}, {"access_token": "abc"}])
def test_an_answer_without_id_token_is_named(content):
    with pytest.raises(AccessError, match="sent no ID token"):
        open_provider(lambda _request: say(content)).redeem("x", "verifier")


def test_a_huge_token_is_not_read_to_its_end():
    provider = open_provider(lambda _request: httpx.Response(200, stream=Body(b" " * 2**16, 1_000)))
    with pytest.raises(StoreError, match="response that is too large"):
        provider.redeem("x", "verifier")


def test_the_login_address_carries_pkce_state_and_nonce():
    # The verifier and its challenge are those of RFC 7636, appendix B.
    provider = open_provider(None, authorization_endpoint=f"{ISSUER}/authorize?tenant=1")
    url, _ = provider.open_client().create_authorization_url(
        provider.authorization_endpoint, "st", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", nonce="no"
    )
    assert url.startswith(f"{ISSUER}/authorize?tenant=1&")
    assert parse_qs(urlsplit(url).query) == {
        "tenant": ["1"],
        "response_type": ["code"],
        "client_id": ["workbench"],
        "redirect_uri": [OPTIONS.redirect_url],
        "scope": ["openid email profile"],
        "state": ["st"],
        "nonce": ["no"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
    }


def test_a_provider_that_calls_itself_otherwise_is_not_remembered_so():
    described = dict.fromkeys(describe(), "https://x")
    clock, said = Clock(), [described, {**described, "issuer": ISSUER}]
    provider = Provider(
        OPTIONS,
        "",
        Notes("discovery", clock=clock),
        httpx.MockTransport(lambda _request: say(said.pop(0))),
    )
    with pytest.raises(StoreError, match="another issuer"):
        provider.load_keys()
    clock.now += FAILURE_S
    assert provider.authorization_endpoint == "https://x"

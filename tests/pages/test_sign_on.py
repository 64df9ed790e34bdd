"""Single sign-on against a small provider over HTTP: who comes in, with which role, and what is refused."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

import app as composition
from pages._server import services as _services
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import DataError
from pipeline.store.cache.turns import TokenBuckets
from tests import identity_provider
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, running_provider
from tests.pages.conftest import PASSWORD, SHELL, read_text
from tests.passwords import make_password

HERE = "http://localhost"
START, CALLBACK = "/auth/oidc/start", "/auth/oidc/callback"
PATIENCE_S = 300


def ask_provider(departure: httpx.Response) -> str:
    """Follow the way to the provider, up to the address that it sends the browser back to."""
    answer = httpx.get(departure.headers["location"], trust_env=False, timeout=PATIENCE_S)
    return answer.headers["location"]


def open_client(address: str = "127.0.0.1", cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
    """Requests to the whole application, as if from this address."""
    transport = httpx.ASGITransport(composition.app, raise_app_exceptions=False, client=(address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url=HERE, cookies=cookies)


@dataclass
class Visitor:
    """A browser as far as redirects and cookies go."""

    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    address: str = "127.0.0.1"

    def open(self, path: str) -> httpx.Response:
        """One request to the whole application."""
        return asyncio.run(self._open(path))

    def log_in(self, target: str = "/") -> httpx.Response:
        """To the provider and back; the answer to the way back."""
        return self.open(self.leave(target))

    def leave(self, target: str = "/") -> str:
        """To the provider, up to the address that it sends the browser back to."""
        departure = self.open(f"{START}?{urlencode({'target': target})}")
        assert departure.status_code == 303
        return ask_provider(departure)

    async def _open(self, path: str) -> httpx.Response:
        async with open_client(self.address, self.cookies) as client:
            answer = await client.get(path.removeprefix(HERE), headers={"User-Agent": "Firefox/140"})
            self.cookies = client.cookies
            return answer


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> IdentityProvider:
    """The provider, named in the configuration before the services open."""
    running.claims = {"sub": "4711", "email": "ada@bank.example", "groups": ["staff", "wb-analysts"]}
    running.forge = None
    values = {
        "ISSUER": running.issuer,
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIRECT_URL": f"{HERE}{CALLBACK}",
        "ROLES__ANALYST": '["wb-analysts"]',
        "ROLES__ADMIN": '["wb-admins"]',
        "ALLOWED_DOMAINS": '["bank.example"]',
    }
    for name, value in values.items():
        monkeypatch.setenv(f"WORKBENCH_SIGN_ON__{name}", value)
    return running


@pytest.fixture
def visitor(provider: IdentityProvider, services: _services.Services, users: Any) -> Visitor:
    return Visitor()


class Clock:
    """A clock that moves when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def find_session(services: _services.Services, visitor: Visitor) -> Any:
    """The session of the visitor's cookie, or None."""
    return services.sessions.find(visitor.cookies.get(_services.COOKIE, ""))


def read_log(services: _services.Services, count: int) -> list[tuple[str, AuditEvent, dict[str, Any]]]:
    """The newest entries, the oldest of them first."""
    entries = reversed(services.audit.list(limit=count))
    return [(entry.subject, entry.event, dict(entry.details)) for entry in entries]


def test_a_colleague_comes_in_with_the_role_of_a_claim(visitor, services):
    answer = visitor.log_in("/datasets")
    assert (answer.status_code, answer.headers["location"]) == (303, "/datasets")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(_services.COOKIE))
    assert ("HttpOnly" in cookie, "SameSite=strict" in cookie) == (True, True)
    session = find_session(services, visitor)
    assert (session.actor.name, session.actor.role) == ("ada@bank.example", AccountRole.ANALYST)
    assert (session.user_agent, session.address) == ("Firefox/140", "127.0.0.1")
    state = {"state": "single sign-on"}
    assert read_log(services, 2) == [
        ("ada@bank.example", AuditEvent.ACCOUNT_CREATED, {**state, "role": "analyst"}),
        ("ada@bank.example", AuditEvent.LOGIN, {**state, "session": session.id}),
    ]


def test_the_session_opens_the_pages_and_ends_like_any_other(
    visitor, services, workbench, monkeypatch: pytest.MonkeyPatch
):
    visitor.log_in()
    monkeypatch.setattr(ContextProxy, "cookies", dict(visitor.cookies))
    page = AppTest.from_file(SHELL, default_timeout=120).run().switch_page("account.py").run()
    assert "change your password at the provider" in read_text(page)
    page.button(key="log_out").click().run()
    assert "You are logged out." in read_text(page)
    assert find_session(services, visitor) is None


def test_the_role_follows_the_claim_at_every_login(visitor, services, provider):
    visitor.log_in()
    earlier = find_session(services, visitor)
    provider.claims["groups"] = "wb-admins"
    visitor.log_in()
    assert find_session(services, visitor).actor.role is AccountRole.ADMIN
    assert services.sessions.get(earlier.id) is None
    details = {"state": "single sign-on", "role": "admin"}
    assert read_log(services, 2)[0] == ("ada@bank.example", AuditEvent.ACCOUNT_CHANGED, details)


def test_who_lost_the_role_loses_sessions_and_tokens(visitor, services, provider):
    visitor.log_in()
    session = find_session(services, visitor)
    _, secret = services.tokens.create("ada@bank.example", "job", AccountRole.ANALYST)
    provider.claims["groups"] = ["staff"]
    answer = Visitor().log_in()
    assert answer.status_code == 403
    assert "gives you no role in the workbench" in answer.text
    assert services.sessions.get(session.id) is None
    assert services.tokens.find(secret) is None


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"groups": ["staff"]}, "no role in the workbench"),
        ({"groups": None}, "no role in the workbench"),
        ({"groups": {"wb-admins": True}}, "no role in the workbench"),
        ({"email": "eve@elsewhere.example"}, "is not allowed to log in here"),
        ({"email": "eve@bank.example", "email_verified": False}, "is not allowed to log in here"),
        ({"email": None}, "sent no &quot;email&quot; claim"),
        ({"email": "<b>eve</b>@bank.example"}, "&lt;b&gt;eve&lt;/b&gt;"),
    ],
)
def test_who_may_not_come_in_is_told_why_and_recorded(visitor, services, provider, claims, words):
    before = len(services.accounts.list())
    provider.claims.update(claims)
    answer = visitor.log_in()
    assert answer.status_code == 403
    assert words in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert _services.COOKIE not in visitor.cookies
    assert len(services.accounts.list()) == before
    assert services.audit.list()[0].event is AuditEvent.REFUSED


def test_a_disabled_account_stays_out(visitor, services):
    visitor.log_in()
    services.accounts.disable("ada@bank.example")
    answer = visitor.log_in()
    assert (answer.status_code, "is disabled" in answer.text) == (403, True)
    assert find_session(services, visitor) is None


def test_nobody_gets_a_local_account_by_being_called_like_it(visitor, services, provider, users):
    users.create("boss@bank.example", PASSWORD, AccountRole.ADMIN)
    provider.claims["email"] = "boss@bank.example"
    answer = visitor.log_in()
    assert (answer.status_code, "which cannot be used here" in answer.text) == (403, True)
    assert services.sessions.list("boss@bank.example") == ()


def test_another_person_of_the_same_name_gets_no_foreign_account(visitor, services, provider):
    visitor.log_in()
    provider.claims["sub"] = "4712"
    assert Visitor().log_in().status_code == 403


def test_an_account_of_single_sign_on_has_no_password(visitor, services):
    visitor.log_in()
    assert services.entrance.check_password("ada@bank.example", "") is None
    with pytest.raises(DataError, match="logs in by single sign-on"):
        services.accounts.reset_password("ada@bank.example", make_password())


def with_claims(**changes: Any) -> Callable[..., str]:
    """A genuine signature over claims that are wrong here."""
    return lambda provider, claims: identity_provider.sign(provider, {**claims, **changes})


def without(name: str) -> Callable[..., str]:
    """A genuine signature over claims of which one is missing."""
    return lambda provider, claims: identity_provider.sign(
        provider, {key: value for key, value in claims.items() if key != name}
    )


FORGERIES = {
    "another key": identity_provider.sign_with_another_key,
    "public key as secret": identity_provider.sign_with_the_public_key,
    "alg=none": identity_provider.sign_nothing,
    "another audience": with_claims(aud="payroll"),
    "further audiences": with_claims(aud=[CLIENT_ID, "payroll"]),
    "another party": with_claims(azp="payroll"),
    "another issuer": with_claims(iss="https://evil.example"),
    "another nonce": with_claims(nonce="0" * 43),
    "expired": with_claims(exp=1_700_000_000),
    "from the future": with_claims(iat=4_000_000_000),
    "no nonce": without("nonce"),
    "no expiry": without("exp"),
    "no subject": without("sub"),
    "no token": lambda provider, claims: "nonsense",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing(visitor, services, provider, caplog, forgery):
    provider.forge = FORGERIES[forgery]
    answer = visitor.log_in()
    assert (answer.status_code, "is not valid" in answer.text) == (403, True)
    assert _services.COOKIE not in visitor.cookies
    assert read_log(services, 1) == [("", AuditEvent.REFUSED, {"state": "single sign-on"})]
    assert "Traceback" not in caplog.text


def test_the_way_back_works_once(visitor, services):
    address = visitor.leave()
    assert visitor.open(address).status_code == 303
    replayed = visitor.open(address)
    assert (replayed.status_code, "expired or was already used" in replayed.text) == (403, True)


def test_a_way_back_from_another_browser_is_refused(visitor):
    assert Visitor().open(visitor.leave()).status_code == 403


@pytest.mark.parametrize("change", ["state", "code", "iss", "error"])
def test_a_changed_way_back_is_refused(visitor, change):
    address = urlsplit(visitor.leave())
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    answer = visitor.open(f"{CALLBACK}?{httpx.QueryParams({**query, change: 'x'})}")
    assert answer.status_code == 403
    assert _services.COOKIE not in visitor.cookies


def test_new_keys_of_the_provider_are_fetched(visitor, services, provider):
    visitor.log_in()
    provider.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})
    asked = provider.key_requests
    assert Visitor().log_in().status_code == 303
    assert provider.key_requests == asked + 1


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/a/b", "/\\evil.example"])
def test_no_target_leads_elsewhere(visitor, target):
    assert visitor.log_in(target).headers["location"] == "/"


def test_a_target_keeps_its_query_and_nothing_that_breaks_a_header(visitor):
    link = "/quality?dataset=employee&table=run%3A47&view=a%26b"
    assert visitor.log_in(link).headers["location"] == link
    assert visitor.log_in("/quality?view=a\r\nSet-Cookie: b").headers["location"] == "/quality"


def read_links(page: AppTest) -> list[str]:
    """Where the links in a page's own HTML lead, as a browser reads them."""
    bodies = [one.proto.body for one in page.get("html") if "single sign-on" in one.proto.body]
    return [unescape(body.partition('href="')[2].partition('"')[0]) for body in bodies]


def test_the_login_form_offers_the_way_and_keeps_the_deep_link(visitor, services):
    page = AppTest.from_file(SHELL, default_timeout=120).run()
    assert read_links(page) == [f"{START}?target=%2F"]
    page.query_params.update({"dataset": 'a"><b>&c', "table": ["run:47", "run:48"]})
    (link,) = read_links(page.switch_page("quality.py").run())
    asked = "/quality?dataset=a%22%3E%3Cb%3E%26c&table=run%3A47&table=run%3A48"
    assert parse_qs(urlsplit(link).query) == {"target": [asked]}
    answer = visitor.open(ask_provider(visitor.open(link)))
    assert (answer.status_code, answer.headers["location"]) == (303, asked)


@pytest.fixture
def hushed(visitor, services) -> Iterator[socket.socket]:
    """A provider that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        issuer = f"http://127.0.0.1:{server.getsockname()[1]}"
        services.sign_on._provider._options = services.settings.sign_on.model_copy(update={"issuer": issuer})
        yield server


def test_a_silent_provider_is_asked_once_and_holds_up_no_other_login(hushed, monkeypatch):
    # A thread that waits behind the one that asks would wait as long; a busy machine is quicker than that.
    monkeypatch.setattr("pipeline.access.sign_on.http.TIMEOUT_S", 300)

    async def crowd() -> tuple[httpx.Response, int, list[httpx.Response]]:
        async with open_client() as client:
            clicks = [asyncio.create_task(client.get(START)) for _ in range(60)]
            for _ in range(100):
                await asyncio.sleep(0)
            said = {"X-Workbench-Session": "nonsense"}
            other = await asyncio.wait_for(client.post("/session/start", headers=said), 280)
            asked = count_connections(hushed)
            hushed.close()
            return other, asked, [*await asyncio.gather(*clicks), await client.get(START)]

    other, asked, answers = asyncio.run(crowd())
    assert (other.status_code, asked) == (403, 1)
    assert {answer.status_code for answer in answers} == {503}
    assert "no usable response" in answers[-1].text


def count_connections(server: socket.socket) -> int:
    """How many have come; each is disconnected. The first one may still be on its way."""
    server.settimeout(PATIENCE_S)
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except TimeoutError:
            return count
        count += 1
        server.settimeout(0.5)


@pytest.fixture
def clock(services, monkeypatch) -> Clock:
    """The time of the limits on strangers, which stands still; three steps from one address are too many."""
    clock = Clock()
    monkeypatch.setattr("pipeline.access.sign_on.login.TURNS_A_MINUTE", 2)
    monkeypatch.setattr(services.sign_on_entrance, "_turns", TokenBuckets(clock=clock))
    monkeypatch.setattr(services.audit, "_strangers", TokenBuckets(clock=clock))
    return clock


def test_an_address_that_clicks_too_often_waits_and_no_other_does(visitor, clock):
    visitor.address = "198.51.100.7"
    assert [visitor.open(START).status_code for _ in range(3)] == [303, 303, 429]
    refused = visitor.open(START)
    assert (refused.headers["retry-after"], "Too many logins" in refused.text) == ("30", True)
    assert Visitor(address="198.51.100.8").open(START).status_code == 303
    assert [Visitor().open(START).status_code for _ in range(5)] == [303] * 5
    clock.now += 30
    assert visitor.open(START).status_code == 303


def test_a_whole_ipv6_network_clicks_like_one_address(visitor, clock):
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"]
    assert [Visitor(address=one).open(START).status_code for one in addresses] == [303, 303, 429, 303]


def test_a_way_back_that_is_turned_away_works_after_the_wait(visitor, services, clock):
    visitor.address = "198.51.100.7"
    address = visitor.leave()
    assert Visitor(address=visitor.address).open(f"{CALLBACK}?state=x&code=x").status_code == 403
    before = services.audit.count()
    assert (visitor.open(address).status_code, services.audit.count()) == (429, before)
    clock.now += 30
    assert visitor.open(address).status_code == 303
    assert find_session(services, visitor).address == "198.51.100.7"


def test_made_up_ways_back_from_one_address_fill_no_log(visitor, services, clock):
    before = services.audit.count()
    answers = [visitor.open(f"{CALLBACK}?state=x&code=x") for _ in range(15)]
    assert {answer.status_code for answer in answers} == {403}
    assert services.audit.count() == before + 10


def test_a_provider_that_does_not_answer_is_named_without_a_traceback(visitor, services, caplog):
    services.sign_on._provider._options = services.settings.sign_on.model_copy(
        update={"issuer": "http://127.0.0.1:9"}
    )
    answer = visitor.open(START)
    assert (answer.status_code, "cannot be used" in answer.text) == (503, True)
    assert "Traceback" not in caplog.text


def test_the_clients_secret_is_shown_nowhere(visitor, services, caplog):
    visitor.log_in()
    shown = f"{services.settings!r} {services.sign_on!r} {services!r} {caplog.text}"
    assert CLIENT_SECRET not in shown


@pytest.mark.parametrize("path", [START, CALLBACK])
def test_without_a_provider_there_is_no_such_way(services, path):
    assert Visitor().open(path).status_code == 404

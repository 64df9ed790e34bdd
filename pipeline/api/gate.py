"""Checks on every request before its body is read: token, rate, size. Cookies are ignored."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.access.audit import AuditEvent
from pipeline.access.tokens import PREFIX
from pipeline.api.limits import JSON_BYTES, UPLOAD_EXTRA_BYTES, limit_body
from pipeline.api.problems import SECURITY_HEADERS, Refusal, answer_http_error, answer_workbench_error
from pipeline.api.services import ApiServices, Threads
from pipeline.errors import WorkbenchError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.access.tokens import ApiToken
    from pipeline.workbench.workbench import Workbench

OPEN_PATH = "/openapi.json"
"""The one path without a token: it describes the program, which is public, and holds no data."""

UPLOAD_PATHS = frozenset({"/datasets", "/evaluate", "/previews", "/related", "/related/previews"})
_CALLER = "workbench.caller"
_LONGEST_SECRET = 512
_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True)
class Caller:
    """The token of a request, and the workbench that acts for its account with its role."""

    token: ApiToken
    workbench: Workbench
    services: ApiServices
    threads: Threads


class Gate:
    """Rejects invalid tokens and excess requests, and gives the routes the calling account."""

    def __init__(self, inner: ASGIApp, open_services: Callable[[], ApiServices]) -> None:
        self._inner = inner
        self._open_services = open_services
        self._threads = Threads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http" or _is_open(scope):
            await self._inner(scope, receive, send)
            return
        try:
            scope[_CALLER], settings = await self._admit(scope)
        except Refusal as refusal:
            await answer_http_error(Request(scope), refusal)(scope, receive, send)
        except WorkbenchError as error:
            await answer_workbench_error(Request(scope), error)(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send, settings)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        """Pass a request on; the bytes of an upload count for its account until the answer."""
        caller: Caller = scope[_CALLER]
        limited, size = _limit(scope, receive, settings)
        ledger, account, key = caller.services.uploads, caller.token.account, secrets.token_hex(8)
        most = settings.uploads.account_mb * 2**20
        # What is no upload holds nothing, and waits for no other server.
        if size and not await self._threads.run_quick(partial(ledger.hold, account, key, size, most)):
            await answer_http_error(Request(scope), _crowded(settings))(scope, receive, send)
            return
        try:
            await self._inner(scope, limited, send)
        finally:
            ledger.release(account, key)

    async def _admit(self, scope: Scope) -> tuple[Caller, Settings]:
        secret = _read_secret(Headers(scope=scope).get("Authorization", ""))
        address = scope["client"][0] if scope.get("client") else ""
        # In one piece: each change to a thread waits for others where the process is busy.
        return await self._threads.run_quick(partial(self._let_in, secret, address))

    def _let_in(self, secret: str, address: str) -> tuple[Caller, Settings]:
        services = self._open_services()
        token = _find_token(services, secret, address)
        acting = services.open_workbench().act_as(token.act_from(address))
        return Caller(token, acting, services, self._threads), services.settings


class ApiHeaders:
    """Adds the security headers to every response."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `send` that adds the headers."""
        await self._inner(scope, receive, _add_headers(send))


def get_caller(request: Request) -> Caller:
    """The caller of an accepted request."""
    caller: Caller = request.scope[_CALLER]
    return caller


def _is_open(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD") and _get_path(scope) == OPEN_PATH


def _get_path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _find_token(services: ApiServices, secret: str, address: str) -> ApiToken:
    """The token of a secret, counted before and after it is looked up; Refusal where there is none."""
    digest, rates = hashlib.sha256(secret.encode()).hexdigest(), services.rates
    per_minute = services.settings.api.requests_per_minute
    rates.count_secret(digest, address, per_minute)
    # Only well-formed tokens are looked up in the database.
    token = services.tokens.find(secret) if _SECRET.fullmatch(secret) else None
    if token is None:
        services.audit.append_seldom("api", AuditEvent.REFUSED, "token", address=address)
        raise _unauthenticated("This token is unknown, expired or revoked, or its account is disabled.")
    rates.count_found(digest, token.account, per_minute)
    return token


def _read_secret(header: str) -> str:
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise _unauthenticated("This request carries no bearer token.")
    if len(secret) > _LONGEST_SECRET or not secret.isascii():
        raise _unauthenticated("This is not a token of the workbench.")
    return secret.strip()


def _unauthenticated(detail: str) -> Refusal:
    hint = "send the header `Authorization: Bearer TOKEN`; the account page and `token create` make tokens."
    return Refusal(401, "access", detail, hint, {"WWW-Authenticate": 'Bearer realm="workbench"'})


def _limit(scope: Scope, receive: Receive, settings: Settings) -> tuple[Receive, int]:
    """A `receive` within the limits of a body, and the bytes that an upload may have at most."""
    declared = Headers(scope=scope).get("Content-Length", "")
    is_upload = _get_path(scope) in UPLOAD_PATHS and scope["method"] == "POST"
    most = settings.uploads.size_mb * 2**20 + UPLOAD_EXTRA_BYTES if is_upload else JSON_BYTES
    size = int(declared) if declared.isdecimal() else 0
    return limit_body(receive, size, most), min(size or most, most) if is_upload else 0


def _crowded(settings: Settings) -> Refusal:
    return Refusal(
        429,
        "busy",
        f"The uploads of this account have {settings.uploads.account_mb} MB together.",
        "send them one after another; Content-Length says that a file is small.",
        {"Retry-After": "10"},
    )


def _add_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await send(message)

    return send_with_headers

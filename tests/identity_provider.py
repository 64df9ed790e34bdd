"""A small OpenID Connect provider on a port of this machine: what it signs, and how, the tests say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "workbench"
CLIENT_SECRET = secrets.token_urlsafe(24)
Forge = Callable[["IdentityProvider", dict[str, Any]], str]


@dataclass
class IdentityProvider:
    """Vouches for any user with `claims`; `forge` signs an ID token in another way than it should."""

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "4711", "email": "ada@bank.example"})
    forge: Forge | None = None
    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    key_requests: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def describe(self) -> dict[str, str]:
        """Its openid-configuration."""
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
        }
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in paths.items()}}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes on: back, with a code."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def redeem(self, form: dict[str, str]) -> dict[str, str] | None:
        """An ID token for a code that is new, from the client that asked, with the right verifier."""
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or asked["code_challenge"] != _encode_bytes(digest)
            or form["client_secret"] != CLIENT_SECRET
        ):
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims.update(self.claims)
        return {"token_type": "Bearer", "id_token": (self.forge or sign)(self, claims)}


def sign(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """An ID token as it should be."""
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, provider.key)


def sign_with_another_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """The right key's name over another key's signature."""
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, RSAKey.generate_key(2048))


def sign_with_the_public_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """The public key taken for a shared secret, which a careless check would believe."""
    signed = f"{_encode({'alg': 'HS256', 'kid': provider.key.kid})}.{_encode(claims)}"
    code = hmac.new(provider.key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_encode_bytes(code)}"


def sign_nothing(_provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """`alg=none`."""
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(claims)}."


def _encode(content: dict[str, Any]) -> str:
    return _encode_bytes(json.dumps(content).encode())


def _encode_bytes(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def running_provider() -> Iterator[IdentityProvider]:
    """A provider that answers on a free port."""
    provider = IdentityProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _make_handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """The four addresses of a provider."""

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            elif address.path == "/keys":
                provider.key_requests += 1
                self._answer({"keys": [provider.key.as_dict(private=False)]})
            else:
                self._answer(provider.describe())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = provider.redeem({name: values[0] for name, values in parse_qs(body).items()})
            self._answer(answer or {"error": "invalid_grant"}, 200 if answer else 400)

        def log_message(self, *_arguments: object) -> None:
            """Stay silent."""

        def _answer(self, content: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler

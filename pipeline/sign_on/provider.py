"""The provider over HTTP: what it says of itself, its keys, and the exchange of a code for an ID token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.errors import AccessError, StoreError
from pipeline.settings import SignOnOptions

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 10
_KEYS_LIFETIME_S = 3_600
_METADATA_PATH = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """Asks the provider; what it says of itself and its keys are remembered for an hour."""

    def __init__(
        self,
        options: SignOnOptions,
        secret: str,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._secret = secret
        self._transport = transport
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    @property
    def authorization_endpoint(self) -> str:
        """Where the browser is sent."""
        return str(self._load_metadata()["authorization_endpoint"])

    def load_keys(self, is_fresh: bool = False) -> dict[str, Any]:
        """The provider's public keys (a JWK set); asked again where a token names one that is unknown."""
        return self._load(str(self._load_metadata()["jwks_uri"]), is_fresh)

    def redeem(self, code: str, verifier: str) -> str:
        """The ID token for an authorization code; AccessError where the provider gives none."""
        endpoint = str(self._load_metadata()["token_endpoint"])
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._options.redirect_url,
            "client_id": self._options.client_id,
            "code_verifier": verifier,
        }
        if self._secret:
            form["client_secret"] = self._secret
        token = self._ask("POST", endpoint, form).get("id_token")
        if not isinstance(token, str):
            raise AccessError("The provider of single sign-on sent no ID token.", "log in again.")
        return token

    def _load_metadata(self) -> dict[str, Any]:
        found = self._load(self._options.issuer.rstrip("/") + _METADATA_PATH)
        if found.get("issuer") != self._options.issuer or not all(found.get(name) for name in _ENDPOINTS):
            raise StoreError(
                "The provider of single sign-on describes itself as another issuer, or incompletely.",
                "compare sign_on.issuer with `issuer` in its openid-configuration.",
            )
        return found

    def _load(self, url: str, is_fresh: bool = False) -> dict[str, Any]:
        with self._lock:
            at, content = self._known.get(url, (0.0, None))
            if content is None or is_fresh or self._clock() - at > _KEYS_LIFETIME_S:
                content = self._ask("GET", url)
                self._known[url] = (self._clock(), content)
            return content

    def _ask(self, method: str, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        # Loaded late: most installations have no provider.
        import httpx

        try:
            with httpx.Client(timeout=_TIMEOUT_S, transport=self._transport, trust_env=False) as client:
                answer = client.request(method, url, data=form, headers={"Accept": "application/json"})
                content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise StoreError(
                f"The provider of single sign-on cannot be used: {type(error).__name__}.",
                "check sign_on.issuer, and whether this machine reaches it.",
            ) from error
        if answer.is_success and isinstance(content, dict):
            return content
        raise AccessError("The provider of single sign-on refused this login.", "log in again.")

"""The provider over HTTP: what it says of itself, its keys, and the exchange of a code for an ID token."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.access.sign_on.answers import Answers
from pipeline.access.sign_on.http import fetch_json
from pipeline.errors import AccessError, StoreError
from pipeline.settings import SignOnOptions

if TYPE_CHECKING:
    import httpx

_OK = 200
_METADATA_PATH = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """Asks the provider; what it says of itself and its keys are remembered (`Answers`)."""

    def __init__(
        self,
        options: SignOnOptions,
        secret: str,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._secret = secret
        self._transport = transport
        self._answers = Answers(clock)

    @property
    def authorization_endpoint(self) -> str:
        """Where the browser is sent."""
        return str(self._load_metadata()["authorization_endpoint"])

    def load_keys(self, is_fresh: bool = False) -> dict[str, Any]:
        """The provider's public keys (a JWK set); asked again where a token names one that is unknown."""
        url = str(self._load_metadata()["jwks_uri"])
        return self._answers.get(url, lambda: self._ask(url), is_fresh)

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
        # Not among the remembered answers: a made-up code would keep everybody out.
        status, content = fetch_json("POST", endpoint, form, self._transport)
        if status != _OK or not isinstance(content, dict):
            raise AccessError("The provider of single sign-on refused this login.", "log in again.")
        token = content.get("id_token")
        if not isinstance(token, str):
            raise AccessError("The provider of single sign-on sent no ID token.", "log in again.")
        return token

    def _load_metadata(self) -> dict[str, Any]:
        return self._answers.get(self._options.issuer.rstrip("/") + _METADATA_PATH, self._ask_metadata)

    def _ask_metadata(self) -> dict[str, Any]:
        found = self._ask(self._options.issuer.rstrip("/") + _METADATA_PATH)
        if found.get("issuer") != self._options.issuer or not all(found.get(name) for name in _ENDPOINTS):
            raise StoreError(
                "The provider of single sign-on describes itself as another issuer, or incompletely.",
                "compare sign_on.issuer with `issuer` in its openid-configuration.",
            )
        return found

    def _ask(self, url: str) -> dict[str, Any]:
        status, content = fetch_json("GET", url, transport=self._transport)
        if status == _OK and isinstance(content, dict):
            return content
        raise StoreError(
            f"The provider of single sign-on does not describe itself: it answers with status {status}.",
            "compare sign_on.issuer with `issuer` in its openid-configuration.",
        )

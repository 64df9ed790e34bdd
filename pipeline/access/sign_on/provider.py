"""The provider over HTTP: its metadata, its keys, and the exchange of a code for an ID token.

Authlib writes and reads the messages of OAuth 2.0. Two parts stay here: its HTTP clients limit neither the
size nor the whole time of an answer (`http` does), and its discovery neither renews what it read nor
remembers a failure (`discovery_cache` does). Its check of a discovery document also wants what login never
reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.access.sign_on.discovery_cache import DiscoveryCache
from pipeline.access.sign_on.http import TokenSession, fetch_json
from pipeline.errors import AccessError, StoreError
from pipeline.settings import SignOnOptions
from pipeline.store.cache.notes import Notes

if TYPE_CHECKING:
    import httpx
    from authlib.oauth2.client import OAuth2Client

_OK = 200
_METADATA_PATH = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """Asks the provider; what it says of itself and its keys are remembered (`DiscoveryCache`)."""

    def __init__(
        self,
        options: SignOnOptions,
        secret: str,
        notes: Notes,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._options = options
        self._secret = secret
        self._transport = transport
        self._discovery = DiscoveryCache(notes)

    @property
    def authorization_endpoint(self) -> str:
        """Where the browser is sent."""
        return str(self._load_metadata()["authorization_endpoint"])

    def load_keys(self, is_fresh: bool = False) -> dict[str, Any]:
        """The provider's public keys (a JWK set); asked again where a token names one that is unknown."""
        url = str(self._load_metadata()["jwks_uri"])
        return self._discovery.get(url, lambda: self._ask(url), is_fresh)

    def redeem(self, code: str, verifier: str) -> str:
        """The ID token for an authorization code; AccessError where the provider gives none."""
        endpoint = str(self._load_metadata()["token_endpoint"])
        # Not among the remembered answers: a made-up code would keep everybody out.
        token = self._exchange(endpoint, code, verifier).get("id_token")
        if not isinstance(token, str):
            raise AccessError("The provider of single sign-on sent no ID token.", "log in again.")
        return token

    def open_client(self) -> OAuth2Client:
        """Authlib's client with the workbench's registration, for one step of one login: it keeps state."""
        # Loaded late: most installations have no provider.
        from authlib.oauth2.client import OAuth2Client

        return OAuth2Client(
            TokenSession(self._transport),
            self._options.client_id,
            self._secret,
            token_endpoint_auth_method="client_secret_post" if self._secret else "none",
            scope=list(self._options.scopes),
            redirect_uri=self._options.redirect_url,
            code_challenge_method="S256",
        )

    def _exchange(self, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError

        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        try:
            return dict(self.open_client().fetch_token(endpoint, **grant))
        except (AuthlibBaseError, ValueError, TypeError, OverflowError) as error:
            # The last three: Authlib converts `expires_in`, whatever it holds.
            raise AccessError(
                "The provider of single sign-on refused this login.", "log in again."
            ) from error

    def _load_metadata(self) -> dict[str, Any]:
        return self._discovery.get(self._options.issuer.rstrip("/") + _METADATA_PATH, self._ask_metadata)

    def _ask_metadata(self) -> dict[str, Any]:
        found = self._ask(self._options.issuer.rstrip("/") + _METADATA_PATH)
        if found.get("issuer") != self._options.issuer or not all(found.get(name) for name in _ENDPOINTS):
            raise StoreError(
                "The discovery document of the single sign-on provider has another issuer or is incomplete.",
                "compare sign_on.issuer with `issuer` in its openid-configuration.",
            )
        return found

    def _ask(self, url: str) -> dict[str, Any]:
        status, content = fetch_json("GET", url, transport=self._transport)
        if status == _OK and isinstance(content, dict):
            return content
        raise StoreError(
            f"The discovery document of the single sign-on provider is unavailable: status {status}.",
            "compare sign_on.issuer with `issuer` in its openid-configuration.",
        )

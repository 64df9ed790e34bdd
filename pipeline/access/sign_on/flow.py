"""The way to the provider and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.access.sign_on.accounts import SignOnIdentity
from pipeline.access.sign_on.claims import read_identity
from pipeline.access.sign_on.id_token import read_claims
from pipeline.access.sign_on.pending import MOST_LOGINS, PendingLogins
from pipeline.access.sign_on.provider import Provider
from pipeline.errors import AccessError, ConfigError
from pipeline.settings import Settings
from pipeline.store.cache.cache import Cache

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Departure:
    """Where to send a browser, and what it must bring back in a cookie."""

    url: str
    browser_key: str = field(repr=False)


@dataclass(frozen=True)
class Arrival:
    """Whom the provider vouches for, and the link to the page that was asked for."""

    identity: SignOnIdentity
    target: str


class SignOn:
    """Logins by the provider that `config.yaml` names."""

    def __init__(
        self, settings: Settings, cache: Cache, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._options = settings.sign_on
        discovery = cache.open_notes("discovery")
        self._provider = Provider(self._options, read_client_secret(settings), discovery, transport)
        self._pending = PendingLogins(cache.open_notes("login", MOST_LOGINS))

    @property
    def label(self) -> str:
        """What the login form calls this way in."""
        return self._options.label

    def begin(self, target: str = "/") -> Departure:
        """A new login that ends at `target`: the provider's address with state, nonce and PKCE."""
        # First, so that a provider that does not answer leaves no pending login behind.
        endpoint = self._provider.authorization_endpoint
        state, browser_key, pending = self._pending.add(target)
        client = self._provider.open_client()
        url, _ = client.create_authorization_url(endpoint, state, pending.verifier, nonce=pending.nonce)
        return Departure(url, browser_key)

    def finish(self, query: Mapping[str, str], browser_key: str) -> Arrival:
        """Who came back; AccessError for whatever is forged, late, replayed, or refused over there."""
        pending = self._pending.take(query.get("state", ""), browser_key)
        is_from_elsewhere = query.get("iss", self._options.issuer) != self._options.issuer
        if is_from_elsewhere or "error" in query or not query.get("code"):
            raise AccessError("The provider of single sign-on refused this login.", "log in again.")
        token = self._provider.redeem(query["code"], pending.verifier)
        claims = read_claims(token, pending.nonce, self._options, self._provider)
        return Arrival(read_identity(claims, self._options), pending.target)


def read_client_secret(settings: Settings) -> str:
    """The client's secret: of the environment, else of the state folder; empty for a public client."""
    given = settings.sign_on.client_secret.get_secret_value()
    return given or _read_file(settings.state_folder / "secrets" / "sign_on_secret")


def _read_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The file {file} cannot be read.", "check its rights.") from error

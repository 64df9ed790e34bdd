"""Single sign-on by OpenID Connect: the authorization code flow with PKCE, state and nonce."""

from pipeline.access.sign_on.deep_links import read_deep_link, write_deep_link
from pipeline.access.sign_on.flow import Arrival, Departure, SignOn, read_client_secret

__all__ = ["Arrival", "Departure", "SignOn", "read_client_secret", "read_deep_link", "write_deep_link"]

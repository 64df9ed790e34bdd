"""Single sign-on by OpenID Connect: the authorization code flow with PKCE, state and nonce."""

from pipeline.sign_on.flow import Arrival, Departure, SignOn

__all__ = ["Arrival", "Departure", "SignOn"]

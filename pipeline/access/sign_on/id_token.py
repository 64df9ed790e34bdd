"""Whether an ID token is the provider's, for this workbench, for this login, and still good."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.access.sign_on.provider import Provider
from pipeline.errors import AccessError
from pipeline.settings import SignOnOptions

if TYPE_CHECKING:
    from joserfc.jwt import Token

# Asymmetric ones alone: with HS256 the public key could serve as the secret, and `none` signs nothing.
_ALGORITHMS = ("RS256", "PS256", "ES256")
_LEEWAY_S = 60


def read_claims(
    token: str, nonce: str, options: SignOnOptions, provider: Provider, now: Callable[[], float] = time.time
) -> dict[str, Any]:
    """The claims of a token whose signature, issuer, audience, time and nonce are right; else AccessError.

    The checks are those of OpenID Connect Core 1.0, section 3.1.3.7.
    """
    from joserfc.errors import JoseError

    try:
        verified = _verify_signature(token, provider)
        _check_claims(verified, nonce, options, now)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _refuse() from error
    return dict(verified.claims)


def _verify_signature(token: str, provider: Provider) -> Token:
    from joserfc import jws
    from joserfc.errors import JoseError

    algorithm = jws.extract_compact(token.encode()).headers().get("alg")
    if algorithm not in _ALGORITHMS:
        raise _refuse()
    try:
        return _decode(token, provider.load_keys())
    except (JoseError, ValueError):
        # The provider may have changed its keys since they were read.
        return _decode(token, provider.load_keys(is_fresh=True))


def _decode(token: str, keys: Mapping[str, Any]) -> Token:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    key_set = KeySet.import_key_set({"keys": list(keys["keys"])})
    return jwt.decode(token, key_set, algorithms=list(_ALGORITHMS))


def _check_claims(token: Token, nonce: str, options: SignOnOptions, now: Callable[[], float]) -> None:
    from authlib.oidc.core import CodeIDToken

    required = {
        "iss": {"essential": True, "value": options.issuer},
        "aud": {"essential": True, "value": options.client_id},
        "sub": {"essential": True},
    }
    expected = {"client_id": options.client_id, "nonce": nonce}
    CodeIDToken(token.claims, token.header, required, expected).validate(int(now()), _LEEWAY_S)


def _refuse() -> AccessError:
    # The message does not say which check failed, which would help a forger.
    return AccessError("The single sign-on response is not valid.", "log in again.")

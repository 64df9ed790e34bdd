"""From claims to a name and a role: what `config.yaml` says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.access.accounts import AccountRole
from pipeline.access.sign_on.accounts import SignOnIdentity
from pipeline.errors import AccessError
from pipeline.settings import SignOnOptions


def read_identity(claims: Mapping[str, Any], options: SignOnOptions) -> SignOnIdentity:
    """Whom the claims describe; AccessError without a usable name or from a domain that is not allowed."""
    name = _find(claims, options.name_claim)
    if not isinstance(name, str) or not name.strip():
        raise AccessError(
            f'Single sign-on sent no "{options.name_claim}" claim to use as your user name.',
            "configure the provider to send that claim, or set sign_on.name_claim.",
        )
    _check_domain(claims, options)
    return SignOnIdentity(options.issuer, str(claims["sub"]), name, _find_role(claims, options))


def _check_domain(claims: Mapping[str, Any], options: SignOnOptions) -> None:
    if not options.allowed_domains:
        return
    domain = str(claims.get("email", "")).rpartition("@")[2].lower()
    # A provider that lets people type their address says so with a false email_verified.
    is_allowed = domain in {allowed.lower() for allowed in options.allowed_domains}
    if not is_allowed or claims.get("email_verified", True) is not True:
        raise AccessError(
            "The domain of your e-mail address is not allowed to log in here.",
            "ask an administrator of the workbench about sign_on.allowed_domains.",
        )


def _find_role(claims: Mapping[str, Any], options: SignOnOptions) -> AccountRole | None:
    given = _find(claims, options.role_claim)
    values = {given} if isinstance(given, str) else set(map(str, given)) if isinstance(given, list) else set()
    named = {role: set(getattr(options.roles, role.value)) for role in AccountRole}
    return next((role for role in reversed(AccountRole) if named[role] & values), None)


def _find(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by names with dots between them where it is inside another one."""
    if path in claims:
        return claims[path]
    first, dot, rest = path.partition(".")
    inner = claims.get(first)
    return _find(inner, rest) if dot and isinstance(inner, Mapping) else None

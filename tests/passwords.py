"""Passwords for tests, made as they run."""

from __future__ import annotations

import secrets

# Without vowels no user name of a test can stand in one, which the rules for passwords refuse.
_LETTERS = "bcfghjkmpqtvwxz23456789"


def make_password() -> str:
    """A password that the rules accept for any user."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))

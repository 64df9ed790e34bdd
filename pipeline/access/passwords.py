"""Which passwords are accepted (length over composition, NIST SP 800-63B, 5.1.1.2), and their hashes."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import bcrypt

from pipeline.errors import DataError

MINIMUM_CHARACTERS = 12
MAXIMUM_BYTES = 72
"""bcrypt reads no further than this, and bcrypt 5 refuses what is longer."""
MINIMUM_DISTINCT = 5
_COMMON = Path(__file__).parent / "common_passwords.txt"


def check_password(name: str, password: str) -> None:
    """Raise DataError, with the rule that is broken, unless the password may protect the account `name`."""
    text = _normalize(password)
    broken = next((message for is_broken, message in _apply_rules(name, text) if is_broken), None)
    if broken:
        raise DataError(
            f"This password cannot be used: {broken}.", "choose a long phrase that is hard to guess."
        )


def compute_hash(password: str, rounds: int) -> str:
    """The salted bcrypt hash of a checked password; `rounds` is the cost as a power of two."""
    return bcrypt.hashpw(_normalize(password).encode(), bcrypt.gensalt(rounds)).decode()


def is_match(password: str, password_hash: str) -> bool:
    """Whether the password has this hash; takes the same time for passwords that are too long to be right."""
    content = _normalize(password).encode()
    has_hash = bcrypt.checkpw(content[:MAXIMUM_BYTES], password_hash.encode())
    return has_hash and len(content) <= MAXIMUM_BYTES


def _normalize(password: str) -> str:
    # The login form strips what was typed, and keyboards differ in how they compose accents.
    return unicodedata.normalize("NFKC", password.strip())


def _apply_rules(name: str, text: str) -> tuple[tuple[bool, str], ...]:
    folded = text.casefold()
    return (
        (len(text) < MINIMUM_CHARACTERS, f"it has fewer than {MINIMUM_CHARACTERS} characters"),
        (len(text.encode()) > MAXIMUM_BYTES, f"it is longer than {MAXIMUM_BYTES} bytes"),
        (not text.isprintable(), "it contains non-printable characters"),
        (
            len(set(folded)) < MINIMUM_DISTINCT,
            f"it has fewer than {MINIMUM_DISTINCT} different characters",
        ),
        (len(name) > 2 and name.casefold() in folded, "it contains the user name"),
        (folded in _load_common(), "it is one of the most common passwords"),
    )


@cache
def _load_common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())

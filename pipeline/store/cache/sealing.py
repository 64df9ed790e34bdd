"""What leaves the process for a cache: encrypted, authenticated, under a name that tells nothing."""

from __future__ import annotations

import secrets
import struct
import time
import zlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.store.signing import Signer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_HEAD = struct.Struct(">d")
_LONGEST_NAME = 32


class Seal:
    """Seals with AES-256-GCM under a key of the installation, `cache_key` or `WORKBENCH_CACHE_KEY`.

    A sealed value opens under its own name only and until it expires, so that whatever can write to the
    cache can put nothing there that would be believed, and can read nothing.
    """

    def __init__(self, secrets_folder: Path, now: Callable[[], float] = time.time) -> None:
        self._signer = Signer(secrets_folder, "cache_key")
        self._now = now

    def hide(self, name: str) -> str:
        """The name under which something is kept: names hold accounts, addresses and digests of tokens."""
        return self._signer.sign_text(f"name:{name}")[:_LONGEST_NAME]

    def close(self, name: str, content: bytes, lifetime_s: float) -> bytes:
        """The content, sealed for a name and a time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = _HEAD.pack(self._now() + lifetime_s) + zlib.compress(content, 1)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """The content; None where it was sealed elsewhere, for another name, was changed or has expired."""
        from cryptography.exceptions import InvalidTag

        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            return None
        (ends_at,) = _HEAD.unpack_from(plain)
        return zlib.decompress(plain[_HEAD.size :]) if self._now() < ends_at else None

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(bytes.fromhex(self._signer.sign_text("values")))

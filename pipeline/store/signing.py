"""The installation's own key, what it signed here, and files for the server's own account alone."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from pipeline.errors import ConfigError, StoreError


class Signer:
    """Signs with HMAC-SHA256 under a key in the state folder (mode 0600), made when first needed.

    The environment wins over the file: `WORKBENCH_MODEL_KEY`, `WORKBENCH_AUDIT_KEY`, as hexadecimal digits.
    Each purpose has a key of its own, so that a signature for one is worth nothing for another.
    """

    def __init__(self, secrets_folder: Path, key_name: str = "model_key") -> None:
        self._file = secrets_folder / key_name
        self._variable = f"WORKBENCH_{key_name.upper()}"

    def sign(self, *files: Path) -> str:
        """The signature of files in order, as hexadecimal digits."""
        code = hmac.new(self._key, digestmod=hashlib.sha256)
        for file in files:
            code.update(hashlib.sha256(file.read_bytes()).digest())
        return code.hexdigest()

    def is_signed(self, signature: str, *files: Path) -> bool:
        """Whether this installation gave that signature to these files as they are now."""
        return hmac.compare_digest(signature.encode(), self.sign(*files).encode())

    def sign_text(self, text: str) -> str:
        """The signature of a text, as hexadecimal digits."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def is_signed_text(self, signature: str, text: str) -> bool:
        """Whether this installation gave that signature to this text."""
        return hmac.compare_digest(signature.encode(), self.sign_text(text).encode())

    @cached_property
    def _key(self) -> bytes:
        given = os.environ.get(self._variable)
        if given is not None:
            return self._parse(given)
        try:
            return self._file.read_bytes() if self._file.exists() else self._make_key()
        except OSError as error:
            raise StoreError(
                f"The key {self._file} cannot be used: {error.strerror or error}.",
                "check the rights of the state folder.",
            ) from error

    def _parse(self, text: str) -> bytes:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
            raise ConfigError(
                f"The environment variable {self._variable} is not a valid key.",
                "give 64 hexadecimal digits, those of the key file on the app's machine.",
            )
        return bytes.fromhex(text)

    def _make_key(self) -> bytes:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._file.with_name(f".{self._file.name}-{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
            # A link and not a rename: of two processes that start at once, the first one's key stays.
            os.link(draft, self._file)
        except FileExistsError:
            return self._file.read_bytes()
        finally:
            draft.unlink(missing_ok=True)
        return self._file.read_bytes()


def write_private(file: Path, content: bytes) -> None:
    """Write a file or replace it, readable by its owner only (0600); OSError leaves what was there.

    The folder has to exist. Key files are not written so: of two processes the first one's key stays.
    """
    draft = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise

"""The first administrator: a user who can read the server's terminal, proved by a one-time code."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from pipeline.access.accounts import Account, Accounts
from pipeline.errors import AccessError, StoreError

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP = 4, 4


class FirstStart:
    """Guards the set-up page with a code in the state folder; `announce` shows it to the server's owner."""

    def __init__(self, folder: Path, accounts: Accounts, announce: Callable[[str], None]) -> None:
        self._file = folder / "secrets" / "setup_code"
        self._accounts = accounts
        self._announce = announce

    def prepare(self) -> bool:
        """Show the code where no account exists yet, and say whether that is so."""
        if not self._accounts.is_empty():
            self._discard()
            return False
        self._announce(self._read() or self._renew())
        return True

    def create_admin(self, code: str, name: str, password: str) -> Account:
        """Make the first account; AccessError on a wrong code.

        The code has 80 random bits: guesses need no new one, which strangers could then force on the owner.
        """
        expected = self._read() or self._renew()
        if not hmac.compare_digest(_normalize(code).encode(), _normalize(expected).encode()):
            raise AccessError(
                "This is not the set-up code.", "read it in the terminal that runs the workbench."
            )
        account = self._accounts.create_first(name, password)
        self._discard()
        return account

    def _renew(self) -> str:
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        code = "-".join(groups)
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.unlink(missing_ok=True)
            with os.fdopen(os.open(self._file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(code)
        except OSError as error:
            raise _cannot_keep(self._file, error) from error
        return code

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise _cannot_keep(self._file, error) from error

    def _discard(self) -> None:
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_keep(self._file, error) from error


def _normalize(code: str) -> str:
    return "".join(code.upper().replace("-", " ").split())


def _cannot_keep(file: Path, error: Exception) -> StoreError:
    return StoreError(
        f"The set-up code in {file} cannot be kept: {error}.", "check the rights of the state folder."
    )

"""How far the audit log has come, kept outside the database: a tail that is cut off is missed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.store.signing import Signer, write_private

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""


@dataclass(frozen=True)
class Head:
    """The number and the hash of an entry; number 0 lies before the first one."""

    number: int = 0
    hash: str = GENESIS


class HeadFile:
    """The newest entry that this installation has stored, in a signed file beside the keys.

    It is written after each commit, so that it may lag behind the database for a moment but never
    runs ahead of it. The database alone could be put back to an earlier state without a trace.
    """

    def __init__(self, secrets_folder: Path, signer: Signer) -> None:
        self._file = secrets_folder / "audit_head.json"
        self._signer = signer

    def load(self) -> Head | None:
        """The newest entry, number 0 where there is no file; None for a file that is damaged or forged."""
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            head = Head(int(content["number"]), str(content["hash"]))
            return head if self._signer.is_signed_text(str(content["signature"]), _spell(head)) else None
        except FileNotFoundError:
            return Head()
        except OSError as error:
            raise self._cannot_keep(error) from error
        except (ValueError, KeyError, TypeError):
            return None

    def advance(self, head: Head) -> None:
        """Move forward; a damaged file stays as it is, for `audit verify` to find."""
        known = self.load()
        if known is None or known.number >= head.number:
            return
        content = {
            "number": head.number,
            "hash": head.hash,
            "signature": self._signer.sign_text(_spell(head)),
        }
        try:
            write_private(self._file, json.dumps(content).encode())
        except OSError as error:
            raise self._cannot_keep(error) from error

    def _cannot_keep(self, error: OSError) -> StoreError:
        return StoreError(
            f"The file {self._file} cannot be used: {error.strerror or error}.",
            "check the rights and the free space of the state folder.",
        )


def _spell(head: Head) -> str:
    return f"head {head.number} {head.hash}"

"""The audit log: who did what, when and from where, in a chain of hashes that no entry leaves unnoticed.

An entry's hash covers the hash before it; a signature with the installation's key covers the hash, so
that an attacker who can only write to the database cannot rebuild the chain. No entry holds data or secrets.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from pipeline.access.accounts import Actor
from pipeline.access.audit_head import Head, HeadFile
from pipeline.access.rate_limits import find_network
from pipeline.datasets.formulas import neutralise_formulas
from pipeline.errors import StoreError
from pipeline.store.cache.turns import TokenBuckets
from pipeline.store.database import Database, utc_now
from pipeline.store.signing import Signer
from pipeline.store.tables import AUDIT

Detail = str | int
_ORDER = ("dataset", "kind", "columns", "rows", "seed", "as_of", "format", "sha256", "findings")
_MODEL = ("model", "synthesizer", "epochs")
_PUBLIC = ("public_columns", "public_tables")
_ACCESS = ("account", "role", "state", "session", "token", "parent", "days", *_PUBLIC)
DETAILS = frozenset(_ORDER + _MODEL + _ACCESS)
"""All that an entry may say beside its subject; values are short, and none of them is data."""
_APPEND_LOCK = 4_071_924
_BATCH = 5_000
_SELDOM_A_MINUTE = 10
_LONGEST = 200
_COLUMNS = ("number", "at", "actor", "role", "source", "address", "event", "subject", "details", "hash")


class AuditEvent(StrEnum):
    """What can be recorded."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOCKED_OUT = "locked_out"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    SETUP = "setup"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_CHANGED = "account_changed"
    PASSWORD_CHANGED = "password_changed"
    TOKEN_CREATED = "token_created"
    TOKEN_REVOKED = "token_revoked"
    DATASET_ADDED = "dataset_added"
    DATASET_CHANGED = "dataset_changed"
    DATASET_REMOVED = "dataset_removed"
    COLUMNS_PUBLISHED = "columns_published"
    MODEL_TRAINED = "model_trained"
    MODEL_DELETED = "model_deleted"
    TABLE_GENERATED = "table_generated"
    DOWNLOADED = "downloaded"
    EVALUATED = "evaluated"
    RUN_SUBMITTED = "run_submitted"
    RUN_CANCELLED = "run_cancelled"
    RUN_RESUMED = "run_resumed"
    RUN_DELETED = "run_deleted"
    RUN_LABELLED = "run_labelled"
    RECIPE_SAVED = "recipe_saved"
    RECIPE_DELETED = "recipe_deleted"
    RUN_SHARED = "run_shared"
    SHARE_WITHDRAWN = "share_withdrawn"
    APPROVAL_REQUIRED = "approval_required"
    APPROVAL_LIFTED = "approval_lifted"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_RELEASED = "approval_released"
    APPROVAL_REJECTED = "approval_rejected"
    REFUSED = "refused"
    CHANGE_BEGUN = "change_begun"


@dataclass(frozen=True)
class AuditEntry:
    """One thing that happened; actor and role are empty where there was no actor yet."""

    number: int
    at: datetime
    actor: str
    role: str
    source: str
    address: str
    event: AuditEvent
    subject: str
    details: Mapping[str, Detail]
    hash: str


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted; what is None excludes nothing. `since` is included, `until` is not."""

    actor: str | None = None
    event: AuditEvent | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AuditCheck:
    """The outcome of a verification; `first_broken` is the first number missing, changed or out of place."""

    is_intact: bool
    entries: int
    first_broken: int | None


EVERYTHING = AuditFilter()


class AuditLog:
    """The log of a database; its keys and its head lie in `secrets` of the state folder."""

    def __init__(
        self,
        database: Database,
        state_folder: Path,
        now: Callable[[], datetime] = utc_now,
        strangers: TokenBuckets | None = None,
    ) -> None:
        self._database = database
        self._signer = Signer(state_folder / "secrets", "audit_key")
        self._head = HeadFile(state_folder / "secrets", self._signer)
        self._strangers = strangers or TokenBuckets()
        self._now = now

    def together(self) -> AbstractContextManager[None]:
        """A block whose changes and whose entries are one transaction."""
        return self._database.together()

    def append(
        self,
        actor: Actor | str,
        event: AuditEvent,
        subject: str = "",
        details: Mapping[str, Detail] | None = None,
        address: str = "",
    ) -> AuditEntry:
        """Add an entry and give it; `actor` is the bare name of the surface where there is no actor yet."""
        values: dict[str, Any] = {
            **_describe(actor, address),
            "event": event.value,
            "subject": _clip(subject),
            "details": _write_details(details or {}),
        }
        with self._database.begin_alone(_APPEND_LOCK) as connection:
            last = self._find_last(connection)
            values = {"number": last.number + 1, "at": self._now(), **values}
            digest = compute_hash(last.hash, values)
            signed = {**values, "hash": digest, "signature": self._signer.sign_text(digest)}
            row = connection.execute(AUDIT.insert().values(signed).returning(AUDIT)).one()
        self._database.when_committed(lambda: self._advance(Head(row.number, digest)))
        return _read(row)

    def _advance(self, head: Head) -> None:
        with self._database.begin_alone(_APPEND_LOCK):
            # Two that moved the head at once could move it back.
            self._head.advance(head)

    def append_seldom(
        self,
        surface: str,
        event: AuditEvent,
        subject: str = "",
        details: Mapping[str, Detail] | None = None,
        address: str = "",
    ) -> None:
        """Add an entry on an unknown caller, unless their network has made ten within the minute.

        A few entries suffice; a flood must not fill the log.
        """
        if self._strangers.take(find_network(address), _SELDOM_A_MINUTE) == 0:
            self.append(surface, event, subject, details, address)

    def list(
        self, wanted: AuditFilter = EVERYTHING, limit: int = 100, offset: int = 0
    ) -> tuple[AuditEntry, ...]:
        """Entries, the newest first."""
        query = _narrow(select(AUDIT), wanted).order_by(AUDIT.c.number.desc()).limit(limit).offset(offset)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(_read(row) for row in rows)

    def count(self, wanted: AuditFilter = EVERYTHING) -> int:
        """How many entries there are."""
        with self._database.read() as connection:
            return connection.scalar(_narrow(select(func.count()).select_from(AUDIT), wanted)) or 0

    def to_csv(self, wanted: AuditFilter = EVERYTHING) -> bytes:
        """Entries as CSV in UTF-8, the oldest first; no cell is a formula for a spreadsheet."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for row in self._iterate(wanted):
            values = (_spell(getattr(row, column)) for column in _COLUMNS)
            writer.writerow(neutralise_formulas(values))
        return text.getvalue().encode()

    def verify(self) -> AuditCheck:
        """Follow the chain from the first entry to the head."""
        # The head first: entries that are appended meanwhile must not look like forgeries.
        head = self._head.load()
        with self._database.read() as connection:
            entries, newest = connection.execute(select(func.count(), func.max(AUDIT.c.number))).one()
        expected = max(newest or 0, head.number if head else 0)
        is_unproved = head is None or (head.number == 0 and entries > 0)
        followed = self._follow(head or Head())
        is_intact = followed >= expected and not is_unproved
        return AuditCheck(is_intact, entries, None if is_intact else followed + 1)

    def _follow(self, head: Head) -> int:
        """The number of the last entry of the unbroken chain."""
        last = Head()
        for row in self._iterate():
            is_known = row.number != head.number or row.hash == head.hash
            if row.number != last.number + 1 or not is_known or not self._is_genuine(last.hash, row):
                break
            last = Head(row.number, row.hash)
        return last.number

    def _is_genuine(self, previous: str, row: Row[Any]) -> bool:
        has_hash = row.hash == compute_hash(previous, row._asdict())
        return has_hash and self._signer.is_signed_text(row.signature, row.hash)

    def _find_last(self, connection: Connection) -> Head:
        query = select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
        row = connection.execute(query).one_or_none()
        stored = Head(row.number, row.hash) if row else Head()
        # Where the tail was cut off, the log goes on after it, and the gap stays for `verify` to find.
        return max(stored, self._head.load() or Head(), key=lambda head: head.number)

    def _iterate(self, wanted: AuditFilter = EVERYTHING) -> Iterator[Row[Any]]:
        # In batches, each its own transaction: the log must not stand still while it is read.
        query = _narrow(select(AUDIT), wanted).order_by(AUDIT.c.number).limit(_BATCH)
        after: int | None = None
        while True:
            batch = query if after is None else query.where(AUDIT.c.number > after)
            with self._database.read() as connection:
                rows = connection.execute(batch).all()
            yield from rows
            if len(rows) < _BATCH:
                return
            after = rows[-1].number


def compute_hash(previous: str, values: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and an entry's values in canonical JSON, as hexadecimal digits."""
    content = {name: values[name] for name in _COLUMNS if name != "hash"}
    content["at"] = _spell(values["at"])
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def _narrow(query: Select[Any], wanted: AuditFilter) -> Select[Any]:
    if wanted.actor is not None:
        query = query.where(AUDIT.c.actor == wanted.actor)
    if wanted.event is not None:
        query = query.where(AUDIT.c.event == wanted.event.value)
    if wanted.since is not None:
        query = query.where(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AUDIT.c.at < wanted.until)
    return query


def _describe(actor: Actor | str, address: str) -> dict[str, str]:
    if isinstance(actor, str):
        return {"actor": "", "role": "", "source": _clip(actor, 16), "address": _clip(address, 64)}
    return {
        "actor": _clip(actor.name, 64),
        "role": actor.role.value,
        "source": _clip(actor.source, 16),
        "address": _clip(address or actor.address, 64),
    }


def _write_details(details: Mapping[str, Detail]) -> str:
    unknown = sorted(details.keys() - DETAILS)
    if unknown:
        raise StoreError(
            f"The audit log does not accept the details {', '.join(unknown)}.",
            f"record only {', '.join(sorted(DETAILS))}.",
        )
    short = {name: value if isinstance(value, int) else _clip(value) for name, value in details.items()}
    return json.dumps(short, sort_keys=True, separators=(",", ":"))


def _clip(text: str, longest: int = _LONGEST) -> str:
    return "".join(character for character in text if character.isprintable())[:longest]


def _spell(value: Any) -> str:
    is_instant = isinstance(value, datetime)
    return value.astimezone(UTC).isoformat(timespec="microseconds") if is_instant else str(value)


def _read(row: Row[Any]) -> AuditEntry:
    values = {name: getattr(row, name) for name in _COLUMNS}
    try:
        values["event"], values["details"] = AuditEvent(row.event), json.loads(row.details)
    except ValueError as error:
        raise StoreError(
            f"Entry {row.number} of the audit log cannot be read.",
            "run `python -m pipeline audit verify`: it has been changed.",
        ) from error
    return AuditEntry(**values)

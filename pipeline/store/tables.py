"""The tables of the database; `migrations/` makes them, and a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.engine import Dialect


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC; SQLite keeps no time zone, so that one is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware instant of any zone, as UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """A stored instant, aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

USERS = Table(
    "users",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", String(60), nullable=False),
    Column("role", String(16), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("failed_attempts", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    Column("sign_on_id", String(64)),
    Column("tour_ended_at", UtcDateTime),
    # Who may release tables that others asked for.
    Column("is_reviewer", Boolean, nullable=False, server_default=false()),
    Index("ix_users_sign_on_id", "sign_on_id", unique=True),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("token_hash", String(64), unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("user_agent", String(256), nullable=False),
    Column("address", String(64), nullable=False),
    Index("ix_sessions_user_id", "user_id"),
)

HANDOFFS = Table(
    "handoffs",
    METADATA,
    Column("code_hash", String(64), primary_key=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

LOGIN_FAILURES = Table(
    "login_failures",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("address", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_login_failures_address", "address"),
)

TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    # The token through which this one was made; no foreign key, since SQLite takes none afterwards.
    Column("parent_id", String(16)),
    Index("ix_api_tokens_parent_id", "parent_id"),
    Index("ix_api_tokens_user_id", "user_id"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("address", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("details", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
    Index("ix_audit_at", "at"),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("dataset", String(64), nullable=False),
    # No foreign key: local users have no account, and runs are listed after their owner is deleted.
    Column("owner", String(64), nullable=False),
    Column("source", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("place", String(8), nullable=False),
    # The attempt fences every write; tries are counted again after the run is resumed.
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    # Of the dispatcher that gave the run to a worker; of a local run, the process that does it.
    Column("ticket", String(16)),
    Column("ticket_at", UtcDateTime),
    Column("recipe_order", Text, nullable=False),
    Column("run_group", String(16)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("heartbeat_at", UtcDateTime),
    Column("stage", String(16)),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("share", Float, nullable=False),
    Column("remaining_s", Float),
    Column("seconds", Float),
    Column("peak_memory_mb", Float),
    Column("estimated_memory_mb", Float),
    Column("model", String(16)),
    Column("quality", Float),
    Column("result", Text),
    Column("error_message", Text),
    Column("error_hint", Text),
    Column("error_code", String(32)),
    Column("is_cancel_requested", Boolean, nullable=False),
    Column("title", String(80)),
    # A JSON list of words.
    Column("tags", Text),
    Index("ix_runs_status", "status", "lane", "queued_at"),
    Index("ix_runs_created_at", "created_at"),
)

RUN_EPOCHS = Table(
    "run_epochs",
    METADATA,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seconds", Float, nullable=False),
    Column("losses", Text, nullable=False),
    Column("quality", Float),
)

RUN_EVIDENCE = Table(
    "run_evidence",
    METADATA,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("content", Text, nullable=False),
)

SAVED_RECIPES = Table(
    "saved_recipes",
    METADATA,
    # No foreign key: local users have no account.
    Column("owner", String(64), primary_key=True),
    Column("is_local", Boolean, primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("recipe", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

RUN_SHARES = Table(
    "run_shares",
    METADATA,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    # An account's name, or the lowest role that is let in.
    Column("kind", String(8), primary_key=True),
    Column("grantee", String(64), primary_key=True),
    Column("given_by", String(64), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Index("ix_run_shares_grantee", "kind", "grantee"),
)

APPROVAL_RULES = Table(
    "approval_rules",
    METADATA,
    # By name alone: a dataset that is removed and registered again still requires approval.
    Column("dataset", String(64), primary_key=True),
    Column("required_by", String(64), nullable=False),
    Column("required_at", UtcDateTime, nullable=False),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("dataset", String(64), nullable=False),
    Column("table_sha256", String(64), nullable=False),
    # No foreign key: what was decided stays known after its run is deleted.
    Column("run_id", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_from", String(16), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("question", Text, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", UtcDateTime),
    Column("answer", Text),
    Index("ix_approvals_table", "dataset", "table_sha256"),
    Index("ix_approvals_run_id", "run_id"),
    Index("ix_approvals_state", "state"),
)

EXPORTS = Table(
    "exports",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("table_key", String(64), nullable=False, unique=True),
    Column("dataset_fingerprint", String(64), nullable=False),
    # A large table may have more rows than PostgreSQL's INTEGER counts.
    Column("rows", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("training_rows", Integer, nullable=False),
    Column("holdout_rows", Integer, nullable=False),
    Column("training_bits", Text, nullable=False),
    Column("holdout_bits", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # Of large tables alone: the parts noted so far, as bits by index (hexadecimal), and, once all are, the
    # newest export at that time.
    Column("parts", Text),
    Column("told_until", Integer),
    Index("ix_exports_dataset_fingerprint", "dataset_fingerprint"),
)

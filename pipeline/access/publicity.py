"""Who may declare columns public, and how the audit log records it.

Public columns are left out of the check for real codes (`evaluation.privacy.real_codes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import AuditEvent
from pipeline.access.audited import Record
from pipeline.datasets.spec import ColumnSpec, ModelledType, Role
from pipeline.errors import AccessError

_MOST_NAMED = 20


def require_may_publish(
    actor: Actor, dataset: str, columns: Sequence[ColumnSpec], before: Sequence[ColumnSpec], record: Record
) -> None:
    """Refuse to declare columns of a dataset public unless an administrator does; record either.

    `columns` are those to be kept, `before` those that were there, empty for a new dataset. Columns that
    stay public, or are no longer public, need no role. Raises AccessError and leaves the entry `refused`.
    """
    _require(actor, dataset, list_published(columns, before), "columns", record)


def require_may_publish_tables(actor: Actor, dataset: str, tables: Sequence[str], record: Record) -> None:
    """The same for whole tables of a set, which are then kept as they are in the sample."""
    _require(actor, dataset, tables, "tables", record)


def _require(actor: Actor, dataset: str, added: Sequence[str], what: str, record: Record) -> None:
    if not added:
        return
    named = {f"public_{what}": _name(added)}
    if not actor.role.includes(AccountRole.ADMIN):
        record(AuditEvent.REFUSED, dataset, role=AccountRole.ADMIN, **named)
        raise AccessError(
            f"{actor.name} may not declare {what} public ({_name(added)}); this needs the role admin.",
            "ask an administrator to declare them public, or leave them as they are.",
        )
    record(AuditEvent.COLUMNS_PUBLISHED, dataset, **named)


def as_public(names: Iterable[str]) -> list[ColumnSpec]:
    """Columns that a new dataset is asked to have as public ones."""
    return [ColumnSpec(name, Role.MODELLED, ModelledType.CATEGORICAL, is_public=True) for name in names]


def list_published(columns: Sequence[ColumnSpec], before: Sequence[ColumnSpec] = ()) -> tuple[str, ...]:
    """The columns that are public now and were not before, in table order."""
    known = {column.name for column in before if column.is_public}
    return tuple(column.name for column in columns if column.is_public and column.name not in known)


def _name(columns: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in columns[:_MOST_NAMED])
    more = len(columns) - _MOST_NAMED
    return f"{listed} and {more} more" if more > 0 else listed

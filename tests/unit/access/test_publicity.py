"""Only an administrator may declare columns public, and the audit log tells of it."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import AuditEvent
from pipeline.access.publicity import list_published, require_may_publish
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.errors import AccessError

SECRET = (ColumnSpec("mcc", Role.MODELLED, "categorical"), ColumnSpec("blz", Role.MODELLED, "categorical"))
PUBLIC = tuple(ColumnSpec(one.name, one.role, one.kind, is_public=True) for one in SECRET)


class Log:
    """Keeps what would be written."""

    def __init__(self) -> None:
        self.entries: list[tuple[AuditEvent, str, dict[str, object]]] = []

    def __call__(self, event: AuditEvent, subject: str = "", **details: object) -> None:
        self.entries.append((event, subject, details))


def act(role: AccountRole) -> Actor:
    return Actor("kim", role, "api")


def test_an_administrator_declares_columns_public_and_it_is_recorded() -> None:
    log = Log()
    require_may_publish(act(AccountRole.ADMIN), "payments", PUBLIC, SECRET, log)
    assert log.entries == [
        (AuditEvent.COLUMNS_PUBLISHED, "payments", {"public_columns": '"mcc", "blz"'}),
    ]


def test_an_analyst_is_refused_and_the_attempt_is_recorded() -> None:
    log = Log()
    with pytest.raises(AccessError, match='may not declare columns public \\("mcc", "blz"\\)'):
        require_may_publish(act(AccountRole.ANALYST), "payments", PUBLIC, (), log)
    assert [event for event, _, _ in log.entries] == [AuditEvent.REFUSED]


@pytest.mark.parametrize(("columns", "before"), [(SECRET, PUBLIC), (PUBLIC, PUBLIC), (SECRET, SECRET)])
def test_what_was_public_before_needs_nobody(
    columns: tuple[ColumnSpec, ...], before: tuple[ColumnSpec, ...]
) -> None:
    log = Log()
    require_may_publish(act(AccountRole.ANALYST), "payments", columns, before, log)
    assert log.entries == []
    assert list_published(columns, before) == ()

"""Only an administrator may declare columns public, and the audit log tells of it."""

from __future__ import annotations

import ast

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import DETAILS, AuditEvent, AuditLog
from pipeline.access.audited import Record
from pipeline.access.publicity import list_published, require_may_publish
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.errors import AccessError
from pipeline.settings import PROJECT_ROOT

SECRET = (ColumnSpec("mcc", Role.MODELLED, "categorical"), ColumnSpec("blz", Role.MODELLED, "categorical"))
PUBLIC = tuple(ColumnSpec(one.name, one.role, one.kind, is_public=True) for one in SECRET)


def act(role: AccountRole) -> Actor:
    return Actor("kim", role, "api")


def writing_to(log: AuditLog) -> Record:
    return lambda event, subject="", **details: log.append("api", event, subject, details)


def test_an_administrator_declares_columns_public_and_it_is_recorded(log: AuditLog) -> None:
    require_may_publish(act(AccountRole.ADMIN), "payments", PUBLIC, SECRET, writing_to(log))
    (entry,) = log.list()
    assert (entry.event, entry.subject) == (AuditEvent.COLUMNS_PUBLISHED, "payments")
    assert entry.details == {"public_columns": '"mcc", "blz"'}


def test_an_analyst_is_refused_and_the_attempt_is_recorded(log: AuditLog) -> None:
    with pytest.raises(AccessError, match='may not declare columns public \\("mcc", "blz"\\)'):
        require_may_publish(act(AccountRole.ANALYST), "payments", PUBLIC, (), writing_to(log))
    (entry,) = log.list()
    assert entry.event is AuditEvent.REFUSED
    assert entry.details == {"public_columns": '"mcc", "blz"', "role": "admin"}


@pytest.mark.parametrize(("columns", "before"), [(SECRET, PUBLIC), (PUBLIC, PUBLIC), (SECRET, SECRET)])
def test_what_was_public_before_needs_nobody(
    log: AuditLog, columns: tuple[ColumnSpec, ...], before: tuple[ColumnSpec, ...]
) -> None:
    require_may_publish(act(AccountRole.ANALYST), "payments", columns, before, writing_to(log))
    assert log.count() == 0
    assert list_published(columns, before) == ()


def test_the_log_takes_every_detail_that_some_use_case_records() -> None:
    named = {
        keyword.arg
        for file in (PROJECT_ROOT / "pipeline").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and call.args and _is_event(call.args[0])
        for keyword in call.keywords
        if keyword.arg
    }
    assert {"columns", "role"} <= named
    # What is declared public is a keyword of the caller's: columns, or whole tables.
    assert named - {"address"} | {"public_columns", "public_tables"} <= DETAILS


def _is_event(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) == "AuditEvent"

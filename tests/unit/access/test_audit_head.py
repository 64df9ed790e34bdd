"""The head of the audit log, and what the triggers of its table refuse."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from pipeline.access.audit import AuditEvent, AuditLog
from pipeline.access.audit_head import HeadFile
from pipeline.errors import StoreError


def test_only_one_at_a_time_moves_the_head(database, tmp_path, monkeypatch):
    advance, inside, crowds = HeadFile.advance, [], []

    def watched(self, head):
        inside.append(head)
        crowds.append(len(inside))
        time.sleep(0.02)
        advance(self, head)
        inside.remove(head)

    monkeypatch.setattr(HeadFile, "advance", watched)
    logs = [AuditLog(database, tmp_path) for _ in range(4)]
    logs[0].append("cli", AuditEvent.REFUSED, "first")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda log: log.append("cli", AuditEvent.REFUSED, "x"), logs * 2))
    assert max(crowds) == 1
    assert logs[0]._head.load().number == 9
    assert logs[0].verify().is_intact


def test_an_entry_cannot_be_put_in_the_place_of_another(tmp_path, database):
    log = AuditLog(database, tmp_path)
    log.append("cli", AuditEvent.REFUSED, "told")
    copy = "insert or replace into audit select * from audit where number = 1"
    with database.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("only SQLite has INSERT OR REPLACE")
    with pytest.raises(StoreError, match="audit"), database.begin() as connection:
        connection.execute(text(copy))
    assert log.list()[0].subject == "told"

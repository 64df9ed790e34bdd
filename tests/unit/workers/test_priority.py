"""What trains gives way to what answers."""

from __future__ import annotations

import os

import pytest

from pipeline.workers.priority import lower_priority


@pytest.mark.parametrize(("before", "after"), [(0, 10), (5, 10), (15, 15)])
def test_the_job_server_lowers_its_priority_and_never_raises_it(
    monkeypatch: pytest.MonkeyPatch, before: int, after: int
) -> None:
    found: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "getpriority", lambda _kind, _id: before)
    monkeypatch.setattr(os, "setpriority", lambda *values: found.append(values))
    lower_priority(10)
    assert found == [(os.PRIO_PROCESS, 0, after)]

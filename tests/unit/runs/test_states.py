"""The moves of a run from one status to the next."""

from __future__ import annotations

import pytest

from pipeline.errors import JobError
from pipeline.runs.states import RunEvent, RunStatus, list_sources, next_status

POSSIBLE = {
    ("queued", "claim"): "running",
    ("running", "claim"): "running",
    ("running", "finish"): "done",
    ("queued", "fail"): "failed",
    ("running", "fail"): "failed",
    ("queued", "cancel"): "cancelled",
    ("running", "cancel"): "cancelled",
    ("running", "requeue"): "queued",
    ("queued", "requeue"): "queued",
    ("failed", "resume"): "queued",
    ("cancelled", "resume"): "queued",
}


@pytest.mark.parametrize("status", RunStatus)
@pytest.mark.parametrize("event", RunEvent)
def test_every_move_is_either_known_or_refused(status, event):
    expected = POSSIBLE.get((status.value, event.value))
    if expected is None:
        with pytest.raises(JobError, match=f"A run that is {status} cannot {event}"):
            next_status(status, event)
    else:
        assert next_status(status, event) is RunStatus(expected)


def test_only_three_statuses_are_final():
    assert [status for status in RunStatus if status.is_final] == ["done", "failed", "cancelled"]


def test_an_event_knows_where_it_can_happen():
    assert list_sources(RunEvent.CLAIM) == (RunStatus.QUEUED, RunStatus.RUNNING)
    assert list_sources(RunEvent.RESUME) == (RunStatus.FAILED, RunStatus.CANCELLED)

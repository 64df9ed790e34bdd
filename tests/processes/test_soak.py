"""A short form of the soak that no other test has: a crowd on one app, the bombs, and the table itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running_app import running_app
from tests.soak import scene
from tests.soak.bombs import throw
from tests.soak.lines import Line, at_most, print_lines
from tests.soak.load import Crowd, make_clients, run_load

CROWD = Crowd(visitors=4, readers=3, makers=1, visitor_pause_s=1.0, reader_pause_s=0.3, maker_pause_s=1.0)


def test_a_crowd_is_answered_and_no_bomb_fills_the_memory(tmp_path: Path) -> None:
    scene.fill(tmp_path / "state", ["client000"], models=1)
    with running_app(tmp_path, {"WORKBENCH_RUNS__DISPATCH": "false"}) as app:
        clients = make_clients(app, CROWD)
        answers = run_load(app, clients, CROWD, seconds=4)
        assert answers.bad == {}
        assert {"list", "page", "generate"} <= set(answers.seconds)
        assert {status for (kind, status) in answers.statuses if kind != "generate"} == {200}
        lines = throw(app, clients[0].token, tmp_path / "bombs")
    assert len(lines) == 15
    assert [line for line in lines if not line.is_kept and "time" not in line.what] == []


def test_the_table_says_which_promise_was_missed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [at_most("load", "lists", 0.25, 0.5, " s"), at_most("load", "pages", float("nan"), 2.0, " s")]
    assert print_lines([*lines, Line("kills", "audit log", "3 entries", "unbroken", True)]) is False
    assert print_lines(lines[:1]) is True
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in said[:4]] == ["result", "pass", "MISS", "pass"]
    assert said[1].split() == ["load", "lists", "0.25", "s", "≤", "0.5", "s", "pass"]

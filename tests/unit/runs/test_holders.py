"""Whether the process of a local run has ended, as others on its machine see it."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil

from pipeline.runs.holders import is_gone, name_holder, name_machine


def test_a_process_is_gone_when_it_has_ended_also_before_anybody_asked_how() -> None:
    assert not is_gone(name_holder())
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = f"{name_machine()}{process.pid:08x}"
    assert not is_gone(holder)
    assert process.stdin is not None
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert is_gone(holder)
    process.wait()
    assert is_gone(holder)


def test_nothing_is_claimed_of_the_processes_of_another_machine() -> None:
    assert not is_gone("00000000" + f"{2**22 + 1:08x}")

"""Processes beside the app that do its calls: started when they are needed, and kept for the next ones.

Pages and the API share one interpreter, in which whatever computes holds up everything else.
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from pipeline.datasets.confined import is_awaited, is_confined
from pipeline.errors import ClusterLost, JobCancelled
from pipeline.progress import Progress, Signal
from pipeline.settings import PROJECT_ROOT, Settings
from pipeline.workers.call_messages import Begun, Done, Failed, Order, Stop, read, write

if TYPE_CHECKING:
    from pipeline.progress import OnProgress
    from pipeline.workbench.calls import Call

AT_ONCE = 3
"""Processes at most; the API has no more than two calls at a time, so that one is left to pages."""

_LOOK_S = 0.2
"""How often it is looked whether somebody still waits; each look takes the interpreter from pages."""

_GRACE_S = 60.0
"""How long a call that nobody waits for may take to its next step; a training ends with its epoch."""

# As workers compute: one thread for numbers each.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class _Child:
    """A process, and the connection to it: where that is closed, it ends."""

    process: subprocess.Popen[bytes]
    connection: Connection

    def end(self) -> None:
        """End it at once; twice is harmless."""
        self.connection.close()
        self.process.kill()
        # What is not waited for counts as running, and so would its run.
        self.process.wait()


class CallPool:
    """Does calls, each in a process that does nothing else meanwhile; those used last are used first."""

    def __init__(self, settings: Settings, at_once: int = AT_ONCE, grace_s: float = _GRACE_S) -> None:
        self._settings, self._grace_s = settings, grace_s
        self._places = BoundedSemaphore(at_once)
        self._numbers = itertools.count()
        self._children: list[_Child] = []
        self._idle: list[_Child] = []
        self._lock = Lock()

    def perform(self, call: Call, on_progress: OnProgress | None) -> Any:
        """What a call returns or raises.

        It is asked to stop where `on_progress` says so or raises, and where nobody waits for it any more
        (`attended`). ClusterLost where its process ends on the way, or does not stop in time; JobCancelled
        where nobody waits for it before it could begin.
        """
        order = Order(next(self._numbers), call, is_confined(), on_progress is not None)
        with self._turn():
            child = self._begin(order)
            try:
                answer, interruption = _Conversation(child, order, self._grace_s).hold(on_progress)
            except BaseException:
                self._remove(child)
                raise
            with self._lock:
                self._idle.append(child)
        if interruption:
            raise interruption
        return _open(answer)

    def close(self) -> None:
        """End all processes, what they do at the moment included; twice is harmless."""
        for child in list(self._children):
            self._remove(child)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        while not self._places.acquire(timeout=_LOOK_S):
            if not is_awaited():
                raise JobCancelled("Client disconnected.", "send the request again.")
        try:
            yield
        finally:
            self._places.release()

    def _begin(self, order: Order) -> _Child:
        """A process that has taken the order: another one where one that was kept has just ended."""
        content = write(order)
        while True:
            child, is_new = self._take()
            try:
                child.connection.send_bytes(content)
                if isinstance(read(child.connection.recv_bytes()), Begun):
                    return child
            except (EOFError, OSError) as error:
                self._remove(child)
                if is_new:
                    raise _lost() from error

    def _take(self) -> tuple[_Child, bool]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), False
        child = _start(self._settings)
        with self._lock:
            self._children.append(child)
        return child, True

    def _remove(self, child: _Child) -> None:
        with self._lock:
            self._children = [one for one in self._children if one is not child]
            self._idle = [one for one in self._idle if one is not child]
        child.end()


class _Conversation:
    """One call until its answer: reports are passed on, and the wish that it stops."""

    def __init__(self, child: _Child, order: Order, grace_s: float) -> None:
        self._connection, self._order, self._grace_s = child.connection, order, grace_s
        self._ends_at: float | None = None

    def hold(self, on_progress: OnProgress | None) -> tuple[Done | Failed, BaseException | None]:
        """The answer, and what `on_progress` has raised meanwhile; ClusterLost where there is none."""
        interruption: BaseException | None = None
        try:
            while not isinstance(message := self._wait(), Done | Failed):
                if on_progress and self._ends_at is None:
                    interruption = self._pass_on(message.progress, on_progress)
        except (EOFError, OSError) as error:
            raise _lost() from error
        return message, interruption

    def _pass_on(self, progress: Progress, on_progress: OnProgress) -> BaseException | None:
        """Have the call stopped where the listener wants that, or raises: Streamlit ends a page this way."""
        try:
            wants_more = on_progress(progress) is not Signal.STOP
        except BaseException as error:  # noqa: BLE001 - raised again as soon as the process is free
            self._stop()
            return error
        if not wants_more:
            self._stop()
        return None

    def _wait(self) -> Any:
        while not self._connection.poll(_LOOK_S):
            if self._ends_at is None:
                if not is_awaited():
                    self._stop()
            elif time.monotonic() > self._ends_at:
                raise EOFError
        return read(self._connection.recv_bytes())

    def _stop(self) -> None:
        self._ends_at = time.monotonic() + self._grace_s
        self._connection.send_bytes(write(Stop(self._order.number)))


def _open(answer: Done | Failed) -> Any:
    if isinstance(answer, Done):
        return answer.value
    raise answer.error from RuntimeError(f"in the process of the call:\n{answer.trace}")


def _start(settings: Settings) -> _Child:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.workers.call_process", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=PROJECT_ROOT,
            env={**os.environ, **_ENVIRONMENT},
            # An interrupt of the terminal reaches the app, which ends it in order. In a session of its own it
            # would not give way: Linux shares processors among sessions first, then by priority.
            process_group=0,
        )
    connection = Connection(ours.detach())
    connection.send_bytes(write(settings))
    return _Child(process, connection)


def _lost() -> ClusterLost:
    return ClusterLost(
        "The process that worked on this has ended before it was done.",
        "try again; where that fails too, ask for fewer rows: it may have run out of memory.",
    )

"""Uploaded files are read in a child process with a limit on its memory, which ends with its caller."""

from __future__ import annotations

import array
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing.connection import Connection
from threading import BoundedSemaphore, Lock
from typing import Any, ParamSpec, TypeVar

from pipeline.errors import DataError, JobCancelled
from pipeline.settings import PROJECT_ROOT, UploadLimits

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_AT_ONCE = 2
_LOOK_S = 0.05
LONGEST_S = 600
"""How long a file may be read; a child that its caller cannot end has little more of a processor."""

_SECRET = "WORKBENCH_"
# One thread for numbers, or the processes that are forked would share locks with threads that are not;
# memory from the system alone, since pools that reserve more than they use would be counted.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}
_IS_CONFINED: ContextVar[bool] = ContextVar("is_confined", default=False)
_IS_GONE: ContextVar[Callable[[], bool]] = ContextVar("is_gone", default=lambda: False)


@contextmanager
def confined() -> Iterator[None]:
    """What `call` reads inside the block, in this thread, is read in a child process."""
    token = _IS_CONFINED.set(True)
    try:
        yield
    finally:
        _IS_CONFINED.reset(token)


@contextmanager
def attended(is_gone: Callable[[], bool]) -> Iterator[None]:
    """End what is read inside the block as soon as `is_gone` says that nobody waits for it any more."""
    token = _IS_GONE.set(is_gone)
    try:
        yield
    finally:
        _IS_GONE.reset(token)


def is_confined() -> bool:
    """Whether this is in a block of `confined`."""
    return _IS_CONFINED.get()


def is_awaited() -> bool:
    """Whether somebody still waits, as the block of `attended` around this says."""
    return not _IS_GONE.get()()


def call(
    work: Callable[Parameters, Result],
    limits: UploadLimits,
    *args: Parameters.args,
    **kwargs: Parameters.kwargs,
) -> Result:
    """Call a function of a module, here or, inside a block of `confined`, in a child process.

    Raises what the function raises, DataError where the child would need more memory or time than it was
    given, and JobCancelled where nobody waits for it any more.
    """
    if not _IS_CONFINED.get():
        return work(*args, **kwargs)
    job = pickle.dumps((work, args, kwargs, limits.memory_mb))
    with _turn():
        reply: Result = _wait(_SERVER.begin(job))
        return reply


class _ReadingServer:
    """The process whose children read files: started with the first one, and again when it has ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def begin(self, job: bytes) -> Connection:
        """Have a child do a job, and give the connection to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._send(theirs.fileno())
        connection = Connection(ours.detach())
        connection.send_bytes(job)
        return connection

    def _send(self, descriptor: int) -> None:
        with self._lock:
            for is_last in (False, True):
                if self._control is None or self._owner != os.getpid():
                    if self._process is not None:
                        self._process.poll()
                    self._process, self._control = _start()
                    self._owner = os.getpid()
                try:
                    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
                    self._control.sendmsg([b"j"], rights)
                    return
                except OSError:
                    self._control.close()
                    self._control = None
                    if is_last:
                        raise


_SERVER = _ReadingServer()
_TURNS = BoundedSemaphore(_AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    while not _TURNS.acquire(timeout=_LOOK_S):
        _require_waiting()
    try:
        yield
    finally:
        _TURNS.release()


def _start() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    variables = {**os.environ, **_ENVIRONMENT}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.datasets.reading_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=PROJECT_ROOT,
            env={name: value for name, value in variables.items() if not name.startswith(_SECRET)},
            process_group=0,
        )
    return process, ours


def _wait(connection: Connection) -> Any:
    with connection, _ending(connection):
        try:
            is_done, value = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise refuse_memory() from error
    if is_done:
        return value
    raise value


@contextmanager
def _ending(connection: Connection) -> Iterator[None]:
    """Wait for the answer of a child, and kill the child where there is none or nobody waits for it.

    The child would end by itself with the connection, but not while an expression that is matched in C keeps
    its threads from running.
    """
    process, deadline = 0, time.monotonic() + LONGEST_S
    try:
        while not (connection.poll(_LOOK_S) and process):
            _require_waiting()
            _require_time(deadline)
            if not process and connection.poll():
                process = _receive_process(connection)
    except BaseException:
        _kill(process, connection)
        raise
    yield


def _receive_process(connection: Connection) -> int:
    """The number of the child, which is the first that it sends."""
    try:
        return int(connection.recv_bytes())
    except (EOFError, OSError) as error:
        raise refuse_memory() from error


def _kill(process: int, connection: Connection) -> None:
    # A child that has ended or answered has closed or written its end: its number may be another's by now.
    with suppress(OSError):
        if process and not connection.poll():
            os.kill(process, signal.SIGKILL)


def _require_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise DataError(
            f"The file takes longer than {LONGEST_S} s to read.",
            "use a sample of its rows, or shorten its texts.",
        )


def _require_waiting() -> None:
    if not is_awaited():
        raise JobCancelled("Client disconnected.", "send the request again.")


def refuse_memory() -> DataError:
    """The error for a file that takes more memory than its headers tell."""
    return DataError(
        "The file takes more memory to read than its headers tell.",
        "use a sample of its rows, or save it as CSV.",
    )


__all__ = ["LONGEST_S", "attended", "call", "confined", "is_awaited", "is_confined", "refuse_memory"]

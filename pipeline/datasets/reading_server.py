"""The process that forks a child for each uploaded file: `python -m pipeline.datasets.reading_server FD`.

It has one thread and has loaded what readers need, so that a child begins at once. A child may take the
memory that the headers of its file account for, ends with the connection to its caller and with the server,
and is the first that a machine without memory ends. The server ends with the process that started it.
"""

from __future__ import annotations

import array
import ctypes
import os
import pickle
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from pipeline.datasets.confined import LONGEST_S, refuse_memory
from pipeline.datasets.weights import granting
from pipeline.errors import DataError, WorkbenchError

_FIRST_BYTES = 400 * 10**6
_FACTOR = 2.5  # of what headers tell: estimates are rough, and results are written while tables are kept
_IDLE_S = 600.0
_CPU_S = LONGEST_S + 60  # the caller says what is wrong before
_PR_SET_PDEATHSIG = 1
_PAGE = resource.getpagesize()


def main() -> None:
    """Fork a child for each connection that is sent, until the other end closes or nothing comes for long."""
    _load_readers()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    server = os.getpid()
    while select.select([control], [], [], _IDLE_S)[0] or _has_readers():
        if not select.select([control], [], [], 0)[0]:
            continue
        descriptor = _receive(control)
        if descriptor is None:
            return
        if os.fork() == 0:
            _end_with(server)
            control.close()
            _serve(Connection(descriptor))
            os._exit(0)
        os.close(descriptor)


def _has_readers() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def _end_with(server: int) -> None:
    """Have the system kill this process when the server ends (Linux): a thread of its own may not run."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)


def _load_readers() -> None:
    import openpyxl  # noqa: F401
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401

    import pipeline.datasets.reading
    import pipeline.datasets.related.reading  # noqa: F401


def _receive(control: socket.socket) -> int | None:
    message, rights, _, _ = control.recvmsg(1, socket.CMSG_SPACE(array.array("i").itemsize))
    if not message or not rights:
        return None
    found = array.array("i")
    found.frombytes(rights[0][2])
    return found[0]


def _serve(connection: Connection) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.send_bytes(str(os.getpid()).encode())
    work, args, kwargs, memory_mb = pickle.loads(connection.recv_bytes())
    Thread(target=_watch, args=(connection.fileno(),), daemon=True).start()
    _confine(memory_mb * 10**6)
    try:
        with granting(lambda needed: _allow(_FIRST_BYTES + int(_FACTOR * needed))):
            reply = pickle.dumps((True, work(*args, **kwargs)), protocol=5)
    except MemoryError:
        reply = pickle.dumps((False, refuse_memory()))
    except WorkbenchError as error:
        reply = pickle.dumps((False, error))
    except Exception as error:  # noqa: BLE001 - the caller has to hear of it, whatever it is
        kind = type(error).__name__
        reply = pickle.dumps((False, DataError(f"The file cannot be read ({kind}).", "save it anew.")))
    with suppress(OSError):  # the caller may have gone
        connection.send_bytes(reply)


def _watch(descriptor: int) -> None:
    """End at once when the caller has gone: it sends nothing more, so that this is all that can come."""
    select.select([descriptor], [], [])
    os._exit(1)


def _confine(most_bytes: int) -> None:
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    hard = _measure_space() + _FIRST_BYTES + int(_FACTOR * most_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (_measure_space() + _FIRST_BYTES, hard))


def _allow(more_bytes: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (min(_measure_space() + more_bytes, hard), hard))


def _measure_space() -> int:
    """The addresses of this process in bytes: where they cannot be read, as those of readers alone."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
    except OSError:
        return 2**30


if __name__ == "__main__":
    main()

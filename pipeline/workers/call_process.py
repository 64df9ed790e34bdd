"""A process that does calls for the app, one at a time: `python -m pipeline.workers.call_process FD`.

It keeps its models and tables in memory from call to call. It ends with the process that started it, in the
middle of a call too, and when no call has come for long.
"""

from __future__ import annotations

import logging
import os
import queue
import resource
import signal
import sys
import threading
import traceback
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.datasets.confined import attended, confined
from pipeline.progress import OnProgress, Progress, Signal
from pipeline.workers.call_messages import Begun, Done, Failed, Order, Report, Stop, read, write
from pipeline.workers.priority import CALL_PRIORITY, lower_priority

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

_IDLE_S = 600.0


class _Listener:
    """Hears what the app says while a call is done; when the app has gone, so has this process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stopped = -1
        self.orders: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def listen(self) -> None:
        """Take messages until the connection ends."""
        while True:
            try:
                message = read(self._connection.recv_bytes())
            except (EOFError, OSError):
                os._exit(1)
            if isinstance(message, Stop):
                self._stopped = message.number
            else:
                self.orders.put(message)

    def is_stopped(self, number: int) -> bool:
        """Whether nobody waits for a call any more."""
        return self._stopped == number


def main() -> None:
    """Do what the app sends until it ends, or nothing has come for long."""
    from pipeline.workbench.workbench import Workbench

    logging.basicConfig(format="%(levelname)s calls: %(message)s", level=logging.WARNING)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    settings = read(connection.recv_bytes())
    _give_way(settings.runs.nice)
    workbench = Workbench(settings)
    listener = _Listener(connection)
    threading.Thread(target=listener.listen, daemon=True).start()
    while True:
        try:
            order = listener.orders.get(timeout=_IDLE_S)
        except queue.Empty:
            return
        connection.send_bytes(write(Begun()))
        connection.send_bytes(_answer(workbench, order, listener, connection))


def _give_way(nice: int) -> None:
    """To pages and the API, as workers do; a machine without memory ends this process before theirs."""
    lower_priority(min(CALL_PRIORITY, nice))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(workbench: Workbench, order: Order, listener: _Listener, connection: Connection) -> bytes:
    def report(progress: Progress) -> Signal:
        if order.is_followed:
            connection.send_bytes(write(Report(progress)))
        return Signal.STOP if listener.is_stopped(order.number) else Signal.CONTINUE

    try:
        with ExitStack() as stack:
            if order.is_confined:
                stack.enter_context(confined())
            stack.enter_context(attended(lambda: listener.is_stopped(order.number)))
            return write(Done(_do(workbench, order, report)))
    except Exception as error:  # noqa: BLE001 - the app has to hear of it, whatever it is
        return write(Failed(_make_portable(error), "".join(traceback.format_exception(error))))


def _do(workbench: Workbench, order: Order, report: OnProgress) -> Any:
    service, _, name = order.call.use_case.partition(".")
    use_case = getattr(getattr(workbench.act_as(order.call.actor), service), name)
    followed = {"on_progress": report} if order.is_followed else {}
    return use_case(**order.call.arguments, **followed)


def _make_portable(error: Exception) -> Exception:
    """The error where it can be told to the app as it is, else its type and its text."""
    try:
        read(write(error))
    except Exception:  # noqa: BLE001 - an error of any library, which may be anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    main()

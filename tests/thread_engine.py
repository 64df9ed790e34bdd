"""Runs done by threads of the test's own process, handed out by the real dispatcher."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from pipeline.runs.records import Run
from pipeline.store.database import Database
from pipeline.workbench.workbench import Workbench
from pipeline.workers.dispatcher import Dispatcher, Task
from pipeline.workers.performer import perform_with


class ThreadEngine:
    """An engine without processes."""

    def __init__(self, workbench: Workbench, database: Database) -> None:
        self._workbench, self._database = workbench, database
        self._threads = ThreadPoolExecutor(max_workers=4)
        self._tasks: dict[Future[str], Task] = {}

    def submit(self, run: Run, ticket: str) -> None:
        """Have a run done by a thread."""
        future = self._threads.submit(perform_with, self._workbench, self._database, run.id, ticket)
        self._tasks[future] = Task(run.id, ticket)

    def collect(self) -> tuple[Task, ...]:
        """The tasks that have ended; an error in one is the test's."""
        ended = [future for future in self._tasks if future.done()]
        for future in ended:
            future.result()
        return tuple(self._tasks.pop(future) for future in ended)

    def list_going(self) -> tuple[Task, ...]:
        """The tasks that have not ended."""
        return tuple(self._tasks.values())

    def abandon(self, task: Task) -> None:
        """Forget a task; its thread goes on, and nothing that it writes is taken."""
        self._tasks = {future: one for future, one in self._tasks.items() if one != task}

    def close(self) -> None:
        """Wait for the threads."""
        self._threads.shutdown()


@contextmanager
def serving(workbench: Workbench, database: Database) -> Iterator[ThreadEngine]:
    """Have every run that is ordered inside the block done by threads."""
    engine = ThreadEngine(workbench, database)
    dispatcher = Dispatcher(database, workbench.settings.runs)
    is_over = threading.Event()

    def dispatch() -> None:
        while not is_over.wait(0.01):
            dispatcher.tick(engine)

    thread = threading.Thread(target=dispatch)
    thread.start()
    try:
        yield engine
    finally:
        is_over.set()
        thread.join()
        engine.close()

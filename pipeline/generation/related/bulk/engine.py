"""Who makes the parts of several tables: this process, or processes of this machine, a part each."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

from pipeline.errors import JobError
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.related.bulk.context import SetContext
from pipeline.generation.related.bulk.part import count_anywhere, count_part, make_anywhere, make_part
from pipeline.generation.related.bulk.plan import SetJob
from pipeline.generation.related.bulk.records import SetPartRecord
from pipeline.models.related.assembly import Places
from pipeline.progress import OnProgress, RowProgress, Stage, tell

_TICK_S = 0.5


@dataclass
class SetProgress:
    """How far a job is; a part counts twice, once counted and once written, rows once written."""

    job: SetJob
    on_progress: OnProgress | None
    total_rows: int = 0
    started: float = field(default_factory=time.perf_counter)
    parts: int = 0
    rows: int = 0
    new_rows: int = 0

    def report(self) -> None:
        """Report; JobCancelled where the answer is STOP."""
        seconds = time.perf_counter() - self.started
        progress = RowProgress(
            Stage.SAMPLE,
            seconds=round(seconds, 3),
            rows=self.rows,
            total_rows=self.total_rows,
            rows_per_second=round(self.new_rows / seconds, 1) if seconds else 0.0,
            parts=self.parts,
            total_parts=2 * self.job.parts,
        )
        tell(self.on_progress, progress, "complete parts are found again")

    def add(self, done: Any) -> None:
        """Note a part that was counted or written."""
        self.parts += 1
        if isinstance(done, SetPartRecord):
            self.rows += done.rows
            self.new_rows += done.rows if done.is_new else 0
        self.report()


class SetEngine:
    """Counts and makes parts; `pool` are the processes for it, None is this one."""

    def __init__(
        self, context: SetContext, job: SetJob, folder: Folder, pool: ProcessPoolExecutor | None, workers: int
    ) -> None:
        self._context, self._job, self._folder = context, job, folder
        self._pool, self._workers = pool, workers

    def count(self, progress: SetProgress) -> list[dict[str, int]]:
        """The rows of each table of every part."""
        values, address = self._job.as_dict(), self._folder.address

        def here(index: int) -> Any:
            return count_part(self._context, self._job, index, self._folder)

        return self._run(here, lambda index: (count_anywhere, values, index, address), progress)

    def make(self, places: Sequence[Mapping[str, Places]], progress: SetProgress) -> list[SetPartRecord]:
        """Write every part; ExportError at the first that is broken."""
        values, address = self._job.as_dict(), self._folder.address

        def here(index: int) -> Any:
            return make_part(self._context, self._job, index, places[index], self._folder)

        def there(index: int) -> tuple[Any, ...]:
            plain = {name: (one.first_row, one.total_rows) for name, one in places[index].items()}
            return make_anywhere, values, index, plain, address

        return self._run(here, there, progress)

    def _run(
        self,
        here: Callable[[int], Any],
        there: Callable[[int], tuple[Any, ...]],
        progress: SetProgress,
    ) -> list[Any]:
        """The result of every part, in the order of the parts."""
        found: dict[int, Any] = {}
        parts = range(self._job.parts)
        results = ((index, here(index)) for index in parts) if self._pool is None else self._spread(there)
        progress.report()
        for index, result in results:
            if index is None:
                progress.report()
                continue
            found[index] = result
            progress.add(result)
        return [found[index] for index in parts]

    def _spread(self, there: Callable[[int], tuple[Any, ...]]) -> Iterator[tuple[int | None, Any]]:
        """Each part as it ends, and (None, None) about twice a second meanwhile."""
        assert self._pool is not None
        tasks, running = iter(range(self._job.parts)), dict[Future[Any], int]()
        try:
            while True:
                # One that is made and one that waits for each process, of any number in all.
                for index in islice(tasks, max(0, 2 * self._workers - len(running))):
                    running[self._pool.submit(*there(index))] = index
                if not running:
                    return
                done, _ = wait(running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                if not done:
                    yield None, None
                for future in done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            raise JobError(
                "A process that made a part died.",
                "check the memory, or use fewer --workers; complete parts are reused.",
            ) from error
        finally:
            for future in running:
                future.cancel()


@contextmanager
def open_pool(workers: int, home: Path) -> Iterator[ProcessPoolExecutor | None]:
    """Processes of this machine, ended afterwards; None for a single worker, which is this process."""
    if workers == 1:
        yield None
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _prepare, (str(home),)) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _prepare(home: str) -> None:
    """Settle a new process: its state folder, and that it ends with the one that started it."""
    os.environ["WORKBENCH_HOME"] = home
    # Ctrl+C goes to the whole group; the process that was asked ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)

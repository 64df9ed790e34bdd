"""Who makes the parts: this process, or the workers of a Dask cluster, a few parts at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import PartRecord
from pipeline.generation.bulk.part import MadePart, make_part, make_part_anywhere
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.plan import Job, plan_parts
from pipeline.generation.bulk.spreading import spread
from pipeline.generation.bulk.watch import TableWatch
from pipeline.progress import OnProgress, RowProgress, Stage, tell

if TYPE_CHECKING:
    from distributed import Client

    from pipeline.generation.bulk.spreading import PartTask


@dataclass
class _Tally:
    """The parts so far, and how long they took."""

    job: Job
    on_progress: OnProgress | None
    watch: TableWatch | None
    started: float = field(default_factory=time.perf_counter)
    records: list[PartRecord] = field(default_factory=list)
    rows: int = 0
    new_rows: int = 0

    def is_noted(self, index: int) -> bool:
        return self.watch is not None and self.watch.is_noted(index)

    def add(self, made: MadePart) -> None:
        # The callback may end the job, so what was written is recorded before it is called.
        if self.watch is not None:
            self.watch.note(made)
        record = made.record
        self.records.append(record)
        self.rows += record.rows
        self.new_rows += record.rows if record.is_new else 0
        self.report()

    def report(self) -> None:
        """Report how far the table is; JobCancelled where the answer is STOP."""
        seconds = time.perf_counter() - self.started
        progress = RowProgress(
            Stage.SAMPLE,
            seconds=round(seconds, 3),
            rows=self.rows,
            total_rows=self.job.rows,
            rows_per_second=round(self.new_rows / seconds, 1) if seconds else 0.0,
            parts=len(self.records),
            total_parts=self.job.parts,
        )
        tell(self.on_progress, progress, "complete parts are found again")


def make_parts(
    client: Client | None,
    context: PartContext,
    job: Job,
    folder: Folder,
    on_progress: OnProgress | None,
    watch: TableWatch,
) -> list[PartRecord]:
    """Make every part on the workers of `client`, in this process where there is none."""
    if client is None:
        return run_here(context, job, folder, on_progress, watch)
    return run_on(client, job, folder, on_progress, watch)


def run_here(
    context: PartContext,
    job: Job,
    folder: Folder,
    on_progress: OnProgress | None = None,
    watch: TableWatch | None = None,
) -> list[PartRecord]:
    """Make every part in this process, one after another; `watch` notes what each one repeats."""
    tally = _Tally(job, on_progress, watch)
    tally.report()
    for part in plan_parts(job):
        tally.add(make_part(context, job, part, folder, tally.is_noted(part.index)))
    return tally.records


def run_on(
    client: Client,
    job: Job,
    folder: Folder,
    on_progress: OnProgress | None = None,
    watch: TableWatch | None = None,
) -> list[PartRecord]:
    """Make every part on a cluster's workers; a part whose worker dies is made by another.

    `watch` notes here what each part repeats: workers need no database for it. Raises ClusterLost where
    the cluster is lost or no worker survives a part. Parts that are complete stay.
    """
    tally = _Tally(job, on_progress, watch)
    tally.report()
    tasks = _list_tasks(job, folder, tally)
    spread(client, job.id, tasks, lambda _, made: tally.add(made), tally.report)
    return sorted(tally.records, key=lambda record: record.index)


def _list_tasks(job: Job, folder: Folder, tally: _Tally) -> Iterator[PartTask]:
    values = job.as_dict()
    for part in plan_parts(job):
        arguments = (values, part.as_dict(), folder.address, tally.is_noted(part.index))
        yield part.index, make_part_anywhere, arguments

"""Who makes the parts of several tables: this process, or the workers of a Dask cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.spreading import spread
from pipeline.generation.related.bulk.context import SetContext
from pipeline.generation.related.bulk.part import (
    MadeSetPart,
    count_anywhere,
    count_part,
    make_anywhere,
    make_part,
)
from pipeline.generation.related.bulk.plan import SetJob
from pipeline.generation.related.bulk.records import SetPartRecord
from pipeline.generation.related.bulk.watch import SetWatch
from pipeline.models.related.assembly import Places
from pipeline.progress import OnProgress, RowProgress, Stage, tell

if TYPE_CHECKING:
    from distributed import Client

    from pipeline.generation.bulk.spreading import PartTask


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
        if isinstance(done, MadeSetPart):
            self.rows += done.record.rows
            self.new_rows += done.record.rows if done.record.is_new else 0
        self.report()


class SetEngine:
    """Counts and makes parts on the workers of `client`, in this process where there is none."""

    def __init__(
        self, context: SetContext, job: SetJob, folder: Folder, client: Client | None, watch: SetWatch
    ) -> None:
        self._context, self._job, self._folder = context, job, folder
        self._client, self._watch = client, watch

    def count(self, progress: SetProgress) -> list[dict[str, int]]:
        """The rows of each table of every part."""
        values, address = self._job.as_dict(), self._folder.address

        def here(index: int) -> Any:
            return count_part(self._context, self._job, index, self._folder)

        return self._run(here, lambda index: (index, count_anywhere, (values, index, address)), progress)

    def make(self, places: Sequence[Mapping[str, Places]], progress: SetProgress) -> list[SetPartRecord]:
        """Write every part, and note what each repeats; ExportError at the first that is broken."""
        values, address, watch = self._job.as_dict(), self._folder.address, self._watch

        def here(index: int) -> Any:
            noted = watch.is_noted(index)
            return make_part(self._context, self._job, index, places[index], self._folder, noted)

        def there(index: int) -> PartTask:
            plain = {name: (one.first_row, one.total_rows) for name, one in places[index].items()}
            return index, make_anywhere, (values, index, plain, address, watch.is_noted(index))

        made: list[MadeSetPart] = self._run(here, there, progress)
        return [one.record for one in made]

    def _run(
        self,
        here: Callable[[int], Any],
        there: Callable[[int], PartTask],
        progress: SetProgress,
    ) -> list[Any]:
        """The result of every part, in the order of the parts."""
        found: dict[int, Any] = {}

        def take(index: int, result: Any) -> None:
            # The callback may end the job, so what was written is recorded before it is called.
            if isinstance(result, MadeSetPart):
                self._watch.note(result)
                # What a part repeats is as long as its sample: it is kept in the log alone.
                result = MadeSetPart(result.record, None)
            found[index] = result
            progress.add(result)

        progress.report()
        if self._client is not None:
            tasks = (there(index) for index in range(self._job.parts))
            spread(self._client, self._job.id, tasks, take, progress.report)
        else:
            for index in range(self._job.parts):
                take(index, here(index))
        return [found[index] for index in range(self._job.parts)]

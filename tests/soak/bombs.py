"""Small files that would fill the memory, sent to a real server: what each takes of memory and time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import psutil

from tests import bombs
from tests.running_app import RunningApp
from tests.soak.lines import Line, at_most

MOST_MB, MOST_S = 500.0, 5.0
_REPEATED = partial(bombs.write_repeated_words, rows=1_900_000)
Write = Callable[[Path], Path]
BOMBS: Sequence[tuple[str, str, Write]] = (
    ("workbook, cell XFD4000", "a.xlsx", partial(bombs.write_far_cells, last=4_000)),
    ("workbook, cell XFD60000", "b.xlsx", partial(bombs.write_far_cells, last=60_000)),
    ("Parquet, a word of 2 KB", "c.parquet", partial(_REPEATED, word="x" * 2**11)),
    ("Parquet, a word of 64 KB", "d.parquet", partial(_REPEATED, word="x" * 2**16)),
    ("CSV, 10 million rows", "e.csv", partial(bombs.write_tiny_rows, rows=10_000_000)),
)


class Peak:
    """The most memory that an app and all that it started had at one time, in MB, while it is entered."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._over = process, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.most_mb = 0.0

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most_mb = max(self.most_mb, measure_mb(self._process))


def measure_mb(process: psutil.Process) -> float:
    """The memory of a process and its children in MB; what they share by forking is counted once."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error):
            total += one.memory_info().rss - one.memory_info().shared
    return total / 1e6


def throw(app: RunningApp, token: str, folder: Path) -> list[Line]:
    """Send each file for a preview, one after another; two lines for each."""
    folder.mkdir(parents=True, exist_ok=True)
    warm = folder / "warm.csv"
    warm.write_text("a,b\n" + "1,2\n" * 100, encoding="utf-8")
    _send(app, token, warm)
    lines = []
    for title, name, write in BOMBS:
        path = write(folder / name)
        process = psutil.Process(app.process.pid)
        before = measure_mb(process)
        with Peak(process) as peak:
            began = time.monotonic()
            status = _send(app, token, path)
            seconds = time.monotonic() - began
        path.unlink()
        lines += [
            at_most("bombs", f"{title}: memory", round(max(0.0, peak.most_mb - before)), MOST_MB, " MB"),
            at_most("bombs", f"{title}: time, answer {status}", round(seconds, 2), MOST_S, " s"),
            at_most("bombs", f"{title}: 5xx", int(status >= 500), 0),
        ]
    return lines


def _send(app: RunningApp, token: str, path: Path) -> int:
    with path.open("rb") as file:
        answer = httpx.post(
            f"{app.url}/api/v1/previews",
            headers={"Authorization": f"Bearer {token}"},
            files={"file": (path.name, file)},
            timeout=300,
        )
    return answer.status_code

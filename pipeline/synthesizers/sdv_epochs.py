"""The epochs of SDV's own neural synthesizers, which report none: their loops are watched from outside.

ctgan 0.12.1 gives no callback (issue 161 of sdv-dev/CTGAN), but CTGAN and TVAE draw their epochs from
`tqdm`, a name of their modules. Putting an iterator of ours there lets a fit be followed and stopped; a
callback upstream would retire this module.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import Any

from pipeline.progress import OnProgress, Progress, Signal, Stage
from pipeline.synthesizers.turns import step_aside

_ONE_FIT_AT_A_TIME = Lock()
_LOOPS = ("ctgan.synthesizers.ctgan", "ctgan.synthesizers.tvae")


class EpochWatch:
    """Reports the epochs of one fit; the last one is left to the caller, who measures it first.

    The fit has the turn at SDV and lets others in after each epoch.
    """

    def __init__(self, epochs: int, on_progress: OnProgress | None) -> None:
        self._epochs, self._on_progress = epochs, on_progress
        self._started = time.monotonic()
        self.history: list[Progress] = []
        self.was_stopped = False

    @property
    def epoch(self) -> int:
        """The last epoch that was trained."""
        return len(self.history) if self.was_stopped else self._epochs

    def make_progress(self, epoch: int, quality: float | None = None) -> Progress:
        """The report of an epoch."""
        return Progress(Stage.TRAIN, epoch, self._epochs, time.monotonic() - self._started, quality=quality)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Follow the fit inside the block; others wait, since the name belongs to the whole process."""
        modules: list[Any] = [import_module(name) for name in _LOOPS]
        with _ONE_FIT_AT_A_TIME:
            before = [module.tqdm for module in modules]
            try:
                for module in modules:
                    module.tqdm = self._follow
                yield
            finally:
                for module, tqdm in zip(modules, before, strict=True):
                    module.tqdm = tqdm

    def _follow(self, epochs: Iterable[int], **_options: object) -> Iterator[int]:
        for number in epochs:
            yield number
            if number + 1 < self._epochs and self._is_asked_to_stop(number + 1):
                self.was_stopped = True
                return

    def _is_asked_to_stop(self, epoch: int) -> bool:
        self.history.append(self.make_progress(epoch))
        with step_aside():
            return self._on_progress is not None and self._on_progress(self.history[-1]) == Signal.STOP

"""Long work beside the page: it goes on through reruns and page switches, and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Generic, TypeVar

import streamlit as st

from pipeline.errors import JobCancelled
from pipeline.synthesizers.protocol import OnProgress, Progress, Stage

Result = TypeVar("Result")
# One at a time for the whole server: two trainings would halve each other's speed and share torch's threads.
_WORKERS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="run")
_TEXTS = {
    Stage.HMA: "HMA learns the sample and writes the initial synthetic data",
    Stage.PREPARE: "Preparing the columns for training",
    Stage.TRAIN: "Training",
    Stage.SAMPLE: "Sampling rows and deriving identity columns",
    Stage.EVALUATE: "Checking validity, quality and privacy",
}
_STARTS = {Stage.HMA: 0.02, Stage.PREPARE: 0.1, Stage.TRAIN: 0.15, Stage.SAMPLE: 0.85, Stage.EVALUATE: 0.92}
_TRAINING_SHARE = _STARTS[Stage.SAMPLE] - _STARTS[Stage.TRAIN]


class Run(Generic[Result]):
    """Work that has been handed to the background, with its latest progress."""

    def __init__(self, work: Callable[[OnProgress], Result]) -> None:
        self._latest: Progress | None = None
        self._stop = Event()
        self._future: Future[Result] = _WORKERS.submit(work, self._report)

    def is_done(self, within_s: float = 0) -> bool:
        """Whether the work is over, after waiting for it for a moment."""
        return bool(wait([self._future], within_s).done)

    def cancel(self) -> None:
        """Ask the work to end at its next report; asking twice is harmless."""
        self._stop.set()
        self._future.cancel()

    def get_result(self) -> Result:
        """The result of work that is over; raises what the work raised, JobCancelled after `cancel`."""
        try:
            return self._future.result()
        except CancelledError as error:
            raise _describe_cancellation() from error

    def get_share(self) -> float:
        """How much is done, 0–1; stages are weighed by rule of thumb."""
        if self._latest is None:
            return 0.0
        epochs = max(self._latest.epochs, 1)
        trained = self._latest.epoch / epochs if self._latest.stage is Stage.TRAIN else 0.0
        return min(_STARTS[self._latest.stage] + _TRAINING_SHARE * trained, 1.0)

    def describe(self) -> str:
        """The stage and the epoch, as a sentence."""
        if self._stop.is_set():
            return "Cancelling at the next step …"
        if self._latest is None:
            return "Starting …" if self._future.running() else "Waiting for another run to finish …"
        if self._latest.stage is Stage.TRAIN:
            return f"Training, epoch {self._latest.epoch} of {self._latest.epochs}"
        return f"{_TEXTS[self._latest.stage]} …"

    def _report(self, progress: Progress) -> None:
        self._latest = progress
        if self._stop.is_set():
            raise _describe_cancellation()


@st.fragment(run_every=0.7)
def show_run(run: Run[Result]) -> None:
    """Follow a run until it is over, then draw the whole page again."""
    if run.is_done():
        st.rerun(scope="app")
    with st.container(border=True):
        st.progress(run.get_share(), text=run.describe())
        st.button("Cancel", key="cancel_run", icon=":material/stop_circle:", on_click=run.cancel)


def _describe_cancellation() -> JobCancelled:
    return JobCancelled("The run was cancelled; nothing was kept.", "start it again whenever you like.")

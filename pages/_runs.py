"""Long work beside the page: it outlives reruns, reloads and logins, and can be cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import Any, Generic, TypeVar

import streamlit as st

from pages._errors import escape
from pipeline.errors import JobCancelled, JobError
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
    """Work that has been handed to the background, with its latest progress; `subject` says what it makes."""

    def __init__(
        self, work: Callable[[OnProgress], Result], dataset: str = "", subject: str = "A table"
    ) -> None:
        self.dataset = dataset
        self.subject = subject
        self._latest: Progress | None = None
        self._began_s: float | None = None
        self._stop = Event()
        self._future: Future[Result] = _WORKERS.submit(self._begin, work)

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
        """Stage, epoch and seconds, as a sentence."""
        if self._stop.is_set():
            return "Cancelling at the next step …"
        if self._began_s is None:
            return "Waiting for another run to finish …"
        elapsed = f"{time.monotonic() - self._began_s:.0f} s elapsed"
        if self._latest is None:
            return f"Starting … {elapsed}"
        if self._latest.stage is Stage.TRAIN and self._latest.epoch:
            return f"{describe_epoch(self._latest)}; {elapsed}"
        return f"{_TEXTS[self._latest.stage]} … {elapsed}"

    def _begin(self, work: Callable[[OnProgress], Result]) -> Result:
        self._began_s = time.monotonic()
        return work(self._report)

    def _report(self, progress: Progress) -> None:
        self._latest = progress
        if self._stop.is_set():
            raise _describe_cancellation()


class Runs:
    """The latest run of each account: whoever reloads, opens a tab or logs in again finds it here."""

    def __init__(self) -> None:
        self._latest: dict[str, Run[Any]] = {}
        self._lock = Lock()

    def find(self, account: str) -> Run[Any] | None:
        """The run that is going on, or else the last one that ended, or None."""
        return self._latest.get(account)

    def is_busy(self, account: str) -> bool:
        """Whether a run of this account is going on."""
        run = self.find(account)
        return run is not None and not run.is_done()

    def start(
        self, account: str, work: Callable[[OnProgress], Result], dataset: str, subject: str
    ) -> Run[Result]:
        """Start work in place of the account's last run; JobError while that is still going on."""
        with self._lock:
            if self.is_busy(account):
                raise JobError(
                    f"{self._latest[account].subject} is still being made; this order was not started.",
                    "wait for that run or cancel it, then order again.",
                )
            run = self._latest[account] = Run(work, dataset, subject)
            return run


RUNS = Runs()


@st.fragment(run_every=0.7)
def show_run(run: Run[Result]) -> None:
    """Follow a run until it is over, then draw the whole page again."""
    if run.is_done():
        st.rerun(scope="app")
    with st.container(border=True, key="run"):
        st.markdown(f"**{escape(run.subject)}**")
        st.progress(run.get_share(), text=run.describe())
        st.button("Cancel", key="cancel_run", icon=":material/stop_circle:", on_click=run.cancel)


def describe_epoch(progress: Progress) -> str:
    """The epoch of a training that has begun, and how long the rest takes at the pace so far."""
    remaining_s = progress.seconds / progress.epoch * (progress.epochs - progress.epoch)
    return (
        f"Training, epoch {progress.epoch} of {progress.epochs}, "
        f"about {remaining_s:.0f} s of training remaining"
    )


def _describe_cancellation() -> JobCancelled:
    return JobCancelled(
        "The run was cancelled.", "the same order goes on from where its training last saved its state."
    )

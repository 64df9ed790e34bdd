"""The process beside the app that hands runs to the engine: `python -m pipeline.workers.server`.

It ends when its standard input does, however the app ends; workers of its own end with it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from pipeline.errors import JobError, StoreError, WorkbenchError
from pipeline.settings import Settings, load_settings
from pipeline.store.database import open_database
from pipeline.workers.dispatcher import Dispatcher
from pipeline.workers.engine import DaskEngine, open_engine
from pipeline.workers.priority import lower_priority

_LOG = logging.getLogger(__name__)
_TICK_S = 0.25
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class JobServer:
    """Opens an engine and keeps dispatching until stopped; opens another one where it is lost."""

    def __init__(
        self,
        settings: Settings,
        dispatcher: Dispatcher,
        stop: threading.Event,
        open_engine: Callable[[Settings], DaskEngine] = open_engine,
    ) -> None:
        self._settings, self._dispatcher, self._stop = settings, dispatcher, stop
        self._open_engine = open_engine

    def run(self) -> None:
        """Serve until stopped."""
        pause_s = _FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                engine = self._open_engine(self._settings)
            except JobError as error:
                _LOG.warning("%s", error)
                self._stop.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                continue
            pause_s = _FIRST_PAUSE_S
            self._serve(engine)

    def _serve(self, engine: DaskEngine) -> None:
        try:
            while not self._stop.is_set():
                self._tick(engine)
        except JobError as error:
            _LOG.warning("%s", error)
        finally:
            self._leave(engine)

    def _tick(self, engine: DaskEngine) -> None:
        try:
            self._dispatcher.tick(engine)
        except StoreError:
            _LOG.warning("The queue cannot be read; trying again.", exc_info=True)
            self._stop.wait(_FIRST_PAUSE_S)
        self._stop.wait(_TICK_S)

    def _leave(self, engine: DaskEngine) -> None:
        """Workers of our own end now: their runs wait for the next engine. Others go on by themselves."""
        engine.close()
        if engine.is_own:
            try:
                self._dispatcher.return_all(engine)
            except StoreError:
                _LOG.warning(
                    "Runs could not be requeued; they are found by their missing heartbeats.", exc_info=True
                )


def main() -> int:
    """Serve until the app that started this process has gone; 1 where the settings or the database fail."""
    logging.basicConfig(format="%(levelname)s jobs: %(message)s", level=logging.WARNING)
    # Read by Dask when it is imported, here and in the workers: it would log every connection.
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "error")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_watch_input, args=(stop,), daemon=True).start()
    try:
        settings = load_settings()
        lower_priority(settings.runs.nice)
        dispatcher = Dispatcher(open_database(settings), settings.runs)
        JobServer(settings, dispatcher, stop).run()
    except WorkbenchError as error:
        print(f"Runs cannot be done in the background. {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def _watch_input(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    stop.set()


if __name__ == "__main__":
    sys.exit(main())

"""Keeps the job server running beside the app: starts it, starts it again when it fails, ends it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

from pipeline.settings import PROJECT_ROOT

_LOG = logging.getLogger(__name__)
_COMMAND = (sys.executable, "-m", "pipeline.workers.server")
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_HEALTHY_S = 60.0
_END_S = 15.0


class Supervisor:
    """One child process at a time; it notices the end of this one by the end of its standard input."""

    def __init__(self, command: tuple[str, ...] = _COMMAND, first_pause_s: float = _FIRST_PAUSE_S) -> None:
        self._command, self._first_pause_s = command, first_pause_s
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="job-server", daemon=True)

    def start(self) -> None:
        """Start the child and watch it."""
        self._thread.start()

    def stop(self) -> None:
        """End the child, and kill it where it does not end; twice is harmless."""
        self._stopped.set()
        with self._lock:
            child = self._child
        if child is None:
            return
        if child.stdin:
            child.stdin.close()
        try:
            child.wait(_END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _watch(self) -> None:
        pause_s = self._first_pause_s
        while True:
            began = time.monotonic()
            child = self._spawn()
            if child is None:
                return
            code = child.wait()
            if child.stdin:
                child.stdin.close()
            if self._stopped.is_set():
                return
            if time.monotonic() - began > _HEALTHY_S:
                pause_s = self._first_pause_s
            _LOG.error("The job server ended with code %s; it starts again in %.0f s.", code, pause_s)
            self._stopped.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopped.is_set():
                return None
            # A group of its own: an interrupt of the terminal reaches the app, which ends it in order. Not a
            # session: Linux shares processors among sessions first, and by priority only inside each.
            self._child = subprocess.Popen(
                self._command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, process_group=0
            )
            return self._child

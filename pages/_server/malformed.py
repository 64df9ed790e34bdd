"""Malformed requests in the log: one line at most once a second, since anybody can send thousands."""

from __future__ import annotations

import logging
import time
from threading import Lock

_LOGGERS = ("uvicorn.error", "pipeline.api.problems")
_INVALID = "Invalid HTTP request received."
_PARSER = "h11"  # uvicorn 0.54 raises its errors in the application that reads the body
_EVERY_S = 1.0


class MalformedFilter(logging.Filter):
    """Writes a record on a request that is no HTTP in one line, and leaves out others within a second."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._logged_at = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; without its traceback where the request was malformed."""
        error = record.exc_info[1] if record.exc_info else None
        if not _is_from_parser(error) and record.msg != _INVALID:
            return True
        with self._lock:
            now = time.monotonic()
            if now - self._logged_at < _EVERY_S:
                return False
            self._logged_at = now
        record.msg, record.args = "A malformed HTTP request was refused (%s).", (error or _INVALID,)
        record.exc_info = record.exc_text = None
        return True


def calm_malformed_requests() -> None:
    """Log malformed requests at most once a second, from now on."""
    calm = MalformedFilter()
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(calm)


def _is_from_parser(error: BaseException | None) -> bool:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error is not None and type(error).__module__.partition(".")[0] == _PARSER

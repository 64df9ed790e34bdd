"""What the API is given: settings, tokens and the workbench, and threads for what blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from pipeline.api.limits import Rates
from pipeline.api.problems import Refusal
from pipeline.settings import Settings
from pipeline.workbench.entrance import UploadLedger

if TYPE_CHECKING:
    from pipeline.workbench.entrance import AuditLog, Tokens
    from pipeline.workbench.workbench import Workbench

Result = TypeVar("Result")
_QUICK_THREADS = 8
_SLOW_THREADS = 2
_MOST_WAITING = 16
_MOST_WAITING_OF_ACCOUNT = 4


@dataclass(frozen=True)
class ApiServices:
    """What outlives a request; `open_workbench` gives the workbench that pages use too."""

    settings: Settings
    tokens: Tokens
    audit: AuditLog
    open_workbench: Callable[[], Workbench]
    uploads: UploadLedger = field(default_factory=UploadLedger)
    rates: Rates = field(default_factory=Rates)


@dataclass
class Threads:
    """Threads for blocking work, so that the event loop, which pages share, is never held up.

    Slow work has few of its own: it must keep neither look-ups nor Streamlit's own threads waiting.
    """

    _quick: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_QUICK_THREADS))
    _slow: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_SLOW_THREADS))
    _waiting: Counter[str] = field(default_factory=Counter)

    @property
    def is_free(self) -> bool:
        """Whether slow work would begin at once."""
        return self._waiting.total() < _SLOW_THREADS

    async def run_quick(self, work: Callable[[], Result]) -> Result:
        """A look-up or a small change."""
        return await to_thread.run_sync(work, limiter=self._quick)

    async def run_slow(self, account: str, work: Callable[[], Result]) -> Result:
        """Training, sampling or measuring; a 429 where too many wait, of all callers or of this account."""
        if self._waiting[account] >= _MOST_WAITING_OF_ACCOUNT:
            raise _busy(_MOST_WAITING_OF_ACCOUNT, " of this account")
        if self._waiting.total() >= _MOST_WAITING:
            raise _busy(_MOST_WAITING)
        self._waiting[account] += 1
        try:
            return await to_thread.run_sync(work, limiter=self._slow)
        finally:
            self._waiting[account] -= 1
            # Accounts come and go, and those that wait for nothing need no entry.
            self._waiting += Counter()


def _busy(most: int, whose: str = "") -> Refusal:
    return Refusal(
        429,
        "busy",
        f"{most} requests for tables{whose} are running or waiting already.",
        "try again after the seconds in Retry-After.",
        {"Retry-After": "10"},
    )

"""The door to all that is kept to save time, or to be known by several app servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.settings import Settings
from pipeline.store.cache.notes import Notes
from pipeline.store.cache.place import TIMEOUT_S, Place
from pipeline.store.cache.sealing import Seal
from pipeline.store.cache.totals import Totals
from pipeline.store.cache.turns import TokenBuckets

if TYPE_CHECKING:
    from pipeline.store.cache.passing import PassedFiles
    from pipeline.store.cache.results import Results

Clock = Callable[[], float]


class Cache:
    """In memory and on disk, or in Redis where `cache.url` names one; values are sealed on disk and in Redis.

    Redis that does not answer costs speed: this process then counts and keeps by itself. Nothing is opened
    before it is used.
    """

    def __init__(self, state_folder: Path, url: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self._folder = state_folder
        self._seal = Seal(state_folder / "secrets")
        self._place = Place(url, self._seal, timeout_s) if url else None

    @property
    def is_shared(self) -> bool:
        """Whether several servers may share it."""
        return self._place is not None

    @cached_property
    def results(self) -> Results:
        """What was computed once, by content."""
        # Loaded late: most commands compute nothing that is worth it.
        from pipeline.store.cache.results import Results

        return Results(self._folder / "cache", self._seal, self._place)

    @cached_property
    def files(self) -> PassedFiles:
        """Files on their way between a browser and the server that has its page."""
        from pipeline.store.cache.passing import PassedFiles

        return PassedFiles(self._folder / "passing", self._seal)

    def open_buckets(self, purpose: str) -> TokenBuckets:
        """How often something may happen; keys of one purpose push out none of another."""
        return TokenBuckets(purpose, self._place)

    def open_notes(self, purpose: str, most: int = 4_096, clock: Clock = time.monotonic) -> Notes:
        """Short values by name, each kept for a time, to be found or taken once; `most` in this process."""
        return Notes(purpose, self._place, most, clock)

    def open_totals(self, purpose: str, measure: Callable[[str], int]) -> Totals | None:
        """What is held for each name on all servers, `measure` here; None where nothing is shared."""
        return Totals(purpose, self._place, measure) if self._place else None


def open_cache(settings: Settings) -> Cache:
    """The cache of an installation; ConfigError where `cache.url` cannot be used."""
    return Cache(settings.state_folder, settings.cache.url, settings.cache.timeout_s)

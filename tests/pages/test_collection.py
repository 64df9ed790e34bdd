"""What was imported is left out of the collections that follow each page."""

from __future__ import annotations

import gc
import platform
import sys
import types
import weakref
from collections.abc import Iterator

import pytest

from pages._server import collection
from pages._server.collection import Freezer, Trimmer


@pytest.fixture
def freezer() -> Iterator[Freezer]:
    freezer = Freezer()
    freezer.install()
    yield freezer
    freezer.remove()
    gc.unfreeze()


@pytest.mark.usefixtures("freezer")
def test_what_is_alive_is_frozen_once_for_the_modules_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    kept = [[] for _ in range(1_000)]  # type: ignore[var-annotated]
    gc.collect()
    assert gc.get_freeze_count() <= frozen
    monkeypatch.setitem(sys.modules, "another", types.ModuleType("another"))
    gc.collect()
    assert gc.get_freeze_count() >= frozen + len(kept)


class _Circle:
    def __init__(self) -> None:
        self.self = self


@pytest.mark.usefixtures("freezer")
def test_circles_of_later_runs_are_collected_as_before() -> None:
    gc.collect()
    circle = weakref.ref(_Circle())
    gc.collect()
    assert circle() is None


def test_free_memory_is_given_back_after_full_collections_but_not_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trims: list[int] = []
    now = 1_000.0
    monkeypatch.setattr(collection, "_find_trim", lambda: trims.append)
    monkeypatch.setattr(collection.time, "monotonic", lambda: now)
    trimmer = Trimmer()
    trimmer.install()
    try:
        now += 60
        gc.collect(1)
        assert trims == []
        gc.collect()
        gc.collect()
        assert trims == [0]
        now += 60
        gc.collect()
    finally:
        trimmer.remove()
    gc.collect()
    assert trims == [0, 0]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library gives memory back")
def test_the_c_library_gives_memory_back() -> None:
    trim = collection._find_trim()
    assert trim is not None
    assert trim(0) in (0, 1)

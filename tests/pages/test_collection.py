"""What was imported is left out of the collections that follow each page."""

from __future__ import annotations

import gc
import sys
import types
import weakref
from collections.abc import Iterator

import pytest

from pages._server.collection import Freezer


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

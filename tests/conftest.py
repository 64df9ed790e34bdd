"""The order of the tiers."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last: Playwright keeps an event loop running in the thread of all tests after it."""
    items.sort(key=lambda item: "browser" in item.path.parts)

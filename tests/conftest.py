"""What every test stands on: one thread for numbers, a guardian, and an order that can be drawn."""

from __future__ import annotations

import os

import hypothesis
import pytest

from tests import guardian, order

# Read when OpenMP is loaded, here and in all processes that tests start. Several processes with a thread for
# each core spend most of their time in waiting for one another.
os.environ["OMP_NUM_THREADS"] = "1"

# The same examples in each run; `--hypothesis-profile default --hypothesis-seed N` tries others.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the order."""
    group = parser.getgroup("order")
    group.addoption(
        "--order-seed", type=int, metavar="N", help="draw a random order of the tests from a seed"
    )
    group.addoption(
        "--order-by",
        choices=order.UNITS,
        default="file",
        help="what the seed shuffles: the files and the tests of each (the default), or all tests singly",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have what tests start end with this process, whatever ends it."""
    guard = guardian.start()
    config.add_cleanup(lambda: guardian.stop(guard))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the seed, with which the order can be had again."""
    seed = config.getoption("--order-seed")
    return None if seed is None else f"order: by {config.getoption('--order-by')}, --order-seed {seed}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the tests where a seed is given; without one the order is that of the files."""
    seed = config.getoption("--order-seed")
    if seed is not None:
        items[:] = order.shuffle(items, seed, config.getoption("--order-by"))

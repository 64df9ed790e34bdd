"""The random orders of the tests themselves."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace

import pytest

from tests.order import UNITS, shuffle

ITEMS = [SimpleNamespace(path=f"test_{file}.py", number=number) for file in "abcde" for number in range(8)]


@pytest.mark.parametrize("unit", UNITS)
def test_a_seed_gives_one_order_of_all_tests(unit):
    found = shuffle(ITEMS, 7, unit)
    assert found == shuffle(ITEMS, 7, unit)
    assert found != shuffle(ITEMS, 8, unit)
    assert found != ITEMS
    assert sorted(found, key=ITEMS.index) == ITEMS


def test_files_stay_together_in_an_order_of_their_own_with_their_tests_shuffled():
    found = shuffle(ITEMS, 7, "file")
    files = [(path, [one.number for one in items]) for path, items in groupby(found, lambda one: one.path)]
    assert len(files) == 5
    assert [path for path, _ in files] != sorted(path for path, _ in files)
    assert all(numbers != sorted(numbers) for _, numbers in files)


def test_single_tests_of_all_files_are_mixed():
    found = [one.path for one in shuffle(ITEMS, 7, "test")]
    assert len(list(groupby(found))) > 20

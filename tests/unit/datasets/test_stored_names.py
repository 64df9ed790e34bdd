from __future__ import annotations

import pytest

from pipeline.datasets.stored_names import name_stored


@pytest.mark.parametrize("name", ["orders", "Order-Items_2"])
def test_a_plain_name_is_the_name_of_the_file(name: str) -> None:
    assert name_stored(name) == name


def test_names_that_are_no_file_names_stay_in_the_folder_and_apart() -> None:
    names = [
        "../secret",
        "__secret",
        "Größen",
        "Grüßen",
        "a b",
        "a_b",
        "a/b",
        "x" * 300,
        "x" * 301,
        ".",
        "con:",
    ]
    stored = [name_stored(name) for name in names]
    assert len(set(stored)) == len(names)
    assert all("/" not in name and not name.startswith(".") and len(name) <= 80 for name in stored)

"""Commands that hints name, ready to be copied."""

from __future__ import annotations

import shlex

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets.commands import columns_command
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.related.columns import KeyColumns
from pipeline.datasets.related.verification import verify_keys
from pipeline.errors import DataError

NAMES = st.text("abc XYZ_.-+%/äß'\"", min_size=1, max_size=9)


@given(NAMES, st.sampled_from(["0", "7.5", ",", "true", "one two"]))
def test_a_shell_reads_the_change_from_the_command(name: str, value: str) -> None:
    command = columns_command("shop", f"orders.{name}.minimum={value}")
    assert shlex.split(command.strip("`")) == ["columns", "shop", "--set", f"orders.{name}.minimum={value}"]


@pytest.mark.parametrize(
    ("names", "command"),
    [
        (("sales",), "`columns sales --set price.decimal=,`"),
        (("shop", "orders"), "`columns shop --set orders.price.decimal=,`"),
    ],
)
def test_thousands_that_may_be_decimals_name_what_is_added(names: tuple[str, ...], command: str) -> None:
    cells = pd.DataFrame({"price": [f"{row % 9 + 1},{row * 37 % 1000:03d}" for row in range(60)]})
    with pytest.raises(DataError, match="Thousands and decimals cannot be told apart") as caught:
        type_table(cells, None, *names)
    assert command in str(caught.value.hint)


def test_a_key_that_is_none_is_told_with_its_table() -> None:
    columns = KeyColumns({"visits": pd.DataFrame({"no": ["1", "2", "2"]})})
    with pytest.raises(DataError, match="is in an earlier row already") as caught:
        verify_keys(columns, {"visits": [("no",)]})
    assert "`add ... --key visits=none`" in str(caught.value.hint)

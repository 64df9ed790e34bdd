"""What the form of a column adds to its description."""

from __future__ import annotations

import random

import pandas as pd

from pipeline.datasets.detection.columns import describe_as
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.detection.written import WrittenColumn, describe_forms
from pipeline.datasets.spec import ModelledType

_DRAW = random.Random(3)


def describe(texts: list[str]) -> WrittenColumn:
    typed = type_table(pd.DataFrame({"amount": texts}, dtype=object))
    finding = describe_as(typed.table["amount"], ModelledType.NUMERICAL, "")
    return describe_forms({"amount": finding}, typed)["amount"]


def test_cents_of_amounts_beyond_ten_trillions_are_kept() -> None:
    texts = [f"{_DRAW.lognormvariate(30, 1):.2f}" for _ in range(300)]
    assert describe(texts).options["decimals"] == 2


def test_whole_numbers_with_a_zero_behind_the_point_stay_whole() -> None:
    assert "decimals" not in describe([f"{_DRAW.randrange(9_000)}.0" for _ in range(300)]).options


def test_odd_cells_of_two_kinds_are_counted() -> None:
    amounts = [f"{_DRAW.uniform(1, 9):.3f}%" for _ in range(168)]
    written = describe([*amounts, *["-999"] * 12, *["n/a"] * 20])
    assert written.options["odd_words"] == ["-999", "n/a"]
    assert written.why.endswith("32 odd cells of 2 kinds come back at their rate")


def test_odd_cells_that_are_too_rare_to_come_back_are_told_apart() -> None:
    amounts = [f"{_DRAW.uniform(1, 9):.3f}%" for _ in range(180)]
    mixed = describe([*amounts, *["n/a"] * 12, "refer to desk", "see note"])
    assert "12 odd cells of 1 kinds come back" not in mixed.why
    assert mixed.why.endswith("12 odd cells come back at their rate; 2 more too rare to come back, replaced")
    rare = describe([*amounts, *(f"see note {letter}" for letter in "abcdefgh")])
    assert rare.why.endswith("8 odd cells too rare to come back, replaced")

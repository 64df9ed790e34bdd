"""Account numbers that a spreadsheet wrote in scientific notation are identifiers; amounts stay amounts."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.code_template import accepted_pattern
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.datasets.unsure import describe_unsure

RNG = np.random.default_rng(6)
NUMBERS = RNG.integers(80_000_000_000, 990_000_000_000, 80)
CODES = [f"{number:.5E}" for number in NUMBERS]
TRIMMED = [
    re.sub(r"\.?0+E", "E", f"{number:.5E}") for number in np.append(NUMBERS[:70], [3 * 10**11, 12 * 10**10])
]


def describe(name: str, texts: list[str], rows: int) -> tuple[ColumnSpec, tuple[str, ...]]:
    drawn = texts if rows == len(texts) else [texts[number % len(texts)] for number in range(rows)]
    cells = pd.DataFrame({name: drawn, "spent": RNG.lognormal(3, 1, len(drawn)).round(2).astype(str)})
    typed = type_table(cells)
    spec, _ = detect(typed.table, "t", typed=typed)
    return spec.columns[0], describe_unsure(spec)


@pytest.mark.parametrize(("name", "rows"), [("acct", 800), ("x", 800), ("account_number", 80)])
@pytest.mark.parametrize("texts", [CODES, TRIMMED])
def test_spoiled_codes_are_identifiers_with_a_loud_doubt(name: str, rows: int, texts: list[str]) -> None:
    column, unsure = describe(name, texts, max(rows, len(texts)) if rows > 80 else len(texts))
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    assert all(re.fullmatch(accepted_pattern(column.options), text) for text in texts)
    assert not re.fullmatch(accepted_pattern(column.options), "1.00000E+17")
    assert any("as a spreadsheet writes account numbers" in sentence for sentence in unsure)


@pytest.mark.parametrize(
    ("name", "texts"),
    [("turnover", CODES * 10), ("x", CODES), ("x", [f"{number * 1e-9:.5E}" for number in NUMBERS] * 10)],
)
def test_amounts_in_scientific_notation_stay_amounts(name: str, texts: list[str]) -> None:
    column, unsure = describe(name, texts, len(texts))
    assert (column.role, column.kind) == (Role.MODELLED, "numerical")
    assert unsure == ()

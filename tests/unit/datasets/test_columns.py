"""What readers are told of a column."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.datasets.columns import ColumnInfo


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({}, ""),
        ({"kind": "date", "pattern": "%d.%m.%Y"}, 'date: pattern "%d.%m.%Y"'),
        ({"kind": "number", "decimal": ",", "percent": True, "decimals": [0, 2]},
         'number: decimal ",", percent, decimals 0–2'),
    ],
)  # fmt: skip
def test_a_form_is_told_in_words(form: dict[str, Any], text: str) -> None:
    assert ColumnInfo("amount", "modelled", "numerical", form).describe_form() == text

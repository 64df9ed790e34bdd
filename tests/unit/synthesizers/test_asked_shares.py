"""Shares that a request asks for, checked before anything is trained."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.shares import check_shares

COLUMNS = (
    ModelledColumn("gender", ModelledType.CATEGORICAL),
    ModelledColumn("age", ModelledType.NUMERICAL),
)
TRAINING = pd.DataFrame({"gender": ["Female", "Male"] * 10, "age": range(20)})


def check(shares: Shares, synthesizer: str) -> None:
    check_shares(shares, "staff", COLUMNS, TRAINING, synthesizer)


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_known_categories_may_be_asked_of_any_synthesizer(synthesizer: str) -> None:
    check({"gender": {"Female": 0.5}}, synthesizer)
    with pytest.raises(DataError, match="Divers"):
        check({"gender": {"Divers": 0.5}}, synthesizer)


def test_ranges_of_numbers_may_be_asked_of_the_one_that_can_give_them() -> None:
    check({"age": {"3..9": 0.5}}, "autoregressive")
    with pytest.raises(DataError, match='"age", which is not a categorical column') as refused:
        check({"age": {"3..9": 0.5}}, "ctgan")
    assert "only autoregressive supports shares of numbers" in refused.value.hint


def test_an_unknown_column_is_refused_for_every_synthesizer() -> None:
    with pytest.raises(DataError, match='"height", which is not a categorical column'):
        check({"height": {"3": 0.5}}, "autoregressive")

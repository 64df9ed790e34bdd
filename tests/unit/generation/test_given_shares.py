"""Shares that a request asks for, checked before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.generation.given_shares import check_shares


@dataclass
class FakeReference:
    """What the check reads of a reference."""

    columns = (
        ModelledColumn("gender", ModelledType.CATEGORICAL),
        ModelledColumn("age", ModelledType.NUMERICAL),
    )
    training = pd.DataFrame({"gender": ["Female", "Male"] * 10, "age": range(20)})
    spec = SimpleNamespace(name="staff")


def test_categories_may_be_asked_of_any_synthesizer() -> None:
    check_shares({"gender": {"Female": 0.5}}, FakeReference(), "ctgan")


def test_ranges_of_numbers_may_be_asked_of_the_one_that_can_give_them() -> None:
    check_shares({"age": {"3..9": 0.5}}, FakeReference(), "autoregressive")
    with pytest.raises(DataError, match='"age", which is no categorical column') as refused:
        check_shares({"age": {"3..9": 0.5}}, FakeReference(), "ctgan")
    assert "only autoregressive takes shares of numbers" in refused.value.hint


def test_an_unknown_column_is_refused_for_every_synthesizer() -> None:
    with pytest.raises(DataError, match='"height", which is no categorical column'):
        check_shares({"height": {"3": 0.5}}, FakeReference(), "autoregressive")

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms.learning import learn_form


def _mix(words: list[str], share: float, values: np.ndarray) -> pd.Series:
    rng = np.random.default_rng(4)
    return pd.Series(np.where(rng.random(len(values)) < share, rng.choice(words, len(values)), values))


RESULTS = np.random.default_rng(3).gamma(4, 3, 500).round(1).astype(str)


@pytest.mark.parametrize(("words", "share"), [(["<0.5"], 0.3), (["negative"], 0.25), (["low", "high"], 0.4)])
def test_numbers_beside_a_few_words_that_come_back_stay_numbers(words: list[str], share: float) -> None:
    found = learn_form(_mix(words, share, RESULTS))
    assert found is not None
    assert found.form.kind == "number"
    assert found.odd.mean() == pytest.approx(share, abs=0.06)


def test_more_words_than_numbers_are_words() -> None:
    assert learn_form(_mix(["negative"], 0.6, RESULTS)) is None


def test_grades_of_which_some_are_numbers_are_words() -> None:
    grades = np.random.default_rng(5).choice(["1", "2", "3"], 500)
    assert learn_form(_mix(["A"], 0.3, grades)) is None


def test_texts_beside_numbers_that_hardly_come_back_are_texts() -> None:
    texts = [f"see note {number}" for number in range(400)]
    assert learn_form(_mix(texts, 0.3, RESULTS)) is None

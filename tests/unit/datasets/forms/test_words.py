"""Words that stand for no value."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.datasets.forms import find_missing_words, is_missing_word

WORDS = [" N/A ", "n.a.", "—", "Entfällt", "#DIV/0!", "err:502", "NULL"]
NO_WORDS = ["K-1001", "#1", "Err", "person", "unknown road 4", ""]


@pytest.mark.parametrize("word", WORDS)
def test_words_for_missing_are_known(word: str) -> None:
    assert is_missing_word(word)


def test_the_words_of_a_column_are_found_each_once() -> None:
    cells = pd.Series([*NO_WORDS, *WORDS, None, *WORDS], dtype=object)
    assert find_missing_words(cells) == WORDS


def test_a_column_of_numbers_holds_no_words() -> None:
    assert find_missing_words(pd.Series([1.5, None])) == []

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets.formulas import neutralise_formulas, restore_formula


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        (" @SUM(A1)", "' @SUM(A1)"),
        ("\t7", "'\t7"),
        ("\u2212five", "'\u2212five"),
        ("'=1+1", "''=1+1"),
        ("O'Brien", "O'Brien"),
        ("'quoted'", "'quoted'"),
        ("", ""),
        ('="391220"', '="391220"'),
        ('="00-A17/b"', '="00-A17/b"'),
        ('="+49 170 123"', '="+49 170 123"'),
        ('="1"&A1', '\'="1"&A1'),
        ('="=1+1"', '\'="=1+1"'),
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ('="cmd|x!A0"', '\'="cmd|x!A0"'),
        ('="a","b"', '\'="a","b"'),
        ("=A1", "'=A1"),
        ('="1"\n', '\'="1"\n'),
        ('\'="391220"', "''=\"391220\""),
    ],
)
def test_only_text_that_starts_a_formula_gets_an_apostrophe(text: str, written: str) -> None:
    assert neutralise_formulas([text]) == [written]
    assert restore_formula(written) == text


@given(st.text(alphabet=st.sampled_from("'=\"+-@ \t\r\nab1$%\ufeff\uff1d"), max_size=8) | st.text(max_size=8))
def test_reading_restores_every_text(text: str) -> None:
    assert restore_formula(neutralise_formulas([text])[0]) == text

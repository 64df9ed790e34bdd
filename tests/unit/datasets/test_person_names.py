"""How names are written: which comes first, in which case, and which columns hold their parts."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.datasets.person_names import are_parts, learn_name_form


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (["Anna Berg", "Jan Falk"], {}),
        (["BERG, ANNA", "FALK, JAN"], {"order": "last_first", "case": "upper"}),
        (["Berg, Anna", "Falk,Jan", None], {"order": "last_first"}),
        (["anna berg", "jan falk"], {"case": "lower"}),
        (["Berg, Anna", "Jan Falk"], {}),
        ([None, None], {}),
    ],
)
def test_order_and_case_are_those_of_nearly_all_names(names: list[str | None], form: dict[str, str]) -> None:
    assert learn_name_form(pd.Series(names, dtype=object)) == form


def test_first_and_last_names_are_parts_of_the_full_ones_of_their_rows() -> None:
    full = pd.Series(["BERG, ANNA", "Jan Falk", None])
    first, last = pd.Series(["Anna", "Jan", "Ida"]), pd.Series(["Berg", "Falk", "Holm"])
    assert are_parts(full, first, last)
    assert not are_parts(full, first, last.iloc[::-1].reset_index(drop=True))
    assert not are_parts(full.iloc[:0], first.iloc[:0], last.iloc[:0])

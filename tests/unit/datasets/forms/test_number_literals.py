"""Numbers that are written otherwise than the amounts of their column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms import Learned, NumberForm, form_from_dict, learn_form

_AMOUNTS = np.random.default_rng(7).uniform(0, 10, 188)


def learn(template: str, word: str, times: int = 12) -> Learned:
    texts = [template.format(amount) for amount in _AMOUNTS] + [word] * times
    found = learn_form(pd.Series(texts, dtype=object))
    assert found is not None
    return found


@pytest.mark.parametrize("word", ["0", "-999"])
@pytest.mark.parametrize("template", ["${:.2f}", "{:.2f} EUR", "{:.3f}%", "{:.2f}", "{:.3f}"])
def test_a_number_without_unit_or_decimals_is_an_odd_cell_of_its_own(template: str, word: str) -> None:
    found = learn(template, word)
    assert isinstance(found.form, NumberForm)
    assert found.form.literals == (word,)
    assert found.odd.tolist() == [False] * 188 + [True] * 12
    written = found.form.write(found.values)
    assert written.tolist() == [template.format(amount) for amount in _AMOUNTS] + [None] * 12


def test_literals_do_not_count_against_the_form() -> None:
    assert learn("${:.2f}", "0", times=100).share == 188 / 288


def test_different_amounts_without_unit_are_amounts() -> None:
    texts = [f"${amount:.2f}" for amount in _AMOUNTS] + [f"{amount:.2f}" for amount in range(20)]
    found = learn_form(pd.Series(texts, dtype=object))
    assert found is not None
    assert not found.odd.any()
    assert found.form.as_dict() == {
        "kind": "number",
        "positive": "$#",
        "negative": "-$#",
        "decimals": 2,
    }


def test_a_rare_amount_in_another_form_changes_no_decimals() -> None:
    found = learn("${:.2f}", "7", times=1)
    assert not found.odd.any()
    assert found.form.write(found.values).iloc[-1] == "$7.00"


def test_decimals_that_are_written_as_needed_set_no_number_apart() -> None:
    texts = [f"{round(amount, 1):g}" for amount in _AMOUNTS]
    found = learn_form(pd.Series(texts, dtype=object))
    assert found is not None
    assert not found.odd.any()


def test_literals_are_stored() -> None:
    form = NumberForm(positive="$#", negative="-$#", literals=("0",))
    assert form_from_dict(form.as_dict()) == form
    assert form.read(pd.Series(["0", "$0", "0.0"])).odd.tolist() == [True, False, False]

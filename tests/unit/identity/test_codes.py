"""Codes of a template: their form, none of them real, each once, and refused where they do not suffice."""

import random
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.nl import bsn

from pipeline.datasets.codes import learn_code
from pipeline.errors import SamplingError
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

RANDOM = random.Random(3)


def derived(rows: int, real: Iterable[Any] = (), is_unique: bool = True, **options: Any) -> np.ndarray:
    asked = request(
        [column("x", "code", is_unique=is_unique, **options)],
        rows,
        protected={"x": [str(value) for value in real]},
    )
    return derive(asked)["x"]


@pytest.mark.parametrize(
    "real",
    [
        [f"BR-{number:04d}" for number in range(2000)],
        [f"{number:05d}" for number in RANDOM.sample(range(2000), 1500)],
        [f"0{number:09d}" for number in RANDOM.sample(range(10**9), 150)],
        [f"{number}" for number in RANDOM.sample(range(10**6, 6 * 10**8), 400)],
        [f"{RANDOM.choice('ABC')}{number:04d}{RANDOM.choice('xyz')}" for number in range(900)],
    ],
    ids=["prefix", "padded", "leading zero", "two widths", "letters"],
)
def test_codes_keep_the_form_and_are_new(real: list[str]) -> None:
    template = learn_code(real)
    assert template is not None
    values = derived(1000, real, **template.as_options()).tolist()
    assert [value for value in values if not re.fullmatch(template.pattern, value)] == []
    assert len(set(values)) == 1000
    assert not set(values) & set(real)


def test_shapes_keep_their_shares() -> None:
    options = {"patterns": [r"A\d{8}", r"B\d{8}"], "shares": [0.8, 0.2]}
    for is_unique in (True, False):
        values = derived(5000, is_unique=is_unique, **options)
        assert np.mean([value[0] == "A" for value in values]) == pytest.approx(0.8, abs=0.03)


def test_a_shape_without_room_leaves_its_rows_to_the_others() -> None:
    values = derived(500, patterns=[r"A\d", r"B\d{5}"], shares=[0.5, 0.5])
    assert len(set(values)) == 500


def test_shapes_that_suffice_only_together_give_all_their_codes() -> None:
    values = derived(200, patterns=[r"A\d{2}", r"B\d{2}"])
    assert sorted(values) == sorted([f"{letter}{number:02d}" for letter in "AB" for number in range(100)])


def test_counted_up_codes_follow_each_other_past_the_real_ones() -> None:
    real = [f"INV-2024-{number:05d}" for number in range(1200)]
    values = derived(300, real, patterns=[r"INV-2024-\d{5}"], order="up")
    numbers = [int(value[-5:]) for value in values]
    assert min(numbers) >= 1200
    assert set(np.diff(numbers)) <= {1, 1200 - 99_999, 1201}


def test_codes_that_do_not_suffice_are_refused_with_a_way_out() -> None:
    real = [f"BR-{number:04d}" for number in range(2000)]
    with pytest.raises(SamplingError, match=r"8,000 distinct values, but 9,000 rows.*x\.width=5"):
        derived(9000, real, patterns=[r"BR-\d{4}"])
    assert {len(value) for value in derived(9000, real, patterns=[r"BR-\d{4}"], width=5)} == {8}


def test_numbers_without_leading_zeros_grow_where_rows_need_it() -> None:
    options = {"patterns": [r"[1-9]\d{3}"], "order": "up", "grows": True, "integer": True}
    four = derived(7000, range(5001, 7001), **options)
    five = derived(7001, range(5001, 7001), **options)
    assert (four.dtype, five.dtype) == (np.int64, np.int64)
    assert (four.min() >= 1000, four.max() <= 9999) == (True, True)
    assert (five.min() >= 10_000, five.max() <= 99_999) == (True, True)
    assert len(set(four.tolist())) == 7000
    assert not set(four.tolist()) & set(range(5001, 7001))


def test_check_digits_are_right_behind_separators() -> None:
    values = derived(500, patterns=[r"AC \d{4}-\d{4}-\d"], check="luhn", scope="digits")
    assert all(luhn.is_valid(re.sub(r"\D", "", value)) for value in values)


def test_a_check_number_of_ten_never_comes_up_where_no_x_can_stand() -> None:
    values = derived(3000, patterns=[r"[1-9]\d{8}"], check="mod_11_direct", scope="digits")
    assert all(bsn.is_valid(value) for value in values)
    assert len(set(values)) == 3000
    with_x = derived(3000, patterns=[r"\d{8}[0-9X]"], check="isbn10", scope="digits")
    assert any(value.endswith("X") for value in with_x)


@pytest.mark.parametrize("spell", [str.lower, lambda text: text.replace("-", ""), lambda text: f" {text} "])
def test_real_codes_count_in_other_spellings(spell: Any) -> None:
    real = [f"A-{number:02d}" for number in range(90)]
    values = derived(10, [spell(text) for text in real], patterns=[r"A-\d{2}"])
    assert sorted(values) == [f"A-{number}" for number in range(90, 100)]


def test_real_numbers_count_without_their_leading_zeros() -> None:
    values = derived(10, [str(number) for number in range(90)], patterns=[r"\d{2}"])
    assert sorted(values) == [str(number) for number in range(90, 100)]


def test_codes_longer_than_62_bits_are_unique_and_new() -> None:
    pattern = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    first = derived(2000, patterns=[pattern])
    second = derived(2000, first.tolist(), patterns=[pattern])
    assert all(re.fullmatch(pattern, value) for value in first)
    assert len({*first, *second}) == 4000


def test_parts_of_a_job_never_share_a_code() -> None:
    columns = [column("x", "code", is_unique=True, patterns=[r"A\d{3}", r"B\d{3}"], shares=[0.5, 0.5])]
    parts = [derive(request(columns, 500, first_row=start, total_rows=1500))["x"] for start in (0, 500, 1000)]
    assert len({value for part in parts for value in part}) == 1500


def test_a_template_that_cannot_be_read_names_the_column() -> None:
    with pytest.raises(SamplingError, match=r'Column "x".*cannot be read'):
        derived(5, patterns=["[A-"])


def test_a_million_codes_differ() -> None:
    values = derived(1_000_000, patterns=[r"ACC-\d{9}"])
    assert len(set(values)) == 1_000_000


ALPHABETS = {r"\d": "0123456789", "[A-Z]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[A-Fa-f]": "ABCDEFabcdef"}


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(ALPHABETS)), st.integers(2, 6)), min_size=2, max_size=3),
    st.sampled_from(["", "K-", "2024"]),
    st.integers(0, 10**6),
)
def test_values_of_a_learned_template_have_its_form_and_none_is_real(
    parts: list[tuple[str, int]], prefix: str, seed: int
) -> None:
    rng = random.Random(seed)
    real = {
        prefix + ".".join("".join(rng.choices(ALPHABETS[sign], k=width)) for sign, width in parts)
        for _ in range(120)
    }
    template = learn_code(sorted(real))
    if template is None or template.capacity < 10_000:
        return
    values = derived(100, sorted(real), **template.as_options())
    assert all(re.fullmatch(template.pattern, value) for value in values)
    assert len(set(values)) == 100
    assert not {value.upper() for value in values} & {value.upper() for value in real}

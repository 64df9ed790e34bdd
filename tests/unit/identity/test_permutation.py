"""Seeded orders and code spaces that skip real values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.permutation import Codes, Permutation, Sequence
from pipeline.identity.templates import (
    LETTERS,
    Template,
    digit_fields,
    literal_field,
    options_field,
    parse_pattern,
)


def permutation(size: int, seed: int = 0) -> Permutation:
    return Permutation.seeded(size, np.random.SeedSequence(seed))


@settings(max_examples=60)
@given(size=st.integers(1, 3_000), seed=st.integers(0, 2**32))
def test_permutation_reaches_every_number_once(size: int, seed: int) -> None:
    numbers = permutation(size, seed).apply(np.arange(size))
    assert sorted(numbers.tolist()) == list(range(size))


@settings(max_examples=60)
@given(size=st.integers(1, 2**62), seed=st.integers(0, 2**32), data=st.data())
def test_inverse_undoes_the_permutation(size: int, seed: int, data: st.DataObject) -> None:
    positions = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=20))
    order = permutation(size, seed)
    numbers = order.apply(np.array(positions, dtype=np.uint64))
    assert (numbers < size).all()
    assert order.invert(numbers).tolist() == positions


def test_permutation_depends_on_its_seed() -> None:
    first, second = (permutation(10_000, seed).apply(np.arange(100)) for seed in (1, 2))
    assert (first != second).mean() > 0.9


def test_permutation_scatters_neighbours_evenly() -> None:
    numbers = permutation(10**9).apply(np.arange(10_000))
    tenths = np.bincount((numbers // 10**8).astype(int), minlength=10)
    assert tenths.min() > 900
    assert tenths.max() < 1_100


@pytest.mark.parametrize("size", [0, -1, 2**62 + 1])
def test_permutation_refuses_impossible_sizes(size: int) -> None:
    with pytest.raises(ValueError, match="size in 1"):
        permutation(size)


def test_sequence_wraps_around_and_inverts() -> None:
    order = Sequence(10, 8)
    assert order.apply(np.arange(4)).tolist() == [8, 9, 0, 1]
    assert order.invert(order.apply(np.arange(10))).tolist() == list(range(10))


@settings(max_examples=60)
@given(size=st.integers(1, 400), seed=st.integers(0, 1_000), data=st.data())
def test_codes_give_every_number_but_the_excluded_once(size: int, seed: int, data: st.DataObject) -> None:
    excluded = data.draw(st.lists(st.integers(0, size - 1), max_size=size))
    codes = Codes(permutation(size, seed), np.array(excluded, dtype=np.uint64))
    given_codes = codes.at(np.arange(codes.capacity)).tolist()
    assert sorted(given_codes) == sorted(set(range(size)) - set(excluded))


def test_codes_of_a_slice_equal_the_slice_of_the_codes() -> None:
    codes = Codes(permutation(1_000, 3), np.arange(0, 1_000, 7, dtype=np.uint64))
    assert codes.at(np.arange(300, 400)).tolist() == codes.at(np.arange(500))[300:400].tolist()


@pytest.mark.parametrize(
    ("pattern", "size", "first", "last"),
    [
        ("AA##", 67_600, "AA00", "ZZ99"),
        ("[3-9]#", 70, "30", "99"),
        ("0[19]-*", 72, "01-0", "09-Z"),
        ("#######", 10**7, "0000000", "9999999"),
        ("##?", 1_100, "00", "999"),
    ],
)
def test_pattern_renders_its_first_and_last_code(pattern: str, size: int, first: str, last: str) -> None:
    template = parse_pattern(pattern)
    assert template.size == size
    assert template.render(np.array([0, size - 1], dtype=np.uint64)).tolist() == [first, last]


@pytest.mark.parametrize("pattern", ["A###", "##?", "WDL**", "0[1-9]AAA##[01][1-9]#", "##########"])
def test_template_reads_back_what_it_rendered(pattern: str) -> None:
    template = parse_pattern(pattern)
    codes = np.linspace(0, template.size - 1, 50).astype(np.uint64)
    assert template.read(template.render(codes)).tolist() == codes.tolist()


def test_template_leaves_out_texts_that_it_cannot_give() -> None:
    template = Template((literal_field("U"), options_field(list("12")), *digit_fields(2)))
    assert template.read(["U100", "U300", "U1000", "X100", "U10", "", "U299", "U1é0"]).tolist() == [0, 199]


def test_template_reads_nothing_from_nothing() -> None:
    assert parse_pattern("A#").read([]).tolist() == []


def test_letters_of_a_pattern_are_all_letters() -> None:
    template = parse_pattern("A")
    assert "".join(template.render(np.arange(26, dtype=np.uint64))) == LETTERS

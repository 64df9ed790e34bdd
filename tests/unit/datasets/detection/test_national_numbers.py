"""National numbers that are whole numbers: identifiers by their check digits, whatever they are called."""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib import import_module

import pandas as pd
import pytest

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.detection.details import complete
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.national_ids import CHECKED, have_check_digits

_ROWS = 300


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _closed(scheme: str, stem: Callable[[random.Random], str], rows: int = _ROWS) -> list[int]:
    """Numbers of random stems whose last digits make them valid."""
    rng, is_valid, found = random.Random(7), import_module(f"stdnum.{scheme}").is_valid, []
    while len(found) < rows:
        start = stem(rng)
        found += [int(text) for last in range(10) if is_valid(text := f"{start}{last}")][:1]
    return found


def _pesel(rows: int = _ROWS) -> list[int]:
    return _closed(
        "pl.pesel",
        lambda rng: (
            f"{rng.randint(40, 99)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}" + _digits(rng, 4)
        ),
        rows,
    )


def _tax_number(rows: int = _ROWS) -> list[int]:
    def stem(rng: random.Random) -> str:
        digits = rng.sample("123456789", 8)
        return "".join([*digits, digits[0], "0"])

    return _closed("de.idnr", stem, rows)


def _short_nir(rng: random.Random) -> str:
    month, department = rng.randint(1, 12), rng.randint(1, 95)
    return f"{rng.randint(1, 2)}{rng.randint(40, 99)}{month:02d}{department:02d}" + _digits(rng, 6)


def _nir(rows: int = _ROWS) -> list[int]:
    rng = random.Random(3)
    stems = [_short_nir(rng) for _ in range(rows)]
    return [int(f"{stem}{97 - int(stem) % 97:02d}") for stem in stems]


def _find(name: str, values: list[int]) -> Finding:
    table = pd.DataFrame({name: values})
    finding = detect_column(name, table[name])
    return complete({name: finding}, table)[name]


@pytest.mark.parametrize(
    ("name", "values", "scheme"),
    [
        ("pesel", _pesel(), "pl.pesel"),
        ("amount", _pesel(), "pl.pesel"),
        ("c12", _tax_number(), "de.idnr"),
        ("price", _tax_number(), "de.idnr"),
        ("nir", _nir(), "fr.nir"),
        ("num_secu", _nir(), "fr.nir"),
    ],
)
@pytest.mark.parametrize("times", [1, 3])
def test_numbers_with_right_check_digits_are_national_numbers(
    name: str, values: list[int], scheme: str, times: int
) -> None:
    found = _find(name, values * times)
    assert (found.kind, found.options["scheme"]) == ("national_id", scheme)


def test_rows_that_are_sorted_by_a_national_number_count_up_no_key() -> None:
    assert _find("person", sorted(_pesel())).kind == "national_id"


def test_a_few_odd_numbers_among_national_numbers_change_nothing() -> None:
    assert _find("c3", [*_pesel(296), 12, 99999999999, 11111111112, 5]).role == "identity"


@pytest.mark.parametrize("name", ["c3", "amount"])
@pytest.mark.parametrize(
    ("scheme", "stem"),
    [
        ("br.cpf", lambda rng: f"{rng.randint(1, 9)}" + _digits(rng, 9)),
        ("tr.tckimlik", lambda rng: f"{rng.randint(1, 9)}" + _digits(rng, 9)),
        ("be.nn", lambda rng: f"{rng.randint(40, 99)}0{rng.randint(1, 9)}1{_digits(rng, 5)}"),
    ],
)  # fmt: skip
def test_numbers_of_schemes_that_are_not_generated_are_codes(
    name: str, scheme: str, stem: Callable[[random.Random], str]
) -> None:
    assert _find(name, _closed(scheme, stem, 60)).kind == "code"


def test_numbers_that_lost_a_zero_in_front_are_identifiers() -> None:
    born_2001 = _closed("pl.pesel", lambda rng: f"012{rng.randint(1, 9)}1{_digits(rng, 5)}", 60)
    assert {len(str(value)) for value in born_2001} == {10}
    assert _find("amount", born_2001 + _pesel(60)).role == "identity"


def test_french_numbers_without_check_digits_are_identifiers() -> None:
    rng = random.Random(5)
    assert _find("c3", [int(_short_nir(rng)) for _ in range(_ROWS)]).kind == "code"


def test_invented_national_numbers_are_identifiers_where_the_name_says_so() -> None:
    rng = random.Random(11)
    assert _find("pesel", [rng.randint(10**10, 10**11) for _ in range(_ROWS)]).kind == "national_id"


@pytest.mark.parametrize("name", ["c12", "amount", "price"])
@pytest.mark.parametrize(
    "draw", [lambda rng: int(rng.lognormvariate(23, 1.2)), lambda rng: int(rng.gauss(5e10, 4e9))]
)
def test_random_numbers_of_many_digits_stay_measures(name: str, draw: Callable[[random.Random], int]) -> None:
    rng = random.Random(13)
    assert _find(name, [draw(rng) for _ in range(_ROWS)]).kind == "numerical"


def test_milliseconds_of_a_few_days_are_no_french_numbers() -> None:
    rng = random.Random(17)
    texts = [str(rng.randint(1_610_100_000_000, 1_612_900_000_000)) for _ in range(_ROWS)]
    assert have_check_digits(texts) is False


@pytest.mark.parametrize("digits", range(8, 16))
def test_random_digits_pass_no_scheme(digits: int) -> None:
    rng = random.Random(digits)
    assert have_check_digits([str(rng.randrange(10 ** (digits - 1), 10**digits)) for _ in range(40)]) is False


@pytest.mark.parametrize(("scheme", "width"), CHECKED.items())
def test_one_number_in_eight_or_fewer_passes_a_scheme_by_chance(scheme: str, width: int) -> None:
    rng, is_valid = random.Random(19), import_module(f"stdnum.{scheme}").is_valid
    assert sum(is_valid(_digits(rng, width)) for _ in range(1000)) < 125

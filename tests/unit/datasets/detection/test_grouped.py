"""Telephone numbers and numbers of people in groups of three digits are identities; amounts stay amounts."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.identity import derive
from tests.unit.identity.identity_cases import request

RNG = np.random.default_rng(8)
ROWS = 200
SPANISH = [f"6{RNG.integers(0, 100):02d} {number:03d} 4{number % 90 + 10}" for number in range(ROWS)]
POLISH = [f"5{RNG.integers(11, 18)} {number:03d} {RNG.integers(100, 999)}" for number in range(ROWS)]


def describe(name: str, texts: list[str]) -> ColumnSpec:
    cells = pd.DataFrame({name: texts, "spent": RNG.lognormal(3, 1, len(texts)).round(2).astype(str)})
    typed = type_table(cells)
    return detect(typed.table, "t", typed=typed)[0].columns[0]


@pytest.mark.parametrize(
    ("name", "texts", "country", "form"),
    [
        ("telefono", [f"+34 {text}" for text in SPANISH], "ES", r"\+34 \d{3} \d{3} \d{3}"),
        ("contacto", [f"+34 {text}" for text in SPANISH], "ES", r"\+34 \d{3} \d{3} \d{3}"),
        ("contacto", [f"+34 {text}" for text in SPANISH[:50]] * 4, "ES", r"\+34 \d{3} \d{3} \d{3}"),
        ("x", [f"+351 91{text[1:]}"[:16] for text in POLISH], "PT", r"\+351 \d{3} \d{3} \d{3}"),
        ("phone", [f"+420 {text}" for text in SPANISH], "CZ", r"\+420 \d{3} \d{3} \d{3}"),
        ("mobile", [f"+61 4{text[1:]}" for text in SPANISH], "AU", r"\+61 \d{3} \d{3} \d{3}"),
        ("movil", SPANISH, "ES", r"\d{3} \d{3} \d{3}"),
        ("Móvil", [text.replace(" ", ".") for text in SPANISH], "ES", r"\d{3}\.\d{3}\.\d{3}"),
        ("nr telefonu", POLISH, "PL", r"\d{3} \d{3} \d{3}"),
    ],
)
def test_telephone_numbers_in_threes_are_telephone_numbers(
    name: str, texts: list[str], country: str, form: str
) -> None:
    column = describe(name, texts)
    assert (column.role, column.kind, column.options["country"]) == (Role.IDENTITY, "phone_number", country)
    made = derive(request([column], 100, protected={name: texts}))[name]
    assert [text for text in made if not re.fullmatch(form, text)] == []
    assert not set(made) & set(texts)


@pytest.mark.parametrize("name", ["x", "cislo", "konto"])
def test_long_numbers_of_one_width_that_come_back_are_those_of_somebody(name: str) -> None:
    texts = [f"6{number % 90 + 10} {number:03d} {number * 7 % 900 + 100}" for number in range(1, 51)] * 4
    assert describe(name, texts).role is Role.IDENTITY


def test_telephone_numbers_in_threes_of_no_known_country_keep_their_form_as_codes() -> None:
    texts = [f"1{RNG.integers(10, 99)} {number:03d} {RNG.integers(100, 999)}" for number in range(ROWS)]
    column = describe("gsm", texts)
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    made = derive(request([column], 100, protected={"gsm": texts}))["gsm"]
    assert [text for text in made if not re.fullmatch(r"\d{3} \d{3} \d{3}", text)] == []


def group(numbers: np.ndarray, sign: str = "", separator: str = " ") -> list[str]:
    return [f"{sign}{number:,}".replace(",", separator) for number in numbers]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("cedula", group(RNG.integers(1_000_000, 9_999_999, ROWS), separator=".")),
        ("Cédula", group(RNG.integers(800_000, 29_999_999, ROWS), separator=".")),
        ("rut", group(RNG.integers(5_000_000, 19_999_999, ROWS // 4), separator=".") * 4),
        ("customer number", group(RNG.integers(10_000_000, 99_999_999, ROWS))),
    ],
)
def test_numbers_of_people_in_groups_are_codes(name: str, texts: list[str]) -> None:
    column = describe(name, texts)
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    made = derive(request([column], 100, protected={name: texts}))[name]
    assert [text for text in made if not re.fullmatch(r"\d{1,3}([. ]\d{3})+", text)] == []


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("change", group(RNG.integers(1_000, 9_999_999, ROWS), "+")),
        ("change", group(RNG.integers(1_000_000, 9_999_999, ROWS), "+")),
        ("change", group(RNG.integers(100_000_000, 999_999_999, ROWS), "+")),
        ("change", group(RNG.integers(1_000_000_000, 99_999_999_999, ROWS), "+")),
        ("price", group(RNG.integers(1_000, 9_999_999, ROWS))),
        ("turnover", group(RNG.integers(100_000_000, 999_999_999, ROWS))),
        ("x", group(RNG.integers(100_000_000, 999_999_999, ROWS))),
        ("mobile_revenue", group(RNG.integers(100_000_000, 999_999_999, ROWS))),
        ("mobile", group(RNG.integers(1_000, 9_999_999, ROWS))),
        ("telefonkosten", group(RNG.integers(100_000_000, 999_999_999, ROWS), separator=".")),
        ("number of employees", group(RNG.integers(100_000, 999_999, ROWS))),
        ("order no", group(RNG.integers(100, 9_999_999, ROWS))),
        ("x", group(RNG.integers(10_000, 99_999, ROWS // 4)) * 4),
        ("x", group(RNG.integers(100_000, 999_999, ROWS // 4) * 1_000) * 4),
        ("x", group(RNG.lognormal(18, 1.5, ROWS // 4).astype(int)) * 4),
        ("revenue", group(RNG.integers(100_000_000, 999_999_999, ROWS // 4)) * 4),
    ],
)
def test_amounts_in_groups_stay_amounts(name: str, texts: list[str]) -> None:
    column = describe(name, texts)
    assert (column.role, column.kind) == (Role.MODELLED, "numerical")

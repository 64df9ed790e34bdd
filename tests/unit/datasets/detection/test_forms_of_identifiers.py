"""Plates keep their form, prices in 32nds are no identifiers, and shared codes ask for no one-to-one rule."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.code_template import accepted_pattern
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.datasets.unsure import describe_unsure
from pipeline.evaluation.validity.check import check_validity
from pipeline.identity import derive
from tests.unit.identity.identity_cases import request

RNG = np.random.default_rng(12)
ROWS = 900


def describe(name: str, texts: list[str]) -> DatasetSpec:
    rows = [texts[at] for at in RNG.permutation(np.arange(ROWS) % len(texts))]
    cells = pd.DataFrame({name: rows, "amount": RNG.lognormal(3, 1, ROWS).round(2).astype(str)})
    typed = type_table(cells)
    return detect(typed.table, "t", date(2026, 1, 1), typed=typed)[0]


def first(spec: DatasetSpec) -> ColumnSpec:
    return spec.columns[0]


def letters(count: int) -> str:
    return "".join(RNG.choice(list("ABCDEFGHKLMNPRSTUVWXYZ"), count))


GERMAN = [
    f"{town}-{letters(2)} {RNG.integers(100, 9_999)}" for town in ("B", "HH", "KA", "M") for _ in range(40)
]
BRITISH = [f"{letters(2)}{RNG.integers(0, 99):02d} {letters(3)}" for _ in range(150)]
FRENCH = [f"{letters(2)}-{RNG.integers(1, 999):03d}-{letters(2)}" for _ in range(150)]


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (GERMAN, r"[A-Z]{1,2}-[A-Z]{2} \d{3,4}"),
        (BRITISH, r"[A-Z]{2}\d{2} [A-Z]{3}"),
        (FRENCH, r"[A-Z]{2}-\d{3}-[A-Z]{2}"),
    ],
)
def test_plates_keep_blanks_widths_and_hyphens(texts: list[str], form: str) -> None:
    column = first(describe("plate", texts))
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    assert all(re.fullmatch(accepted_pattern(column.options), text) for text in texts)
    made = derive(request([column], 300, protected={"plate": texts}))["plate"]
    assert all(re.fullmatch(form, value) for value in made)
    assert not set(made) & set(texts)


def test_american_plates_stay_plates() -> None:
    assert first(
        describe("plate", [f"{letters(3)}-{RNG.integers(0, 9_999):04d}" for _ in range(150)])
    ).kind == ("license_plate")


def quotes(count: int) -> list[str]:
    return sorted({f"{RNG.integers(88, 112)}-{RNG.integers(0, 32):02d}" for _ in range(count)})


def test_prices_in_32nds_are_words_and_their_reader_is_told() -> None:
    many = describe("bond", quotes(500))
    assert (first(many).kind, first(many).role) == ("text", Role.IDENTITY)
    assert any("prices in 32nds" in sentence for sentence in describe_unsure(many))
    few = describe("bond", quotes(25))
    assert (first(few).kind, first(few).role) == ("categorical", Role.MODELLED)
    codes = first(
        describe("branch_no", [f"{number // 97 + 10}-{number % 97:02d}" for number in range(0, 900, 3)])
    )
    assert codes.kind in ("code", "key")


def test_a_code_that_two_entities_share_is_not_asked_to_tell_them_apart() -> None:
    owner = RNG.integers(0, 110, 1_500)
    table = pd.DataFrame(
        {
            "account": [f"AC{number * 7_919_317 % 10**8:08d}" for number in owner],
            "handle": [
                f"jsmith{10 + number % 100 if number > 103 else 10 + number % 104}" for number in owner
            ],
            "amount": RNG.lognormal(3, 1, 1_500).round(2),
        }
    )
    spec = detect(table, "t", date(2026, 1, 1))[0]
    assert check_validity(table, spec, as_of=date(2026, 1, 1), real=None).failures == ()


@pytest.mark.parametrize(
    ("frame", "form"),
    [
        ("**** **** **** {}", r"\*{4} \*{4} \*{4} \d{4}"),
        ("XXXX-XXXX-XXXX-{}", r"XXXX-XXXX-XXXX-\d{4}"),
        ("4532 **** **** {}", r"4532 \*{4} \*{4} \d{4}"),
        ("DE** **** {}", r"DE\*\* \*{4} \d{4}"),
    ],
)
def test_masked_numbers_keep_their_form_with_new_digits(frame: str, form: str) -> None:
    texts = [frame.format(f"{number:04d}") for number in RNG.choice(10_000, 80, replace=False)]
    column = first(describe("masked", texts))
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    made = derive(request([column], 300, protected={"masked": texts}))["masked"]
    assert all(re.fullmatch(form, text) for text in made)
    assert not set(made) & set(texts)


FRAMED = {
    "a word and a point": ("No. {:06d}", r"No\. \d{6}"),
    "a word and a colon": ("Tel: 0{:09d}", r"Tel: 0\d{9}"),
    "a sign": ("#{:05d}", r"#\d{5}"),
    "braces": ("{{{:08d}}}", r"\{\d{8}\}"),
    "a word in front and behind": ("Order {:05d} (web)", r"Order \d{5} \(web\)"),
}


@pytest.mark.parametrize(("form", "pattern"), FRAMED.values(), ids=FRAMED)
def test_what_all_codes_have_around_them_is_kept(form: str, pattern: str) -> None:
    texts = [form.format(number * 7_919_317 % 10**5) for number in range(11, 131)]
    column = first(describe("x", texts))
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    made = derive(request([column], 300, protected={"x": texts}))["x"]
    assert all(re.fullmatch(pattern, value) for value in made)
    assert not set(made) & set(texts)


@pytest.mark.parametrize(
    "form", ["Level {}", "Model-{}", "Zone {} (inner)", "Week {}", "{} days", "<{} EUR>"]
)
def test_numbers_that_count_things_are_no_codes_in_a_frame(form: str) -> None:
    assert first(describe("x", [form.format(number) for number in range(10, 40)])).role is Role.MODELLED


VEHICLE = list("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")


def test_vehicles_of_one_maker_keep_its_letters_and_others_are_any_vehicle() -> None:
    texts = ["WVW" + "".join(RNG.choice(VEHICLE, 14)) for _ in range(150)]
    column = first(describe("vin", texts))
    assert (column.role, column.kind, column.options["patterns"][0][:3]) == (Role.IDENTITY, "code", "WVW")
    made = derive(request([column], 300, protected={"vin": texts}))["vin"]
    assert all(re.fullmatch("WVW[A-HJ-NPR-Z0-9]{14}", value) for value in made)
    assert first(describe("vin", ["".join(RNG.choice(VEHICLE, 17)) for _ in range(150)])).kind == "faker:vin"


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", " "])
def test_numbers_in_groups_some_of_which_begin_with_zero_are_codes(blank: str) -> None:
    texts = [f"{number * 7_919_317 % 10**9:09d}" for number in range(7, 160)]
    texts = [blank.join((text[:3], text[3:6], text[6:])) for text in texts]
    column = first(describe("x", texts))
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    made = derive(request([column], 300, protected={"x": texts}))["x"]
    assert all(re.fullmatch(blank.join([r"\d{3}"] * 3), value) for value in made)


def test_amounts_in_groups_stay_amounts() -> None:
    texts = [f"{number:,}".replace(",", "\u00a0") for number in RNG.lognormal(12, 1, 150).astype(int)]
    assert first(describe("x", texts)).kind == "numerical"

"""Properties over many seeds: measures stay measures, keys stay keys, codes that repeat are no categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.spec import Role

SEEDS = st.integers(0, 2**32 - 1)
NEUTRAL = st.sampled_from(["x", "Spalte", "col_7", "wert7x"])
IDENTIFIERS = st.sampled_from(
    ["account_no", "Kundennummer", "device", "client_ref", "numero_contrat", "policy"]
)
EXAMPLES = settings(max_examples=60)


@st.composite
def measures(draw: st.DrawFn) -> pd.Series:
    """Whole numbers that are spread as amounts are; few or none of them repeat."""
    rng, rows = np.random.default_rng(draw(SEEDS)), draw(st.integers(40, 600))
    scale = draw(st.floats(5e3, 5e7))
    spread = draw(st.sampled_from(["lognormal", "gamma", "normal", "exponential"]))
    numbers = {
        "lognormal": lambda: rng.lognormal(np.log(scale), draw(st.floats(0.4, 2.0)), rows),
        "gamma": lambda: rng.gamma(2.0, scale, rows),
        "normal": lambda: np.abs(rng.normal(scale, scale / 4, rows)),
        "exponential": lambda: rng.exponential(scale, rows),
    }[spread]()
    return pd.Series(numbers.round().astype("int64"))


@st.composite
def templates(draw: st.DrawFn) -> str:
    """A code: a prefix, perhaps a separator, and four to ten characters behind them."""
    prefix = draw(st.sampled_from(["", "K-", "CL", "AC/", "DE"]))
    return prefix + draw(st.text("0", min_size=4, max_size=8)) + draw(st.sampled_from(["", "A", "AA"]))


def _fill(template: str, rows: int, rng: np.random.Generator) -> list[str]:
    """Distinct codes of a template: 0 is any digit, A behind a digit any letter."""
    head = len(template) - len(template.lstrip("KCLADE-/"))
    codes: dict[str, None] = {}
    while len(codes) < rows:
        drawn = rng.integers(0, 10, len(template)), rng.integers(0, 26, len(template))
        codes[
            "".join(_fill_character(*each, head) for each in enumerate(zip(template, *drawn, strict=True)))
        ] = None
    return list(codes)


def _fill_character(place: int, drawn: tuple[str, int, int], head: int) -> str:
    character, digit, letter = drawn
    if place < head:
        return character
    return str(digit) if character == "0" else chr(65 + letter)


@EXAMPLES
@given(measures(), NEUTRAL)
def test_a_measure_never_becomes_a_key(values: pd.Series, name: str) -> None:
    finding = detect_column(name, values)
    assert (finding.role, str(finding.kind)) == (Role.MODELLED, "numerical")
    assert finding.options["minimum"] <= values.min()
    assert finding.options["maximum"] >= values.max()


@EXAMPLES
@given(templates(), SEEDS, st.integers(40, 400), NEUTRAL | IDENTIFIERS)
def test_a_key_of_a_template_never_becomes_a_measure(template: str, seed: int, rows: int, name: str) -> None:
    values = pd.Series(_fill(template, rows, np.random.default_rng(seed)))
    finding = detect_column(name, values)
    assert finding.role is Role.IDENTITY
    assert finding.kind in ("key", "code")
    assert finding.is_unique


@EXAMPLES
@given(st.integers(6, 12), SEEDS, st.integers(60, 400), NEUTRAL | IDENTIFIERS)
def test_a_key_of_whole_numbers_never_becomes_a_measure(width: int, seed: int, rows: int, name: str) -> None:
    rng, lowest = np.random.default_rng(seed), 10 ** (width - 1)
    shares = (np.arange(rows) + rng.random(rows)) / rows
    values = pd.Series(np.unique((lowest + 9 * lowest * shares).astype("int64")))
    assert detect_column(name, values.sample(frac=1, random_state=1)).role is Role.IDENTITY


@EXAMPLES
@given(templates(), SEEDS, st.integers(20, 200), st.integers(2, 30), IDENTIFIERS)
def test_a_named_identifier_that_repeats_never_becomes_a_category(
    template: str, seed: int, entities: int, rows_each: int, name: str
) -> None:
    rng = np.random.default_rng(seed)
    values = pd.Series(rng.choice(_fill(template, entities, rng), entities * rows_each))
    finding = detect_column(name, values)
    assert finding.role is Role.IDENTITY
    assert finding.kind == ("code" if values.duplicated().any() else finding.kind)


@EXAMPLES
@given(st.integers(5, 12), SEEDS, st.integers(20, 200), st.integers(2, 30), NEUTRAL)
def test_whole_numbers_that_repeat_without_being_rounded_are_identifiers(
    width: int, seed: int, entities: int, rows_each: int, name: str
) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.integers(10 ** (width - 1), 10**width, entities) // 10 * 10 + np.arange(entities) % 10
    values = pd.Series(rng.choice(numbers, entities * rows_each))
    finding = detect_column(name, values)
    assert (finding.role, finding.kind) == (Role.IDENTITY, "code")


@EXAMPLES
@given(templates(), SEEDS, st.integers(30, 200), st.integers(3, 30), NEUTRAL)
def test_long_codes_that_repeat_are_identifiers_under_any_name(
    template: str, seed: int, entities: int, rows_each: int, name: str
) -> None:
    rng = np.random.default_rng(seed)
    values = pd.Series(rng.choice(_fill(template, entities, rng), entities * rows_each))
    assert detect_column(name, values).role is Role.IDENTITY


@EXAMPLES
@given(
    SEEDS,
    st.integers(2, 12),
    st.integers(1_000, 3_000),
    st.sampled_from(["branch", "mcc", "product_code", "blz"]),
)
def test_codes_of_public_lists_stay_categories(seed: int, size: int, rows: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    for make in (lambda number: number, lambda number: f"BR-{number}"):
        codes = [make(number) for number in rng.choice(np.arange(100, 10_000), size, replace=False)]
        values = pd.Series(rng.choice(np.array(codes, dtype=object), rows)).infer_objects()
        finding = detect_column(name, values)
        assert (finding.role, str(finding.kind)) == (Role.MODELLED, "categorical")


@EXAMPLES
@given(SEEDS, st.integers(0, 12), st.floats(1e-6, 1e6))
def test_decimals_are_those_that_the_numbers_need(seed: int, decimals: int, scale: float) -> None:
    places = min(decimals, 13 - max(0, int(np.log10(scale)) + 1))
    numbers = np.random.default_rng(seed).uniform(scale / 10, scale, 200).round(places)
    finding = detect_column("x", pd.Series([*numbers, round(scale, 2) + 10.0**-places]))
    if str(finding.kind) == "numerical":
        rendered = numbers.round(finding.options["decimals"])
        assert np.abs(rendered - numbers).max() <= 1e-12 * scale
        assert finding.options["decimals"] <= max(places, 2) + 1

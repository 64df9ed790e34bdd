"""Templates of codes: learned from values, written as options, and never a value of the table."""

import random
import re
import uuid

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import damm, ean, isin, luhn, verhoeff
from stdnum.iso7064 import mod_11_2, mod_11_10, mod_97_10

from pipeline.datasets.check_digits import CHECK_SCHEMES, character_values, check_points
from pipeline.datasets.code_patterns import parse_code
from pipeline.datasets.codes import CodeTemplate, learn_code
from pipeline.errors import MetadataError
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RANDOM = random.Random(7)


def numbers(count: int, digits: int) -> list[str]:
    return [f"{number:0{digits}d}" for number in RANDOM.sample(range(10**digits), count)]


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        ([f"BR-{number:04d}" for number in range(2000)], {"patterns": [r"BR-\d{4}"], "order": "up"}),
        (
            [f"{number}" for number in range(5001, 7001)],
            {"patterns": [r"[1-9]\d{3}"], "order": "up", "grows": True},
        ),
        ([f"{number:05d}" for number in RANDOM.sample(range(2000), 2000)], {"patterns": [r"\d{5}"]}),
        (
            [f"INV-2024-{number:05d}" for number in range(1200)],
            {"patterns": [r"INV-2024-\d{5}"], "order": "up"},
        ),
        (
            [f"R{number}" for number in range(1, 150)],
            {"patterns": [r"R[1-9]\d{2}"], "order": "up", "grows": True},
        ),
        ([f"0{number}" for number in numbers(300, 9)], {"patterns": [r"0\d{9}"]}),
        ([f"CL{number}" for number in numbers(300, 5)], {"patterns": [r"CL\d{5}"]}),
        (
            [f"INV-{2024 + number // 600}-{number % 600:05d}" for number in range(1200)],
            {"patterns": [r"INV-2024-\d{5}", r"INV-2025-\d{5}"], "shares": [0.5, 0.5]},
        ),
        (
            [str(uuid.UUID(int=RANDOM.getrandbits(128), version=4)) for _ in range(900)],
            {"patterns": ["[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"]},
        ),
    ],
    ids=["prefix", "counter", "padded", "invoice", "unpadded", "leading zero", "client", "years", "uuid"],
)  # fmt: skip
def test_template_of_codes(texts: list[str], options: dict[str, object]) -> None:
    template = learn_code(texts)
    assert template is not None
    assert template.as_options() == options
    assert CodeTemplate.from_options(options) == template


def test_whole_numbers_stay_whole_numbers() -> None:
    template = learn_code(pd.Series(range(1, 1201)))
    assert template is not None
    assert template.as_options() == {
        "patterns": [r"[1-9]\d{3}"],
        "order": "up",
        "grows": True,
        "integer": True,
    }


@pytest.mark.parametrize(
    "texts",
    [
        ["Anna Berg", "Karl Meier", "Eva Tannenbaum"] * 20,
        [f"{''.join(RANDOM.choices('abcdefghij', k=RANDOM.randrange(3, 30)))} note" for _ in range(200)],
        ["".join(RANDOM.choices("abcdef", k=5)) for _ in range(100)],
        ["A1", "A2", "A3"] * 50,
        [],
        [None] * 20,
    ],
    ids=["names", "notes", "words", "few", "empty", "missing"],
)
def test_words_and_few_values_have_no_template(texts: list[str]) -> None:
    assert learn_code(texts) is None


def test_an_odd_word_is_left_out_of_the_template() -> None:
    template = learn_code(["none"] * 500 + [f"C{number}" for number in numbers(200, 7)])
    assert template is not None
    assert [shape.pattern for shape in template.shapes] == [r"C\d{7}"]


def test_a_value_shared_by_few_is_not_taken_over() -> None:
    """Nine values begin with K7, which a template of ten may show, but not one of nine."""
    few = [f"K7-{number}" for number in numbers(9, 4)]
    template = learn_code(few + [f"{number}" for number in numbers(200, 6)])
    assert template is not None
    assert not any("K7" in shape.pattern for shape in template.shapes)


@pytest.mark.parametrize(
    ("scheme", "close", "width", "has_letters"),
    [
        ("luhn", luhn.calc_check_digit, 11, False),
        ("verhoeff", verhoeff.calc_check_digit, 11, False),
        ("damm", damm.calc_check_digit, 9, False),
        ("ean", ean.calc_check_digit, 12, False),
        ("mod_11_10", mod_11_10.calc_check_digit, 8, False),
        ("mod_11_2", mod_11_2.calc_check_digit, 15, False),
        ("mod_97_10", mod_97_10.calc_check_digits, 10, True),
        ("isin", isin.calc_check_digit, 11, True),
    ],
)
def test_check_digits_agree_with_stdnum(scheme: str, close: object, width: int, has_letters: bool) -> None:
    texts = ["".join(RANDOM.choices(SIGNS if has_letters else SIGNS[:10], k=width)) for _ in range(200)]
    points = pd.Series(texts).to_numpy().astype(f"U{width}").view("uint32").reshape(len(texts), width)
    found = CHECK_SCHEMES[scheme]
    got = ["".join(map(chr, row)) for row in check_points(found, found.compute(character_values(points)))]
    assert got == [close(text) for text in texts]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("prefix", "close", "check", "scope"),
    [
        ("4711", luhn.calc_check_digit, "luhn", "digits"),
        ("", verhoeff.calc_check_digit, "verhoeff", "digits"),
        ("", mod_11_10.calc_check_digit, "mod_11_10", "digits"),
        ("", mod_97_10.calc_check_digits, "mod_97_10", "all"),
    ],
)
def test_check_digit_of_nearly_all_values_is_recognised(
    prefix: str, close: object, check: str, scope: str
) -> None:
    texts = [text + close(text) for text in (prefix + number for number in numbers(300, 8))]  # type: ignore[operator]
    template = learn_code([*texts, prefix + "1234567890"[: 8 + len(texts[0]) - len(prefix) - 8]])
    assert template is not None
    assert (template.check, template.scope) == (check, scope)


def test_check_digit_behind_a_prefix_and_a_number_is_that_of_the_last_run() -> None:
    texts = [f"AB-{lead}-{text}{luhn.calc_check_digit(text)}" for lead, text in zip(numbers(100, 2) * 3, numbers(300, 8), strict=True)]  # fmt: skip # noqa: E501
    template = learn_code(texts)
    assert template is not None
    assert (template.check, template.scope) == ("luhn", "tail")


@pytest.mark.parametrize(
    "pattern", [r"BR-\d{4}", r"[A-HJ-N]{2}\d", r"(2024|2025)-\d{3}", r"\+\d{2} \(\d{3}\)", r"[0-9A-F]{8}"]
)
def test_pattern_is_written_as_it_is_read(pattern: str) -> None:
    assert "".join(field.pattern for field in parse_code(pattern)) == pattern


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs `patterns`"),
        ({"patterns": ["BR"]}, "one value only"),
        ({"patterns": [r"\d+"], "shares": [1, 2]}, "one share per pattern"),
        ({"patterns": [r"(ab|c)\d"]}, "not equally long"),
        ({"patterns": [r"[\-x]\d"]}, "other than letters and digits"),
        ({"patterns": [r"[A-Z"]}, "cannot be read"),
        ({"patterns": [r"\d{4}"], "check": "guess"}, "`check` of a code"),
        ({"patterns": [r"\d{4}[A-Z]"], "check": "luhn"}, "does not end in a check digit"),
    ],
)
def test_options_that_describe_no_template_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(MetadataError, match=re.escape(message)):
        CodeTemplate.from_options(options)


def test_width_sets_the_digits_of_the_last_number() -> None:
    template = CodeTemplate.from_options({"patterns": [r"INV-2024-\d{5}"], "width": 7})
    assert template.pattern == r"INV-2024-\d{7}"
    assert template.capacity == 10**7


ALPHABETS = {r"\d": "0123456789", "[A-Z]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[0-9A-F]": "0123456789ABCDEF"}
PARTS = st.tuples(st.sampled_from(sorted(ALPHABETS)), st.integers(4, 6))


@settings(max_examples=30)
@given(st.lists(PARTS, min_size=1, max_size=3), st.sampled_from(["", "AB-", "X"]), st.integers(0, 10**6))
def test_learned_template_fits_every_value_it_was_learned_from(
    parts: list[tuple[str, int]], prefix: str, seed: int
) -> None:
    rng = random.Random(seed)
    texts = {
        prefix + "-".join("".join(rng.choices(ALPHABETS[sign], k=width)) for sign, width in parts)
        for _ in range(200)
    }
    template = learn_code(sorted(texts))
    assert template is not None
    fitting = [text for text in texts if re.fullmatch(template.pattern, text)]
    assert len(fitting) >= 0.98 * len(texts)
    assert not texts & {shape.pattern for shape in template.shapes}
    assert CodeTemplate.from_options(template.as_options()).pattern == template.pattern


@pytest.mark.parametrize(
    ("prefix", "digits", "pattern"),
    [
        ("0x", "0123456789abcdef", r"0x[0-9a-f]{40}"),
        ("0X", "0123456789ABCDEF", r"0X[0-9A-F]{40}"),
        ("tx-", "0123456789abcdef", r"tx-[0-9a-f]{40}"),
        ("1Z", "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", r"1Z[0-9A-HJ-NP-Z]{40}"),
    ],
)
def test_a_fixed_prefix_adds_no_character_to_what_changes(prefix: str, digits: str, pattern: str) -> None:
    chosen = random.Random(3)
    codes = [prefix + "".join(chosen.choices(digits, k=40)) for _ in range(110)]
    template = learn_code(codes)
    assert template is not None
    assert template.pattern == pattern


def draw(form: str, count: int = 60, **parts: object) -> list[str]:
    """Codes of a form such as "{letter}{number:04d}", each part drawn from a sequence."""
    chosen = random.Random(3)
    return [form.format(**{name: chosen.choice(part) for name, part in parts.items()}) for _ in range(count)]  # type: ignore[call-overload]


MONTHS = "(01|02|03|04|05|06|07|08|09|10|11|12)"


@pytest.mark.parametrize(
    ("texts", "patterns"),
    [
        (draw("{letter}{number:04d}", letter="VW", number=range(10_000)), [r"[VW]\d{4}"]),
        (
            draw("C{number}-{letter}", number=range(100_000, 1_000_000), letter="ABC"),
            [r"C[1-9]\d{5}-[A-C]"],
        ),
        (
            draw(
                "{letter}{number:04d}/{month:02d}", 200, letter="AB", number=range(10_000), month=range(1, 13)
            ),
            [rf"[AB]\d{{4}}/{MONTHS}"],
        ),
        (draw("{number:05d}-{year}", 90, number=range(90_000), year=[22, 23, 24]), [r"\d{5}-2[2-4]"]),
        (draw("{letter}{number:04d}", 14, letter="VW", number=range(10_000)), [r"[A-Z]\d{4}"]),
    ],
    ids=["first letter", "last letter", "month", "years are no months", "too few to show a letter"],
)
def test_few_letters_and_months_stay_what_they_are(texts: list[str], patterns: list[str]) -> None:
    template = learn_code(texts)
    assert template is not None
    assert [shape.pattern for shape in template.shapes] == patterns


def test_days_of_a_month_stay_days() -> None:
    template = learn_code(draw("{number:04d}.{day:02d}", 120, number=range(10_000), day=range(1, 32)))
    assert template is not None
    days = [
        text for text in (f"0000.{day:02d}" for day in range(100)) if re.fullmatch(template.pattern, text)
    ]
    assert days == [f"0000.{day:02d}" for day in range(1, 32)]


@pytest.mark.parametrize(
    ("low", "high", "rows"),
    [(-(2**31), 2**31, 60), (0, 2**31, 60), (0, 2**32, 200), (-(2**63), 2**63, 150)],
    ids=["32 bits", "31 bits", "unsigned", "64 bits"],
)
def test_whole_numbers_stay_within_their_type(low: int, high: int, rows: int) -> None:
    chosen = random.Random(5)
    numbers = [chosen.randrange(low, high) for _ in range(rows)]
    values = pd.Series(numbers) if high <= 2**32 else [str(number) for number in numbers]
    template = learn_code(values)
    assert template is not None
    made = derive(request([column("h", "code", **template.as_options())], 20_000))["h"]
    assert all(low <= int(number) < high for number in made)
    longest = {len(str(abs(number))) for number in numbers}
    assert {len(str(abs(int(number)))) for number in made} <= longest
    assert low >= 0 or min(int(number) for number in made) < 0
    assert not template.is_integer or made.dtype == "int64"

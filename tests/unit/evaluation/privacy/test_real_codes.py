"""Codes that point at somebody are found by their values, and ordinary columns are left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.datasets.unsure import NAMES
from pipeline.errors import ExportError
from pipeline.evaluation.export_check import check_export, require_exportable
from pipeline.evaluation.privacy.code_forms import Form, find_telling
from pipeline.evaluation.privacy.overlap import count_overlap
from pipeline.evaluation.privacy.real_codes import describe_telling, evaluate_codes, list_evaluated
from pipeline.evaluation.results import Evaluation, Privacy, PrivacyFinding, Quality, Validity, Verdict
from tests.syllables import SYLLABLES

ROWS = 2_000
RNG = np.random.default_rng(8)
ENTITIES = RNG.integers(0, 120, ROWS)


def codes(low: int, high: int, form: str = "{}") -> pd.Series:
    drawn = np.random.default_rng(low).permutation(np.linspace(low, high - 1, 120).astype("int64"))
    drawn += np.random.default_rng(high).integers(-(high - low) // 300, (high - low) // 300 + 1, 120)
    drawn = drawn.clip(low, high - 1)
    return pd.Series([form.format(drawn[entity]) for entity in ENTITIES])


def handles(form: str) -> pd.Series:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdeiklmnorstu"), rng.integers(3, 9))) for _ in range(120)]
    people = [form.format(word=word, number=rng.integers(1, 999)) for word in words]
    return pd.Series([people[entity] for entity in ENTITIES])


def letters(width: int, form: str = "{}", count: int = 120) -> pd.Series:
    rng = np.random.default_rng(width)
    drawn = [
        form.format("".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), width))) for _ in range(count)
    ]
    return pd.Series([drawn[entity % count] for entity in ENTITIES])


def invent_words(form: str = "{}") -> pd.Series:
    rng = np.random.default_rng(5)
    words = [form.format("".join(rng.choice(SYLLABLES, 3, replace=False))) for _ in range(120)]
    return pd.Series([words[entity] for entity in ENTITIES])


def choose(*values: object, seed: int = 1) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).choice(np.array(values, dtype=object), ROWS))


def specify(kind: str = "categorical", **more: object) -> DatasetSpec:
    columns = (ColumnSpec("code", Role.MODELLED, kind, **more),)  # type: ignore[arg-type]
    return DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)


def evaluate(real: pd.Series, synthetic: pd.Series, spec: DatasetSpec) -> PrivacyFinding:
    return evaluate_codes(real.to_frame("code"), synthetic.to_frame("code"), spec)


def numbers(draw: Callable[[np.random.Generator], np.ndarray], count: int = 60) -> pd.Series:
    """Whole numbers of 60 entities that come back in all rows."""
    return pd.Series(draw(np.random.default_rng(21)).astype("int64")[ENTITIES % count])


def scrambled(signs: str, least: int, most: int) -> pd.Series:
    """Random codes of 60 entities, of `least` to `most` signs each."""
    rng = np.random.default_rng(22)
    texts = ["".join(rng.choice(list(signs), rng.integers(least, most + 1))) for _ in range(60)]
    return pd.Series(np.array(texts, dtype=object)[ENTITIES % 60])


SURNAMES = (
    "KOCH",
    "VOGT",
    "BERGER",
    "BECK",
    "ROTH",
    "WEBER",
    "MEYER",
    "WAGNER",
    "JUNG",
    "KLEIN",
    "WOLF",
    "BRAUN",
    "LANGE",
    "KRAUSE",
    "WERNER",
    "KELLER",
    "LORENZ",
    "SIMON",
    "FRANKE",
    "SCHULZ",
    "BAUER",
    "RICHTER",
    "NEUMANN",
    "SCHWARZ",
    "HOFMANN",
    "HARTMANN",
    "LEHMANN",
    "VOGEL",
    "WINKLER",
    "BAUMANN",
    "ALBRECHT",
    "LUDWIG",
    "FISCHER",
    "SCHNEIDER",
    "SCHMIDT",
    "HOFFMANN",
    "ZIMMERMANN",
    "FRANK",
    "PETERS",
    "LANG",
    "SCHERER",
    "MAIER",
    "KAISER",
    "FUCHS",
)


TELLING = {
    "account numbers": codes(10_000_000, 99_999_999),
    "account numbers as numbers": codes(10_000_000, 99_999_999).astype("int64"),
    "leading zeros": codes(1, 10**6, "{:011d}"),
    "leading zeros lost": codes(10**8, 10**10).astype("int64"),
    "client references": codes(10_000, 99_999, "CL{}"),
    "customers": codes(1_000, 9_999, "K-{}"),
    "tax numbers": codes(100_000_000, 999_999_999),
    "sort codes": codes(100_000, 999_999, "{}").str.replace(r"(\d\d)(\d\d)(\d\d)", r"\1-\2-\3", regex=True),
    "numbers from 1,003 to 12,000": pd.Series(np.linspace(1_003, 12_000, 120).astype("int64")[ENTITIES]),
    "longer numbers after older ones": pd.Series(
        np.r_[np.linspace(1_003, 9_991, 110), np.linspace(10_007, 19_993, 10)].astype("int64")[ENTITIES]
    ),
    "numbers of two branches": pd.Series(
        np.r_[np.linspace(1_003, 4_991, 110), np.linspace(10_007, 29_993, 10)].astype("int64")[ENTITIES]
    ),
    "numbers below zero": -codes(10**6, 10**7).astype("int64"),
    "short numbers below zero": -codes(10**4, 10**5).astype("int64"),
    "hash values of 32 bits": numbers(lambda rng: rng.integers(-(2**31), 2**31, 60)),
    "hash values of 64 bits": numbers(lambda rng: rng.integers(-(2**63), 2**63, 60, dtype="int64")).astype(
        str
    ),
    "some below zero": numbers(lambda rng: rng.integers(10**5, 10**6, 60) * rng.choice([-1, 1, 1, 1], 60)),
    "numbers with a sign as text": codes(10**6, 10**7, "-{}"),
    "numbers with a sign behind": codes(10**6, 10**7, "{}-"),
    "numbers in brackets": codes(10**6, 10**7, "({})"),
    "numbers with zeros behind the point": codes(10**6, 10**7, "{}.00"),
    "numbers in groups": codes(10**6, 10**7, "{:,}"),
    "numbers in groups with points": codes(10**8, 10**9, "{:,}").str.replace(",", "."),
    "numbers like moments": numbers(lambda rng: rng.integers(10**9, 2 * 10**9, 60)),
    "a few long numbers": choose(*(f"DE{number:010d}" for number in RNG.integers(10**9, 10**10, 12))),
    "e-mail addresses": codes(1, 9_000, "person{}@firm.example"),
    "network addresses": codes(1, 250, "10.0.3.{}"),
    "user names": handles("{word}{number}"),
    "payment handles": handles("{word}{number}@okaxis"),
    "handles of a social network": handles("@{word}_{number}"),
    "user names of a network": invent_words("CORP\\{}"),
    "user names with the same ends": choose(
        *(f"{first}{last}" for first in "acfm" for last in ("weiss", "haddad", "ivanova", "okafor", "quist"))
    ),
    "six capitals": letters(6),
    "small letters": letters(7).str.lower(),
    "capitals with a prefix": letters(6, "PK-{}"),
    "short links": scrambled("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 7, 7),
    "hashes of any width": scrambled("0123456789abcdef", 7, 12),
    "policies of several lengths": codes(100_000, 99_999_999, "KFZ/12/{}"),
    "cards of two lengths": pd.Series(
        [f"{'37' if entity % 2 else '4'}{entity * 7_919_000_131 + 10**13}" for entity in ENTITIES]
    ),
    "wallets": scrambled("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 25, 34),
    "folders of persons": invent_words("C:\\Users\\{}\\letter.pdf"),
}


@pytest.mark.parametrize("name", TELLING)
def test_real_codes_that_come_back_fail(name: str) -> None:
    real = TELLING[name]
    is_number = pd.api.types.is_numeric_dtype(real)
    spec = specify("numerical" if is_number else "categorical")
    found = evaluate(real, real.sample(1_000, random_state=1), spec)
    assert (found.name, found.verdict, found.value) == ("real_codes", Verdict.FAIL, 1.0)
    assert 'a real value of "code"' in found.sentence
    assert not any(str(value) in found.sentence for value in real.unique())


DOUBTFUL = {
    "invented words": ("word", invent_words(), "117 words that are not known"),
    "words like surnames": ("word", invent_words().str.title(), "117 words that are not known"),
    "last names": (
        "word",
        choose(
            "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker",
            "Schulz", "Hoffmann", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Neumann",
            "Schwarz", "Braun", "Hofmann", "Hartmann", "Lange", "Krause", "Werner", "Lehmann",
            "Krüger", "Jung", "Roth", "Zimmermann", "Schröder", "Vogel", "Keller", "Lorenz",
            "Berger", "Winkler", "Beck", "Baumann", "Franke", "Albrecht", "Schuster", "Simon",
            "Ludwig",
        ),
        "41 last names",
    ),
    "last names in capitals": (
        "word",
        choose(*SURNAMES),
        "44 last names",
    ),
    "full names": (
        "word",
        pd.Series([f"{'ABCDEFGH'[entity % 8]}. {SURNAMES[entity % 44]}" for entity in ENTITIES]),
        "88 last names",
    ),
    "addresses": (
        "word",
        pd.Series([f"{10_007 + 733 * one} {('Old', 'Station', 'Mill')[one % 3]} Road" for one in ENTITIES]),
        "120 texts with a number of their own",
    ),
    "five capitals": ("word", letters(5), "120 codes of five letters"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "real", "what"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_words_that_may_be_people_need_a_look_and_say_what_to_do(
    name: str, real: pd.Series, what: str
) -> None:
    spec = DatasetSpec("t", "T", "", "t", date(2024, 1, 1), (ColumnSpec(name, Role.MODELLED, "categorical"),))
    table = real.to_frame(name)
    found = evaluate_codes(table, table.sample(1_000, random_state=1), spec)
    assert (found.verdict, found.value) == (Verdict.LOOK, 1.0)
    assert what in found.sentence
    assert f"`columns t --set {name}.role=identity`" in found.sentence
    assert describe_telling(table, spec)[0].endswith("or leave it as it is where it names no one.")


@pytest.mark.parametrize("name", ["merchant", "product_name", "brand", "city", "ticker"])
def test_words_of_a_column_that_names_things_need_no_look(name: str) -> None:
    spec = DatasetSpec("t", "T", "", "t", date(2024, 1, 1), (ColumnSpec(name, Role.MODELLED, "categorical"),))
    table = invent_words().str.title().to_frame(name)
    assert evaluate_codes(table, table, spec).verdict is None


@pytest.mark.parametrize("name", ["account numbers", "customers", "account numbers as numbers"])
def test_new_codes_pass(name: str) -> None:
    real = TELLING[name]
    numbers = real.astype(str).str.extract(r"(\d+)$")[0].astype("int64")
    shuffled = pd.Series(np.random.default_rng(3).integers(numbers.min(), numbers.max(), ROWS))
    new = shuffled if pd.api.types.is_numeric_dtype(real) else shuffled.astype(str)
    if name == "customers":
        new = "K-" + new
    kind = "numerical" if pd.api.types.is_numeric_dtype(real) else "categorical"
    assert evaluate(real, new, specify(kind)).verdict is Verdict.PASS


ORDINARY = {
    "branches": choose(*(f"BR-{number:03d}" for number in range(1, 25))),
    "merchant categories": choose("5411", "5541", "6011", "5812", "4111", "7995"),
    "products": choose("205", "415", "101", "310"),
    "bank codes": choose("37040", "10050", "01299", "50010"),
    "job titles": choose(*(f"{rank} {job}" for rank in ("Senior", "Junior", "Lead") for job in "ABCDEFGHIJ")),
    "titles with numbers": choose(*(f"Level {number} engineer" for number in range(1, 40))),
    "states": choose(*(f"{first}{second}" for first in "ACMNT" for second in "AKLOTXY")),
    "cities": choose(*(f"Town{letter}ville" for letter in "abcdefghijklmnopqrstuvwxyz")),
    "securities": choose("DE0007164600", "US0378331005", "FR0000120271", "GB00B03MLX29", "CH0012005267"),
    "banks": choose("DEUTDEFF", "COBADEFFXXX", "BNPAFRPP", "HBUKGB4B", "UBSWCHZH"),
    "lamps": choose(
        *(
            f"Lamp E{base} {watts}W {kelvin}K"
            for base in (14, 27)
            for watts in (25, 40, 60, 75, 100)
            for kelvin in (2700, 3000, 4000, 6500)
        )
    ),
    "telephones": choose(
        *(
            f"{make}{number}{variant}"
            for make in ("iPhone", "GalaxyS", "PixelX")
            for number in range(11, 17)
            for variant in ("", "Pro", "ProMax", "Ultra")
        )
    ),
    "layers of networks": choose(*(f"ResNet{number}V{kind}" for number in range(18, 48) for kind in (1, 2))),
    "models of one make": choose(*(f"Model{number}" for number in range(1, 60))),
    "places with a sign": choose("@home", "@work", "@school"),
    "events": choose(*(f"{part}_{act}" for part in ("page", "cart", "menu") for act in "abcdefghij")),
    "ages": pd.Series(RNG.integers(18, 95, ROWS)),
    "small whole numbers": pd.Series(RNG.poisson(2, ROWS)),
    "amounts": pd.Series(RNG.lognormal(6, 1, ROWS).round(2)),
    "whole amounts, few with a digit more": pd.Series(RNG.lognormal(7.9, 0.7, ROWS).round().astype("int64")),
    "whole amounts, many with a digit more": pd.Series(RNG.lognormal(9, 0.5, ROWS).round().astype("int64")),
    "balances": pd.Series(RNG.normal(1_500, 3_000, ROWS).round()),
    "fees": choose(-5, -10, -25, -250).astype("int64"),
    "fees of many kinds": choose(*(-number * 5 for number in range(1, 80))).astype("int64"),
    "balances that come back": numbers(lambda rng: rng.normal(0, 400_000, 120).round(), 120),
    "whole payments and refunds": numbers(
        lambda rng: rng.lognormal(11, 1, 60).round() * rng.choice([-1, 1], 60)
    ),
    "rents below zero": numbers(lambda rng: -rng.integers(600, 2_400, 60)),
    "prices": choose(*(number * 100 + 99 for number in range(120, 200))).astype("int64"),
    "rounded salaries": choose(*range(20_000, 99_000, 500)).astype("int64"),
    "dates as numbers": pd.Series(pd.date_range("2020-01-01", periods=900).strftime("%Y%m%d")).sample(
        ROWS, replace=True, random_state=1
    ),
    "dates": pd.Series(pd.date_range("2020-01-01", periods=900).strftime("%d.%m.%y")).sample(
        ROWS, replace=True, random_state=1
    ),
    "quarters": choose(*(f"{year}-Q{quarter}" for year in range(1990, 2020) for quarter in range(1, 5))),
    "times": choose(*(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(0, 60, 5))),
    "durations": choose(
        *(f"0 days {hour:02d}:{minute:02d}:07" for hour in range(24) for minute in range(60))
    ),
    "seconds since 1970": pd.Series(1_700_000_000 + RNG.integers(0, 10**7, 90)).sample(
        ROWS, replace=True, random_state=1
    ),
    "currency pairs": choose(
        *(
            f"{one}{other}"
            for one in ("EUR", "USD", "GBP", "CHF", "JPY")
            for other in ("SEK", "NOK", "DKK", "PLN", "CZK", "HUF")
        )
    ),
    "ports": choose(
        "DEHAM",
        "NLRTM",
        "BEANR",
        "CNSHA",
        "SGSIN",
        "HKHKG",
        "USLAX",
        "USNYC",
        "GBFXT",
        "FRLEH",
        "ESVLC",
        "ITGOA",
        "GRPIR",
        "KRPUS",
        "JPYOK",
        "AEDXB",
        "INNSA",
        "BRSSZ",
        "ZADUR",
        "AUMEL",
    ),
    "airports": letters(3, count=60),
    "shares": choose(
        "AAPL",
        "MSFT",
        "GOOGL",
        "AMZN",
        "META",
        "TSLA",
        "NVDA",
        "JPM",
        "BAC",
        "WFC",
        "C",
        "GS",
        "MS",
        "V",
        "MA",
        "PYPL",
        "NFLX",
        "DIS",
        "KO",
        "PEP",
        "MCD",
        "SBUX",
        "NKE",
        "WMT",
    ),
    "shops": choose(
        "Amazon",
        "Netflix",
        "Spotify",
        "Rewe",
        "Aldi",
        "Lidl",
        "Edeka",
        "Penny",
        "Netto",
        "Otto",
        "Zalando",
        "Ikea",
        "Shell",
        "Total",
        "Walmart",
        "Target",
        "Costco",
        "Starbucks",
        "Subway",
        "Tesco",
        "Asda",
        "Carrefour",
        "Auchan",
        "Apple",
        "Google",
        "Microsoft",
        "PayPal",
        "Ryanair",
    ),
    "goods": choose(
        "Laptop",
        "Monitor",
        "Keyboard",
        "Mouse",
        "Printer",
        "Scanner",
        "Tablet",
        "Phone",
        "Headset",
        "Camera",
        "Speaker",
        "Router",
        "Desk",
        "Chair",
        "Lamp",
        "Sofa",
        "Table",
        "Shelf",
        "Oven",
        "Kettle",
        "Toaster",
        "Mixer",
        "Bottle",
        "Wallet",
        "Jacket",
        "Shirt",
        "Socks",
    ),
    "jobs": choose(
        "accountant",
        "teacher",
        "nurse",
        "engineer",
        "lawyer",
        "plumber",
        "electrician",
        "farmer",
        "baker",
        "butcher",
        "cashier",
        "chef",
        "driver",
        "carpenter",
        "painter",
        "pilot",
        "doctor",
        "dentist",
        "architect",
        "journalist",
        "mechanic",
        "secretary",
        "programmer",
        "manager",
    ),
    "states of an order": choose(
        "active",
        "closed",
        "pending",
        "blocked",
        "dormant",
        "frozen",
        "suspended",
        "cancelled",
        "approved",
        "rejected",
        "submitted",
        "draft",
        "open",
        "expired",
        "settled",
        "failed",
        "refunded",
        "disputed",
        "voided",
        "returned",
        "shipped",
    ),
    "parts of a town": choose(
        "Altstadt",
        "Neustadt",
        "Bahnhof",
        "Zentrum",
        "Nordend",
        "Westend",
        "Ostend",
        "Sachsenhausen",
        "Bockenheim",
        "Bornheim",
        "Gallus",
        "Griesheim",
        "Nied",
        "Oberrad",
        "Ginnheim",
        "Praunheim",
        "Niederrad",
        "Fechenheim",
        "Riederwald",
        "Bergen",
    ),
    "towns": choose(
        "Chicago",
        "Houston",
        "Phoenix",
        "Dallas",
        "Austin",
        "Columbus",
        "Charlotte",
        "Jacksonville",
        "Seattle",
        "Denver",
        "Boston",
        "Nashville",
        "Detroit",
        "Portland",
        "Memphis",
        "Louisville",
        "Baltimore",
        "Tucson",
        "Fresno",
        "Mesa",
        "Atlanta",
        "Omaha",
        "Raleigh",
        "Miami",
        "Jackson",
    ),
    "flags": pd.Series(RNG.random(ROWS) < 0.5),
    "empty": pd.Series([None] * ROWS, dtype=object),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_columns_are_not_held_back_even_where_every_value_is_real(name: str) -> None:
    real = ORDINARY[name].reset_index(drop=True)
    kind = "numerical" if pd.api.types.is_numeric_dtype(real) else "categorical"
    found = evaluate(real, real.sample(1_000, random_state=1), specify(kind))
    assert found.verdict is None
    assert "None of 1 non-identity columns" in found.sentence


def test_a_measure_may_repeat_real_values_as_often_as_its_neighbours() -> None:
    rng = np.random.default_rng(4)
    real, synthetic = (pd.Series(rng.normal(30_000, 4_000, ROWS).round().astype("int64")) for _ in range(2))
    found = evaluate(real, synthetic, specify("numerical"))
    assert found.verdict is Verdict.PASS
    assert found.value is not None
    assert found.value > 0.05
    copied = evaluate(real, real.sample(1_000, random_state=1), specify("numerical"))
    assert copied.verdict is Verdict.FAIL


RUNS = {
    "each in one row": pd.Series(RNG.permutation(np.arange(100_001, 100_001 + ROWS))),
    "four digits, with gaps": pd.Series(RNG.permutation(np.arange(1_001, 1_401))[:300]),
    "instalments": pd.Series(100_001 + RNG.integers(0, 150, ROWS)),
    "more than are read one by one": pd.Series(500_001 + RNG.integers(0, 3_000, 20_000)),
}


@pytest.mark.parametrize("name", RUNS)
def test_numbers_of_a_numbering_that_come_back_fail(name: str) -> None:
    real = RUNS[name]
    found = evaluate(real, real.sample(200, random_state=1), specify("numerical"))
    assert (found.verdict, found.value) == (Verdict.FAIL, 1.0)
    assert f"{real.nunique():,} whole numbers that follow on each other" in found.sentence
    assert evaluate(real, real + 10_000, specify("numerical")).verdict is Verdict.PASS


def test_numbers_that_may_be_days_need_a_look() -> None:
    days = pd.Series(np.arange(45_000, 45_400))
    assert evaluate(days, days, specify("numerical")).verdict is Verdict.LOOK


MEASURES = {
    "pressure": pd.Series(RNG.normal(101_300, 300, 20_000).round().astype("int64")),
    "heights": pd.Series(RNG.integers(150, 200, ROWS)),
    "rounded prices": pd.Series(RNG.choice(np.arange(10_000, 10_900), 9_000) // 10 * 10),
    "few of a range": pd.Series(RNG.choice(np.arange(100_000, 900_000, 7), ROWS)) * 10,
}


@pytest.mark.parametrize("name", MEASURES)
def test_measures_of_a_narrow_range_are_left_alone(name: str) -> None:
    assert find_telling(MEASURES[name], is_number=True) is None


def test_holdout_rows_tell_how_often_a_measure_repeats_by_chance() -> None:
    rng = np.random.default_rng(4)
    steps = np.arange(10_000, 99_000, 37)
    real, synthetic = pd.Series(rng.choice(steps, ROWS)), pd.Series(rng.choice(steps, 1_000))
    frames = real.to_frame("code"), synthetic.to_frame("code"), specify("numerical")
    assert evaluate_codes(*frames).verdict is Verdict.FAIL
    training, holdout = real.head(1_600).to_frame("code"), real.tail(400).to_frame("code")
    assert evaluate_codes(*frames, training, holdout).verdict is Verdict.PASS


def test_texts_of_few_rows_each_must_not_come_back() -> None:
    names = pd.Series(
        [f"Person {chr(65 + number % 26)}{'x' * (number % 9)}{number}" for number in range(ROWS)]
    )
    telling = find_telling(names)
    assert telling is not None
    assert telling.form is Form.TEXT
    assert evaluate(names, names.head(3), specify()).verdict is Verdict.FAIL
    common = pd.concat([names.head(900), pd.Series(["the same"] * 600)])
    assert evaluate(common, pd.Series(["the same"] * 500), specify()).verdict is Verdict.PASS


@pytest.mark.parametrize("form", ["@{word}_{number}", "{word}{number}"])
def test_the_apostrophe_of_an_export_does_not_hide_a_real_handle(form: str) -> None:
    real = handles(form)
    found = evaluate(real, "'" + real.sample(1_000, random_state=1), specify())
    assert (found.verdict, found.value) == (Verdict.FAIL, 1.0)
    spec = DatasetSpec("t", "T", "", "t", date(2024, 1, 1), (ColumnSpec("code", Role.IDENTITY, "code"),))
    guarded = ("'" + real).to_frame("code")
    assert count_overlap(real.to_frame("code"), guarded, spec) == {"code": ROWS}


def test_a_few_long_numbers_of_a_category_need_a_look_and_a_few_addresses_fail() -> None:
    accounts = find_telling(choose("4946674291", "5570138822", "7810442951"))
    assert accounts is not None
    assert (accounts.form, accounts.distinct) == (Form.FEW, 3)
    mails = find_telling(choose("judy80@example.com", "ben@example.org"))
    assert mails is not None
    assert mails.form is Form.CONTACT
    for harmless in (["2024-01-31", "2024-02-29"], ["1000.00", "25000.00"], ["A1", "B2"], ["4946674291"]):
        assert find_telling(choose(*harmless)) is None


def test_numbers_counted_from_one_need_a_look_where_they_come_back() -> None:
    rng = np.random.default_rng(9)
    real = pd.Series(rng.integers(1, 121, ROWS))
    found = evaluate(real, real.sample(1_000, random_state=1), specify("numerical"))
    assert (found.verdict, found.value) == (Verdict.LOOK, 1.0)
    assert "120 whole numbers from 1 on" in found.sentence
    assert evaluate(real, real + 500, specify("numerical")).verdict is Verdict.PASS


COUNTS = {
    "ages from 1": RNG.normal(40, 15, ROWS).clip(1, 95).astype(int),
    "counts": 1 + RNG.poisson(20, ROWS),
    "terms": RNG.choice(np.arange(1, 121), ROWS, p=(w := 1 + 9 * (np.arange(1, 121) % 12 == 0)) / w.sum()),
    "days of a month": RNG.integers(1, 32, ROWS),
    "ratings": RNG.integers(1, 11, ROWS),
    "waiting days": 1 + RNG.geometric(0.05, ROWS).clip(0, 80),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_and_ages_from_one_need_no_look(name: str) -> None:
    assert find_telling(pd.Series(COUNTS[name]), is_number=True) is None


@pytest.mark.parametrize(("name", "said"), [("quantity", 0), ("alter", 0), ("customer", 1), ("x", 1)])
def test_counts_that_the_name_of_the_column_explains_need_no_look(name: str, said: int) -> None:
    real = pd.DataFrame({name: np.random.default_rng(4).integers(1, 101, ROWS)})
    columns = (ColumnSpec(name, Role.MODELLED, "numerical"),)
    spec = DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)
    assert len(describe_telling(real, spec)) == said


@pytest.mark.parametrize(("name", "said"), [("salary", 0), ("konto", 1)])
def test_grouped_numbers_that_are_called_amounts_are_looked_at_only_when_they_are_made(
    name: str, said: int
) -> None:
    real = numbers(lambda rng: rng.integers(10**6, 10**7, 60)).to_frame(name)
    columns = (ColumnSpec(name, Role.MODELLED, "numerical", form=GROUPED),)
    spec = DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)
    assert len(describe_telling(real, spec)) == said
    assert evaluate_codes(real, real, spec).verdict is Verdict.FAIL


def test_words_in_the_form_of_names_need_a_look_where_they_come_back() -> None:
    real = pd.Series(np.random.default_rng(5).choice(["Xila Tkachuk", "Qombe Okoro", "Zuran Haddadi"], ROWS))
    spec = specify(alternatives=(NAMES,))
    found = evaluate(real, real, spec)
    assert (found.verdict, found.value) == (Verdict.LOOK, 1.0)
    assert "3 words in the form of names of people" in found.sentence
    assert evaluate(real, real, specify()).verdict is not Verdict.LOOK
    assert describe_telling(real.to_frame("code"), spec) == ()


def test_what_would_stop_an_export_is_said_with_its_remedy_before() -> None:
    real = codes(1_000, 9_999, "K-{}").to_frame("code")
    (sentence,) = describe_telling(real, specify())
    assert 'Column "code" is learned as it stands, and holds 120 codes of one form' in sentence
    assert "`columns t --set code.role=identity`" in sentence
    assert "`columns t --set code.public=true`" in sentence
    assert describe_telling(real, specify(is_public=True)) == ()
    found = evaluate(real["code"], real["code"], specify())
    assert "`columns t --set code.role=identity`" in found.sentence


def test_words_among_codes_point_at_nobody() -> None:
    real = pd.concat([codes(10_000_000, 99_999_999).head(500), pd.Series(["none"] * 1_500)])
    assert evaluate(real, pd.Series(["none"] * 1_000), specify()).verdict is Verdict.PASS


def test_a_public_column_is_left_out() -> None:
    real = TELLING["sort codes"]
    spec = specify(is_public=True)
    assert list_evaluated(spec) == []
    assert evaluate(real, real, spec).verdict is None


def test_identity_columns_are_left_to_others() -> None:
    columns = (ColumnSpec("code", Role.IDENTITY, "key"), ColumnSpec("day", Role.MODELLED, "datetime"))
    assert list_evaluated(DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)) == [columns[1]]


def test_real_codes_stop_an_export() -> None:
    real = TELLING["tax numbers"]
    found = evaluate(real, real, specify())
    quality = Quality(0.9, 0.9, 0.9, None, 3, 3, (), (), (), {}, "0.32.0")
    privacy = Privacy(Verdict.FAIL, {}, measures=(found,))
    check = check_export(Evaluation(ROWS, quality, None, Validity(()), privacy))
    assert check.obstacles == (found.sentence,)
    assert not check.is_open
    with pytest.raises(ExportError, match="code") as caught:
        require_exportable(Evaluation(ROWS, quality, None, Validity(()), privacy))
    assert caught.value.hint == "declare the column as the sentence says, then generate the table again."


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "time"},
        {"kind": "duration", "style": "iso"},
        {"kind": "number", "positive": "£#", "grouping": ","},
        {"kind": "number", "positive": "# USD"},
        {"kind": "number", "scales": ["K", "M"]},
    ],
)
def test_numbers_that_are_written_as_measures_are_no_codes(form: dict[str, object]) -> None:
    real = pd.Series(RNG.choice(RNG.integers(10_000, 99_999, 400), ROWS))
    assert describe_telling(real.to_frame("code"), specify("numerical", form=form)) == ()
    plain = specify("numerical", form={"kind": "number", "decimals": 0})
    assert len(describe_telling(real.to_frame("code"), plain)) == 1


GROUPED = {"kind": "number", "grouping": ",", "decimals": 0}


@pytest.mark.parametrize(
    "form", [GROUPED, {**GROUPED, "decimals": 2}, {"kind": "number", "positive": "# ID"}]
)
def test_groups_of_digits_and_unknown_units_hide_no_code(form: dict[str, object]) -> None:
    real = numbers(lambda rng: rng.integers(10**6, 10**7, 60)).to_frame("code")
    assert len(describe_telling(real, specify("numerical", form=form))) == 1
    assert evaluate(real["code"], real["code"], specify("numerical", form=form)).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "amounts",
    [
        lambda rng: rng.lognormal(11, 1, 60).round(),
        lambda rng: rng.normal(54_000, 12_000, 120).round(),
        lambda rng: rng.integers(100, 999, 60) * 1_000,
    ],
    ids=["payments", "salaries", "rounded"],
)
def test_amounts_in_groups_of_digits_are_no_codes(
    amounts: Callable[[np.random.Generator], np.ndarray],
) -> None:
    drawn = amounts(np.random.default_rng(21))
    real = numbers(lambda _: drawn, len(drawn)).to_frame("code")
    assert describe_telling(real, specify("numerical", form=GROUPED)) == ()


WHO = np.random.default_rng(12).integers(0, 45, ROWS)


def pair(codes: list[str], is_public: bool = False) -> tuple[pd.DataFrame, DatasetSpec]:
    table = pd.DataFrame({"code": [codes[who] for who in WHO], "login": [f"u{who}" for who in WHO]})
    columns = (
        ColumnSpec("code", Role.MODELLED, "categorical", is_public=is_public),
        ColumnSpec("login", Role.IDENTITY, "code"),
    )
    return table, DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)


def test_short_codes_of_one_login_each_fail_where_they_come_back() -> None:
    real, spec = pair([f"E{number:02d}" for number in range(45)])
    found = evaluate_codes(real, real.head(500), spec)
    assert (found.verdict, found.value) == (Verdict.FAIL, 1.0)
    assert "45 codes that go one to one with an identity column" in found.sentence
    assert len(describe_telling(real, spec)) == 1
    public, spec = pair([f"E{number:02d}" for number in range(45)], is_public=True)
    assert evaluate_codes(public, public.head(500), spec).verdict is None


def test_words_of_one_login_each_need_a_look_and_shared_codes_do_not() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    real, spec = pair([f"Town{letters[number % 26]}{letters[number // 26]}" for number in range(45)])
    assert evaluate_codes(real, real, spec).verdict is Verdict.LOOK
    real, spec = pair([f"E{number // 3:02d}" for number in range(45)])
    assert evaluate_codes(real, real, spec).verdict is None

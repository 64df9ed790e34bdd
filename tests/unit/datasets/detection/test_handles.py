"""User names, payment handles and codes of letters are identifiers; words, products and lists are not."""

from __future__ import annotations

import random
import re

import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from tests.syllables import SYLLABLES
from tests.unit.datasets.detection.detection_cases import AS_OF

ROWS = 2_000
FIRST = (
    "anna", "ben", "clara", "david", "eva", "frank", "gina", "hugo", "ines", "jan", "karl", "lena", "max",
    "nora", "otto", "paula", "rosa", "sven",
)  # fmt: skip
LAST = (
    "ahrens", "bauer", "conrad", "diehl", "ebert", "falk", "gebhard", "hartwig", "imhof", "jansen", "kessler",
    "lorenz", "metzger",
)  # fmt: skip


def make_people(seed: int, form: str, people: int = 120) -> list[str]:
    rng = random.Random(seed)
    cells: set[str] = set()
    while len(cells) < people:
        first, last = rng.choice(FIRST), rng.choice(LAST)
        number = rng.randrange(1, 999)
        cells.add(form.format(first=first, last=last, initial=first[0], number=number))
    return sorted(cells)


def make_table(texts: list[str], name: str = "x") -> pd.DataFrame:
    rng = random.Random(5)
    return pd.DataFrame(
        {
            name: [rng.choice(texts) for _ in range(ROWS)],
            "amount": [round(rng.lognormvariate(4, 1), 2) for _ in range(ROWS)],
            "kind": [rng.choice("AB") for _ in range(ROWS)],
        }
    )


def describe(texts: list[str], name: str = "x") -> tuple[DatasetSpec, ColumnSpec]:
    spec, _ = detect(make_table(texts, name), "t", AS_OF)
    return spec, spec.columns[0]


FORMS = {
    "user names": "{initial}{last}{number}",
    "first names and numbers": "{first}{number}",
    "payment handles": "{first}{number}@okaxis",
    "handles of a social network": "@{first}_{last}",
    "names joined by a point": "{first}.{last}",
    "logins without numbers": "{initial}{last}",
    "capital names": "{last}-{number}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", ["x", "UPI ID", "spalte_7"])
def test_handles_that_repeat_are_identifiers_whose_form_and_grouping_are_kept(form: str, name: str) -> None:
    texts = make_people(1, form)
    spec, column = describe(texts, name)
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    assert "handles" in column.why
    assert not any(text in column.why for text in texts)
    pattern = re.compile("|".join(column.options["patterns"]))
    assert sum(pattern.fullmatch(text) is not None for text in texts) >= 0.9 * len(texts)
    assert [entity.columns for entity in spec.entities] == [(name,)]


def test_the_bank_behind_the_sign_is_kept_and_the_word_before_it_is_not() -> None:
    patterns = describe(make_people(2, "{first}{number}@okaxis"))[1].options["patterns"]
    assert all(pattern.endswith("@okaxis") for pattern in patterns)
    assert not any(word in pattern for pattern in patterns for word in FIRST)


def test_numbers_without_leading_zeros_get_none() -> None:
    patterns = describe(make_people(3, "{first}{number}"))[1].options["patterns"]
    assert all(re.search(r"(\[1-9\](\\d(\{2\})?)|[^\]]\\d)$", pattern) for pattern in patterns)


PUBLIC = {
    "models of one make": [f"Model{number}" for number in range(1, 60)],
    "events": [f"{part}_{act}" for part in ("page", "cart", "menu", "form") for act in ("view", "add", "send",
               "open", "close", "drop")],
    "towns": ["Boston", "Dallas", "Houston", "Austin", "Denver", "Phoenix", "Chicago", "Tampa", "Orlando",
              "Portland", "Seattle", "Memphis", "Omaha", "Tulsa", "Fresno", "Tucson", "Atlanta", "Miami",
              "Oakland", "Raleigh", "Wichita", "Newark", "Toledo", "Lincoln"],
    "two places": ["@home", "@work"],
    "purposes": ["debt_consolidation", "home_improvement", "credit_card", "small_business", "car", "other"],
}  # fmt: skip


@pytest.mark.parametrize("texts", PUBLIC.values(), ids=PUBLIC)
def test_words_that_many_rows_share_stay_categories(texts: list[str]) -> None:
    assert describe(texts)[1].kind == "categorical"


def invent_words(seed: int, form: str = "{}", count: int = 120) -> list[str]:
    rng = random.Random(seed)
    words: set[str] = set()
    while len(words) < count:
        words.add(form.format(rng.choice("abcdefgh") + "".join(rng.sample(SYLLABLES, 3))))
    return sorted(words)


def draw_letters(seed: int, width: int, form: str = "{}", count: int = 120) -> list[str]:
    rng = random.Random(seed)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return sorted({form.format("".join(rng.choices(letters, k=width))) for _ in range(count)})


LOGINS = {
    "login": ("login", invent_words(1)),
    "user name": ("user_name", invent_words(2)),
    "userid": ("USERID", [word.upper() for word in invent_words(3)]),
    "handle": ("handle", invent_words(4, count=12)),
    "owner": ("owner", invent_words(5)),
    "of a network": ("x", invent_words(6, "CORP\\{}")),
    "of two networks": ("x", [*invent_words(7, "CORP\\{}", 60), *invent_words(8, "EMEA\\{}", 60)]),
    "behind a slash": ("x", invent_words(9, "corp/{}")),
    "several initials": ("x", [f"{first}{last}" for first in "acfm" for last in ("weiss", "haddad", "ivanova",
                               "okafor", "quist", "bjornson")]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "texts"), LOGINS.values(), ids=LOGINS)
def test_user_names_without_digits_are_identifiers_whose_grouping_is_kept(
    name: str, texts: list[str]
) -> None:
    spec, column = describe(texts, name)
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    assert "user names" in column.why
    assert not any(text in column.why or text in str(column.options) for text in texts)
    assert [entity.columns for entity in spec.entities] == [(name,)]


def test_the_network_in_front_of_user_names_is_kept() -> None:
    patterns = describe(invent_words(6, "CORP\\{}"))[1].options["patterns"]
    assert all(pattern.startswith(r"CORP\\[a-z]{") for pattern in patterns)


LETTERS = {
    "six capitals": (draw_letters(1, 6), r"[A-Z]{6}"),
    "five capitals": (draw_letters(2, 5), r"[A-Z]{5}"),
    "small letters": ([text.lower() for text in draw_letters(3, 7)], r"[a-z]{7}"),
    "a prefix": (draw_letters(4, 6, "PK-{}"), r"PK-[A-Z]{6}"),
    "a suffix": (draw_letters(5, 5, "{}X"), r"[A-Z]{5}X"),
    "parts of names": (sorted(random.Random(6).sample([f"{last}{first}" for last in
                       ("meye", "schu", "weis", "hadd", "ivan", "okaf", "quis", "bjor", "nova", "pate")
                       for first in ("an", "jo", "pe", "ka", "li", "mo", "te", "ur")], 50)), r"[a-z]{6}"),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "pattern"), LETTERS.values(), ids=LETTERS)
def test_codes_of_letters_of_one_length_are_identifiers(texts: list[str], pattern: str) -> None:
    spec, column = describe(texts)
    assert (column.role, column.kind, column.options["patterns"]) == (Role.IDENTITY, "code", [pattern])
    assert [entity.columns for entity in spec.entities] == [("x",)]


def test_codes_of_letters_with_four_rows_each_are_no_free_text() -> None:
    assert describe(draw_letters(7, 6, count=500))[1].options["patterns"] == ["[A-Z]{6}"]


LISTS = {
    "currency pairs": ("x", [f"{base}{quoted}" for base in ("EUR", "USD", "GBP", "CHF", "JPY") for quoted in
                             ("SEK", "NOK", "DKK", "PLN", "CZK", "HUF")]),
    "ports": ("x", ["DEHAM", "NLRTM", "BEANR", "CNSHA", "SGSIN", "HKHKG", "USLAX", "USNYC", "GBFXT", "FRLEH",
                    "ESVLC", "ITGOA", "GRPIR", "KRPUS", "JPYOK", "AEDXB", "INNSA", "BRSSZ", "ZADUR", "AUMEL",
                    "DEBRV", "PLGDN", "SEGOT", "FIHEL"]),
    "funds": ("ticker", draw_letters(8, 5, count=40)),
    "products": ("product", draw_letters(9, 6, count=40)),
    "sizes and colours": ("x", [f"{item}{colour}" for item in ("SHIRT", "PANTS", "SOCKS", "JEANS", "SHOES")
                                for colour in ("RED", "BLU", "GRN", "BLK", "WHT", "GRY")]),
    "towns of five letters": ("x", ["Tampa", "Omaha", "Tulsa", "Miami", "Paris", "Tokyo", "Osaka", "Seoul",
                                    "Delhi", "Cairo", "Lagos", "Dubai", "Milan", "Porto", "Lyons", "Leeds",
                                    "Essen", "Mainz", "Halle", "Hagen", "Trier", "Worms", "Fulda", "Siena"]),
    "departments": ("owner", ["finance", "marketing", "sales", "legal", "compliance", "audit", "treasury",
                              "operations", "engineering", "support", "logistics", "procurement", "security",
                              "research", "controlling", "risk", "credit", "claims", "trading", "payroll"]),
    "kinds of files": ("x", [f"{kind}/{form}" for kind in ("image", "text", "audio", "video", "font")
                             for form in ("plain", "raw", "zip", "basic")]),
    "zones": ("x", [f"Europe/{town}" for town in ("Berlin", "Paris", "Rome", "Madrid", "Vienna", "Oslo",
                    "Prague", "Athens", "Dublin", "Lisbon", "Warsaw", "Zurich", "Sofia", "Riga", "Minsk",
                    "Malta", "Kiev", "Moscow", "Monaco", "Samara")]),
    "airports": ("x", draw_letters(10, 3, count=40)),
}  # fmt: skip


@pytest.mark.parametrize(("name", "texts"), LISTS.values(), ids=LISTS)
def test_codes_and_words_of_lists_stay_categories(name: str, texts: list[str]) -> None:
    assert describe(texts, name)[1].kind == "categorical"

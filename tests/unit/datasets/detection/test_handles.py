"""User names and payment handles of many lengths are identifiers; words, products and events are not."""

from __future__ import annotations

import random
import re

import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
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

"""Short codes that go one to one with an identity column are of the same people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import DatasetSpec, Role

RNG = np.random.default_rng(5)
ROWS = 900
WHO = RNG.integers(0, 45, ROWS)
LOGINS = [f"{letter}{name}{number}" for number, (letter, name) in enumerate(
    zip(RNG.choice(list("abcdefgh"), 45), RNG.choice(["smith", "meyer", "khan", "patel"], 45), strict=True)
)]  # fmt: skip
TOWNS = [
    f"{start}{end}"
    for start in ("Al", "Ber", "Cor", "Dan", "El")
    for end in ("ton", "ham", "ley", "by", "wick")
]


def describe(codes: list[str], public: tuple[str, ...] = ()) -> DatasetSpec:
    table = pd.DataFrame(
        {
            "teller": [codes[who % len(codes)] for who in WHO],
            "login": [LOGINS[who % len(codes)] for who in WHO],
            "minutes": RNG.lognormal(3, 1, ROWS).round(1),
        }
    )
    return detect(table, "t", public=public)[0]


@pytest.mark.parametrize("form", ["E{:02d}", "{:02d}", "T-{}", "{:02d}x"])
def test_a_short_code_of_one_login_is_derived_with_the_login(form: str) -> None:
    spec = describe([form.format(number) for number in range(45)])
    teller = spec.columns[0]
    assert (teller.role, teller.kind) == (Role.IDENTITY, "code")
    assert [one.columns for one in spec.entities] == [("teller", "login")]
    assert teller.options["patterns"]


def test_words_of_one_login_stay_categories_with_a_doubt() -> None:
    column = describe(TOWNS).columns[0]
    assert (column.kind, column.alternatives[:1]) == ("categorical", ("text",))
    assert 'one value of "login"' in column.why


def test_a_code_that_several_logins_share_stays_a_category() -> None:
    codes = [f"E{number // 3:02d}" for number in range(45)]
    assert describe(codes).columns[0].kind == "categorical"


def test_a_few_codes_and_public_ones_stay_categories() -> None:
    assert describe([f"E{number}" for number in range(9)]).columns[0].kind == "categorical"
    codes = [f"E{number:02d}" for number in range(45)]
    assert describe(codes, public=("teller",)).columns[0].kind == "categorical"

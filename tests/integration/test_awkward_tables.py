"""A table of many awkward columns, registered, generated from and evaluated through the command line."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stdnum import lei, luhn
from stdnum.iso7064 import mod_97_10
from stdnum.us import rtn

from tests.integration.conftest import Command

ROWS = 1_000
RECIPE = ("--synthesizer", "autoregressive", "--epochs", 5, "--no-hma", "--seed", 3)


def _card(rng: np.random.Generator, start: str, form: str) -> str:
    body = start + "".join(map(str, rng.integers(0, 10, form.count("#") - 1 - len(start))))
    digits = iter(body + luhn.calc_check_digit(body))
    return re.sub("#", lambda _: next(digits), form)


def _lei(rng: np.random.Generator) -> str:
    body = "".join(rng.choice(list("0123456789ABCDEFGHJKLMNP"), 18))
    return body + mod_97_10.calc_check_digits(body)


def _routing(rng: np.random.Generator) -> str:
    body = f"0{rng.integers(1, 10)}{rng.integers(0, 10**6):06d}"
    return body + rtn.calc_check_digit(body)


def _with_sentinels(rng: np.random.Generator, ages: np.ndarray) -> np.ndarray:
    return np.where(rng.random(len(ages)) < 0.05, -999, ages)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(21)
    staff = [
        f"{rng.choice(list('abcdefgh'))}{name}{n}" for n, name in enumerate(["smith", "khan", "meyer"] * 15)
    ]
    who, rows = rng.integers(0, 45, ROWS), range(ROWS)
    cards = [_card(rng, "52", "####-####-####-####") for _ in rows]
    amounts = rng.lognormal(6, 1, ROWS)
    clocks = [(rng.integers(0, 24), rng.integers(0, 60)) for _ in rows]
    table = pd.DataFrame(
        {
            "loan": 100_001 + np.sort(rng.integers(0, 200, ROWS)),
            "payment": rng.permutation(np.arange(500_100, 500_100 + ROWS)),
            "teller": [f"E{number:02d}" for number in who],
            "login": [staff[number] for number in who],
            "card": cards,
            "last4": [text[-4:] for text in cards],
            "amex": [_card(rng, "37", "#" * 15) for _ in rows],
            "cvc": [f"{number:03d}" for number in rng.integers(0, 1_000, ROWS)],
            "mobile": [f"07973 {number}" for number in rng.integers(600_000, 700_000, ROWS)],
            "postcode": rng.choice(["SW1A 1AA", "M1 1AE", "LS1 4AP"], ROWS),
            "lei": [_lei(rng) for _ in rows],
            "aba": [_routing(rng) for _ in rows],
            "from": [f"{hour:02d}.{minute:02d}" for hour, minute in clocks],
            "to": [f"{hour:02d}h{minute:02d}" for hour, minute in clocks],
            "term": [
                f"{days}d {hour}h" for days, (hour, _) in zip(rng.integers(0, 9, ROWS), clocks, strict=True)
            ],
            "rate": [f"{number:06.2f}" for number in rng.uniform(0, 400, ROWS)],
            "exposure": [f"{n / 1e6:.1f}M" if n >= 1e6 else f"{n / 1e3:.1f}K" for n in amounts * 500],
            "booked": [
                f"{n:.2f}{'CR' if up else 'DR'}"
                for n, up in zip(amounts, rng.random(ROWS) < 0.5, strict=True)
            ],
            "change": [
                f"{n:.2f}{'+' if up else '-'}" for n, up in zip(amounts, rng.random(ROWS) < 0.6, strict=True)
            ],
            "age": _with_sentinels(rng, rng.integers(18, 91, ROWS)),
            "status": rng.choice([200, 404, 500], ROWS, p=[0.8, 0.15, 0.05]),
            "tax": rng.choice(["0 %", "7 %", "19 %"], ROWS),
            "reference": [f'="{number:06d}"' for number in rng.integers(0, 10**6, ROWS)],
        }
    )
    file = tmp_path_factory.mktemp("awkward") / "awkward.csv"
    table.to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def finished() -> dict[str, dict[str, object]]:
    """What the commands printed, so that they run once for the module."""
    return {}


@pytest.fixture
def made(
    command: Command,
    source: Path,
    tmp_path_factory: pytest.TempPathFactory,
    finished: dict[str, dict[str, object]],
) -> pd.DataFrame:
    file = source.with_name("made.csv")
    if not finished:
        finished["added"] = command("add", "awkward", source)
        command("generate", "awkward", "--rows", ROWS, "--out", file, *RECIPE)
        finished["evaluated"] = command("evaluate", "awkward", file)
    return _read(file)


def _read(file: Path) -> pd.DataFrame:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines)
    return pd.DataFrame(rows, columns=header, dtype=str)


FORMS = {
    "loan": r"\d{6}", "payment": r"\d{6}", "teller": r"E\d{2}", "card": r"5[1-5]\d\d(-\d{4}){3}",
    "last4": r"\d{4}", "amex": r"3[47]\d{13}", "cvc": r"\d{3}", "mobile": r"07\d{3} \d{6}",
    "lei": r"[0-9A-Z]{18}\d{2}", "aba": r"\d{9}",
    "from": r"([01]\d|2[0-3])\.[0-5]\d", "to": r"([01]\d|2[0-3])h[0-5]\d",
    "term": r"\d+d ([01]?\d|2[0-3])h",
    "rate": r"\d{3}\.\d{2}", "exposure": r"\d+\.\d[KM]", "booked": r"\d+\.\d{2}(CR|DR)",
    "change": r"\d+\.\d{2}[+-]", "age": r"-999|\d{1,3}", "status": "200|404|500",
    "tax": "(0|7|19) %", "reference": r"'?=\"\d{6}\"",
}  # fmt: skip
NEW = ("loan", "payment", "teller", "login", "card", "amex", "mobile", "lei", "aba", "reference")


@pytest.mark.parametrize("column", FORMS)
def test_each_column_is_written_as_it_came(made: pd.DataFrame, source: Path, column: str) -> None:
    expected = re.compile(FORMS[column])
    for table in (_read(source), made):
        assert [text for text in table[column] if not expected.fullmatch(text)][:5] == []


@pytest.mark.parametrize("column", NEW)
def test_no_real_identifier_comes_back(made: pd.DataFrame, source: Path, column: str) -> None:
    assert set(made[column].str.removeprefix("'")) & set(_read(source)[column]) == set()


def test_the_table_is_valid_and_safe(made: pd.DataFrame, finished: dict[str, dict[str, object]]) -> None:
    assert finished["evaluated"]["validity"]["score"] == 1.0  # type: ignore[index]
    assert finished["evaluated"]["privacy"]["verdict"] in {"pass", "look"}  # type: ignore[index]
    assert [finding for finding in finished["added"]["findings"] if "identify people" in finding] == []


def test_columns_of_one_thing_agree_in_each_row(made: pd.DataFrame) -> None:
    assert (made["last4"] == made["card"].str[-4:]).all()
    pairs = made[["teller", "login"]].drop_duplicates()
    assert len(pairs) == made["teller"].nunique() == made["login"].nunique()
    assert made["loan"].nunique() < ROWS / 2


def test_check_digits_hold(made: pd.DataFrame) -> None:
    assert all(luhn.is_valid(re.sub(r"\D", "", text)) for text in (*made["card"], *made["amex"]))
    assert all(lei.is_valid(text) for text in made["lei"])
    assert all(rtn.is_valid(text) for text in made["aba"])


def test_sentinels_and_levels_come_back_at_their_rate(made: pd.DataFrame, source: Path) -> None:
    real = _read(source)
    for column, value in (("age", "-999"), ("status", "404"), ("tax", "7 %")):
        rates = [(table[column] == value).mean() for table in (real, made)]
        assert rates[1] == pytest.approx(rates[0], abs=0.06)
    ages = pd.to_numeric(made["age"][made["age"] != "-999"])
    assert ages.between(0, 120).all()

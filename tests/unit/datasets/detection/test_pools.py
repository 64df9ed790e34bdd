"""The two sides of a payment draw from one set of accounts, of which none is real."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import DatasetSpec
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

RNG = np.random.default_rng(8)
ROWS = 600


def accounts(first: int, count: int = 60) -> list[str]:
    return [f"AC-{number * 7_919 % 1_000_000:06d}" for number in range(first, first + count)]


def describe(payers: list[str], payees: list[str]) -> DatasetSpec:
    table = pd.DataFrame(
        {
            "payer": RNG.choice(payers, ROWS),
            "payee": RNG.choice(payees, ROWS),
            "amount": RNG.lognormal(3, 1, ROWS).round(2),
        }
    )
    return detect(table, "t")[0]


def test_columns_with_the_same_accounts_share_a_pool() -> None:
    payer, payee, _ = describe(accounts(1), accounts(11)).columns
    assert payer.options == payee.options
    assert payer.options["pool"] == ["payer", "payee"]
    assert 'the same ones as in "payee"' in payer.why


def test_columns_with_other_accounts_or_of_other_kinds_share_none() -> None:
    assert all("pool" not in one.options for one in describe(accounts(1), accounts(500)).columns)
    ibans = [f"DE{number:020d}" for number in range(60)]
    assert all("pool" not in one.options for one in describe(accounts(1), ibans).columns)


def test_accounts_of_a_pool_meet_again_and_none_is_real() -> None:
    pool = ["payer", "payee"]
    columns = [column(name, "code", (), True, patterns=[r"AC-\d{6}"], pool=pool) for name in pool]
    real = {"payer": accounts(1), "payee": accounts(40)}
    made = derive(request(columns, 60, protected=real))
    assert set(made["payer"]) == set(made["payee"])
    assert not set(made["payer"]) & {*real["payer"], *real["payee"]}
    assert (made["payer"] != made["payee"]).all()


def test_parts_of_a_job_agree_on_the_pool() -> None:
    columns = [column(name, "iban", (), True, country="GB", pool=["a", "b"]) for name in ("a", "b")]
    whole = derive(request(columns, 40))
    halves = [derive(request(columns, 20, first_row=first, total_rows=40)) for first in (0, 20)]
    for name in ("a", "b"):
        assert whole[name].tolist() == [*halves[0][name], *halves[1][name]]
    assert set(whole["a"]) == set(whole["b"])


def repeat(source: list[str], name: str, values: Callable[[pd.Series], pd.Series]) -> DatasetSpec:
    table = pd.DataFrame({"customer_id": RNG.choice(source, ROWS)})
    table[name] = values(table["customer_id"])
    table["amount"] = RNG.lognormal(3, 1, ROWS).round(2)
    return detect(table, "t")[0]


NUMBERS = [str(1_000_000_007 + 7_919 * number) for number in range(80)]
CODES = [f"K{number * 7_919 % 1_000_000:06d}" for number in range(1, 81)]


@pytest.mark.parametrize(
    ("source", "values", "before", "after"),
    [
        (NUMBERS, lambda ids: ids, "", ""),
        (NUMBERS, lambda ids: ids.astype("int64"), "", ""),
        (CODES, lambda ids: ids + "_A", "", "_A"),
        (CODES, lambda ids: "X-" + ids, "X-", ""),
    ],
)
def test_a_column_that_repeats_an_identifier_in_each_row_repeats_the_new_one(
    source: list[str], values: Callable[[pd.Series], pd.Series], before: str, after: str
) -> None:
    spec = repeat(source, "client_ref", values)
    options = spec.columns[1].options
    assert options["same_as"] == "customer_id"
    assert "pool" not in options
    assert (options.get("before", ""), options.get("after", "")) == (before, after)
    assert 'that of "customer_id" in each row' in spec.columns[1].why
    made = derive(request([spec.columns[1], spec.columns[0]], 50, protected={"customer_id": source}))
    assert made["client_ref"].astype(str).tolist() == [f"{before}{one}{after}" for one in made["customer_id"]]
    assert not set(map(str, made["customer_id"])) & set(source)


def test_gaps_of_both_columns_stay_in_the_same_rows() -> None:
    table = pd.DataFrame({"customer_id": RNG.choice(NUMBERS, ROWS), "amount": RNG.lognormal(3, 1, ROWS)})
    table.loc[table.index % 5 == 0, "customer_id"] = None
    table["client_ref"] = table["customer_id"]
    spec = detect(table, "t")[0]
    made = derive(request([one for one in spec.columns if one.name != "amount"], 200))
    assert pd.isna(made["customer_id"]).any()
    assert made["client_ref"].tolist() == made["customer_id"].tolist()


def test_a_payer_who_sometimes_pays_himself_is_no_repeated_column() -> None:
    table = pd.DataFrame({"payer": RNG.choice(NUMBERS, ROWS), "amount": RNG.lognormal(3, 1, ROWS)})
    others = pd.Series(RNG.choice(NUMBERS, ROWS))
    table["payee"] = table["payer"].where(table.index % 10 == 0, others)
    payer, _, payee = detect(table, "t")[0].columns
    assert "same_as" not in {*payer.options, *payee.options}
    assert payee.options["pool"] == ["payer", "payee"]

"""The two sides of a payment draw from one set of accounts, of which none is real."""

from __future__ import annotations

import numpy as np
import pandas as pd

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

"""Both sides of a payment have accounts of one set, and never the same one where the sample never does."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import DIFFERS, DatasetSpec
from pipeline.evaluation.validity.check import check_validity
from pipeline.models.keeping_apart import keep_apart
from pipeline.models.model import SampleRequest, assemble
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.protocol import Drawn

AS_OF = date(2026, 1, 1)
ROWS = 1_500


def draw(sides: tuple[str, ...], people: int = 60, is_self: bool = False) -> pd.DataFrame:
    """Payments between accounts, with the place of each side's account."""
    rng = np.random.default_rng(8)
    codes = np.array([f"AC{number * 7_919_317 % 10**8:08d}" for number in range(1, people + 1)])
    places = rng.choice(["north", "south", "west"], people)
    parts = np.argsort(rng.random((ROWS, people)), axis=1)[:, : len(sides)]
    if is_self:
        parts[:20, 1] = parts[:20, 0]
    table = pd.DataFrame({"amount": rng.lognormal(3, 1, ROWS).round(2)})
    for at, side in enumerate(sides):
        table[side] = codes[parts[:, at]]
        table[f"{side}_place"] = places[parts[:, at]]
    return table


def describe(table: pd.DataFrame) -> DatasetSpec:
    return detect(table, "t", AS_OF)[0]


def make(
    spec: DatasetSpec, real: pd.DataFrame, rows: int, first: int = 0, total: int | None = None
) -> pd.DataFrame:
    names = [one.name for one in spec.columns if one.name in real and one.role.value == "modelled"]
    drawn = pd.concat(
        [
            real[name].sample(rows, replace=True, random_state=at).reset_index(drop=True)
            for at, name in enumerate(names)
        ],
        axis=1,
    )
    protected = {name: real[name].to_numpy(dtype=object) for name in real if name not in names}
    asked = SampleRequest(rows, 5, AS_OF, {}, IdentityOptions(), protected, first, total)
    sample = assemble(spec, Drawn(drawn), asked)
    assert sample.modelled["amount"].tolist() == drawn["amount"].tolist()
    return sample.table


@pytest.mark.parametrize("sides", [("payer", "payee"), ("from_account", "to_account", "fee_account")])
def test_no_account_pays_itself_and_all_that_belongs_to_it_goes_along(sides: tuple[str, ...]) -> None:
    real = draw(sides)
    spec = describe(real)
    found = [(rule.column, *rule.others) for rule in spec.rules if rule.rule == DIFFERS]
    assert len(found) == len(sides) * (len(sides) - 1) // 2
    made = make(spec, real, 1_000)
    for later, earlier in found:
        assert (made[later] != made[earlier]).all()
        assert set(made[later]) & set(made[earlier])
    assert check_validity(made, spec, as_of=AS_OF, real=real).failures == ()
    for side in sides:
        assert made.groupby(side)[f"{side}_place"].nunique().max() == 1


def test_parts_of_a_job_keep_their_sides_apart_and_are_made_alike_again() -> None:
    real = draw(("payer", "payee"))
    spec = describe(real)
    parts = [make(spec, real, 600, first, 1_200) for first in (0, 600)]
    assert all((part["payer"] != part["payee"]).all() for part in parts)
    assert parts[1].equals(make(spec, real, 600, 600, 1_200))


def test_as_many_rows_each_as_before_the_trade() -> None:
    spec = describe(draw(("payer", "payee")))
    rng = np.random.default_rng(3)
    columns = {name: rng.integers(0, 12, 400).astype(str).astype(object) for name in ("payer", "payee")}
    modelled = pd.DataFrame({"payee_place": columns["payee"], "amount": np.arange(400)})
    kept, rows = keep_apart(spec, columns, modelled)
    assert (np.asarray(kept["payer"]) == columns["payer"]).all()
    assert (np.asarray(kept["payee"]) != columns["payer"]).all()
    assert sorted(kept["payee"]) == sorted(columns["payee"])
    assert rows["payee_place"].tolist() == list(kept["payee"])
    assert rows["amount"].tolist() == list(range(400))


def test_where_the_sample_holds_an_account_on_both_sides_nothing_is_asked() -> None:
    spec = describe(draw(("payer", "payee"), is_self=True))
    assert [rule for rule in spec.rules if rule.rule == DIFFERS] == []


def test_the_rule_finds_what_others_make() -> None:
    real = draw(("payer", "payee"))
    wrong = real.assign(payee=real["payer"].where(real.index < 3, real["payee"]))
    (failed,) = [
        one
        for one in check_validity(wrong, describe(real), as_of=AS_OF, real=None).failures
        if one.rule == DIFFERS
    ]
    assert (failed.column, failed.failed) == ("payee", 3)

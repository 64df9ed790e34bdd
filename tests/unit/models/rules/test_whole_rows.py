"""Whole rows of tables with rules: derived columns that are left empty, and entities in several rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.dataset import Dataset
from pipeline.datasets.rules.single import check_table
from pipeline.evaluation.reference import list_protected
from pipeline.evaluation.validity.check import check_validity
from pipeline.models.model import FittedModel, SampleRequest
from pipeline.models.rules.kept import KeptRules
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.protocol import Drawn
from tests.unit.models.rules.contracts import AS_OF, draw_freely, plan, register, with_rules


@dataclass(frozen=True)
class _Shuffled:
    """A synthesizer that draws each column by itself."""

    dataset: Dataset
    kept: KeptRules

    def draw(self, rows: int, seed: int, shares: object = None) -> Drawn:
        return Drawn(draw_freely(self.dataset, self.kept, rows, seed))


def _sample(dataset: Dataset, rows: int = 600) -> pd.DataFrame:
    kept = plan(dataset)
    info: Any = SimpleNamespace(id="none")
    model = FittedModel(info, dataset.spec, _Shuffled(dataset, kept), kept)  # type: ignore[arg-type]
    raw = dataset.load_raw()
    request = SampleRequest(rows, 4, AS_OF, {}, IdentityOptions(), list_protected(dataset.spec, raw))
    return model.sample(request).table


def _write_people(folder: Path, rows: int = 240) -> Dataset:
    rng = np.random.default_rng(8)
    numbers = np.arange(rows)
    has_mail, has_phone = rng.random(rows) < 0.6, rng.random(rows) < 0.5
    has_phone |= ~has_mail
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 18_000, rows), unit="D")
    joined = born + pd.to_timedelta(6_600 + rng.integers(0, 2_000, rows), unit="D")
    table = pd.DataFrame(
        {
            "email": np.where(has_mail, [f"person{one}@mail.com" for one in numbers], ""),
            "phone": np.where(has_phone, [f"+1 212 555 {one:04}" for one in 1_000 + numbers * 7], ""),
            "date_of_birth": born.strftime("%Y-%m-%d"),
            "joined": joined.strftime("%Y-%m-%d"),
            "plan": rng.choice(["basic", "plus"], rows),
        }
    )
    return register(folder, table, name="people")


def test_derived_columns_are_filled_as_a_rule_says(tmp_path: Path) -> None:
    people = _write_people(tmp_path)
    roles = {one.name: str(one.role) for one in people.spec.columns}
    assert (roles["email"], roles["phone"], roles["date_of_birth"]) == ("identity", "identity", "identity")
    dataset = with_rules(people, "any_of(email, phone)", "joined >= date_of_birth")
    table, raw = _sample(dataset), people.load_raw()
    assert [one.failed for one in check_table(dataset.spec, table, raw)] == [0, 0]
    assert table["email"].notna().mean() == pytest.approx(raw["email"].notna().mean(), abs=0.06)
    both = raw["email"].notna() & raw["phone"].notna()
    assert (table["email"].notna() & table["phone"].notna()).mean() == pytest.approx(both.mean(), abs=0.06)
    assert not table["email"].dropna().duplicated().any()
    assert check_validity(table, dataset.spec, as_of=AS_OF, real=raw).is_valid


def test_what_is_the_same_in_all_rows_of_an_entity_stays_so_and_keeps_its_rules(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    accounts = 80
    opened = pd.Timestamp("2022-01-03") + pd.to_timedelta(rng.integers(0, 600, accounts), unit="D")
    kind = rng.choice(["loan", "card"], accounts)
    owners = np.repeat(np.arange(accounts), 4)
    days = np.concatenate([rng.choice(300, 4, replace=False) for _ in range(accounts)])
    booked = opened[owners] + pd.to_timedelta(days, unit="D")
    table = pd.DataFrame(
        {
            "account": [f"AC{10_000 + one * 37}" for one in owners],
            "opened": opened[owners].strftime("%Y-%m-%d"),
            "kind": kind[owners],
            "product": np.where(kind == "card", "gold", "std")[owners],
            "booked": booked.strftime("%Y-%m-%d"),
            "amount": np.round(rng.gamma(2, 50, len(owners)), 2),
        }
    )
    accounts_set = register(tmp_path, table, name="bookings")
    assert [set(one.constant) for one in accounts_set.spec.entities] == [{"opened", "kind", "product"}]
    rules = ("booked >= opened", "combination(kind, product)", "unique(account, booked)")
    dataset = with_rules(accounts_set, *rules)
    made, raw = _sample(dataset), accounts_set.load_raw()
    assert [one.failed for one in check_table(dataset.spec, made, raw)] == [0, 0, 0]
    assert (made.groupby("account")[["opened", "kind", "product"]].nunique() == 1).all().all()
    assert check_validity(made, dataset.spec, as_of=AS_OF, real=raw).is_valid

"""Payments of accounts that come back: new codes, as many rows each, together, however they are made."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.detection.rules import default_rules
from pipeline.datasets.entities import keep_together
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.datasets.spec_file import format_spec
from pipeline.evaluation.validity.check import check_validity
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import find_begun
from pipeline.generation.bulk.part import make_part
from pipeline.generation.bulk.part_context import open_part_context
from pipeline.generation.bulk.plan import plan_parts
from pipeline.generation.manifest import compute_manifest
from pipeline.generation.orders import BulkOrder, GenerateOrder
from pipeline.generation.results import Generation
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench

AS_OF = date(2026, 1, 31)
CODES = ("account_no", "client_ref", "tax_number")


def _draw() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    numbers = rng.choice(90_000, 120, replace=False) + 10_000
    account = rng.integers(0, 120, 2_000)
    return pd.DataFrame(
        {
            "account_no": numbers[account] * 1_000 + 7,
            "client_ref": [f"CL{number}" for number in numbers[account]],
            "tax_number": numbers[account] * 9_001,
            "segment": np.array(["retail", "private", "firm"])[account % 3],
            "amount": rng.normal(0, 200, 2_000).round(2),
            "kind": rng.choice(["in", "out"], 2_000),
        }
    )


def _describe(table: pd.DataFrame) -> DatasetSpec:
    forms = {
        "account_no": {"template": "integer", "width": 8},
        "client_ref": {"prefix": "CL", "width": 5},
        "tax_number": {"template": "integer", "width": 9},
    }
    columns = (
        *(ColumnSpec(name, Role.IDENTITY, "key", options=forms[name]) for name in CODES),
        ColumnSpec("segment", Role.MODELLED, "categorical"),
        ColumnSpec(
            "amount",
            Role.MODELLED,
            "numerical",
            options={"decimals": 2, "minimum": -2_000.0, "maximum": 2_000.0},
        ),
        ColumnSpec("kind", Role.MODELLED, "categorical"),
    )
    spec = DatasetSpec("accounts", "Accounts", "Payments.", "accounts", AS_OF, columns)
    spec = keep_together(spec, table)
    return replace(spec, rules=default_rules(spec, table))


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    return _draw()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, real: pd.DataFrame) -> Path:
    home = tmp_path_factory.mktemp("home")
    folder = home / "datasets" / "accounts"
    folder.mkdir(parents=True)
    real.to_csv(folder / "accounts.csv", index=False)
    (folder / "dataset.yaml").write_text(format_spec(_describe(real)), encoding="utf-8")
    sdtypes = {"account_no": "id", "client_ref": "id", "tax_number": "id", "amount": "numerical"}
    columns = {name: {"sdtype": sdtypes.get(name, "categorical")} for name in real}
    metadata = {
        "tables": {"accounts": {"columns": columns}},
        "relationships": [],
        "METADATA_SPEC_VERSION": "V2",
    }
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def workbench(home: Path) -> Workbench:
    return Workbench(Settings(home=home))


def _generate(workbench: Workbench, **more: object) -> Generation:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=2, use_hma=False)
    return workbench.generate(GenerateOrder("accounts", 1_000, recipe, as_of=AS_OF, **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(workbench: Workbench) -> Generation:
    return _generate(workbench, seed=3)


def test_no_code_is_real_and_each_keeps_its_form(made: Generation, real: pd.DataFrame) -> None:
    for name, form in zip(CODES, (r"\d{8}", r"CL\d{5}", r"\d{9}"), strict=True):
        assert not made.table[name].isin(real[name]).any()
        assert made.table[name].astype(str).str.fullmatch(form).all()


def test_accounts_have_as_many_rows_each_as_in_the_sample(made: Generation) -> None:
    (found,) = made.evaluation.entities
    assert (found.columns, found.real_entities) == (CODES, 120)
    assert found.synthetic_entities == pytest.approx(60, abs=3)
    assert found.score is not None
    assert found.score > 0.85


def test_the_columns_of_an_account_stay_together(made: Generation) -> None:
    table = made.table
    for name in (*CODES, "segment"):
        assert table.groupby("account_no")[name].nunique().max() == 1
    assert table.groupby("client_ref")["account_no"].nunique().max() == 1
    assert table.groupby("account_no")["kind"].nunique().max() == 2
    rules = {(one.column, one.rule): one.failed for one in made.evaluation.validity.rules}
    assert rules["tax_number", "entity_constant"] == 0
    assert rules["segment", "entity_constant"] == 0


def test_a_torn_account_is_not_valid(made: Generation, real: pd.DataFrame) -> None:
    torn = made.table.copy()
    torn.loc[0, "segment"] = next(one for one in torn["segment"].unique() if one != torn.loc[0, "segment"])
    found = check_validity(torn, made.spec, as_of=AS_OF, real=real)
    broken = {(one.column, one.rule) for one in found.failures}
    assert broken == {("segment", "entity_constant")}


def test_equal_requests_give_equal_rows_and_shares_stay_exact(workbench: Workbench, made: Generation) -> None:
    pd.testing.assert_frame_equal(_generate(workbench, seed=3).table, made.table)
    shared = _generate(workbench, seed=3, shares={"segment": {"firm": 0.5}}).table
    assert (shared["segment"] == "firm").sum() == 500
    assert shared.groupby("account_no")["segment"].nunique().max() == 1


def test_training_and_holdout_share_no_account(home: Path) -> None:
    split = Catalog(home / "datasets", Settings().uploads).get("accounts").split()
    assert not set(split.training["client_ref"]) & set(split.holdout["client_ref"])
    assert len(split.holdout) == pytest.approx(400, abs=25)


def test_the_evidence_tells_of_entities_and_public_columns(made: Generation) -> None:
    manifest = compute_manifest(made, "accounts.csv", b"", "somebody")
    assert manifest["public_columns"] == []
    (entities,) = manifest["evidence"]["entities"]
    assert entities["entity"] == "account_no"
    assert 0.85 < entities["score"] <= 1


@pytest.fixture(scope="module")
def order(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> BulkOrder:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=2, use_hma=False)
    out = str(tmp_path_factory.mktemp("parts") / "one")
    return BulkOrder("accounts", 3_000, out, recipe, seed=3, as_of=AS_OF, part_rows=1_000)


def test_parts_have_accounts_of_their_own_in_whatever_order_they_are_made(
    workbench: Workbench, order: BulkOrder, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = workbench.bulk.make(order)
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    job = find_begun(Folder(order.out))
    assert job is not None
    part_context, folder = open_part_context(job), Folder(str(tmp_path))
    again = [make_part(part_context, job, part, folder).record for part in reversed(list(plan_parts(job)))]
    assert [one.sha256 for one in reversed(again)] == [one["sha256"] for one in result.manifest["parts"]]
    parts = [pd.read_parquet(Path(order.out) / one.file) for one in again]
    accounts = [set(part["account_no"]) for part in parts]
    assert sum(map(len, accounts)) == len(set().union(*accounts))
    assert result.manifest["first_rows"]["entities"][0]["score"] > 0.85


def test_dates_that_describe_an_account_are_generated_and_stay_with_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    account = rng.integers(0, 120, 2_000)
    opened = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3_000, 120), unit="D")
    seen = opened + pd.to_timedelta(rng.integers(9 * 60, 17 * 60, 120), unit="min")
    table = pd.DataFrame(
        {
            "account_no": rng.choice(90_000, 120, replace=False)[account] + 10_000_000,
            "opened": opened[account].strftime("%d.%m.%Y"),
            "first_login": seen[account].strftime("%Y-%m-%d %H:%M:%S"),
            "limit": rng.integers(100, 900, 120)[account] + 0.5,
            "amount": rng.lognormal(4, 1, 2_000).round(2),
        }
    )
    table.to_csv(tmp_path / "accounts.csv", index=False)
    workbench = Workbench(Settings(home=tmp_path / "home"))
    workbench.datasets.add("accounts", [tmp_path / "accounts.csv"])
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    made = workbench.generate(GenerateOrder("accounts", 1_000, seed=3, as_of=AS_OF, recipe=recipe))
    assert made.evaluation.validity.is_valid
    by_account = made.table.groupby("account_no")
    assert by_account[["opened", "first_login", "limit"]].nunique().max().max() == 1
    assert made.table["opened"].nunique() > 30

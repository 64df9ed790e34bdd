"""Rules of one table from the command line to the file: every synthesizer, parts, evidence, changes."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.cli import run
from tests.integration.conftest import Command, Refusal
from tests.unit.models.rules.contracts import make_contracts

RULES = (
    "closed >= opened",
    "amount = payment * months to 2 decimals",
    "combination(kind, product)",
    "unique(payment, opened)",
)
RECIPES = {
    "hma and ctgan": ("--synthesizer", "ctgan", "--hma", "--epochs", 2),
    "ctgan": ("--synthesizer", "ctgan", "--no-hma", "--epochs", 2),
    "autoregressive": ("--synthesizer", "autoregressive", "--epochs", 3),
    "tvae": ("--synthesizer", "tvae", "--epochs", 2),
    "copulagan": ("--synthesizer", "copulagan", "--epochs", 2),
    "gaussian_copula": ("--synthesizer", "gaussian_copula"),
    "auto": ("--synthesizer", "auto", "--epochs", 2),
}
FAST = RECIPES["autoregressive"]
MADE = ("--rows", 1000, "--seed", 3, "--as-of", "2026-01-31")


@pytest.fixture(scope="module")
def contracts(home: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The table of contracts, registered with its rules in the state folder of the module."""
    file, table = tmp_path_factory.mktemp("contracts") / "contracts.csv", make_contracts()
    table.to_csv(file, sep=";", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        assert run(["add", "contracts", str(file)]) == 0
        assert run(["rules", "contracts", *(part for rule in RULES for part in ("--add", rule))]) == 0
    return table


def _find_faults(table: pd.DataFrame, sample: pd.DataFrame) -> dict[str, int]:
    """How many rows of a file in the form of its source break each rule, computed from its texts."""
    dates = {name: pd.to_datetime(table[name], format="%d.%m.%Y") for name in ("opened", "closed")}
    amounts = [_count_cents(text) for text in table["amount"]]
    payments = [_count_cents(text) for text in table["payment"]]
    months = table["months"].astype(int)
    products = [
        amount is not None and amount != payment * Decimal(int(count))
        for amount, payment, count in zip(amounts, payments, months, strict=True)
    ]
    pairs = set(zip(sample["kind"], sample["product"], strict=True))
    return {
        "order": int((dates["closed"] < dates["opened"]).sum()),
        "product": sum(products),
        "combination": sum(pair not in pairs for pair in zip(table["kind"], table["product"], strict=True)),
        "unique": int(table.duplicated(["payment", "opened"]).sum()),
    }


def _count_cents(text: str) -> Decimal | None:
    return Decimal(text.replace(".", "").replace(",", "")) if text else None


def _read(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, sep=";", dtype=str, keep_default_na=False)


def _list_checked(evidence: dict[str, Any]) -> dict[str, tuple[int, int]]:
    rules = evidence["validity"]["rules"]
    return {one["rule"]: (one["checked"], one["failed"]) for one in rules if one["rule"] in RULES}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_synthesizer_keeps_rules_odd_cells_and_written_forms(
    command: Command, contracts: pd.DataFrame, tmp_path: Path, recipe: tuple[object, ...]
) -> None:
    file = tmp_path / "made.csv"
    made = command("generate", "contracts", *recipe, *MADE, "--out", file)
    table = _read(file)
    assert _find_faults(table, contracts) == {"order": 0, "product": 0, "combination": 0, "unique": 0}
    assert list(table) == list(contracts)
    assert len(table) == 1000
    assert set(table["limit"][~table["limit"].str.contains(",")]) <= {"n/a"}
    assert 0 < (table["closed"] == "").sum() < 1000
    manifest = json.loads(Path(f"{file}.manifest.json").read_text("utf-8"))
    counts = _list_checked(made)
    assert set(counts) == set(RULES)
    assert all(checked > 300 and failed == 0 for checked, failed in counts.values())
    assert _list_checked(manifest["evidence"]) == counts


def test_the_report_names_the_rules_and_equal_requests_give_equal_bytes(
    command: Command, contracts: pd.DataFrame, tmp_path: Path
) -> None:
    first = command("generate", "contracts", *FAST, *MADE, "--out", tmp_path / "a.csv")
    second = command("generate", "contracts", *FAST, *MADE, "--out", tmp_path / "b.csv")
    assert first["sha256"] == second["sha256"]
    report = (tmp_path / "a.csv.report.html").read_text("utf-8")
    assert "closed &gt;= opened" in report
    assert "unique(payment, opened)" in report


def test_parts_of_a_large_table_keep_rules_and_do_not_repeat_each_other(
    command: Command, contracts: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "parts"
    command(
        "bulk", "contracts", *FAST, "--rows", 3000, "--part-rows", 1000, "--format", "csv", "--out", folder,
        "--seed", 3, "--as-of", "2026-01-31",
    )  # fmt: skip
    files = sorted(folder.glob("part-*.csv"))
    table = pd.concat([_read(file) for file in files], ignore_index=True)
    assert (len(files), len(table)) == (3, 3000)
    assert _find_faults(table, contracts) == {"order": 0, "product": 0, "combination": 0, "unique": 0}
    counts = _list_checked(json.loads((folder / "manifest.json").read_text("utf-8")))
    assert counts["combination(kind, product)"] == (3000, 0)
    assert set(counts) == set(RULES)


def test_a_file_from_elsewhere_is_held_against_the_rules(
    command: Command, contracts: pd.DataFrame, tmp_path: Path
) -> None:
    table = make_contracts(300, seed=9)
    table.loc[:4, "product"] = "gold"
    table.loc[:4, "kind"] = "loan"
    table.to_csv(tmp_path / "other.csv", sep=";", index=False)
    counts = _list_checked(command("evaluate", "contracts", tmp_path / "other.csv"))
    assert counts["combination(kind, product)"] == (300, 5)
    assert counts["closed >= opened"][1] == 0


def test_shares_of_a_column_in_a_combination_are_met(
    command: Command, contracts: pd.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "shares.csv"
    command("generate", "contracts", *FAST, *MADE, "--share", "kind=card:0.6", "--out", file)
    table = _read(file)
    assert (table["kind"] == "card").mean() == pytest.approx(0.6, abs=0.002)
    assert _find_faults(table, contracts)["combination"] == 0


def test_a_changed_dataset_uses_no_model_of_before(
    command: Command, refusal: Refusal, contracts: pd.DataFrame
) -> None:
    model = command("train", "contracts", *FAST)
    listed = command("rules", "contracts", "--remove", RULES[3])["rules"]
    assert [one["rule"] for one in listed] == [*RULES[:3]]
    other = command("train", "contracts", *FAST)
    assert other["model"] != model["model"]
    assert not other["reused"]
    found = command("rules", "contracts", "--propose")["rules"]
    assert {(one["rule"], one["confirmed"]) for one in found} >= {
        ("limit >= payment", False),
        (RULES[0], True),
    }
    command("rules", "contracts", "--add", RULES[3])
    assert command("train", "contracts", *FAST)["reused"]
    message = refusal("rules", "contracts", "--add", "closed > opened", "--add", "opened >= closed")
    assert 'The sample breaks "opened >= closed" in' in message
    assert "one table, without parents" in refusal("rules", "contracts", "--add", "count(months, orders)")
    assert "is built in" in refusal("rules", "pci", "--accept")
    assert command("rules", "employee")["rules"] == []

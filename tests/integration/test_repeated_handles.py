"""A table of people known by handles, numbers, initials and streets, through the command line."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from pipeline.cli import run
from tests.integration.conftest import Command

ROWS, PEOPLE = 1_200, 60
FIRST = ("anna", "ben", "clara", "david", "eva", "frank", "gina", "hugo", "ines", "jan", "karl", "lena")
LAST = ("ahrens", "bauer", "conrad", "diehl", "ebert", "falk", "gebhard", "hartwig", "imhof", "jansen")
PERSONAL = ("handle", "vpa", "initials", "street")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows in which each column picks its people anew, so that none tells another."""
    rng = random.Random(11)
    people = [(rng.choice(FIRST), rng.choice(LAST)) for _ in range(PEOPLE)]
    cells = {
        "handle": [f"@{first}_{last}" for first, last in people],
        "vpa": [f"{first}{rng.randrange(999)}@okaxis" for first, _ in people],
        "initials": [f"{first[0]}{last[0]}{rng.randrange(10, 100)}".upper() for first, last in people],
        "street": [f"{last.title()}straße {rng.randrange(1, 150)}" for _, last in people],
        "model": [f"{rng.choice('ABCDEFGH')}{rng.choice('JKLMNPQR')}{rng.randrange(10, 99)}" for _ in people],
    }
    table = {name: [rng.choice(texts) for _ in range(ROWS)] for name, texts in cells.items()}
    table["amount"] = [f"{rng.lognormvariate(4, 1):.2f}" for _ in range(ROWS)]
    file = tmp_path_factory.mktemp("source") / "people.csv"
    pd.DataFrame(table).to_csv(file, index=False)
    return file


def test_no_handle_leaves_and_what_stops_an_export_is_said_and_settled(
    command: Command, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added = command("add", "people", source)
    kinds = {column["name"]: column["role"] for column in added["columns"]}
    assert [kinds[name] for name in PERSONAL] == ["identity"] * len(PERSONAL)
    (finding,) = [text for text in added["findings"] if "columns people" in text]
    assert "`columns people --set model.role=identity`" in finding

    settings = ("--synthesizer", "autoregressive", "--epochs", "2", "--no-hma", "--no-report")
    order = ("generate", "people", "--rows", str(ROWS), *settings, "--out", str(tmp_path / "made.csv"))
    assert run([*order]) == 1
    assert "`columns people --set model.role=identity`" in capsys.readouterr().err

    command("columns", "people", "--set", "model.role=identity")
    command(*order)
    real, made = (pd.read_csv(file, dtype=str) for file in (source, tmp_path / "made.csv"))
    made["handle"] = made["handle"].str.removeprefix("'")
    for name in (*PERSONAL, "model"):
        assert not made[name].isin(real[name]).any(), name
        assert made[name].nunique() == pytest.approx(real[name].nunique(), abs=6), name
    assert made["handle"].str.fullmatch("@[a-z]+_[a-z]+").all()
    assert made["vpa"].str.fullmatch(r"[a-z]+\d{1,3}@okaxis").all()

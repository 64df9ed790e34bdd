from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.cli.datasets import register
from pipeline.errors import DataError

TABLE = "Report~~\n\nid~colour~price\n" + "".join(
    f"{row}~{('red', 'blue')[row % 2]}~{row}.5\n" for row in range(40)
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "state"))
    (tmp_path / "stock.csv").write_text(TABLE)
    return tmp_path / "stock.csv"


def _add(*arguments: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["add", "stock", *map(str, arguments)])


def test_preview_prints_the_guess_and_registers_nothing(path: Path, tmp_path: Path) -> None:
    found = json.loads(_add(path, "--separator", "~", "--preview", "--json").stdout)
    assert (found["columns"], found["rows"]) == (["id", "colour", "price"], 40)
    assert found["first_rows"][0] == ["0", "red", "0.5"]
    assert found["source"] == {"separator": "~", "header": 3}
    text = _add(path, "--separator", "~", "--preview").stdout.splitlines()
    assert text[0] == "One line was skipped above the header."
    assert text[-10].split() == ["0", "red", "0.5"]
    assert not (tmp_path / "state" / "datasets").exists()


def test_add_prints_what_was_noticed(path: Path) -> None:
    done = _add(path, "--separator", "~", "--missing", "x", "--month-first")
    assert done.stdout.splitlines()[:2] == [
        "One line was skipped above the header.",
        'Registered "stock". What will happen to each column:',
    ]


def test_add_says_what_columns_were_taken_for_and_doubts_come_first(path: Path) -> None:
    done = _add(path, "--separator", "~").stdout.splitlines()
    at = done.index('Registered "stock". What will happen to each column:')
    assert done[at + 1].split("  ")[0] == "COLUMN"
    assert done[at + 1].endswith("COULD ALSO BE")
    assert done[at + 2].split()[:3] == ["id", "identity", "key"]
    assert "none twice; they are numbered in sequence" in done[at + 2]


def test_json_of_add_and_of_its_preview_hold_the_reasons(path: Path) -> None:
    planned = json.loads(_add(path, "--separator", "~", "--preview", "--json").stdout)["detected"]
    added = json.loads(_add(path, "--separator", "~", "--json").stdout)["columns"]
    assert added == planned
    assert [one["name"] for one in added] == ["id", "colour", "price"]
    assert all(one["why"] for one in added)
    assert {"role", "kind", "form", "alternatives", "group"} <= set(added[0])


def test_preview_shows_the_rows_of_a_table_whose_numbers_are_asked(path: Path, tmp_path: Path) -> None:
    rows = "".join(f'"{place % 9 + 1},{place * 7 % 1000:03d}",A\n' for place in range(40))
    file = tmp_path / "asked.csv"
    file.write_text(f"n,k\n{rows}")
    found = json.loads(_add(file, "--preview", "--json").stdout)
    assert found["detected"] == []
    assert 'cannot be told apart in "n"' in found["findings"][-1]
    assert found["first_rows"][0] == ["1,000", "A"]
    assert isinstance(_add(file).exception, DataError)
    assert json.loads(_add(file, "--decimal", ".", "--json").stdout)["columns"][0]["kind"] == "numerical"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--header", "first"), '--header: "first" cannot be used'),
        (("--separator", "~", "--header", "90"), "has no header in row 90"),
        (("--encoding", "klingon"), '--encoding: "klingon" cannot be used'),
    ],
)
def test_a_refused_table_leaves_nothing(
    path: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = _add(path, *arguments)
    assert isinstance(done.exception, DataError)
    assert message in str(done.exception)
    assert not (tmp_path / "state" / "datasets").exists()

"""The bench of rivals: what it reads, what it refuses, and what it prints."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledType
from pipeline.errors import DataError
from tests.benchmarks import rivals
from tests.benchmarks.fitted_rows import FittedRows
from tests.benchmarks.judges import detect, shuffle_columns
from tests.benchmarks.rival_tables import load_rival_tables
from tests.unit.benchmarks.odd_tables import make_related, make_subject


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two real files and one rival."""
    for seed, name in enumerate(("train", "holdout", "other")):
        make_related(120, seed).to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_a_folder_is_read_with_the_kinds_of_its_training_rows(folder: Path) -> None:
    tables = load_rival_tables(folder)
    assert [one.kind for one in tables.subject.columns] == [ModelledType.CATEGORICAL, ModelledType.NUMERICAL]
    assert list(tables.rivals) == ["other"]
    pd.testing.assert_frame_equal(tables.rivals["other"], make_related(120, 2))
    assert (len(tables.subject.training), len(tables.subject.unseen), tables.judged_rows) == (120, 120, 120)


def test_columns_take_the_order_of_the_training_rows(folder: Path) -> None:
    make_related(40, 3)[["size", "kind"]].to_csv(folder / "turned.csv", index=False)
    tables = load_rival_tables(folder)
    assert list(tables.rivals["turned"]) == ["kind", "size"]
    assert tables.judged_rows == 40


def test_empty_cells_are_missing_and_words_are_not(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("work,age\nNA,30\n,\nnone,31.5\n", encoding="utf-8")
    (tmp_path / "holdout.csv").write_text("work,age\nNA,30\n", encoding="utf-8")
    training = load_rival_tables(tmp_path).subject.training
    assert training["work"].tolist()[::2] == ["NA", "none"]
    assert training["work"].isna().tolist() == training["age"].isna().tolist() == [False, True, False]


def test_a_limit_draws_the_same_rows_of_every_file_again(folder: Path) -> None:
    first, second = (load_rival_tables(folder, 50) for _ in range(2))
    assert (len(first.subject.training), len(first.subject.unseen), len(first.rivals["other"])) == (
        50,
        50,
        50,
    )
    pd.testing.assert_frame_equal(first.rivals["other"], second.rivals["other"])
    assert set(first.rivals["other"]["size"]) <= set(load_rival_tables(folder).rivals["other"]["size"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind\na\n", 'odd.csv: column "size" is missing, which train.csv has'),
        ("kind,size,extra\na,1,2\n", 'odd.csv: column "extra" is none of train.csv'),
        (",kind,size\n0,a,1\n", 'odd.csv: column "Unnamed: 0" is none of train.csv'),
        (
            "kind,size\na,1\nb,big\na,huge\n",
            'odd.csv: column "size" holds 2 cells that are no numbers, the first is "big" in row 2',
        ),
        ("kind,size\n A,1\n", 'odd.csv: column "kind" holds no category of train.csv: its first is " A"'),
        ("kind,size\n", "odd.csv has no rows"),
        ("", "odd.csv cannot be read"),
        ("kind,size\na,1,2\n", "odd.csv: rows have more cells than the header"),
    ],
)
def test_a_table_that_does_not_agree_is_refused(folder: Path, text: str, message: str) -> None:
    (folder / "odd.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_rival_tables(folder)


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "odd.csv").write_bytes(b"kind,size\n\xff\xfe,1\n")
    with pytest.raises(DataError, match=r"odd\.csv cannot be read"):
        load_rival_tables(folder)


@pytest.mark.parametrize("name", ["train.csv", "holdout.csv"])
def test_a_folder_without_real_rows_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"holds no {name}"):
        load_rival_tables(folder)


def test_a_perfect_generator_gives_nothing_away() -> None:
    subject = make_subject(300)
    found = detect(subject, subject.unseen, make_related(300, 2), [0])
    assert found.rows == pytest.approx(0.5, abs=0.08)
    assert found.dependence == pytest.approx(0.0, abs=0.1)


def test_shuffled_columns_give_their_dependence_away_alone() -> None:
    subject = make_subject(300)
    found = detect(subject, subject.unseen, shuffle_columns(make_related(300, 2), 0), [0])
    assert found.columns == pytest.approx(0.5, abs=0.08)
    assert found.dependence > 0.3


def test_a_bent_column_gives_itself_away_alone() -> None:
    subject = make_subject(300)
    table = make_related(300, 2)
    found = detect(subject, subject.unseen, table.assign(size=table["size"] + 1_000), [0])
    assert found.rows == found.columns == pytest.approx(1.0, abs=0.01)


def test_ours_stand_beside_rivals_ceiling_and_floor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = load_rival_tables(folder)
    ours = FittedRows("ours", tables.subject.training, 2.0)
    rivals.report(tables, lambda _: [ours])
    printed = capsys.readouterr().out
    first, judge, _, *lines = printed.splitlines()
    assert first == "120 rows to train, 120 holdout, 2 columns; 120 rows of each judged"
    assert judge.endswith("histogram gradient boosting in 3 folds, 120 rows of each side")
    assert [line.split("  ")[1] for line in lines] == [
        "other",
        "ours",
        "training rows (ceiling)",
        "shuffled columns (floor)",
    ]
    assert lines[1].split()[-3:] == ["1.000", "(0.930–1.000)", "2.0"]
    assert lines[0].split()[-1] == "–"
    rivals.report(tables, lambda _: [ours])
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("arguments", [[], ["one", "two"]])
def test_the_command_says_how_it_is_used(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert rivals.main(arguments) == 2
    assert capsys.readouterr().err == "Usage: make bench-rivals FOLDER=path/to/tables\n"


def test_the_command_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rivals.main([str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error == f"{tmp_path} holds no train.csv. Hint: put train.csv and holdout.csv there.\n"


@pytest.mark.parametrize("text", ["many", "0", "-5"])
def test_a_limit_that_is_no_number_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setenv("BENCH_ROWS", text)
    assert rivals.main([str(folder)]) == 2
    assert capsys.readouterr().err.startswith(f"BENCH_ROWS is {text}. Hint: choose a whole number of rows")


def test_the_limit_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_ROWS", "60")
    monkeypatch.setattr(rivals, "_draw_ours", lambda _: [])
    assert rivals.main([str(folder)]) == 0
    assert capsys.readouterr().out.startswith(
        "60 rows to train, 60 holdout, 2 columns; 60 rows of each judged"
    )

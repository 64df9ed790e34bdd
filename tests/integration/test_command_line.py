"""The command line end to end, in this process: own tables, files in every format, errors in one sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipeline.cli import run
from pipeline.synthesizers import SYNTHESIZERS
from tests.integration.conftest import Command
from tests.outside_check import find_employee_faults, find_pci_faults, read_rows

AS_OF = date(2026, 5, 17)
CHECKS = {"employee": find_employee_faults, "pci": find_pci_faults}
FORMATS = {"csv": ".csv", "excel": ".xlsx", "json": ".json", "word": ".docx", "parquet": ".parquet"}


@pytest.mark.parametrize("dataset", ["employee", "pci"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_passes_an_outside_check_and_repeats_byte_by_byte(
    command: Command, tmp_path: Path, dataset: str, fmt: str
) -> None:
    file = tmp_path / f"table{FORMATS[fmt]}"
    arguments = ("generate", dataset, "--rows", 1000, "--epochs", 2, "--format", fmt, "--as-of", AS_OF)
    first = command(*arguments, "--out", file, "--seed", 11)
    content = file.read_bytes()
    assert first["sha256"] == hashlib.sha256(content).hexdigest()
    assert CHECKS[dataset](read_rows(file), AS_OF) == []
    again = command(*arguments, "--out", file, "--seed", 11)
    assert (again["sha256"], again["model"]) == (first["sha256"], first["model"])
    assert command(*arguments, "--out", file, "--seed", 12)["sha256"] != first["sha256"]


def test_generate_reports_rows_stages_and_evidence(command: Command, tmp_path: Path) -> None:
    done = command(
        "generate", "employee", "--rows", 1000, "--epochs", 2, "--out", tmp_path / "e.csv", "--as-of", AS_OF
    )
    assert done["rows"] == 1000
    assert done["columns"] == list(read_rows(tmp_path / "e.csv")[0])
    assert set(done["seconds"]) >= {"train", "sample", "validity", "quality", "privacy", "export"}
    assert done["privacy"]["verdict"] in {"pass", "look"}
    assert done["validity"]["score"] == 1.0
    assert 0 < done["quality"]["score"] < 1
    manifest = json.loads((tmp_path / "e.csv.manifest.json").read_text("utf-8"))
    assert manifest["sha256"] == done["sha256"]
    assert (manifest["seed"], manifest["as_of"], manifest["rows"]) == (0, "2026-05-17", 1000)
    assert (manifest["forced_rows"], done["forced_rows"]) == (0, 0)
    treatments = {one["column"]: one for one in manifest["model"]["treatments"]}
    assert set(treatments["state"]) == {"column", "treatment", "distinct", "reason"}
    assert (treatments["state"]["treatment"], treatments["age"]["treatment"]) == ("folded", "number")


def test_gender_is_balanced_exactly_unless_shares_say_otherwise(command: Command, tmp_path: Path) -> None:
    def count_women(*options: object) -> int:
        file = tmp_path / "gender.csv"
        command("generate", "employee", "--rows", 1001, "--epochs", 2, "--out", file, *options)
        return sum(row["gender"] == "Female" for row in read_rows(file))

    assert count_women() in {500, 501}
    assert count_women("--share", "gender=Female:0.9") in {900, 901}


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_train_and_generate_take_every_synthesizer_by_name(
    command: Command, tmp_path: Path, name: str
) -> None:
    recipe = ("pci", "--synthesizer", name, "--epochs", 2, "--keep", "last")
    trained = command("train", *recipe)
    done = command("generate", *recipe, "--rows", 1000, "--out", tmp_path / "p.csv")
    assert (trained["synthesizer"], done["model"]) == (name, trained["model"])
    shown = command("models", "show", trained["model"])["recipe"]
    assert (shown["synthesizer"], shown["use_hma"]) == (name, name == "ctgan")


def test_rows_that_had_to_be_set_to_a_share_are_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.synthesizers.ctgan.row_sampler._MOST_ROUNDS", 0)
    arguments = ("generate", "pci", "--rows", 1000, "--epochs", 2, "--share", "card_provider=JCB:0.5")
    done = command(*arguments, "--out", tmp_path / "p.csv")
    manifest = json.loads((tmp_path / "p.csv.manifest.json").read_text("utf-8"))
    assert (done["forced_rows"], manifest["forced_rows"]) == (1000, 1000)
    assert run([*(str(one) for one in arguments), "--out", str(tmp_path / "q.csv")]) == 0
    assert "1,000 of 1,000 rows were set to the category of a share" in capsys.readouterr().err


def test_the_second_training_is_found_and_not_repeated(command: Command) -> None:
    first = command("train", "pci", "--epochs", 3)
    second = command("train", "pci", "--epochs", 3)
    assert (first["reused"], second["reused"]) == (False, True)
    assert first["model"] == second["model"]
    assert command("train", "pci", "--epochs", 3, "--seed", 1)["model"] != first["model"]
    assert first["model"] in {one["id"] for one in command("models")["models"]}


def test_treatments_are_told_in_json_and_in_words(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    done = command("train", "employee", "--epochs", 2)
    treatments = {one["column"]: one["treatment"] for one in done["treatments"]}
    assert treatments == {"blood_group": "values", "gender": "values", "state": "folded", "age": "number"}
    assert command("models", "show", done["model"])["treatments"] == done["treatments"]
    rare = "4 rare ones (fewer than 5 rows each, 16 of 2,000 rows in all)"
    reason = f"47 categories, {rare} are never reproduced"
    assert run(["train", "employee", "--epochs", "2"]) == 0
    assert f'Column "state" is folded: {reason}.' in capsys.readouterr().err.splitlines()
    assert run(["models", "show", done["model"]]) == 0
    assert f"column state: folded, {reason}" in capsys.readouterr().out.splitlines()


def test_the_final_table_evaluates_to_the_scores_that_generate_reported(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "p.csv"
    done = command("generate", "pci", "--rows", 1000, "--epochs", 2, "--out", file, "--as-of", AS_OF)
    measured = command("evaluate", "pci", file, "--as-of", AS_OF)
    assert measured["quality"]["score"] == pytest.approx(done["quality"]["score"], abs=1e-9)
    assert measured["validity"] == done["validity"]
    assert measured["privacy"]["overlap"] == done["privacy"]["overlap"]
    assert (done["privacy"]["depth"], measured["privacy"]["depth"]) == ("export", "full")
    assert measured["detection"]["ceiling"]["low"] <= 0.5 <= measured["detection"]["ceiling"]["high"]
    assert "utility" not in measured


def test_a_table_is_evaluated_with_another_holdout_and_a_target(command: Command, tmp_path: Path) -> None:
    file, held = tmp_path / "p.csv", tmp_path / "held.csv"
    command("generate", "pci", "--rows", 1000, "--epochs", 2, "--out", file, "--as-of", AS_OF)
    command("generate", "pci", "--rows", 1000, "--epochs", 2, "--out", held, "--seed", 5, "--as-of", AS_OF)
    arguments = ("evaluate", "pci", file, "--as-of", AS_OF, "--target", "card_provider")
    own, other = command(*arguments), command(*arguments, "--holdout", held)
    assert own["utility"]["target"] == "card_provider"
    assert own["utility"]["finding"]
    assert own["baselines"]["scores"][0]["item"] == "score"
    of_the_holdout = ("score_at_equal_rows", "floor", "ceiling", "finding")
    scores = [
        {key: one["quality"][key] for key in one["quality"] if key not in of_the_holdout}
        for one in (own, other)
    ]
    assert scores[0] == scores[1]
    assert own["quality"]["ceiling"] != other["quality"]["ceiling"]
    noted = [(run["kind"], run["status"]) for run in command("runs", "--limit", 2)["runs"]]
    assert noted == [("evaluate", "done")] * 2
    assert own["detection"]["ceiling"] != other["detection"]["ceiling"]


def test_an_unknown_target_is_refused(command: Command, refusal: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    command("generate", "pci", "--rows", 1000, "--epochs", 2, "--out", file)
    assert "choose one of months_to_expiry, card_provider" in refusal(
        "evaluate", "pci", file, "--target", "cvv"
    )


def test_an_old_export_is_evaluated_as_of_the_date_in_its_manifest(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    command("generate", "pci", "--rows", 1000, "--epochs", 2, "--out", file, "--as-of", "2021-03-01")
    assert command("evaluate", "pci", file)["validity"]["is_valid"] is True
    (tmp_path / "old.csv.manifest.json").unlink()
    assert command("evaluate", "pci", file)["validity"]["is_valid"] is False


def test_a_table_of_ones_own_is_registered_and_generated(command: Command, tmp_path: Path) -> None:
    lines = ["id;age;job;account;balance"]
    jobs, accounts = ("clerk", "NA", "nurse"), ("little", "none", "rich")
    for number in range(300):
        balance = "" if number % 10 == 0 else str(50 * (number % 17))
        lines.append(f"{number + 1};{20 + number % 40};{jobs[number % 3]};{accounts[number % 3]};{balance}")
    table = tmp_path / "bank.csv"
    table.write_text("\n".join(lines), encoding="utf-8")

    spec = command("add", "mybank", table)
    assert {one["name"]: one["role"] for one in spec["columns"]} == {
        "id": "identity",
        "age": "modelled",
        "job": "modelled",
        "account": "modelled",
        "balance": "modelled",
    }
    out = tmp_path / "synthetic.csv"
    command("generate", "mybank", "--rows", 1000, "--epochs", 2, "--plain", "--out", out)
    rows = read_rows(out)
    assert {row["job"] for row in rows} <= set(jobs)
    assert "NA" in {row["job"] for row in rows}
    assert "" in {row["balance"] for row in rows}
    assert len({row["id"] for row in rows}) == 1000
    assert not {row["id"] for row in rows} & {str(number) for number in range(1, 301)}


def test_a_sweep_compares_quality_and_time_of_its_candidates(command, refusal):
    done = command("sweep", "pci", "--epochs", "2,1", "--synthesizer", "autoregressive")
    assert [(run["synthesizer"], run["epochs"]) for run in done["runs"]] == [
        ("autoregressive", 1),
        ("autoregressive", 2),
    ]
    assert all(0.5 < run["quality"] < 1.0 and run["seconds"] > 0 for run in done["runs"])
    assert done["advice"].startswith("Take ")
    assert '"many" is not a valid number of epochs' in refusal("sweep", "pci", "--epochs", "many")


def test_a_sweep_of_an_own_table_leaves_the_synthesizer_open(command, tmp_path):
    source = tmp_path / "rooms.csv"
    source.write_text("floor,area\n" + "".join(f"{row % 3},{20 + row % 7}.5\n" for row in range(60)))
    command("add", "rooms", source)
    done = command("sweep", "rooms", "--epochs", "2")
    # Sixty rows are too few to try others, so that the first candidate is trained.
    assert [(run["synthesizer"], run["epochs"]) for run in done["runs"]] == [("autoregressive", 2)]


def test_a_training_is_named_and_its_model_with_it(command, refusal):
    trained = command("train", "pci", "--epochs", 1, "--synthesizer", "autoregressive")
    labelled = command("models", "label", trained["model"], "--title", "for the audit", "--tag", "best")
    assert (labelled["title"], labelled["tags"]) == ("for the audit", ["best"])
    (run,) = command("runs", "--tag", "best")["runs"]
    assert (run["id"], run["model"], run["title"]) == (labelled["run"], trained["model"], "for the audit")
    (model,) = (one for one in command("models")["models"] if one["id"] == trained["model"])
    assert (model["title"], model["tags"], model["owner"]) == ("for the audit", ["best"], run["owner"])
    assert command("runs", "label", run["id"], "--no-tags")["tags"] == []
    assert "contradict each other" in refusal("runs", "label", run["id"], "--no-tags", "--tag", "best")
    assert '"two words" is not a valid tag' in refusal("runs", "label", run["id"], "--tag", "two words")

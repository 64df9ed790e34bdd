"""One figure everywhere: the score between its floor and ceiling is the quality of every surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pages._home import recent
from pages._models import names
from pages._models import table as models_table
from pages._runs import table as runs_table
from pages._runs import text
from pages._training import table as trainings_table
from pipeline.api.model_schemas import Model
from pipeline.api.schemas import RunState
from pipeline.cli import bulk, models, runs, sweep
from pipeline.evaluation.figure import Figure
from pipeline.models.model import ModelInfo
from pipeline.progress import Progress, Stage
from pipeline.reports import draw_cell
from pipeline.runs.labels import Labels
from pipeline.runs.records import EvaluateSummary, GenerateSummary, Run, TrainSummary
from pipeline.runs.trials import read_model_trial, read_trial
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.run_comparison import compare_runs
from tests.unit.runs.test_trials import EPOCHS, make_run

FLOOR, CEILING, WORDS = 0.861, 0.902, "below independent columns"
OTHER = 0.853
"""Of the kept epoch by itself, which no surface calls the quality of the training."""


def train(score: float) -> Run:
    """A training that reached a score."""
    figure = Figure(score, FLOOR, CEILING).as_dict()
    return make_run(Recipe(epochs=4), quality=OTHER, result=TrainSummary(kept_epoch=3, figure=figure))


def store(score: float) -> Any:
    """A stored model of a score, as lists have it."""
    info = ModelInfo(
        id="m1", dataset="staff", dataset_fingerprint="f", recipe=Recipe(epochs=4), versions={},
        created_at="2026-03-01T12:00:00+00:00", training_rows=900, initial_rows=900, epochs_trained=1,
        kept_epoch=1, seconds=8.5, was_stopped=False, figure=Figure(score, FLOOR, CEILING),
        history=(Progress(Stage.TRAIN, 1, 4, 8.0, {}, OTHER),),
    )  # fmt: skip
    return SimpleNamespace(
        summary=SimpleNamespace(info=info, size_bytes=1_000), figure=info.figure, quality=info.quality,
        labels=Labels(), owner="ada", run=None, is_related=False,
    )  # fmt: skip


def make_large(score: float) -> dict[str, Any]:
    """What `bulk --json` says of a large table."""
    plain = {"figure": Figure(score, FLOOR, CEILING).as_dict(), "quality": OTHER}
    manifest = {"first_rows": {"privacy": {"findings": []}}}
    done = SimpleNamespace(as_plain=lambda: plain, manifest=manifest, learned=None, privacy="pass")
    return bulk._describe(done, brief=False)


NUMBERS: dict[str, Callable[[float], dict[str, Any]]] = {
    "runs --json": lambda quality: runs._describe(train(quality)),
    "models --json": lambda quality: models._describe(store(quality)),
    "sweep --json": lambda quality: sweep._describe(read_model_trial(store(quality).summary.info)),
    "bulk --json": make_large,
    "/runs": lambda quality: RunState.read(train(quality), "/api/v1").model_dump(),
    "/models": lambda quality: Model.read(store(quality).summary.info).model_dump(),
    "page of runs": lambda quality: runs_table._lay_out(train(quality)),
    "page of models": lambda quality: models_table._lay_out(store(quality)),
    "page of trainings": lambda quality: trainings_table._lay_out(
        train(quality), read_trial(train(quality), EPOCHS)
    ),
}
LINES: dict[str, Callable[[float], str]] = {
    "runs": lambda quality: "  ".join(map(str, runs._lay_out(train(quality)))),
    "models": lambda quality: "  ".join(map(str, models._list_model(store(quality)))),
}
SENTENCES: dict[str, Callable[[float], str]] = {
    "recent runs": lambda quality: recent._tell_end(train(quality)),
    "end of a run": lambda quality: text.describe_end(train(quality)),
    "several runs": lambda quality: " ".join(
        f"{one.name} {one.values[0]}" for one in compare_runs([train(quality)])
    ),
}


@pytest.mark.parametrize("surface", NUMBERS)
def test_the_quality_is_the_score_between_its_floor_and_ceiling(surface: str) -> None:
    above, below = (NUMBERS[surface](quality) for quality in (0.874, 0.82))
    assert (above["quality"], above["floor"], above["ceiling"]) == (0.874, FLOOR, CEILING)
    assert not above["finding"]
    assert (below["quality"], below["finding"]) == (0.82, WORDS)
    assert "score_at_equal_rows" not in above


@pytest.mark.parametrize("surface", ["page of runs", "page of models", "page of trainings"])
def test_tables_of_pages_draw_the_quality_between_floor_and_ceiling(surface: str) -> None:
    assert NUMBERS[surface](0.874)["mark"] == draw_cell(Figure(0.874, FLOOR, CEILING))


@pytest.mark.parametrize("surface", LINES)
def test_tables_of_the_command_line_have_the_quality_once(surface: str) -> None:
    assert "0.874  0.861  0.902" in LINES[surface](0.874)
    assert f"0.820, {WORDS}  0.861  0.902" in LINES[surface](0.82)
    assert "0.853" not in LINES[surface](0.874)


@pytest.mark.parametrize("surface", SENTENCES)
def test_sentences_have_floor_and_ceiling_beside_the_quality(surface: str) -> None:
    above, below = (SENTENCES[surface](quality) for quality in (0.874, 0.82))
    assert all(number in above for number in ("0.874", "0.861", "0.902"))
    assert WORDS not in above
    assert WORDS in below


@pytest.mark.parametrize(
    ("name", "made"), [(text.name_choice, train), (names.name_model_choice, store)], ids=["run", "model"]
)
def test_lists_to_choose_from_have_the_score_alone(
    name: Callable[[Any], str], made: Callable[[float], Any]
) -> None:
    assert name(made(0.874)).endswith(" · 0.874")
    assert len(name(made(0.874))) <= 40


def test_a_range_in_which_nothing_can_be_told_is_said_so_in_tables() -> None:
    figure = Figure(0.901, 0.900, 0.902, 0.02).as_dict()
    run = make_run(Recipe(epochs=4), result=TrainSummary(kept_epoch=3, figure=figure))
    untold = "cannot be told from independent columns here"
    assert runs_table._lay_out(run)["finding"] == untold
    assert f"0.901, {untold}" in runs._lay_out(run)


def test_a_sweep_shows_them_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    sweep._print_trials([read_model_trial(store(0.82).summary.info)])
    cells = capsys.readouterr().out.splitlines()[1].split()
    assert cells[5:] == ["0.820,", *WORDS.split(), "0.861", "0.902"]


def test_runs_of_earlier_versions_have_a_quality_alone() -> None:
    old = make_run(Recipe(epochs=4), quality=0.874)
    assert runs._lay_out(old)[6:9] == ("0.874", "–", "–")
    assert (runs._describe(old)["floor"], runs._describe(old)["finding"]) == (None, "")
    assert (
        text.describe_end(old)
        == "9.0 s of work, quality 0.874 (0–1; floor and ceiling not measured), model m1."
    )
    assert runs._lay_out(replace(old, quality=None))[6:9] == ("", "", "")


@pytest.mark.parametrize(
    "result",
    [
        GenerateSummary(quality=0.874, figure=Figure(0.874, FLOOR, CEILING).as_dict()),
        EvaluateSummary({"figure": Figure(0.874, FLOOR, CEILING).as_dict()}),
    ],
)
def test_tables_have_the_figure_of_their_verdict(result: GenerateSummary | EvaluateSummary) -> None:
    assert make_run(Recipe(), quality=0.874, result=result).figure == Figure(0.874, FLOOR, CEILING)

"""Wherever a score stands its floor and ceiling stand beside it: command line, API and tables of pages."""

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
from pipeline.runs.labels import Labels
from pipeline.runs.records import EvaluateSummary, GenerateSummary, Run, TrainSummary
from pipeline.runs.trials import read_model_trial, read_trial
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.run_comparison import compare_runs
from tests.unit.runs.test_trials import EPOCHS, make_run

FLOOR, CEILING, WORDS = 0.861, 0.902, "below independent columns"
QUALITY = 0.853
"""By the report of sdmetrics; what compares with floor and ceiling is another score."""


def train(score: float) -> Run:
    """A training that reached a score at equal rows."""
    figure = Figure(score, FLOOR, CEILING).as_dict()
    return make_run(Recipe(epochs=4), quality=QUALITY, result=TrainSummary(kept_epoch=3, figure=figure))


def store(score: float) -> Any:
    """A stored model of a score at equal rows, as lists have it."""
    info = ModelInfo(
        id="m1", dataset="staff", dataset_fingerprint="f", recipe=Recipe(epochs=4), versions={},
        created_at="2026-03-01T12:00:00+00:00", training_rows=900, initial_rows=900, epochs_trained=1,
        kept_epoch=1, seconds=8.5, was_stopped=False, score_at_equal_rows=score, floor=FLOOR, ceiling=CEILING,
        history=(Progress(Stage.TRAIN, 1, 4, 8.0, {}, QUALITY),),
    )  # fmt: skip
    return SimpleNamespace(
        summary=SimpleNamespace(info=info, size_bytes=1_000), figure=info.figure, quality=info.quality,
        labels=Labels(), owner="ada", run=None, is_related=False,
    )  # fmt: skip


def make_large(score: float) -> dict[str, Any]:
    """What `bulk --json` says of a large table."""
    plain = {"figure": Figure(score, FLOOR, CEILING).as_dict(), "quality": QUALITY}
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
    "choice of runs": lambda quality: text.name_choice(train(quality)),
    "end of a run": lambda quality: text.describe_end(train(quality)),
    "choice of models": lambda quality: names.name_model_choice(store(quality)),
    "several runs": lambda quality: " ".join(
        f"{one.name} {one.values[0]}" for one in compare_runs([train(quality)])
    ),
}


@pytest.mark.parametrize("surface", NUMBERS)
def test_floor_and_ceiling_are_numbers_beside_the_quality(surface: str) -> None:
    above, below = (NUMBERS[surface](quality) for quality in (0.874, 0.82))
    equal = "score_at_equal_rows" if "score_at_equal_rows" in above else "equal"
    assert (above["quality"], above["floor"], above[equal], above["ceiling"]) == (
        QUALITY,
        FLOOR,
        0.874,
        CEILING,
    )
    assert not above["finding"]
    assert (below["quality"], below[equal], below["finding"]) == (QUALITY, 0.82, WORDS)


@pytest.mark.parametrize("surface", LINES)
def test_tables_of_the_command_line_have_them_in_percent(surface: str) -> None:
    assert "85.3%  87.4%  86.1%  90.2%" in LINES[surface](0.874)
    assert f"85.3%  82.0%, {WORDS}  86.1%  90.2%" in LINES[surface](0.82)


@pytest.mark.parametrize("surface", SENTENCES)
def test_sentences_have_them_beside_the_quality(surface: str) -> None:
    above, below = (SENTENCES[surface](quality) for quality in (0.874, 0.82))
    assert all(number in above for number in ("0.874", "0.861", "0.902"))
    assert WORDS not in above
    assert WORDS in below


def test_a_sweep_shows_them_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    sweep._print_trials([read_model_trial(store(0.82).summary.info)])
    cells = capsys.readouterr().out.splitlines()[1].split()
    assert cells[5:] == ["85.3%", "82.0%,", *WORDS.split(), "86.1%", "90.2%"]


def test_runs_of_earlier_versions_have_a_quality_alone() -> None:
    old = make_run(Recipe(epochs=4), quality=0.874)
    assert runs._lay_out(old)[6:10] == ("87.4%", "–", "–", "–")
    assert (runs._describe(old)["floor"], runs._describe(old)["finding"]) == (None, "")
    assert (
        text.describe_end(old)
        == "9.0 s of work, quality 0.874 (0–1; floor and ceiling not measured), model m1."
    )
    assert runs._lay_out(replace(old, quality=None))[6:10] == ("", "", "", "")


@pytest.mark.parametrize(
    "result",
    [
        GenerateSummary(quality=0.874, figure=Figure(0.874, FLOOR, CEILING).as_dict()),
        EvaluateSummary({"figure": Figure(0.874, FLOOR, CEILING).as_dict()}),
    ],
)
def test_tables_have_the_figure_of_their_verdict(result: GenerateSummary | EvaluateSummary) -> None:
    assert make_run(Recipe(), quality=0.874, result=result).figure == Figure(0.874, FLOOR, CEILING)

"""Runs beside each other: what they were asked, what they reached, and where they differ."""

from __future__ import annotations

from datetime import date

from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import GenerateSummary, TrainSummary
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.run_comparison import are_trainings, compare_runs, find_pair
from tests.unit.runs.test_trials import make_run


def make_table(seed: int, **changes):
    order = GenerateOrder("staff", 2_000, Recipe(), seed, date(2026, 3, 1), {"gender": {"Female": 0.5}})
    made = GenerateSummary(validity=1.0, privacy="pass", verdict="look")
    return make_run(Recipe(), kind=RunKind.GENERATE, order=order, result=made, **changes)


def test_what_differs_is_marked_and_the_two_seeds_are_told_apart():
    rows = {row.name: row for row in compare_runs([make_table(3), make_table(4)])}
    assert (rows["Seed of the rows"].values, rows["Seed of the rows"].differs) == (("3", "4"), True)
    assert (rows["Seed of the training"].values, rows["Seed of the training"].differs) == (("0", "0"), False)
    assert rows["Rows"].values == ("2,000", "2,000")
    assert rows["Shares"].values[0] == "gender: Female: 0.5"
    assert (rows["HMA first"].values[0], rows["HMA first"].part) == ("yes", "Setting")
    assert (rows["Verdict"].values[0], rows["Quality, 0–1"].values[0], rows["Verdict"].part) == (
        "look", "0.910", "Figure",
    )  # fmt: skip
    assert "Patience" not in rows


def test_runs_of_different_kinds_leave_empty_what_one_of_them_has_not():
    trained = make_run(Recipe(), result=TrainSummary(epochs=4, kept_epoch=3))
    rows = {row.name: row.values for row in compare_runs([trained, make_table(3)])}
    assert rows["Kind"] == ("train", "generate")
    assert (rows["Rows"], rows["Kept epoch"]) == (("", "2,000"), ("3", ""))


def test_settings_that_a_synthesizer_does_not_read_are_empty():
    copula, ctgan = Recipe("gaussian_copula"), Recipe(epochs=9)
    rows = {row.name: row.values for row in compare_runs([make_run(copula), make_run(ctgan)])}
    assert (rows["Epochs"], rows["Refined"]) == (("", "9"), ("yes", "yes"))


def test_two_finished_tables_of_one_dataset_can_be_put_side_by_side():
    table, training = make_table(3), make_run(Recipe())
    assert find_pair([table, training]) == (table, training)
    assert find_pair([table, make_table(4, dataset="cards")]) is None
    assert find_pair([table, make_table(4, status=RunStatus.FAILED)]) is None
    assert find_pair([table, table, table]) is None


def test_curves_are_those_of_trainings_of_one_dataset():
    assert are_trainings([make_run(Recipe()), make_run(Recipe(), order=TrainOrder("staff", Recipe()))])
    assert not are_trainings([make_run(Recipe()), make_run(Recipe(), dataset="cards")])
    assert not are_trainings([make_run(Recipe()), make_table(3)])

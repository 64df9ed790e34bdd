"""What the bench of the refinement prints, with stages that take no training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.synthesizers.refinement.record import RefinementRecord
from tests.benchmarks import bench_refinement, judges
from tests.benchmarks.bench_refinement import Measured, check_goals, combine_seeds, measure_seed
from tests.benchmarks.fitted_rows import FittedRows
from tests.benchmarks.judges import Likeness, shuffle_columns
from tests.benchmarks.subjects import Source, Subject, list_sources
from tests.unit.benchmarks.odd_tables import make_related, make_subject

_GOOD = Likeness(0.94, 0.5, 0.9, 0.85, 0.91, 0.05, 0.989, 0.54)


@pytest.fixture(autouse=True)
def one_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw of rows instead of ten, which is enough for tables that differ so much."""
    monkeypatch.setattr(judges, "_MOST_DRAWS", 1)


def draw_stages(subject: Subject, epochs: int, seed: int) -> list[FittedRows]:
    """A plain stage that knows single columns only, and a perfect refined one."""
    plain, refined = make_related(120, 10 + seed), make_related(120, 20 + seed)
    record = RefinementRecord(effective_share=0.25 + seed / 100, candidates=8)
    return [
        FittedRows("HMA", plain, 1.0),
        FittedRows("ctgan upstream", shuffle_columns(plain, seed), 3.0),
        FittedRows("ctgan", shuffle_columns(plain, seed), 4.0),
        FittedRows("refined", refined, 6.0 + seed, record),
    ]


def test_each_stage_stands_beside_the_training_rows() -> None:
    subject = make_subject()
    found = measure_seed(subject, draw_stages(subject, 1, 0), 0)
    assert list(found) == ["training rows", "HMA", "ctgan upstream", "ctgan", "refined"]
    assert [name for name, one in found.items() if one.risk] == ["ctgan", "refined"]
    assert (found["refined"].candidates, found["refined"].effective_share) == (8, 0.25)
    assert found["training rows"].fit_s is None
    assert found["refined"].likeness.quality > found["ctgan"].likeness.quality + 0.1
    assert found["refined"].likeness.unseen_auc < 0.62 < 0.8 < found["ctgan"].likeness.unseen_auc


def test_numbers_are_medians_over_seeds() -> None:
    seeds = [Measured(replace(_GOOD, quality=one), None, one, None, 0.1) for one in (0.7, 0.9, 0.8)]
    assert combine_seeds(seeds) == Measured(replace(_GOOD, quality=0.8), None, 0.8, None, 0.1)


def test_a_builtin_sample_has_four_goals() -> None:
    stages = {"ctgan": Measured(_GOOD, None, 4.0), "refined": Measured(_GOOD, None, 7.0)}
    goals = check_goals(stages, is_builtin=True)
    assert [(one.reached, one.is_met) for one in goals] == [
        ("0.9890", True),
        ("0.0500", True),
        ("0.5400", True),
        ("1.7500", True),
    ]


@pytest.mark.parametrize(
    ("changes", "fit_s", "missed"),
    [
        ({"share_of_ceiling": 0.979}, 7.0, "share of the ceiling ≥ 0.98"),
        ({"over_floor": -0.0001}, 7.0, "quality less its floor ≥ 0"),
        ({"unseen_auc": 0.551}, 7.0, "greater AUC ≤ 0.55"),
        ({"training_auc": 0.551}, 7.0, "greater AUC ≤ 0.55"),
        ({}, 8.1, "times the seconds of ctgan unrefined ≤ 2"),
    ],
)
def test_a_goal_of_a_builtin_sample_can_be_missed(
    changes: dict[str, float], fit_s: float, missed: str
) -> None:
    refined = Measured(replace(_GOOD, **changes), None, fit_s)
    goals = check_goals({"ctgan": Measured(_GOOD, None, 4.0), "refined": refined}, is_builtin=True)
    assert [one.wanted for one in goals if not one.is_met] == [missed]


def test_what_is_not_measured_meets_no_goal() -> None:
    refined = Measured(Likeness(None, 0.5), None, 5.0)
    goals = check_goals({"ctgan": Measured(_GOOD, None, 4.0), "refined": refined}, is_builtin=False)
    assert [(one.reached, one.is_met) for one in goals] == [("not measured", False)] * 2


@pytest.mark.parametrize(
    ("quality", "auc", "outcomes"),
    [(0.93, 0.88, [True, True]), (0.9299, 0.5, [False, True]), (0.95, 0.881, [True, False])],
)
def test_a_public_table_has_goals_of_its_own(quality: float, auc: float, outcomes: list[bool]) -> None:
    refined = Measured(replace(_GOOD, unseen_quality=quality, unseen_auc=auc), None, 99.0)
    goals = check_goals({"ctgan": Measured(_GOOD, None, 4.0), "refined": refined}, is_builtin=False)
    assert [one.is_met for one in goals] == outcomes
    assert goals[0].wanted == "quality against unseen rows ≥ 0.93 (aim 0.955)"


def test_a_report_prints_stages_risks_and_goals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_refinement, "SEEDS", 2)
    bench_refinement.report(Source("tiny", True, lambda _: make_subject()), draw_stages)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tiny: 120 rows to train, 120 unseen, 2 columns; ")
    assert lines[0].endswith("medians of 2 seeds")
    assert [line.split()[0] for line in lines[1:]] == [
        *("stage", "training", "HMA", "ctgan", "ctgan", "refined"),
        *("privacy", "ctgan", "refined"),
        *("goal", "goal", "goal", "goal"),
    ]
    assert lines[6].split()[-3:] == ["6.5", "8", "25.5%"]
    assert lines[-1] == "  goal times the seconds of ctgan unrefined ≤ 2: 1.6250, met"


def test_builtin_samples_come_with_their_own_holdout(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("BENCH_BANK", "BENCH_CENSUS"):
        monkeypatch.delenv(variable, raising=False)
    employee, pci, bank = list_sources()
    assert [employee.title, pci.title, bank.is_builtin] == ["employee", "pci", False]
    subject = employee.split(0)
    assert (len(subject.training), len(subject.unseen)) == (2_000, 500)
    assert [column.name for column in subject.columns] == ["blood_group", "gender", "state", "age"]


def test_rows_that_choose_the_epoch_are_a_fifth_of_the_training_rows() -> None:
    subject = make_subject()
    chosen = subject.draw_choosing_rows(3)
    assert len(chosen) == 24
    assert chosen["size"].isin(subject.training["size"]).all()
    assert chosen.equals(subject.draw_choosing_rows(3))

"""Every measure of privacy together, on fresh people, on copies, and on tables that are hardly tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.privacy.evaluate import compute_privacy
from pipeline.evaluation.results import Privacy, PrivacyFinding, Verdict
from tests.unit.evaluation.privacy.privacy_cases import COLUMNS, draw_people, specify

DISTANCE_MEASURES = (
    "near_copies",
    "nearest_neighbour_ratio",
    "overfit_alarm",
    "membership_inference",
    "singling_out_one_column",
    "singling_out_several_columns",
    "attribute_inference",
)


def evaluate_fully(
    training: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    columns: tuple[ModelledColumn, ...] = COLUMNS,
) -> tuple[Privacy, dict[str, PrivacyFinding]]:
    privacy = compute_privacy(
        training, synthetic, specify(columns), training, holdout, synthetic, depth="full"
    )
    return privacy, {found.name: found for found in privacy.measures}


def test_fresh_real_rows_pass_everything_and_leave_attackers_guessing() -> None:
    privacy, found = evaluate_fully(draw_people(1, 800), draw_people(2, 400), draw_people(3, 600))
    assert privacy.verdict is Verdict.PASS
    assert all(found[name].verdict is Verdict.PASS for name in DISTANCE_MEASURES)
    assert found["membership_inference"].value == pytest.approx(0.5, abs=0.05)


def test_real_table_as_its_own_synthetic_fails_on_copies() -> None:
    training = draw_people(1, 600)
    privacy, found = evaluate_fully(training, draw_people(2, 300), training)
    assert privacy.verdict is Verdict.FAIL
    assert (found["exact_copies"].verdict, found["exact_copies"].value) == (Verdict.FAIL, 1.0)
    assert all(found[name].verdict is not Verdict.PASS for name in DISTANCE_MEASURES)


def test_shuffled_columns_are_no_copies() -> None:
    training, fresh = draw_people(1, 600), draw_people(3, 600)
    shuffled = pd.DataFrame(
        {name: fresh[name].sample(frac=1, random_state=at).to_numpy() for at, name in enumerate(fresh)}
    )
    privacy, found = evaluate_fully(training, draw_people(2, 300), shuffled)
    assert privacy.verdict is Verdict.PASS
    assert found["exact_copies"].value == 0.0


def test_measures_are_the_same_for_the_same_seed() -> None:
    tables = draw_people(1, 200), draw_people(2, 100), draw_people(3, 200)
    assert evaluate_fully(*tables) == evaluate_fully(*tables)


def test_inputs_stay_as_they_are() -> None:
    tables = [draw_people(seed, 60) for seed in (1, 2, 3)]
    copies = [table.copy() for table in tables]
    evaluate_fully(*tables)
    for table, copy in zip(tables, copies, strict=True):
        pd.testing.assert_frame_equal(table, copy)


@pytest.mark.parametrize("rows", [0, 2, 19])
def test_few_rows_are_told_instead_of_measured(rows: int) -> None:
    privacy, found = evaluate_fully(draw_people(1, 100), draw_people(2, rows), draw_people(3, 100))
    assert privacy.verdict is Verdict.PASS
    assert {found[name].verdict for name in DISTANCE_MEASURES} == {None}
    assert "20 training, holdout and synthetic rows each" in found["membership_inference"].sentence


@pytest.mark.parametrize(
    "replacement",
    [
        {"age": 30.0},
        {"age": np.nan},
        {"group": None},
        {"joined": pd.NaT},
        {"group": "one", "member": True},
        {"balance": ["12", 7.5, "x", None, True] * 20},
    ],
    ids=["constant", "all missing", "no category", "no date", "one category", "mixed types"],
)
def test_odd_columns_are_measured_all_the_same(replacement: dict[str, object]) -> None:
    tables = [draw_people(seed, 100).assign(**replacement) for seed in (1, 2, 3)]
    privacy, found = evaluate_fully(*tables)
    assert privacy.verdict is Verdict.PASS
    assert found["membership_inference"].value == pytest.approx(0.5, abs=0.2)


def test_column_that_only_the_synthetic_table_leaves_empty_is_measured() -> None:
    empty = draw_people(3, 100).assign(age=np.nan, group=None)
    privacy, _ = evaluate_fully(draw_people(1, 100), draw_people(2, 100), empty)
    assert privacy.verdict is Verdict.PASS


def test_table_of_one_category_has_reasons_in_place_of_numbers() -> None:
    group = (ModelledColumn("group", ModelledType.CATEGORICAL),)
    table = pd.DataFrame({"group": ["a"] * 100})
    privacy, found = evaluate_fully(table, table, table, group)
    assert privacy.verdict is Verdict.PASS
    missing = {name for name, finding in found.items() if finding.value is None}
    assert missing == set(DISTANCE_MEASURES) - {"nearest_neighbour_ratio", "membership_inference"} | {
        "identity_overlap",
        "lone_rows_found",
        "real_codes",
    }


def test_two_hundred_columns_are_measured() -> None:
    columns = tuple(ModelledColumn(f"c{at}", ModelledType.NUMERICAL) for at in range(200))
    names = [column.name for column in columns]
    tables = [
        pd.DataFrame(np.random.default_rng(seed).normal(size=(80, 200)), columns=names) for seed in (1, 2, 3)
    ]
    privacy, found = evaluate_fully(*tables, columns=columns)
    assert privacy.verdict is Verdict.PASS
    assert "among 20 of 200 columns" in found["attribute_inference"].sentence


def test_own_table_fails_and_passes_nothing_by_its_holdout() -> None:
    training, holdout = draw_people(1, 600), draw_people(2, 200)
    privacy, found = evaluate_fully(training, holdout, pd.concat([training, holdout], ignore_index=True))
    assert privacy.verdict is Verdict.FAIL
    assert (found["lone_rows_found"].verdict, found["lone_rows_found"].value) == (Verdict.FAIL, 1.0)
    passed = [name for name, one in found.items() if one.verdict is Verdict.PASS]
    assert passed == []
    assert found["training_rows_repeated"].sentence.startswith(
        "There is no control, since the table contains holdout rows"
    )

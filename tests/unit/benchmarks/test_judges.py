"""What the judges of the benchmarks find in tables whose scores are known."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.benchmarks import judges
from tests.benchmarks.judges import (
    Likeness,
    Risk,
    compare_with_unseen,
    compute_auc,
    count_draws,
    describe_judge,
    detect_both,
    draw_bounds,
    measure_likeness,
    measure_risk,
    shuffle_columns,
    take_medians,
)
from tests.unit.benchmarks.odd_tables import make_related, make_subject


@pytest.fixture
def two_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two draws of rows instead of ten, which is enough for tables that differ so much."""
    monkeypatch.setattr(judges, "_MOST_DRAWS", 2)


@pytest.mark.parametrize(("rows", "draws"), [(50, 10), (500, 10), (2_000, 5), (10_000, 1), (50_000, 1)])
def test_small_tables_are_drawn_more_often(rows: int, draws: int) -> None:
    assert count_draws(rows) == draws


@pytest.mark.usefixtures("two_draws")
def test_other_rows_of_the_population_reach_the_ceiling() -> None:
    subject = make_subject()
    found = measure_likeness(subject, make_related(120, 2), draw_bounds(subject, 0))
    assert found.share_of_ceiling == pytest.approx(1.0, abs=0.05)
    assert found.over_floor == pytest.approx(found.quality - found.floor)
    assert found.over_floor > 0.1
    assert found.training_auc == pytest.approx(0.5, abs=0.1)
    assert found.unseen_auc == pytest.approx(0.5, abs=0.1)


@pytest.mark.usefixtures("two_draws")
def test_shuffled_columns_lie_at_the_floor() -> None:
    subject = make_subject()
    shuffled = shuffle_columns(make_related(120, 2), 0)
    found = measure_likeness(subject, shuffled, draw_bounds(subject, 0))
    # A little below: the floor is made of the very values of the training rows.
    assert -0.1 < found.over_floor < 0.0
    assert found.training_auc > 0.8


@pytest.mark.usefixtures("two_draws")
def test_a_score_against_unseen_rows_alone_leaves_the_others_out() -> None:
    subject = make_subject()
    found = compare_with_unseen(subject, subject.unseen)
    assert found.unseen_quality == pytest.approx(1.0)
    assert found.quality is found.ceiling is found.training_auc is None


@pytest.mark.usefixtures("two_draws")
def test_the_same_seed_gives_the_same_numbers() -> None:
    subject, table = make_subject(), make_related(200, 2)
    first, second = (measure_likeness(subject, table, draw_bounds(subject, 1), 1) for _ in range(2))
    assert first == second


def test_shuffling_keeps_every_column_and_destroys_what_is_between_them() -> None:
    table = make_related(300, 0)
    shuffled = shuffle_columns(table, 0)
    assert all(sorted(shuffled[name]) == sorted(table[name]) for name in table)
    spread = shuffled.groupby("kind")["size"].mean()
    assert spread.max() - spread.min() < 5 < 19 < table.groupby("kind")["size"].mean()["c"]


@pytest.mark.usefixtures("two_draws")
def test_the_parts_of_an_auc_are_of_the_draws_that_likeness_scores() -> None:
    subject, table = make_subject(), make_related(120, 2)
    found = measure_likeness(subject, table, draw_bounds(subject, 1), 1)
    training, unseen = detect_both(subject, table, 1)
    assert (training.rows, unseen.rows) == (found.training_auc, found.unseen_auc)


@pytest.mark.parametrize(("rows", "columns", "judged"), [(120, 2, "120"), (9_000, 2, "5,000")])
def test_the_judge_is_named_with_its_rows(rows: int, columns: int, judged: str) -> None:
    assert describe_judge(rows, columns) == (
        f"scikit-learn's histogram gradient boosting in 3 folds, {judged} rows of each side"
    )


def test_training_rows_handed_out_are_copies_and_nearer_to_themselves() -> None:
    subject = make_subject()
    found = measure_risk(subject, subject.training)
    assert (found.copies, found.nearer, found.membership) == (1.0, 1.0, 1.0)
    assert found.chance_copies == 0.0


def test_new_rows_are_as_near_to_training_as_to_unseen_rows() -> None:
    found = measure_risk(make_subject(), make_related(120, 2))
    assert found.nearer_low < 0.5 < found.nearer_high
    assert found.membership == pytest.approx(0.5, abs=0.1)
    assert found.copies == 0.0


def test_distances_are_left_out_where_rows_are_few() -> None:
    subject = make_subject(rows=10)
    assert measure_risk(subject, subject.training) == Risk(None, None, None, None, 1.0, 0.0)


def test_an_auc_is_left_out_where_rows_are_few() -> None:
    subject = make_subject(rows=10)
    assert compute_auc(subject, subject.training, subject.unseen, [0]) is None


def test_medians_leave_out_what_was_not_measured() -> None:
    scores = [Likeness(0.8, 0.5), Likeness(0.9, None), Likeness(0.7, 0.7)]
    assert take_medians(scores) == Likeness(0.8, 0.6)


def test_a_table_with_columns_in_another_order_is_compared_by_name() -> None:
    subject = make_subject()
    turned = pd.DataFrame({name: subject.training[name] for name in reversed(list(subject.training))})
    assert measure_risk(subject, turned).copies == 1.0

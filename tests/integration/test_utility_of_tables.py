from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.evaluation.classifiers.scores import Examples, score_classification, score_regression
from pipeline.evaluation.classifiers.utility import compute_utility
from pipeline.evaluation.results_fidelity import Utility
from tests.unit.evaluation.fidelity_cases import COLUMNS, draw_table, shuffle_columns

TRAINING, HOLDOUT = draw_table(400, 1), draw_table(300, 2)


def learn(target: str, synthetic: pd.DataFrame, **changed: pd.DataFrame) -> Utility:
    tables = {"training": TRAINING, "holdout": HOLDOUT, **changed}
    return compute_utility(tables["training"], synthetic, tables["holdout"], COLUMNS, target)


@pytest.mark.parametrize(
    ("target", "task", "metrics"),
    [
        ("member", "classification", ["roc_auc", "balanced_accuracy", "accuracy"]),
        ("group", "classification", ["roc_auc", "balanced_accuracy", "accuracy"]),
        ("balance", "regression", ["r2", "mae"]),
        ("opened", "regression", ["r2", "mae"]),
    ],
)
def test_fresh_rows_teach_as_well_as_real_ones(target: str, task: str, metrics: list[str]) -> None:
    found = learn(target, draw_table(600, 3))
    assert found.task == task
    assert [score.metric for score in found.scores] == metrics
    assert found.scores[0].difference.low <= 0.0 <= found.scores[0].difference.high
    assert found.scores[0].real.value > found.scores[0].chance + 0.2
    assert "does as well on real rows" in found.finding
    assert found.train_rows == len(TRAINING[target].dropna())


def test_training_rows_as_synthetic_ones_make_no_difference_at_all() -> None:
    found = learn("member", TRAINING)
    assert all(score.difference.value == 0.0 and score.real == score.synthetic for score in found.scores)


@pytest.mark.parametrize("target", ["member", "balance"])
def test_shuffled_columns_teach_nothing(target: str) -> None:
    found = learn(target, shuffle_columns(TRAINING, 4))
    assert found.scores[0].difference.high < -0.2
    assert found.scores[0].synthetic.low <= found.scores[0].chance + 0.1
    assert "does worse on real rows" in found.finding


def test_unpredictable_target_is_not_held_against_the_synthetic_rows() -> None:
    noise = np.random.default_rng(5)
    training, holdout = (part.assign(member=noise.random(len(part)) < 0.5) for part in (TRAINING, HOLDOUT))
    found = learn("member", draw_table(400, 6), training=training, holdout=holdout)
    assert found.finding.startswith('Not even real rows allow predicting "member"')


def test_error_in_dates_counts_days() -> None:
    found = learn("opened", draw_table(400, 7))
    assert 10 < found.scores[1].real.value < 60


def test_class_that_synthetic_rows_never_show_is_scored_as_guessing() -> None:
    synthetic = draw_table(900, 8)
    found = learn("group", synthetic[synthetic["group"].ne("old")])
    assert found.scores[0].synthetic.value < found.scores[0].real.value
    assert found.scores[1].synthetic.value < 0.7


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"synthetic": TRAINING.head(2)}, "The synthetic table has 2 rows with a target; 50 are needed."),
        ({"holdout": HOLDOUT.head(0)}, "The holdout table has 0 rows with a target; 30 are needed."),
        (
            {"synthetic": TRAINING.assign(member=True)},
            '"member" holds a single value in the synthetic table.',
        ),
        ({"training": TRAINING.assign(member=False)}, '"member" holds a single value in the training table.'),
        ({"synthetic": TRAINING.assign(member=None)}, "The synthetic table has 0 rows with a target"),
        ({"holdout": HOLDOUT.assign(member=[True] * 5 + [False] * 295)}, "Fewer than two classes"),
    ],
)
def test_impossible_classification_says_why(changed: dict[str, pd.DataFrame], reason: str) -> None:
    tables = {"training": TRAINING, "synthetic": TRAINING, "holdout": HOLDOUT, **changed}
    found = compute_utility(**tables, columns=COLUMNS, target="member")
    assert found.scores == ()
    assert found.finding.startswith(reason)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["a few"] * 400, '"balance" cannot be predicted: the values cannot be read as numerical'),
        ([np.inf, *range(399)], '"balance" holds infinite values.'),
        ([5.0] * 400, '"balance" holds a single value in the synthetic table.'),
    ],
)
def test_impossible_regression_says_why(values: list, reason: str) -> None:
    found = learn("balance", TRAINING.assign(balance=values))
    assert found.scores == ()
    assert found.finding.startswith(reason)


def test_too_many_classes_and_a_lonely_target_say_why() -> None:
    column = ModelledColumn("city", ModelledType.CATEGORICAL)
    table = pd.DataFrame({"city": [f"c{row % 30}" for row in range(400)]})
    found = compute_utility(table, table, table, [column], "city")
    assert found.finding == "The target has 30 classes; at most 20 can be predicted."
    few = pd.DataFrame({"city": ["a", "b"] * 200})
    assert compute_utility(few, few, few, [column], "city").finding.startswith("There is no other column")


def test_unknown_target_is_a_data_error() -> None:
    with pytest.raises(DataError, match=r'no modelled column "income".* choose one of group, member'):
        learn("income", TRAINING)


def test_scores_equal_those_of_scikit_learn() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

    rng = np.random.default_rng(9)
    features = tuple(rng.normal(size=(200, 2)) for _ in range(3))
    numbers = tuple(part[:, 0] + rng.normal(size=200) for part in features)
    classes = tuple(np.digitize(part, [-0.7, 0.7]) for part in numbers)
    flags = np.array([False, False])
    scores = {
        one.metric: one.real.value for one in score_classification(Examples(features, classes, flags, 0))
    }
    model = HistGradientBoostingClassifier(max_iter=100, random_state=0).fit(features[0], classes[0])
    truth, probabilities = classes[2], model.predict_proba(features[2])
    expected = roc_auc_score(truth, probabilities, multi_class="ovr")
    assert scores["roc_auc"] == pytest.approx(expected)
    assert scores["balanced_accuracy"] == pytest.approx(
        balanced_accuracy_score(truth, probabilities.argmax(axis=1))
    )
    regressor = HistGradientBoostingRegressor(max_iter=100, random_state=0).fit(features[0], numbers[0])
    scores = {one.metric: one.real.value for one in score_regression(Examples(features, numbers, flags, 0))}
    assert scores["r2"] == pytest.approx(r2_score(numbers[2], regressor.predict(features[2])))

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import EvaluationError
from pipeline.evaluation.privacy.evaluate import compute_privacy
from pipeline.evaluation.results import Privacy, Verdict

SPEC = DatasetSpec(
    "people",
    "People",
    "",
    "people",
    date(2025, 1, 1),
    (
        ColumnSpec("name", Role.IDENTITY, "person_name", may_equal_real=True),
        ColumnSpec("ssn", Role.IDENTITY, "ssn", is_unique=True),
        ColumnSpec("group", Role.MODELLED, "categorical"),
    ),
)


def identities(first: int, rows: int) -> pd.DataFrame:
    numbers = [f"123-45-{number:04d}" for number in range(first, first + rows)]
    return pd.DataFrame({"name": ["Ann Lee"] * rows, "ssn": numbers, "group": ["a"] * rows})


def rows_of(seed: int, rows: int, values: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {"group": random.choice(["a", "b", None], rows), "age": random.integers(0, values, rows)}
    )


def evaluate(
    synthetic_modelled: pd.DataFrame,
    *,
    training: pd.DataFrame | None = None,
    holdout: pd.DataFrame | None = None,
    synthetic_raw: pd.DataFrame | None = None,
) -> Privacy:
    return compute_privacy(
        identities(0, 10),
        identities(100, 10) if synthetic_raw is None else synthetic_raw,
        SPEC,
        rows_of(1, 200, 100_000) if training is None else training,
        rows_of(2, 100, 100_000) if holdout is None else holdout,
        synthetic_modelled,
    )


def test_new_people_and_new_rows_pass() -> None:
    privacy = evaluate(rows_of(3, 300, 100_000))
    assert privacy.verdict is Verdict.PASS
    assert privacy.overlap == {"ssn": 0}
    assert privacy.findings[0] == "No protected identity value equals a real one, in 1 column."


def test_one_real_identity_value_fails() -> None:
    privacy = evaluate(rows_of(3, 300, 100_000), synthetic_raw=identities(9, 10))
    assert privacy.verdict is Verdict.FAIL
    assert privacy.overlap == {"ssn": 1}
    assert '1 rows repeat a real value in column "ssn".' in privacy.findings


def test_overlap_is_found_without_separators() -> None:
    raw = identities(100, 2).assign(ssn=["123450003", "123-45-0999"])
    assert evaluate(rows_of(3, 10, 100_000), synthetic_raw=raw).overlap == {"ssn": 1}


def test_names_may_coincide_and_missing_values_are_no_overlap() -> None:
    raw = identities(100, 3).assign(ssn=[None, "", "123-45-0999"])
    privacy = evaluate(rows_of(3, 10, 100_000), synthetic_raw=raw)
    assert privacy.verdict is Verdict.PASS
    assert privacy.overlap == {"ssn": 0}


def test_training_rows_learned_by_heart_fail() -> None:
    training = rows_of(1, 200, 10**9)
    privacy = evaluate(pd.concat([training.head(150), rows_of(3, 150, 10**9)]), training=training)
    assert privacy.verdict is Verdict.FAIL
    assert privacy.copies_share == pytest.approx(0.5)
    assert privacy.baseline_share == 0.0
    assert "far more than chance explains" in privacy.findings[-1]


def test_repeats_of_a_table_with_few_values_are_chance() -> None:
    privacy = evaluate(rows_of(3, 300, 5), training=rows_of(1, 200, 5), holdout=rows_of(2, 100, 5))
    assert privacy.copies_share == privacy.baseline_share == 1.0
    assert privacy.verdict is Verdict.PASS


def test_a_larger_table_gets_no_worse_verdict() -> None:
    training, holdout = rows_of(1, 200, 300), rows_of(2, 200, 300)
    for rows in (100, 1000, 5000):
        assert evaluate(rows_of(7, rows, 300), training=training, holdout=holdout).verdict is Verdict.PASS


def test_share_of_copies_is_exact_with_missing_values_and_other_types() -> None:
    training = pd.DataFrame({"group": ["a", None, "b"], "age": [1, 2, 3]})
    synthetic = pd.DataFrame({"group": ["a", None, "a", "b"], "age": [1.0, 2.0, 2.0, np.nan]})
    privacy = evaluate(synthetic, training=training, holdout=training.head(1))
    assert privacy.copies_share == 0.5
    assert privacy.baseline_share == 1.0


def test_without_a_holdout_any_copy_asks_for_a_look() -> None:
    training = rows_of(1, 50, 1000)
    empty = training.head(0)
    assert evaluate(training.head(1), training=training, holdout=empty).verdict is Verdict.LOOK
    assert evaluate(rows_of(3, 50, 1_000_000), training=training, holdout=empty).verdict is Verdict.PASS


def test_empty_tables_are_not_measured() -> None:
    privacy = evaluate(rows_of(3, 0, 5))
    assert privacy.copies_share is None
    assert "not measured" in privacy.findings[-1]


def test_missing_modelled_column_is_an_evaluation_error() -> None:
    with pytest.raises(EvaluationError, match='synthetic table lacks the modelled column "age"'):
        evaluate(pd.DataFrame({"group": ["a"]}))


def test_export_depth_measures_overlap_and_copies_only() -> None:
    privacy = evaluate(rows_of(3, 300, 100_000))
    names = [found.name for found in privacy.measures]
    copies = ["lone_rows_found", "exact_copies", "training_rows_repeated"]
    assert names == ["identity_overlap", "real_codes", *copies]
    assert privacy.findings == tuple(found.sentence for found in privacy.measures)
    assert privacy.depth == "export"

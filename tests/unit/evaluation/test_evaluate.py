from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.errors import DataError
from pipeline.evaluation.evaluate import evaluate_fully
from pipeline.settings import IdentityOptions
from tests.unit.evaluation.fidelity_cases import KINDS, TODAY, draw_table, refer


def test_unknown_target_is_refused_before_anything_is_measured() -> None:
    reference, stages = refer(draw_table(80, 1), draw_table(40, 2), KINDS), []
    with pytest.raises(DataError, match='no modelled column "income"'):
        evaluate_fully(
            reference,
            reference.holdout,
            reference.holdout,
            TODAY,
            IdentityOptions(),
            "income",
            lambda one: stages.append(one.part),
        )
    assert stages == []


def test_ceiling_and_floor_are_computed_once_for_tables_of_one_size() -> None:
    reference = refer(draw_table(80, 1), draw_table(40, 2), KINDS)
    bounds = reference.obtain_bounds(40)
    assert reference.obtain_bounds(40) is bounds
    assert reference.obtain_bounds(20).rows == 20
    other = replace(reference, holdout=draw_table(40, 3)).obtain_bounds(40)
    assert other.ceiling != bounds.ceiling

"""What was measured is written down whole and read back equal."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from pipeline.evaluation.results import ColumnScore
from pipeline.evaluation.stored import read_evaluation, write_evaluation
from tests.unit.reports.report_case import make_evaluation


def test_an_evaluation_is_read_back_equal() -> None:
    evaluation = make_evaluation()
    assert read_evaluation(write_evaluation(evaluation)) == evaluation


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    evaluation = make_evaluation()
    quality = replace(evaluation.quality, columns=(ColumnScore("a", "KSComplement", np.float32(0.5)),))
    read = read_evaluation(write_evaluation(replace(evaluation, rows=np.int64(7), quality=quality)))
    assert read is not None
    assert (read.rows, read.quality.columns[0].score) == (7, 0.5)


def test_an_evaluation_of_another_version_is_not_read() -> None:
    values = json.loads(write_evaluation(make_evaluation()))
    del values["quality"]["column_shapes"]
    assert read_evaluation(json.dumps(values)) is None

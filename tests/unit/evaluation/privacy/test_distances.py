from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.privacy import distances
from pipeline.evaluation.privacy.distances import find_nearest
from pipeline.evaluation.privacy.space import Points, place
from tests.unit.evaluation.privacy.privacy_cases import COLUMNS, draw_people

METADATA = {"columns": {column.name: {"sdtype": column.kind.value} for column in COLUMNS}}


def number_points(rows: int, columns: int, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, (columns, rows)).astype(np.int32)
    return Points(tuple(f"c{at}" for at in range(columns)), np.empty((0, rows), dtype=np.float32), codes)


def test_distances_are_those_of_sdmetrics() -> None:
    training, synthetic = draw_people(1, 40), draw_people(2, 30)
    expected = calculate_dcr(dataset=synthetic, reference_dataset=training, metadata=METADATA)
    reference, queries = place(COLUMNS, (training, synthetic))
    assert find_nearest(queries, reference).distances[:, 0] == pytest.approx(expected.to_numpy(), abs=1e-6)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reference, queries = place(COLUMNS, (draw_people(1, 50), draw_people(2, 33)))
    whole = find_nearest(queries, reference, 3)
    monkeypatch.setattr(distances, "_BLOCK_CELLS", 200)
    parts = find_nearest(queries, reference, 3)
    assert (parts.rows == whole.rows).all()
    assert (parts.distances == whole.distances).all()


def test_neighbours_come_nearest_first() -> None:
    age = ModelledColumn("age", ModelledType.NUMERICAL)
    tables = (pd.DataFrame({"age": [0, 10, 4]}), pd.DataFrame({"age": [3]}))
    reference, query = place([age], tables)
    found = find_nearest(query, reference, 3)
    assert found.rows.tolist() == [[2, 0, 1]]
    assert found.distances[0] == pytest.approx([0.1, 0.3, 0.7])


def test_too_few_reference_rows_leave_infinite_distances() -> None:
    found = find_nearest(number_points(2, 1, 0), number_points(1, 1, 1), 2)
    assert np.isinf(found.distances[:, 1]).all()
    assert (found.rows[:, 1] == -1).all()


def test_more_categories_than_a_byte_counts_are_added_up() -> None:
    queries, reference = number_points(4, 600, 0), number_points(5, 600, 1)
    differing = (queries.codes[:, :, None] != reference.codes[:, None, :]).mean(axis=0)
    assert find_nearest(queries, reference).distances[:, 0] == pytest.approx(differing.min(axis=1))

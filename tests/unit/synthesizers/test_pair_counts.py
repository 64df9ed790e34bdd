"""Counts of pairs: rare ones keep their sums and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.pair_counts import count_pairs, pool_rare_pairs, spread_pairs


def test_pairs_are_counted_with_the_first_column_in_rows() -> None:
    counts = count_pairs(np.array([0, 0, 1, 1, 1]), np.array([2, 2, 0, 0, 2]))
    assert counts.tolist() == [[0, 0, 2], [2, 0, 1]]


def test_pairs_of_five_rows_stay_and_rarer_ones_keep_their_sums() -> None:
    counts = np.array([[50, 4, 0], [0, 1, 45], [3, 30, 2]])
    pooled = pool_rare_pairs(counts)
    is_kept = counts >= 5
    assert pooled[is_kept].tolist() == counts[is_kept].tolist()
    assert pooled.sum(axis=1) == pytest.approx(counts.sum(axis=1), rel=1e-3)
    assert pooled.sum(axis=0) == pytest.approx(counts.sum(axis=0), rel=1e-3)


def test_the_place_of_a_single_row_does_not_show() -> None:
    """Two persons who exchange their partners leave every pooled pair as it was."""
    counts = np.array([[60, 1, 0], [0, 60, 1], [1, 0, 60]])
    exchanged = np.array([[60, 0, 1], [1, 60, 0], [0, 1, 60]])
    assert pool_rare_pairs(exchanged) == pytest.approx(pool_rare_pairs(counts))


def test_rows_of_a_pair_go_to_its_codes_by_their_shares() -> None:
    shares = spread_pairs(np.array([[8.0, 2.0], [0.0, 6.0]]), np.array([0, 1, 0]), np.array([0.3, 0.5, 0.1]))
    assert shares == pytest.approx(np.array([[6.0, 2.0, 2.0], [0.0, 6.0, 0.0]]))

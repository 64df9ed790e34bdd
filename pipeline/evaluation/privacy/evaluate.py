"""Does a table reveal real people? All privacy measures of one table, with their verdicts.

Holdout rows are the control of every measure but identity overlap, identity
combinations and lone rows. Where they are in
the table themselves, no control is left, and nothing passes by it: a table from another tool that
learned all real rows needs a holdout that this tool never saw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.spec import DatasetSpec, ModelledColumn
from pipeline.evaluation.privacy.closeness import (
    evaluate_distance_ratios,
    evaluate_near_copies,
    measure_closeness,
)
from pipeline.evaluation.privacy.combinations import evaluate_combinations
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys, evaluate_copies
from pipeline.evaluation.privacy.inference import evaluate_inference
from pipeline.evaluation.privacy.membership import evaluate_membership
from pipeline.evaluation.privacy.overfit import compare_closest, evaluate_overfit
from pipeline.evaluation.privacy.overlap import count_coincidences, count_overlap, evaluate_overlap
from pipeline.evaluation.privacy.real_codes import evaluate_codes
from pipeline.evaluation.privacy.repeats import evaluate_repeats
from pipeline.evaluation.privacy.singletons import evaluate_singletons, is_holdout_found
from pipeline.evaluation.privacy.singling_out import evaluate_singling_out
from pipeline.evaluation.privacy.space import Points, place
from pipeline.evaluation.privacy.verdicts import MINIMUM_ROWS, not_measured, withhold_pass, worst
from pipeline.evaluation.results import Privacy, PrivacyFinding, Verdict

Depth = Literal["export", "full"]

MOST_ROWS = 10_000
"""Rows of each table that distances and attacks use; fewer where there are many columns."""

_MOST_CELLS = MOST_ROWS**2 * 15


def compute_privacy(
    real_raw: pd.DataFrame,
    synthetic_raw: pd.DataFrame,
    spec: DatasetSpec,
    real_modelled_training: pd.DataFrame,
    holdout_modelled: pd.DataFrame,
    synthetic_modelled: pd.DataFrame,
    depth: Depth = "export",
    seed: int = 0,
) -> Privacy:
    """Evaluate a table: identity overlap and copies always, distances and attacks where `depth` is "full".

    Larger tables are evaluated by a sample of rows drawn with `seed` where distances are measured.
    Raises EvaluationError where a modelled table lacks a column.
    """
    overlap = count_overlap(real_raw, synthetic_raw, spec)
    tables = (real_modelled_training, holdout_modelled, synthetic_modelled)
    keys = compute_row_keys(*tables)
    controlled = _require_control([evaluate_copies(keys), evaluate_repeats(keys)], keys)
    identities = _evaluate_identities(real_raw, synthetic_raw, spec, overlap)
    codes = evaluate_codes(real_raw, synthetic_raw, spec, real_modelled_training, holdout_modelled)
    measures = [*identities, codes, evaluate_singletons(keys), *controlled]
    shares = _share(keys.copied, keys), _share(keys.repeating_holdout, keys)
    coincidences = count_coincidences(real_raw, synthetic_raw, spec)
    found = _replace_measures(measures, Privacy(Verdict.PASS, overlap, *shares, coincidences=coincidences))
    return found if depth == "export" else add_attacks(found, features.modelled_columns(spec), tables, seed)


def add_attacks(
    privacy: Privacy, columns: Sequence[ModelledColumn], tables: Sequence[pd.DataFrame], seed: int = 0
) -> Privacy:
    """The same result in depth "full", from training, holdout and synthetic rows (in this order)."""
    if privacy.depth == "full":
        return privacy
    attacks = _require_control(evaluate_distances(columns, tables, seed), compute_row_keys(*tables))
    return _replace_measures([*privacy.measures, *attacks], replace(privacy, depth="full"))


def _require_control(found: Sequence[PrivacyFinding], keys: RowKeys) -> list[PrivacyFinding]:
    """Measures whose control is the holdout; none passes where its rows are in the table."""
    return [withhold_pass(one) for one in found] if is_holdout_found(keys) else list(found)


def _evaluate_identities(
    real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec, overlap: Mapping[str, int]
) -> list[PrivacyFinding]:
    together = evaluate_combinations(real, synthetic, spec)
    return [evaluate_overlap(overlap, len(synthetic)), *([together] if together else [])]


def add_measure(privacy: Privacy, found: PrivacyFinding) -> Privacy:
    """The same result with one more measure."""
    return _replace_measures([*privacy.measures, found], privacy)


def take_worse(privacy: Privacy, other: Privacy, beginning: str) -> Privacy:
    """`privacy` with the measures that are worse in `other`; their sentences start with `beginning`."""
    others = {found.name: found for found in other.measures}
    measures = [_choose_graver(found, others.get(found.name, found), beginning) for found in privacy.measures]
    return _replace_measures(measures, privacy)


def _replace_measures(measures: Sequence[PrivacyFinding], privacy: Privacy) -> Privacy:
    """The result with these measures, and the findings and verdict that follow from them."""
    return replace(
        privacy,
        measures=tuple(measures),
        findings=tuple(found.sentence for found in measures),
        verdict=worst(measures),
    )


def _choose_graver(found: PrivacyFinding, other: PrivacyFinding, beginning: str) -> PrivacyFinding:
    gravest = worst([found, other])
    if gravest is Verdict.PASS or found.verdict is gravest:
        return found
    return replace(other, sentence=f"{beginning} {other.sentence}")


def evaluate_distances(
    columns: Sequence[ModelledColumn], tables: Sequence[pd.DataFrame], seed: int
) -> list[PrivacyFinding]:
    """Everything that rests on distances between training, holdout and synthetic rows (in this order)."""
    smallest = min(map(len, tables))
    if smallest < MINIMUM_ROWS or not columns:
        reason = f"it takes modelled columns and {MINIMUM_ROWS} training, holdout and synthetic rows each"
        return [not_measured(name, what, reason) for name, what in _NAMES.items()]
    draw, attack = np.random.SeedSequence(seed).spawn(2)
    limit = min(MOST_ROWS, math.isqrt(_MOST_CELLS // len(columns)))
    rng = np.random.default_rng(draw)
    # Shuffled even where nothing is left out: later steps take the first rows as a random part.
    sampled = [table.iloc[rng.permutation(len(table))[:limit]] for table in tables]
    training, holdout, synthetic = place(columns, sampled)
    return _evaluate_points(training, holdout, synthetic, np.random.default_rng(attack))


def _evaluate_points(
    training: Points, holdout: Points, synthetic: Points, rng: np.random.Generator
) -> list[PrivacyFinding]:
    closeness = measure_closeness(training, holdout, synthetic)
    return [
        evaluate_near_copies(closeness),
        evaluate_distance_ratios(closeness),
        evaluate_overfit(compare_closest(training, holdout, synthetic)),
        evaluate_membership(training, holdout, synthetic),
        *evaluate_singling_out(training, holdout, synthetic, rng),
        evaluate_inference(training, holdout, synthetic),
    ]


def _share(is_hit: np.ndarray, keys: RowKeys) -> float | None:
    return float(is_hit.mean()) if len(is_hit) and len(keys.training) else None


_NAMES = {
    "near_copies": "The share of near copies",
    "nearest_neighbour_ratio": "The nearest-neighbour distance ratio",
    "overfit_alarm": "The overfit alarm (DCR)",
    "membership_inference": "Membership inference",
    "singling_out_one_column": "Singling out by one value",
    "singling_out_several_columns": "Singling out by several values",
    "attribute_inference": "Attribute inference",
}

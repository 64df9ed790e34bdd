"""Real rows that no other real row equals: how many of them are in a table, and how many chance puts there.

Training and holdout rows count alike, so that nothing hides where a table has seen both. A synthesizer
that favours common rows finds fewer of these, never more.
"""

from __future__ import annotations

import math

import numpy as np

from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.intervals import (
    Interval,
    bound_excess,
    bound_share,
    most_events,
    most_expected,
)
from pipeline.evaluation.privacy.verdicts import CHANCE_WORDS, RISK_LIMIT, decide_verdict, not_measured
from pipeline.evaluation.results import PrivacyFinding, Verdict

NAME = "lone_rows_found"
_WHAT = "The number of unique real rows that are repeated"

LEAST_RICH_ROWS = 100
"""Fewer real rows than these cannot show that a table is too rich for chance repeats."""

MOST_REPEATED = 0.05
"""Where more real rows than this share repeat another one, repeats belong to the table."""

MOST_CHANCE_PAIRS = 0.5
"""Where chance explains fewer equal pairs of real rows than this, real rows do not repeat by chance."""

_LIMIT_ON = "look by the value, fail by its lower bound"
_FAVOUR = 2.0
"""A synthesizer may make the rows in question so many times more often than they occur."""


def evaluate_singletons(keys: RowKeys, tests: int = 1) -> PrivacyFinding:
    """FAIL where lone rows come back that chance cannot explain, or surely 10 % more than it explains.

    In a table so rich that real rows do not repeat by chance, one lone row asks for a look and two
    fail. Elsewhere chance is the share of a fresh sample that would be lone rows (Good, 1953). `tests` is
    how many tables are evaluated of which none should fail by chance.
    """
    is_found = np.isin(keys.real, keys.synthetic)
    return evaluate_repeated_singletons(keys, is_found, len(keys.synthetic), "in the table", tests)


def evaluate_repeated_singletons(
    keys: RowKeys, is_found: np.ndarray, drawn: int, place: str, tests: int = 1
) -> PrivacyFinding:
    """The same where it is known which real rows come back among `drawn` synthetic ones.

    `is_found` has the shape (rows,) of `keys.real`; `place` says where they stand. The synthetic rows of
    `keys` are not looked at.
    """
    is_lone = np.isin(keys.real, find_singletons(keys))
    rows = int(is_lone.sum())
    if not rows or not drawn:
        return not_measured(NAME, _WHAT, "it takes synthetic rows, and real rows that no other one equals")
    found, is_rich = int((is_lone & is_found).sum()), is_too_rich_for_chance(keys)
    chance = _compute_chance(keys, rows, drawn, is_rich)
    limit = most_expected(rows * chance, tests)
    if limit >= rows:
        return not_measured(NAME, _WHAT, "chance alone explains all of them in a table of this size")
    main = bound_share(found, rows)
    excess = bound_excess(main, Interval(chance, chance, chance))
    verdict = _decide(found, limit, excess, is_rich)
    sentence = _tell(found, rows, verdict, limit, place)
    if is_rich:
        return PrivacyFinding(NAME, verdict, *main, chance, limit / rows, sentence, max(1, limit) / rows)
    fail_from = chance + RISK_LIMIT * (1.0 - chance)
    return PrivacyFinding(NAME, verdict, *main, chance, limit / rows, sentence, fail_from, _LIMIT_ON)


def is_holdout_found(keys: RowKeys) -> bool:
    """Whether surely 10 % more of the lone holdout rows are in the table than chance puts there."""
    lone = find_singletons(keys)
    held = lone[np.isin(lone, keys.holdout)]
    if not len(held) or not len(keys.synthetic):
        return False
    chance = _compute_chance(keys, len(lone), len(keys.synthetic), is_too_rich_for_chance(keys))
    main = bound_share(int(np.isin(held, keys.synthetic).sum()), len(held))
    return bound_excess(main, Interval(chance, chance, chance)).low > RISK_LIMIT


def find_singletons(keys: RowKeys) -> np.ndarray:
    """Keys of the real rows, training or holdout, that no other real row equals."""
    values, counts = np.unique(keys.real, return_counts=True)
    return values[counts == 1]


def is_too_rich_for_chance(keys: RowKeys) -> bool:
    """Whether equal real rows, if any, are the same case noted twice rather than chance."""
    real = len(keys.real)
    repeated = real - len(find_singletons(keys))
    is_told = real >= LEAST_RICH_ROWS and repeated <= MOST_REPEATED * real
    return is_told and keys.chance_pairs < MOST_CHANCE_PAIRS


def _compute_chance(keys: RowKeys, lone: int, drawn: int, is_rich: bool) -> float:
    """At most this share (0–1) of the lone rows is in a fresh sample of `drawn` rows."""
    real = len(keys.real)
    if is_rich:
        per_row = _FAVOUR * keys.chance_pairs / math.comb(real, 2)
    else:
        # Good and Turing: rows seen once make up 2 · (values seen twice) / rows of the population.
        _, counts = np.unique(keys.real, return_counts=True)
        per_row = 2.0 * most_events(int((counts == 2).sum())) / real / lone
    return -math.expm1(-drawn * per_row)


def _decide(found: int, limit: int, excess: Interval, is_rich: bool) -> Verdict:
    if found <= limit:
        return Verdict.PASS
    if is_rich:
        return Verdict.FAIL if found > max(1, limit) else Verdict.LOOK
    return decide_verdict(excess.low, -1.0, RISK_LIMIT)


def _tell(found: int, rows: int, verdict: Verdict, limit: int, place: str) -> str:
    return (
        f"{found:,} of {rows:,} real rows, training or holdout, that equal no other real row are "
        f"{place}: {CHANCE_WORDS[verdict]} (limit {limit:,})."
    )

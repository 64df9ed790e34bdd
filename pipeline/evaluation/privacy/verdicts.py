"""From numbers to verdicts: the thresholds of every privacy measure and the words around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.evaluation.privacy.intervals import Interval
from pipeline.evaluation.results import PrivacyFinding, Verdict, find_worst

MINIMUM_ROWS = 20
"""Training, holdout and synthetic rows that distances and attacks need: below, intervals span everything."""

RISK_LIMIT = 0.1
"""An attack that surely wins more than this share of the room above its control fails the table."""

AUC_LIMIT = 0.6
"""A membership attack whose area under the curve surely exceeds this fails the table; 0.5 is a coin."""

NEAR_QUANTILE = 0.01
"""Rows are near copies when they lie closer to a training row than this share of real rows does."""

RATIO_QUANTILE = 0.05
"""Distance ratios are suspicious when they are smaller than those of this share of real rows."""

LOWER_BOUND = "lower bound"
"""The number that the limits of most attacks apply to: an attack counts for what it surely reaches."""

CHANCE_WORDS = {
    Verdict.PASS: "no more than chance explains",
    Verdict.LOOK: "more than chance explains",
    Verdict.FAIL: "far more than chance explains",
}
"""How a number of hits compares with chance."""


def worst(findings: Iterable[PrivacyFinding]) -> Verdict:
    """The gravest verdict; findings without a number do not count."""
    return find_worst(found.verdict for found in findings)


def decide_verdict(low: float, look: float, fail: float) -> Verdict:
    """FAIL where even the lower bound exceeds `fail`, LOOK where it exceeds `look`."""
    return Verdict.FAIL if low > fail else Verdict.LOOK if low > look else Verdict.PASS


def conclude_excess(
    name: str, excess: Interval, control: Interval, sentence: str, limit: float = RISK_LIMIT
) -> PrivacyFinding:
    """A finding about an attack: LOOK where it surely beats its control group, FAIL above `limit`."""
    verdict = decide_verdict(excess.low, 0.0, limit)
    told = f"{sentence} The difference is {_EXCESS_WORDS[verdict]}."
    method = f"difference {tell_shares(excess)}, bounds at three standard errors"
    return withhold_guess(
        PrivacyFinding(name, verdict, *excess, control.value, 0.0, told, limit, LOWER_BOUND, method)
    )


def not_measured(name: str, what: str, reason: str) -> PrivacyFinding:
    """A finding without a number, saying why."""
    return PrivacyFinding(
        name, None, None, None, None, None, None, f"{what} was not measured, since {reason}."
    )


def withhold_guess(found: PrivacyFinding) -> PrivacyFinding:
    """The same finding without its pass, where the interval reaches beyond what would fail a table."""
    is_told = found.high is None or found.fail_from is None or found.high <= found.fail_from
    if found.verdict is not Verdict.PASS or is_told:
        return found
    sentence = (
        f"The data are inconclusive, since the interval extends beyond {found.fail_from:g}. {found.sentence}"
    )
    return replace(found, verdict=None, sentence=sentence)


def withhold_pass(found: PrivacyFinding) -> PrivacyFinding:
    """The same finding without its pass, where holdout rows are in the table and control nothing."""
    if found.verdict is not Verdict.PASS:
        return found
    sentence = f"There is no control, since the table contains holdout rows as well. {found.sentence}"
    return replace(found, verdict=None, sentence=sentence)


def tell_shares(interval: Interval) -> str:
    """An interval of shares in words, such as "3.1% (2.0% to 4.4%)"."""
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})"


FISHER = "Fisher's exact test"
"""The method of findings that compare two counts."""

_EXCESS_WORDS = {
    Verdict.PASS: "no more than noise explains",
    Verdict.LOOK: "more than noise explains",
    Verdict.FAIL: "far more than noise explains",
}

"""Numbers and verdicts as people read them."""

from __future__ import annotations

from pipeline.evaluation.results import Verdict
from pipeline.evaluation.results_fidelity import Estimate
from pipeline.evaluation.score_text import NOT_MEASURED

_ABBREVIATIONS = frozenset({"auc", "roc", "dcr", "nndr", "mae", "r2"})
VERDICT_WORDS = {Verdict.PASS: "Pass", Verdict.LOOK: "Look", Verdict.FAIL: "Fail", None: "–"}


def percent(share: float | None, decimals: int = 1) -> str:
    """A share (0–1) in percent, rounded; what is a score goes through `format_percent`."""
    return NOT_MEASURED if share is None else f"{share:.{decimals}%}"


def number(value: float | None) -> str:
    """A number of any size, with as many digits as are significant."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1 or 0 < abs(value) < 0.01 else f"{value:.3f}"


def name(identifier: str) -> str:
    """A name of the code as words: `exact_copies` → Exact copies, `roc_auc` → ROC AUC."""
    words = [word.upper() if word in _ABBREVIATIONS else word for word in identifier.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def interval(estimate: Estimate | None) -> str:
    """A number with its 95 % interval."""
    if estimate is None:
        return NOT_MEASURED
    return f"{number(estimate.value)} ({number(estimate.low)} to {number(estimate.high)})"


def count(amount: int, noun: str) -> str:
    """An amount with its noun, in the plural where needed."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"

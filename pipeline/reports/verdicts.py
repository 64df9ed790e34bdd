"""The summary: one conclusion for each question that a reader asks, with its threshold."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.evaluation.figure import UNTELLING
from pipeline.evaluation.headline import compute_figure, list_likeness
from pipeline.evaluation.headline_words import DETECTED, LITTLE_TAUGHT, REAL_VALUES, advise_on_privacy
from pipeline.evaluation.results import Evaluation, Privacy, Validity, Verdict
from pipeline.evaluation.results_fidelity import Detection, Estimate, Utility
from pipeline.evaluation.score_text import NOT_MEASURED, format_percent, format_score
from pipeline.evaluation.shortfalls import (
    GUESSING,
    HIGHEST_AUC,
    MOST_UTILITY_LOST,
    decide_detection,
    decide_quality,
    decide_utility,
    find_obstacle,
    list_shortfalls,
    tell_quality_limits,
)
from pipeline.reports.content import Conclusion
from pipeline.reports.wording import count, interval, name, number

_SURE = "A classifier cannot surely tell the synthetic rows from real ones."
_LESSONS: Mapping[Verdict | None, str] = {
    Verdict.PASS: "A model learns at least half as much from this table as from real rows.",
    Verdict.LOOK: LITTLE_TAUGHT.reason,
}


def compute_summary(evaluation: Evaluation, learned: str) -> tuple[Conclusion, ...]:
    """One conclusion each on validity, privacy, quality, detection and utility, where there are such parts.

    `learned` counts the columns that quality is about, as in "9 of 12 columns".
    """
    conclusions = [
        conclude_validity(evaluation.validity),
        conclude_privacy(evaluation.privacy),
        conclude_quality(evaluation, learned),
    ]
    if evaluation.detection is not None:
        conclusions.append(conclude_detection(evaluation.detection))
    if evaluation.utility is not None:
        conclusions.append(conclude_utility(evaluation.utility))
    return tuple(conclusions)


def list_unmeasured(evaluation: Evaluation) -> list[str]:
    """What a full measurement would add, as a reader of the headline should know."""
    baselines, detection = evaluation.baselines, evaluation.detection
    gaps = {
        "ceiling and floor of the scores": baselines is None or baselines.overall.ceiling is None,
        "detection": detection is None or detection.auc is None,
        "attacks": evaluation.privacy.depth != "full",
    }
    return [name for name, is_missing in gaps.items() if is_missing]


def conclude_validity(validity: Validity) -> Conclusion:
    """Fail where any row breaks a rule."""
    broken = len(validity.failures)
    if not validity.rules:
        return Conclusion("Validity", None, "no rules", "none", "This dataset asks for no rules.")
    meaning = (
        f"Every record passes all {count(len(validity.rules), 'rule')} of this dataset."
        if validity.is_valid
        else f"{count(broken, 'rule')} of {len(validity.rules)} broken: {_name_failures(validity)}."
    )
    verdict = Verdict.PASS if validity.is_valid else Verdict.FAIL
    return Conclusion(
        "Validity", verdict, format_percent(validity.score), "every row passes every rule", meaning
    )


def conclude_privacy(privacy: Privacy) -> Conclusion:
    """The verdict of the privacy measures, with the sentences of those that did not pass."""
    measured = [one for one in privacy.measures if one.verdict is not None]
    passed = [one for one in measured if one.verdict is Verdict.PASS]
    found = [one.sentence for one in measured if one.verdict is not Verdict.PASS]
    meaning = " ".join(found) or "No measure finds anyone from the real sample in this table."
    value = f"{len(passed)} of {count(len(measured), 'measure')} passed"
    yardstick = "no protected identity value repeats, nothing is copied or inferred beyond chance"
    advised = (
        advise_on_privacy(one.name, one.verdict or Verdict.LOOK).reason
        for one in measured
        if one not in passed
    )
    plain = [REAL_VALUES.reason] if any(privacy.overlap.values()) else dict.fromkeys(advised)
    return Conclusion("Privacy", privacy.verdict, value, yardstick, meaning, " ".join(plain))


def conclude_quality(evaluation: Evaluation, learned: str) -> Conclusion:
    """Look where shapes fall short of their ceiling or pairs stay near their floor, on equal rows."""
    quality, baselines = evaluation.quality, evaluation.baselines
    shapes, trends = format_score(quality.column_shapes), format_score(quality.column_pair_trends)
    measured = f"{quality.measured} of {quality.total:,} shapes and pairs measured; {learned} are learned"
    meaning = f"QualityReport of all rows: column shapes {shapes}, pair trends {trends}; {measured}."
    verdict = decide_quality(evaluation)
    told = " ".join(filter(None, (_place(evaluation), _tell(evaluation), meaning)))
    value, plain = format_score(compute_figure(evaluation).score), _tell_plainly(evaluation, verdict)
    if verdict is None or baselines is None:
        yardstick = "none" if verdict else f"no verdict {find_obstacle(baselines)}"
        return Conclusion("Quality", verdict, value, yardstick, told, plain)
    return Conclusion("Quality", verdict, value, tell_quality_limits(baselines), told, plain)


def _tell_plainly(evaluation: Evaluation, verdict: Verdict | None) -> str:
    """What the quality means, without figures."""
    others = (DETECTED, LITTLE_TAUGHT)
    found = [one.advice.reason for one in list_likeness(evaluation) if one.advice not in others]
    if found:
        return " ".join(found)
    figure = compute_figure(evaluation)
    if figure.finding:
        return f"Each column is like that of real rows; how they go together {UNTELLING}."
    if verdict is None:
        return f"It has no verdict {find_obstacle(evaluation.baselines)}."
    return "The learned columns are like those of real rows, each by itself and in how they go together."


def _place(evaluation: Evaluation) -> str:
    """Where the score lies between its ends, where they were measured."""
    baselines = evaluation.baselines
    if baselines is None or baselines.overall.ceiling is None:
        return ""
    return " ".join((baselines.finding, f"On equal rows: {baselines.overall.sentence}.")).strip()


def conclude_detection(detection: Detection) -> Conclusion:
    """Look where a classifier is surely better than HIGHEST_AUC, or surely worse than guessing: copies."""
    if detection.auc is None:
        return Conclusion("Detection", None, NOT_MEASURED, "none", detection.finding)
    return Conclusion(
        "Detection",
        decide_detection(detection),
        f"AUC {interval(detection.auc)}",
        f"interval neither above {HIGHEST_AUC} nor below {GUESSING}, which is guessing",
        detection.finding,
        _SURE if decide_detection(detection) is Verdict.PASS else _tell_detected(detection.auc),
    )


def conclude_utility(utility: Utility) -> Conclusion:
    """Look where synthetic rows surely teach less than half of what real rows teach."""
    if not utility.scores:
        return Conclusion("Utility", None, NOT_MEASURED, "none", utility.finding)
    first = utility.scores[0]
    return Conclusion(
        "Utility",
        decide_utility(utility),
        f"{name(first.metric)} {number(first.synthetic.value)} (real {number(first.real.value)})",
        f"at most {MOST_UTILITY_LOST:.0%} of what real rows teach is lost",
        utility.finding,
        _LESSONS.get(decide_utility(utility), ""),
    )


def _tell_detected(auc: Estimate) -> str:
    return DETECTED.reason if auc.value > GUESSING else "Rows lie closer to real ones than chance explains."


def _tell(evaluation: Evaluation) -> str:
    found = list_shortfalls(evaluation)
    heaps = " ".join(one.finding for one in evaluation.heaps)
    return f"Look: {' and '.join(found)}. {heaps}".strip() if found else ""


def _name_failures(validity: Validity) -> str:
    named = [f"{one.rule} of {one.column} in {count(one.failed, 'row')}" for one in validity.failures[:3]]
    more = len(validity.failures) - len(named)
    return "; ".join(named) + (f"; {more} more" if more else "")

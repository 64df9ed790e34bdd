"""The summary: one conclusion for each question that a reader asks, with its threshold."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.evaluation.results import Evaluation, Privacy, Validity, Verdict, find_worst
from pipeline.evaluation.results_fidelity import Baseline, Baselines, Detection, Utility, UtilityScore
from pipeline.evaluation.score_text import NOT_MEASURED, format_percent, format_score
from pipeline.reports.content import Conclusion
from pipeline.reports.wording import count, interval, name, number, percent

LEAST_OF_CEILING = 0.9
"""Below this share of the ceiling, shapes of columns deserve a look."""

LEAST_ROWS = 20
"""Likeness of fewer rows is decided by chance."""

LEAST_OF_WAY = 0.5
"""Below this part of the way from floor to ceiling, pairs deserve a look."""

HIGHEST_AUC = 0.75
"""A classifier that is surely better than this tells the tables apart too easily."""

GUESSING = 0.5
"""A classifier that is surely worse than this has learned from rows whose copies it is asked about."""

MOST_UTILITY_LOST = 0.5
"""Losing more than this share of what real rows teach deserves a look."""

_NARROWEST_RANGE = 0.02
_HEADLINES = {
    Verdict.PASS: "No measure gives a reason not to share this table.",
    Verdict.LOOK: "Review {items} before you share this table.",
    Verdict.FAIL: "Do not share this table: it fails on {items}.",
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


def compute_headline(summary: tuple[Conclusion, ...], unmeasured: Sequence[str] = ()) -> tuple[Verdict, str]:
    """The worst verdict, and a sentence that names what it is about and what was not measured."""
    verdict = find_worst(one.verdict for one in summary)
    items = _join([one.subject.lower() for one in summary if one.verdict is verdict])
    gaps = f" Not measured: {_join(list(unmeasured))}." if unmeasured else ""
    return verdict, f"{_HEADLINES[verdict].format(items=items)}{gaps}"


def _join(items: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


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
    return Conclusion("Privacy", privacy.verdict, value, yardstick, meaning)


def conclude_quality(evaluation: Evaluation, learned: str) -> Conclusion:
    """Look where shapes fall short of their ceiling or pairs stay near their floor, on equal rows."""
    quality, baselines = evaluation.quality, evaluation.baselines
    shapes, trends = format_score(quality.column_shapes), format_score(quality.column_pair_trends)
    measured = f"{quality.measured} of {quality.total:,} shapes and pairs measured; {learned} are learned"
    meaning = f"QualityReport of all rows: column shapes {shapes}, pair trends {trends}; {measured}."
    problem = _find_obstacle(baselines)
    if baselines is None or problem:
        return Conclusion("Quality", None, format_score(quality.score), f"no verdict {problem}", meaning)
    yardstick = (
        f"shapes at {LEAST_OF_CEILING:.0%} of their ceiling, pairs at least {LEAST_OF_WAY:.0%} of the way "
        "from floor to ceiling"
    )
    verdict = Verdict.LOOK if _shortfalls(baselines) else Verdict.PASS
    place = " ".join((baselines.finding, f"On equal rows: {baselines.overall.sentence}.")).strip()
    value = format_score(baselines.overall.score)
    return Conclusion("Quality", verdict, value, yardstick, f"{place}{_tell(baselines)} {meaning}")


def _find_obstacle(baselines: Baselines | None) -> str:
    """Why likeness can have no verdict; empty where it can have one."""
    if baselines is None or baselines.overall.ceiling is None:
        return "without ceiling and floor"
    if baselines.rows < LEAST_ROWS:
        return f"below {LEAST_ROWS} rows, where chance decides the score"
    if _find_way(baselines) is not None or _shortfalls(baselines):
        # Ends that lie together can pass nothing; a shortfall is one wherever they lie.
        return ""
    if baselines.overall.floor is not None and baselines.overall.ceiling <= baselines.overall.floor:
        return "where real rows score no higher than shuffled columns"
    return ""


def conclude_detection(detection: Detection) -> Conclusion:
    """Look where a classifier is surely better than HIGHEST_AUC, or surely worse than guessing: copies."""
    if detection.auc is None:
        return Conclusion("Detection", None, NOT_MEASURED, "none", detection.finding)
    is_striking = detection.auc.low > HIGHEST_AUC or detection.auc.high < GUESSING
    return Conclusion(
        "Detection",
        Verdict.LOOK if is_striking else Verdict.PASS,
        f"AUC {interval(detection.auc)}",
        f"interval neither above {HIGHEST_AUC} nor below {GUESSING}, which is guessing",
        detection.finding,
    )


def conclude_utility(utility: Utility) -> Conclusion:
    """Look where synthetic rows surely teach less than half of what real rows teach."""
    if not utility.scores:
        return Conclusion("Utility", None, NOT_MEASURED, "none", utility.finding)
    first = utility.scores[0]
    return Conclusion(
        "Utility",
        _decide_gain(first),
        f"{name(first.metric)} {number(first.synthetic.value)} (real {number(first.real.value)})",
        f"at most {MOST_UTILITY_LOST:.0%} of what real rows teach is lost",
        utility.finding,
    )


def _decide_gain(found: UtilityScore) -> Verdict | None:
    """None where it says nothing; look where more than MOST_UTILITY_LOST of the gain is surely lost."""
    if not found.tells:
        return None
    sign = 1.0 if found.is_higher_better else -1.0
    gain, lost = sign * (found.real.value - found.chance), -sign * found.difference.value
    is_certain = found.difference.low > 0 or found.difference.high < 0
    return Verdict.LOOK if is_certain and lost > MOST_UTILITY_LOST * gain else Verdict.PASS


def place_between(baseline: Baseline) -> float | None:
    """How far a score has come from floor (0) to ceiling (1); None where the two are too close."""
    if baseline.score is None or baseline.ceiling is None or baseline.floor is None:
        return None
    width = baseline.ceiling - baseline.floor
    return None if width < _NARROWEST_RANGE else (baseline.score - baseline.floor) / width


def _shortfalls(baselines: Baselines) -> list[str]:
    found = []
    shapes, way = baselines.column_shapes.share_of_ceiling, _find_way(baselines)
    if shapes is not None and shapes < LEAST_OF_CEILING:
        found.append(f"column shapes reach {percent(shapes, 0)} of their ceiling")
    if way is not None and way < LEAST_OF_WAY:
        found.append(f"pair trends come {percent(max(way, 0.0), 0)} of the way from floor to ceiling")
    if _is_below_floor(baselines):
        found.append("scores lie below those of shuffled columns")
    return found


def _is_below_floor(baselines: Baselines) -> bool:
    """Whether relations are worse than none, by more than chance moves a score.

    The shuffled rows are training rows, so that where nothing is related the floor can lie above the
    ceiling: what real rows reach is then no shortfall.
    """
    means = (baselines.overall, baselines.column_pair_trends, baselines.strong_pair_trends)
    ends = [(one.score, [end for end in (one.floor, one.ceiling) if end is not None]) for one in means]
    return any(reached is not None and low and reached < min(low) - _NARROWEST_RANGE for reached, low in ends)


def _find_way(baselines: Baselines) -> float | None:
    """How far pairs have come: strong ones, since shuffling leaves weak ones as they are, else all."""
    way = place_between(baselines.strong_pair_trends)
    return place_between(baselines.column_pair_trends) if way is None else way


def _tell(baselines: Baselines) -> str:
    found = _shortfalls(baselines)
    return f" Look: {' and '.join(found)}." if found else ""


def _name_failures(validity: Validity) -> str:
    named = [f"{one.rule} of {one.column} in {count(one.failed, 'row')}" for one in validity.failures[:3]]
    more = len(validity.failures) - len(named)
    return "; ".join(named) + (f"; {more} more" if more else "")

"""How everything was measured, and what the measures cannot show."""

from __future__ import annotations

from pipeline.evaluation.results import Evaluation, Privacy
from pipeline.evaluation.results_fidelity import Baselines
from pipeline.reports.charts.binning import LEAST_CELL_ROWS, LEAST_REAL_ROWS
from pipeline.reports.subject import Subject

_LIKENESS = (
    "Column shapes: KSComplement (one minus the Kolmogorov–Smirnov distance) for numbers and dates, "
    "TVComplement (one minus the total variation distance) for categories, by sdmetrics.",
    "Pair trends: CorrelationSimilarity between two numbers, ContingencySimilarity otherwise, over all "
    "pairs; the score of strong pairs is over those above sdmetrics' default thresholds.",
    "Overall quality is the mean of column shapes and pair trends. Over all rows it is that of sdmetrics' "
    "QualityReport, which cuts each table between its own extremes. What could not be measured is left "
    "out of the mean and listed with its reason.",
)
_DETECTION = "Detection: AUC of a cross-validated classifier between synthetic and real modelled rows."
_UTILITY = "Utility: train on synthetic rows, test on real holdout rows, beside training on real rows."
_COMPARISON = (
    "Privacy: identity values are compared after normalising case, blanks and separators; where single "
    "ones may coincide, two of one real row are held against what chance repeats. Modelled rows "
    "are compared with training rows, each rate beside that of the holdout."
)
_VALIDITY = "Validity: every rule of the dataset on every row of the raw table."


def describe_method(evaluation: Evaluation) -> tuple[str, ...]:
    """One sentence or two on each measure that was taken."""
    return (
        *_LIKENESS,
        *([_describe_ends(evaluation.baselines)] if evaluation.baselines is not None else []),
        *([_DETECTION] if evaluation.detection is not None else []),
        *([_UTILITY] if evaluation.utility is not None else []),
        _COMPARISON,
        *_describe_privacy(evaluation.privacy),
        _VALIDITY,
    )


def _describe_ends(baselines: Baselines) -> str:
    return (
        "Ceiling: the real holdout scored against the training rows. Floor: the training rows with each "
        f"column shuffled independently. Both, and the score beside them, from {baselines.rows:,} rows; "
        "numbers and dates of both tables are cut at the real bins."
    )


def _describe_privacy(privacy: Privacy) -> list[str]:
    """What is added where distances were measured, and where other tables have left before."""
    steps = []
    if privacy.depth == "full":
        steps.append(
            "Distances are Gower's, over at most 10,000 rows of each table. Attacks (membership, singling "
            "out, attribute inference, the last two as in Anonymeter, arXiv:2211.10459) are measured by how "
            "much more often they succeed on training than on holdout rows, with bounds at three standard "
            "errors."
        )
    if any(found.name == "repeated_exports" for found in privacy.measures):
        steps.append(
            "Repeated exports: the real rows that this table and all that left before it repeat between them."
        )
    return steps


def describe_limits(subject: Subject) -> tuple[str, ...]:
    """What a reader must not conclude."""
    limits = [
        "Likeness and privacy are measured over modelled columns; identity columns are checked by their "
        "rules and by their overlap with the real sample.",
        "The measures see one table and pairs of its columns. Relations of three and more columns show only "
        "in detection and utility.",
        "A passed privacy measure says that this way of attacking found nothing, not that no way exists. "
        "Distance to the closest record is an overfit alarm, no proof of privacy.",
        f"The charts name no value that fewer than {LEAST_REAL_ROWS} real rows share and no end of a real "
        f"range; a bin or a cell of fewer than {LEAST_CELL_ROWS} real rows stays empty.",
    ]
    if subject.reference.holdout.empty:
        limits.append("This dataset has no holdout, so that nothing could be compared with unseen real rows.")
    return tuple(limits)

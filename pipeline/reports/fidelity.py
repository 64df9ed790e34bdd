"""Sections on the similarity of the two tables as a whole: quality, detection, utility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.evaluation.results import Evaluation, PairScore, Quality
from pipeline.evaluation.results_fidelity import (
    Baseline,
    Baselines,
    Detection,
    RowsEach,
    TellingColumn,
    Utility,
    UtilityScore,
)
from pipeline.evaluation.score_text import NOT_MEASURED, format_score
from pipeline.evaluation.stages import HMA, PLAIN, REFINED, StageScore
from pipeline.reports.charts import ScoreRange, plot_losses, plot_scores
from pipeline.reports.content import Block, Drawing, Drawings, Paragraph, Section, Table
from pipeline.reports.subject import Subject
from pipeline.reports.wording import interval, name, number

_MOST_SKIPPED_LISTED = 20
_STAGES = {HMA: "HMA's initial data", PLAIN: "The synthesizer's rows", REFINED: "Refined rows"}


def describe_quality(subject: Subject) -> Section:
    """Scores with ceiling and floor, what was not measured, and the training where it is known."""
    evaluation = subject.evaluation
    blocks: list[Block] = [_list_scores(evaluation)]
    if evaluation.baselines is not None and evaluation.baselines.reason:
        blocks.append(Paragraph(evaluation.baselines.reason, is_quiet=True))
    if evaluation.entities:
        blocks.append(_list_entities(evaluation.entities))
    blocks.append(Drawings(_draw_scores(subject)))
    if evaluation.quality.skipped:
        blocks.append(_list_skipped(evaluation))
    if subject.stages:
        blocks += _list_stages(subject)
    if len(subject.history) > 1:
        blocks.append(Drawings((Drawing(plot_losses(subject.history)),)))
    lead = (
        "Scores run from 0 to 1. The ceiling is what real rows that training never saw reach, the floor what "
        "the real table reaches with every column shuffled on its own."
    )
    return Section("quality", "Quality", lead, tuple(blocks))


def _list_stages(subject: Subject) -> list[Block]:
    """What each stage of the training gave, side by side, and what choosing rows could not mend."""
    record = subject.refinement
    note = (
        "Quality is scored against the holdout. Floor: training rows with every column shuffled on its own. "
        "Ceiling: training rows as they are. AUC: against the training rows (0.5 is guessing). Nearer: the "
        "share of rows closer to training than to holdout rows, with its interval (0.5 is chance)."
    )
    if record and not record.is_neutral:
        note += (
            f" Refinement draws {record.candidates:,} candidates for each row kept; "
            f"{record.effective_share:.0%} of them count."
        )
    elif record and not record.findings:
        note += " Refinement found nothing to put right: rows are given as the synthesizer draws them."
    headings = ("Stage of the training", "Floor", "Quality", "Ceiling", "Detection AUC")
    rows = tuple(_lay_out_stage(one) for one in subject.stages)
    table = Table(
        (*headings, "Nearer to training", "Rows measured"), rows, numeric=(1, 2, 3, 4, 5, 6), note=note
    )
    low = [f"{_STAGES[one.stage]}: {one.figure.sentence}." for one in subject.stages if one.figure.finding]
    return [table, *map(Paragraph, (*low, *(record.findings if record else ())))]


def _lay_out_stage(one: StageScore) -> tuple[str, ...]:
    scores = (format_score(score) for score in _list_marks(one))
    return (_STAGES[one.stage], *scores, number(one.auc), _tell_nearness(one), f"{one.rows:,}")


def _list_marks(one: StageScore) -> tuple[float | None, float | None, float | None]:
    """Floor, quality and ceiling; of trainings of earlier versions the quality alone."""
    figure = one.figure
    return figure.floor, one.quality if figure.score is None else figure.score, figure.ceiling


def _tell_nearness(one: StageScore) -> str:
    if one.nearer is None:
        return NOT_MEASURED
    return f"{one.nearer:.2f} ({one.nearer_low:.2f}–{one.nearer_high:.2f})"


def describe_detection(subject: Subject) -> Section | None:
    """How well a classifier separates the two tables; None where it was not asked for."""
    found = subject.evaluation.detection
    if found is None:
        return None
    blocks: list[Block] = [Paragraph(found.finding), _list_areas(found)]
    if found.telling:
        blocks.append(_list_telling(found.telling))
    blocks += _list_reasons(found.skipped)
    lead = (
        "A classifier learns to tell synthetic rows from real ones; AUC 0.5 is guessing, 1.0 is always right."
    )
    return Section("detection", "Detection", lead, tuple(blocks))


def _list_areas(found: Detection) -> Table:
    rows = (
        ("Synthetic against real", interval(found.auc), f"{found.rows:,}"),
        (
            "Real holdout against real (best that can be reached)",
            interval(found.ceiling),
            f"{found.ceiling_rows:,}",
        ),
    )
    headings = ("Comparison", "AUC (95% interval)", "Rows of each table")
    return Table(headings, rows, numeric=(2,), note=found.ceiling_reason)


def _list_telling(telling: Sequence[TellingColumn]) -> Table:
    rows = tuple((one.column, f"{one.loss:.3f}") for one in telling)
    note = "How much AUC is lost when the values of one column are shuffled."
    return Table(("Column that tells them apart", "AUC lost"), rows, numeric=(1,), note=note)


def describe_utility(subject: Subject) -> Section | None:
    """What a model learns from synthetic rows; None where it was not asked for."""
    found = subject.evaluation.utility
    if found is None:
        return None
    blocks: list[Block] = [Paragraph(found.finding)]
    if found.scores:
        blocks.append(_list_lessons(found.scores))
    blocks += _list_reasons(found.skipped)
    return Section("utility", "Utility", _lead_utility(found), tuple(blocks))


def _lead_utility(found: Utility) -> str:
    if not found.scores:
        return (
            f'Utility would be how well a model that learned from synthetic rows predicts "{found.target}" '
            f"({found.task}) for real ones. It was not measured."
        )
    return (
        f'A model predicts "{found.target}" ({found.task}) for {found.test_rows:,} real rows after learning '
        f"from {found.train_rows:,} synthetic rows, and again after learning from as many real ones."
    )


def _list_lessons(scores: Sequence[UtilityScore]) -> Table:
    rows = tuple(
        (
            name(one.metric),
            interval(one.real),
            interval(one.synthetic),
            interval(one.difference),
            number(one.chance),
        )
        for one in scores
    )
    headings = ("Metric", "Learned from real", "Learned from synthetic", "Difference", "Chance")
    note = "Values with 95% intervals. Only MAE (mean absolute error) is better when lower."
    return Table(headings, rows, numeric=(1, 2, 3, 4), note=note)


def _list_entities(entities: Sequence[RowsEach]) -> Table:
    rows = tuple(
        (
            ", ".join(one.columns),
            f"{one.real_entities:,}",
            f"{one.synthetic_entities:,}",
            number(one.real_rows_each),
            number(one.synthetic_rows_each),
            format_score(one.score),
        )
        for one in entities
    )
    headings = (
        "Described by",
        "Entities, real",
        "Entities, synthetic",
        "Rows each, real",
        "Rows each, synthetic",
        "Score",
    )
    note = (
        "What comes back in several rows, such as an account. The score is 1 less the largest gap between "
        "the distributions of rows per entity (Kolmogorov-Smirnov)."
    )
    return Table(headings, rows, numeric=(1, 2, 3, 4, 5), note=note)


def _list_scores(evaluation: Evaluation) -> Table:
    quality, baselines = evaluation.quality, evaluation.baselines
    rows = [
        (title, format_score(value), *list_baseline(baseline))
        for (title, value), baseline in zip(_name_scores(quality), _list_baselines(baselines), strict=True)
    ]
    if evaluation.diagnostic is not None:
        rows.append(
            ("Well-formed (sdmetrics' diagnostic)", format_score(evaluation.diagnostic.score), "–", "–", "–")
        )
    note = (
        f" Ceiling, floor and the score beside them come from {baselines.rows:,} rows each, and their pair "
        "trends cut both tables at the bins of the real one; the QualityReport cuts each table between its "
        "own extremes, which moves scores where a number or date has a tail."
        if baselines
        else ""
    )
    thresholds = ", ".join(f"{name} > {value}" for name, value in quality.thresholds.items())
    return Table(
        ("Measure", "Score, all rows (QualityReport)", "Floor", "Score, equal rows", "Ceiling"),
        tuple(rows),
        numeric=(1, 2, 3, 4),
        note=f"{quality.measured:,} of {quality.total:,} columns and pairs measured with sdmetrics "
        f"{quality.sdmetrics_version}. Strong pairs: {thresholds}.{note}",
    )


def _name_scores(quality: Quality) -> tuple[tuple[str, float | None], ...]:
    return (
        ("Overall", quality.score),
        ("Column shapes", quality.column_shapes),
        ("Pair trends, all pairs", quality.column_pair_trends),
        ("Pair trends, strong pairs only", quality.strong_pair_trends),
    )


def _list_baselines(known: Baselines | None) -> tuple[Baseline | None, ...]:
    return (None,) * 4 if known is None else known.means


def list_baseline(baseline: Baseline | None) -> tuple[str, str, str]:
    """Floor, score and ceiling as text, dashes where there is no baseline."""
    if baseline is None:
        return "–", "–", "–"
    return format_score(baseline.floor), format_score(baseline.score), format_score(baseline.ceiling)


def _column_ranges(evaluation: Evaluation) -> list[ScoreRange]:
    if evaluation.baselines is not None and evaluation.baselines.columns:
        return [
            ScoreRange(one.item, one.score, one.floor, one.ceiling) for one in evaluation.baselines.columns
        ]
    return [ScoreRange(one.column, one.score) for one in evaluation.quality.columns]


def _draw_scores(subject: Subject) -> tuple[Drawing, ...]:
    evaluation = subject.evaluation
    shuffled = " Shuffling leaves a single column as it is, so that its floor lies near its ceiling."
    has_floor = evaluation.baselines is not None
    columns = plot_scores(_column_ranges(evaluation), "Column shapes", shuffled if has_floor else "")
    pairs = plot_scores(_pair_ranges(subject), "Pair trends")
    return Drawing(columns), Drawing(pairs)


def _pair_ranges(subject: Subject) -> list[ScoreRange]:
    baselines = subject.evaluation.baselines
    known = {one.item: one for one in baselines.pairs} if baselines is not None else {}
    ranges = []
    for pair in find_telling_pairs(subject):
        item = f"{pair.first} × {pair.second}"
        found = known.get(item)
        ranges.append(
            ScoreRange(item, found.score, found.floor, found.ceiling)
            if found
            else ScoreRange(item, None if known else pair.comparable)
        )
    return ranges


def find_telling_pairs(subject: Subject) -> list[PairScore]:
    """Pairs of columns that both vary in the real table: one that does not has no trend to be like."""
    real = subject.reference.training
    constant = {one.name for one in subject.reference.columns if real[one.name].nunique(dropna=False) < 2}
    return [one for one in subject.evaluation.quality.pairs if not {one.first, one.second} & constant]


def _list_skipped(evaluation: Evaluation) -> Table:
    skipped = evaluation.quality.skipped
    rows = tuple((one.item, one.reason) for one in skipped[:_MOST_SKIPPED_LISTED])
    more = len(skipped) - len(rows)
    return Table(("Not measured", "Why"), rows, note=f"{more:,} more were not measured." if more else "")


def _list_reasons(skipped: Mapping[str, str]) -> list[Block]:
    rows = tuple(skipped.items())
    return [Table(("Column left out", "Why"), rows)] if rows else []

"""Sections that compare the two tables column by column and pair by pair."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.datasets.columns import describe_columns as list_columns
from pipeline.datasets.features import find_units
from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import CONTINUOUS
from pipeline.evaluation.results import Evaluation, PairScore
from pipeline.evaluation.results_fidelity import Baseline, Coverage
from pipeline.evaluation.score_text import format_percent, format_score
from pipeline.evaluation.shortfalls import place_between
from pipeline.reports.charts import (
    Chart,
    CoveredColumn,
    plot_column,
    plot_coverage,
    plot_cumulative,
    plot_missing,
    plot_pair,
    plot_pair_associations,
)
from pipeline.reports.content import Block, Drawing, Drawings, Section, Table
from pipeline.reports.fidelity import find_telling_pairs, list_baseline
from pipeline.reports.subject import Subject
from pipeline.reports.wording import count, percent

MOST_PAIRS_DRAWN = 6
_MOST_PAIRS_LISTED = 15
_BINS = (
    "Here both tables are cut at the real table's bins. The mean of all pairs is that of sdmetrics' "
    "QualityReport, which cuts each table between its own extremes: lower where real extremes are left out."
)
_COVERAGE = (
    "Column", "Covered", "Unseen", "Real values", "Synthetic values", "Missing, real", "Missing, synthetic",
)  # fmt: skip


def describe_columns(subject: Subject) -> Section:
    """Real against synthetic, column by column, with coverage and missing values."""
    real, columns = subject.reference.training, subject.reference.columns
    numbers = [
        drawing for column in columns if column.kind in CONTINUOUS for drawing in _draw(subject, column)
    ]
    others = [
        drawing for column in columns if column.kind not in CONTINUOUS for drawing in _draw(subject, column)
    ]
    overviews = [Drawing(plot_missing(real, subject.modelled, columns))]
    coverage = subject.evaluation.coverage
    if coverage is not None:
        overviews.insert(0, Drawing(plot_coverage(_covered_columns(coverage))))
    blocks: list[Block] = [
        _list_taken_for(subject),
        Drawings(tuple(overviews)),
        *([_list_coverage(coverage)] if coverage is not None else []),
        Drawings(tuple(numbers), heading="Numbers and dates"),
        Drawings(tuple(others), heading="Categories"),
    ]
    lead = f"{subject.learned.headline} Learned columns: real training rows against synthetic rows."
    return Section("columns", "Columns", lead, tuple(blocks))


def _list_taken_for(subject: Subject) -> Table:
    """What each column was taken for, why, and what else it could be."""
    rows = tuple(
        (
            one.name,
            f"{one.role}, {one.kind.replace('_', ' ')}",
            one.why or "–",
            " or ".join(one.alternatives) or "–",
        )
        for one in list_columns(subject.reference.spec)
    )
    note = "A column that was taken for something else than it is can be changed on the Datasets page."
    return Table(("Column", "Taken for", "Why", "Could also be"), rows, note=note)


def describe_pairs(subject: Subject) -> Section:
    """Associations of all pairs, and the least similar pairs."""
    reference, quality = subject.reference, subject.evaluation.quality
    if len(reference.columns) < 2:
        return Section("pairs", "Pairs of columns", "The table has fewer than two modelled columns.", ())
    matrix = plot_pair_associations(reference.training, subject.modelled, reference.columns)
    known = subject.evaluation.baselines
    ranges = {one.item: one for one in known.pairs} if known else {}
    telling = find_telling_pairs(subject)
    worst = sorted((pair for pair in telling if pair.score is not None), key=_rank(ranges))
    drawn = tuple(Drawing(_draw_pair(subject, pair)) for pair in worst[:MOST_PAIRS_DRAWN])
    lead = f"{count(len(quality.pairs), 'pair')} of columns; the least alike are listed and drawn first."
    if len(telling) < len(quality.pairs):
        lead += " Those with a column that is constant in the real table are left out."
    blocks = (
        Drawings((Drawing(matrix),)),
        _list_pairs(worst[:_MOST_PAIRS_LISTED], ranges),
        Drawings(drawn, heading="The least alike pairs"),
    )
    return Section("pairs", "Pairs of columns", lead, blocks)


def _rank(ranges: dict[str, Baseline]) -> Callable[[PairScore], float]:
    """Orders pairs by the gap to their ceiling, 1 where none is known, the widest first."""

    def rank(pair: PairScore) -> float:
        found = ranges.get(_title(pair))
        if found is None or found.score is None or found.ceiling is None:
            return (pair.comparable or 0.0) - 1.0
        return found.score - found.ceiling

    return rank


def _draw(subject: Subject, column: ModelledColumn) -> list[Drawing]:
    """The distribution, and for numbers and dates the cumulative curve beside it."""
    real, synthetic = subject.reference.training[column.name], subject.modelled[column.name]
    unit = find_units(subject.reference.spec).get(column.name, "")
    chart = plot_column(column.name, column.kind, real, synthetic, unit)
    note = _describe_score(subject.evaluation, column.name)
    drawings = [Drawing(chart, note, _find_score(subject.evaluation, column.name))]
    if column.kind in CONTINUOUS:
        drawings.append(Drawing(plot_cumulative(column.name, column.kind, real, synthetic, unit)))
    return drawings


def _find_score(evaluation: Evaluation, name: str) -> float | None:
    return next((one.score for one in evaluation.quality.columns if one.column == name), None)


def _describe_score(evaluation: Evaluation, name: str) -> str:
    found = next((one for one in evaluation.quality.columns if one.column == name), None)
    if found is None or found.score is None:
        return "Shape not measured."
    columns = evaluation.baselines.columns if evaluation.baselines else ()
    baseline = next((one for one in columns if one.item == name and one.ceiling is not None), None)
    place = f" On equal rows: {baseline.sentence}." if baseline else ""
    return f"{found.metric} {format_score(found.score)} over all rows.{place}"


def _covered_columns(coverage: Coverage) -> list[CoveredColumn]:
    return [
        CoveredColumn(one.column, one.covered, None if one.unseen is None else 1.0 - one.unseen)
        for one in coverage.columns
    ]


def _list_coverage(coverage: Coverage) -> Table:
    rows = tuple(
        (
            one.column,
            format_percent(one.covered),
            percent(one.unseen),
            f"{one.real_values:,}",
            f"{one.synthetic_values:,}",
            percent(one.real_missing),
            percent(one.synthetic_missing),
        )
        for one in coverage.columns
    )
    note = (
        "Covered: share of the real categories or range that comes back "
        f"(mean {format_percent(coverage.score)}). Unseen: share of synthetic values outside of them. "
        "Values are counted, distinct ones only."
    )
    return Table(_COVERAGE, rows, numeric=(1, 2, 3, 4, 5, 6), note=note)


def _draw_pair(subject: Subject, pair: PairScore) -> Chart:
    kinds = {column.name: column for column in subject.reference.columns}
    units = find_units(subject.reference.spec)
    chosen = units.get(pair.first, ""), units.get(pair.second, "")
    return plot_pair(
        kinds[pair.first], kinds[pair.second], subject.reference.training, subject.modelled, chosen
    )


def _list_pairs(pairs: list[PairScore], ranges: dict[str, Baseline]) -> Table:
    if not ranges:
        rows = tuple(
            (_title(pair), pair.metric, _strength(pair), format_score(pair.comparable)) for pair in pairs
        )
        return Table(("Pair", "Metric", "Strong", "Score"), rows, numeric=(3,), note=_BINS)
    scored = tuple(
        (
            _title(pair),
            pair.metric,
            _strength(pair),
            *list_baseline(ranges[_title(pair)]),
            _way(ranges[_title(pair)]),
        )
        for pair in pairs
    )
    headings = ("Pair", "Metric", "Strong", "Floor", "Score, equal rows", "Ceiling", "Of the way")
    note = f"The last column places the score between floor (0%) and ceiling (100%). {_BINS}"
    return Table(headings, scored, numeric=(3, 4, 5, 6), note=note)


def _title(pair: PairScore) -> str:
    return f"{pair.first} × {pair.second}"


def _strength(pair: PairScore) -> str:
    return "yes" if pair.is_strong else "no"


def _way(baseline: Baseline) -> str:
    way = place_between(baseline)
    if way is None:
        return "–"
    return "below floor" if way < 0 else percent(way, 0)

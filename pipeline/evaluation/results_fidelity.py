"""Results that say how much a score of fidelity is worth: baselines, detection, utility and coverage.

Nothing here holds a value of the real sample. Where something could not be measured, its field is
None or empty and `reason` says why in one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.evaluation.figure import compute_chance
from pipeline.evaluation.score_text import NOT_MEASURED, format_score


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Baseline:
    """One score (0–1) between what shuffled columns reach and what real rows reach.

    `item` is "score", "column shapes", "column pair trends", "strong pair trends", a column, or a
    pair as "first × second".
    """

    item: str
    score: float | None
    ceiling: float | None
    floor: float | None

    @property
    def share_of_ceiling(self) -> float | None:
        """`score` divided by `ceiling`; above 1 where synthetic rows lie closer than the holdout."""
        if self.score is None or not self.ceiling:
            return None
        return self.score / self.ceiling

    @property
    def gap(self) -> float | None:
        """`ceiling` less `score`: what is lost against real rows; 0 or less where nothing is."""
        if self.score is None or self.ceiling is None:
            return None
        return self.ceiling - self.score

    @property
    def sentence(self) -> str:
        """The score between its ends, as "0.871 (floor 0.620, ceiling 0.970)"."""
        if self.score is None:
            return NOT_MEASURED
        ends = [f"{name} {format_score(end)}" for name, end in self._ends if end is not None]
        return f"{format_score(self.score)} ({', '.join(ends)})" if ends else format_score(self.score)

    @property
    def _ends(self) -> tuple[tuple[str, float | None], ...]:
        return (("floor", self.floor), ("ceiling", self.ceiling))


@dataclass(frozen=True)
class Baselines:
    """Every quality score beside its ceiling and floor, all three from tables of `rows` rows.

    Fewer rows give lower scores by chance alone, so the synthetic table is cut to the rows that
    the holdout can match: these scores differ slightly from those of `Quality` over all rows.
    Shuffling keeps the values of a column, so the floor of a column's shape is near its ceiling, and
    so it is for pairs that are barely related: `strong_pair_trends` shows what shuffling destroys.
    Pairs, single and in the means, are scored on the real bins (`PairScore.comparable`); the means of
    `Quality` are the QualityReport's and lie elsewhere wherever a number or date has a tail.
    """

    rows: int
    overall: Baseline
    column_shapes: Baseline
    column_pair_trends: Baseline
    strong_pair_trends: Baseline
    columns: tuple[Baseline, ...]
    pairs: tuple[Baseline, ...]
    reason: str = ""

    @property
    def chance(self) -> float:
        """How far apart two overall scores of `rows` rows may lie by chance."""
        return compute_chance(self.rows)

    @property
    def is_below_floor(self) -> bool:
        """Whether the overall score lies below that of independent columns by more than chance.

        The shuffled rows are training rows, so that the floor can lie above the ceiling where nothing is
        related: what other real rows reach is then no shortfall.
        """
        score, floor, ceiling = self.overall.score, self.overall.floor, self.overall.ceiling
        if score is None or floor is None:
            return False
        return score < (floor if ceiling is None else min(floor, ceiling)) - self.chance

    @property
    def can_tell(self) -> bool:
        """Whether real rows score so much more than independent columns that a score between them tells."""
        floor, ceiling = self.overall.floor, self.overall.ceiling
        return floor is not None and ceiling is not None and ceiling - floor >= self.chance

    @property
    def is_no_better(self) -> bool:
        """Whether independent columns score more, by however little, where a score tells anything."""
        score, floor = self.overall.score, self.overall.floor
        return self.can_tell and score is not None and floor is not None and score < floor

    @property
    def finding(self) -> str:
        """What the overall score means beside its ends, where it is not what it seems; else empty."""
        score, floor, ceiling = self.overall.score, self.overall.floor, self.overall.ceiling
        if score is None or floor is None:
            return ""
        if self.is_below_floor or self.is_no_better:
            word = "Worse" if self.is_below_floor else "No better"
            return (
                f"{word} than independent columns, which score {format_score(floor)}: train longer, or let "
                "auto choose the synthesizer. Shares that were asked for lower the score too."
            )
        if ceiling is not None and not self.can_tell:
            return (
                f"Independent columns score {format_score(floor)} here and real rows "
                f"{format_score(ceiling)}, so that the score cannot tell whether relations are kept."
            )
        return ""

    @property
    def means(self) -> tuple[Baseline, ...]:
        """The four means: overall, column shapes, pair trends over all pairs and over strong ones."""
        return self.overall, self.column_shapes, self.column_pair_trends, self.strong_pair_trends

    @property
    def worst_columns(self) -> tuple[Baseline, ...]:
        """Columns by their gap to the ceiling, the widest first; those without one are left out."""
        return _rank(self.columns)

    @property
    def worst_pairs(self) -> tuple[Baseline, ...]:
        """Pairs by their gap to the ceiling, the widest first; those without one are left out."""
        return _rank(self.pairs)


class HeapPlace(StrEnum):
    """Where in a column rows pile up: at one of its ends, or at one value between them."""

    LOWEST = "lowest"
    HIGHEST = "highest"
    INNER = "inner"


@dataclass(frozen=True)
class Heap:
    """Rows that pile up at one value of a column of numbers or dates; both are shares (0–1) of rows.

    `real_share` is that of the same value among training and holdout rows. The value itself is not kept,
    since it may be a real person's.
    """

    column: str
    place: HeapPlace
    share: float
    real_share: float

    @property
    def finding(self) -> str:
        """The heap as a sentence."""
        where = "one single value" if self.place is HeapPlace.INNER else f"the {self.place} value"
        return (
            f'{self.share:.1%} of the rows hold {where} of "{self.column}", which {self.real_share:.2%} of '
            "the real rows hold."
        )


@dataclass(frozen=True)
class TellingColumn:
    """A column that gives synthetic rows away: how much AUC is lost when its values are shuffled."""

    column: str
    loss: float


@dataclass(frozen=True)
class Detection:
    """How well a classifier distinguishes synthetic rows from real ones: AUC, 0.5 guessing, 1.0 always right.

    `ceiling` is the same for holdout rows in place of synthetic ones, which is the best that can be
    reached. `rows` and `ceiling_rows` count the rows of each of the two tables. `telling` are the
    columns that help the classifier most, at most five, none where it cannot separate the rows.
    `skipped` maps columns to reasons.
    """

    auc: Estimate | None
    ceiling: Estimate | None
    rows: int
    ceiling_rows: int
    telling: tuple[TellingColumn, ...]
    finding: str
    ceiling_reason: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class UtilityScore:
    """One metric on real holdout rows, after learning from real and from synthetic rows.

    `difference` is synthetic minus real, with an interval from the same test rows; `chance` is what
    the best constant answer reaches. Only `mae` (in units of the target, days for dates) is better
    when lower.
    """

    metric: str
    real: Estimate
    synthetic: Estimate
    difference: Estimate
    chance: float

    @property
    def is_higher_better(self) -> bool:
        """Whether more of the metric is better; an error is better when lower."""
        return self.metric != "mae"

    @property
    def tells(self) -> bool:
        """Whether real rows surely teach more than chance: where they do not, nothing can be lost."""
        return self.real.low > self.chance if self.is_higher_better else self.real.high < self.chance


@dataclass(frozen=True)
class Utility:
    """Is a model that learned from synthetic rows as good on real ones?

    `task` is classification or regression. Both models learned from `train_rows` rows and were
    tested on the same `test_rows` real ones.
    """

    target: str
    task: str
    scores: tuple[UtilityScore, ...]
    train_rows: int
    test_rows: int
    finding: str
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnCoverage:
    """One column: what of the real values comes back, what was never seen, and what is missing.

    `covered` is the share of the real categories, or of the real range, that synthetic values reach;
    `unseen` the share of synthetic values outside of them. `real_values` and `synthetic_values`
    count distinct values. Missing rates are shares of rows.
    """

    column: str
    metric: str
    covered: float | None
    unseen: float | None
    real_values: int
    synthetic_values: int
    real_missing: float | None
    synthetic_missing: float | None
    reason: str = ""


@dataclass(frozen=True)
class Coverage:
    """Coverage of every modelled column, and the mean of those that were measured."""

    score: float | None
    columns: tuple[ColumnCoverage, ...]


@dataclass(frozen=True)
class RowsEach:
    """How many rows each entity has, real against synthetic.

    `columns` describe the entity, `score` (0–1) is the complement of the Kolmogorov-Smirnov distance of
    rows per entity; None where a table holds no entity.
    """

    entity: str
    columns: tuple[str, ...]
    real_entities: int
    synthetic_entities: int
    real_rows_each: float | None
    synthetic_rows_each: float | None
    score: float | None


def _rank(baselines: tuple[Baseline, ...]) -> tuple[Baseline, ...]:
    gaps = [(one.gap, one) for one in baselines if one.gap is not None]
    return tuple(one for _, one in sorted(gaps, key=lambda pair: -pair[0]))

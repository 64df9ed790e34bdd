"""Typed results of an evaluation; the JSON, the page, the charts and the report all come from them.

Scores are 0–1, higher is better, and None where nothing could be measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.evaluation.results_fidelity import Baselines, Coverage, Detection, Heap, RowsEach, Utility


class Verdict(StrEnum):
    """What an analyst should do about a finding."""

    PASS = "pass"
    LOOK = "look"
    FAIL = "fail"


def find_worst(verdicts: Iterable[Verdict | None]) -> Verdict:
    """The gravest verdict; None does not count, and PASS where there is no other."""
    return max((one for one in verdicts if one is not None), key=list(Verdict).index, default=Verdict.PASS)


@dataclass(frozen=True)
class ColumnScore:
    """Shape of one modelled column, real against synthetic."""

    column: str
    metric: str
    score: float | None


@dataclass(frozen=True)
class PairScore:
    """Trend of one pair of modelled columns; `is_strong` where the real pair passes sdmetrics' thresholds.

    `score` is that of sdmetrics' QualityReport, which cuts a number or date of each table into bins between
    that table's own extremes: one without the real extremes scores low however well it keeps the trend.
    `on_real_bins` is that of sdmetrics' metric itself, which cuts both tables at the real bins; None where
    there is nothing to cut.
    """

    first: str
    second: str
    metric: str
    score: float | None
    is_strong: bool
    on_real_bins: float | None = None

    @property
    def comparable(self) -> float | None:
        """The score that ranks pairs and stands between ceiling and floor."""
        return self.score if self.on_real_bins is None else self.on_real_bins


@dataclass(frozen=True)
class Skipped:
    """Something that was not measured, and why."""

    item: str
    reason: str


@dataclass(frozen=True)
class Quality:
    """Statistical likeness.

    `column_pair_trends` is over all pairs, `strong_pair_trends` over those that pass sdmetrics'
    default thresholds (`thresholds`). `measured` of `total` columns and pairs have a score, the
    others are in `skipped`.
    """

    score: float | None
    column_shapes: float | None
    column_pair_trends: float | None
    strong_pair_trends: float | None
    measured: int
    total: int
    columns: tuple[ColumnScore, ...]
    pairs: tuple[PairScore, ...]
    skipped: tuple[Skipped, ...]
    thresholds: Mapping[str, float]
    sdmetrics_version: str


@dataclass(frozen=True)
class Diagnostic:
    """sdmetrics' DiagnosticReport: is the table well formed against its metadata?"""

    score: float | None
    data_validity: float | None
    data_structure: float | None


@dataclass(frozen=True)
class RuleResult:
    """One validity rule on one column: rows checked, rows failed, and up to three examples, none real."""

    column: str
    rule: str
    description: str
    checked: int
    failed: int
    examples: tuple[str, ...] = ()

    @property
    def share_valid(self) -> float:
        """Share of checked rows that pass, 0–1; 1.0 where there was nothing to check."""
        return 1.0 if not self.checked else 1.0 - self.failed / self.checked


@dataclass(frozen=True)
class Validity:
    """All rules of a dataset on one table."""

    rules: tuple[RuleResult, ...]

    @property
    def failures(self) -> tuple[RuleResult, ...]:
        """The rules that at least one row breaks."""
        return tuple(rule for rule in self.rules if rule.failed)

    @property
    def is_valid(self) -> bool:
        """Whether every row passes every rule."""
        return not self.failures

    @property
    def score(self) -> float | None:
        """Mean share of valid rows over the rules, 0–1."""
        return sum(rule.share_valid for rule in self.rules) / len(self.rules) if self.rules else None


@dataclass(frozen=True)
class PrivacyFinding:
    """One privacy measure with its limits.

    `verdict` is None where the data allow no number; `sentence` then gives the reason. `low` and
    `high` bound `value` at three standard errors. `baseline` is the same measure among real rows
    that no model trained on. Above `look_from` the table needs a look, above `fail_from` it fails;
    `limit_on` says which number they apply to, and None means that there is no such limit. `sentence` is
    plain; `method` names the statistics behind it.
    """

    name: str
    verdict: Verdict | None
    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    look_from: float | None
    sentence: str
    fail_from: float | None = None
    limit_on: str = "value"
    method: str = ""


@dataclass(frozen=True)
class Privacy:
    """Identity overlap with the real sample, copies of modelled rows, and attacks where `depth` is "full".

    `overlap` maps each protected identity column to the number of rows that repeat a real value,
    `coincidences` each identity column that may equal a real one.
    `copies_share` and `baseline_share` are the shares (0–1) of synthetic and of holdout rows that
    equal a training row; None where there was nothing to compare. `verdict` is the worst of
    `measures`, `findings` are their sentences.
    """

    verdict: Verdict
    overlap: Mapping[str, int]
    copies_share: float | None = None
    baseline_share: float | None = None
    findings: tuple[str, ...] = field(default=())
    measures: tuple[PrivacyFinding, ...] = ()
    depth: str = "export"
    coincidences: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """Everything that is known about one table against one dataset; None was not asked for."""

    rows: int
    quality: Quality
    diagnostic: Diagnostic | None
    validity: Validity
    privacy: Privacy
    baselines: Baselines | None = None
    detection: Detection | None = None
    utility: Utility | None = None
    coverage: Coverage | None = None
    entities: tuple[RowsEach, ...] = ()
    heaps: tuple[Heap, ...] = ()

"""Typed results for relations; scores are 0–1, and None where nothing could be measured, with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.evaluation.shortfalls import HIGHEST_AUC

COPYING_BELOW = 0.35
"""AUC below which, with all of its interval below 0.5, synthetic children count as copies.

Fresh tables of 80 parents score 0.36 to 0.61 by chance, copies of the training parents 0.14 to 0.25.
"""
MOST_APART = 0.1
"""Distance of the numbers of children above which they deserve a look."""
MOST_WITHOUT = 0.05
"""Difference of the shares of children without a parent above which they deserve a look."""
_CHANCE_OF_HALVES = 2.0
"""Halves of the real parents differ by chance; all of them may differ by so many times as much."""
_ERRORS_OF_A_SHARE = 4.0
_JOINED = {"parent": "with its parent", "siblings": "with its parent and sums over its siblings"}


@dataclass(frozen=True)
class KeyCheck:
    """One key of a table: rows that it is about, and rows that break it.

    `kind` is "primary", "unique", "foreign", "one to one" or "copied" (a column that repeats the parent's).
    """

    table: str
    columns: tuple[str, ...]
    kind: str
    checked: int
    failed: int
    parent: str = ""

    @property
    def share_kept(self) -> float:
        """Share of checked rows that keep the key; 1.0 where there was nothing to check."""
        return 1.0 if not self.checked else 1.0 - self.failed / self.checked


@dataclass(frozen=True)
class ChildCounts:
    """How many rows a parent has: means, shares of parents without any, and how far apart they lie.

    `distance` is that of Kolmogorov and Smirnov (0 alike, 1 apart) of synthetic against real parents,
    `ceiling` that of one half of the real parents against the other.
    """

    real_mean: float | None
    synthetic_mean: float | None
    real_without: float | None
    synthetic_without: float | None
    distance: float | None
    ceiling: float | None
    reason: str = ""

    @property
    def is_striking(self) -> bool:
        """Whether parents have clearly more or fewer rows than real ones, beyond what chance explains."""
        if self.distance is None or self.ceiling is None:
            return False
        return self.distance > max(MOST_APART, _CHANCE_OF_HALVES * self.ceiling)


@dataclass(frozen=True)
class RelationDetection:
    """How well a classifier tells synthetic children from real ones: AUC, 0.5 guessing, 1.0 always right.

    `item` is "parent" (children with the columns of their parent) or "siblings" (sums over their siblings
    besides). `ceiling` is the same for a second half of the real parents, `floor` for that half with its
    children dealt to random parents. Folds keep the children of a parent together, and all three compare
    `parents` parents on each side, with up to `rows` rows. `reason` says why there is no number.
    """

    item: str
    auc: Estimate | None
    ceiling: Estimate | None
    floor: Estimate | None
    parents: int
    rows: int
    reason: str = ""

    @property
    def is_copying(self) -> bool:
        """Whether the classifier is surely worse than guessing, as with rows that repeat real ones."""
        return self.auc is not None and self.auc.high < 0.5 and self.auc.value < COPYING_BELOW

    @property
    def may_be_copying(self) -> bool:
        """Whether it is far worse than guessing, though not surely, while two real halves are not."""
        if self.auc is None or self.ceiling is None or self.is_copying:
            return False
        return self.auc.value < COPYING_BELOW <= self.ceiling.value

    @property
    def is_striking(self) -> bool:
        """Whether children are surely told apart too easily, or may repeat real ones."""
        is_told = self.auc is not None and self.auc.low > HIGHEST_AUC
        return self.is_copying or self.may_be_copying or is_told

    @property
    def has_yardstick(self) -> bool:
        """Whether children of random parents are told apart more easily than real ones."""
        return self.ceiling is not None and self.floor is not None and self.floor.value > self.ceiling.value

    @property
    def joined(self) -> str:
        """What the children were joined with, in words that follow the name of their relation."""
        return _JOINED[self.item]

    @property
    def finding(self) -> str:
        """What the AUC means, and whether it means anything; the reason where there is none."""
        if self.auc is None:
            return self.reason
        if self.ceiling is None or self.floor is None or self.has_yardstick:
            return self._tell(self.auc)
        return (
            f"{self._tell(self.auc)} Children of random parents are told apart no better than real ones "
            f"({self.floor.value:.2f} and {self.ceiling.value:.2f}), so that it says little here."
        )

    def _tell(self, auc: Estimate) -> str:
        interval = f"AUC {auc.value:.2f}, 95 % interval {auc.low:.2f} to {auc.high:.2f}"
        if self.is_copying:
            return (
                f"A classifier does worse than guessing ({interval}), as it does where synthetic rows repeat "
                "real ones: look at the copies under privacy."
            )
        if self.may_be_copying:
            return (
                f"A classifier does far worse than guessing ({interval}), on too few parents to say whether "
                "synthetic rows repeat real ones: look at the copies under privacy."
            )
        if auc.low <= 0.5:
            return (
                f"A classifier cannot tell synthetic children from real ones ({interval}; 0.5 is guessing)."
            )
        return f"A classifier tells synthetic children from real ones better than by guessing ({interval})."


@dataclass(frozen=True)
class RelationEvidence:
    """One relation, synthetic against real.

    `integrity` is the share of `rows` synthetic foreign keys that have their parent. `real_without` and
    `synthetic_without` are the shares of children without a parent. `trends` is the mean score of the pairs
    of a child's and a parent's column, beside its ceiling and floor; `pairs` counts those measured.
    """

    relation: str
    child: str
    parent: str
    rows: int
    integrity: float
    real_without: float
    synthetic_without: float
    children: ChildCounts
    trends: Baseline
    pairs: int
    with_parent: RelationDetection
    with_siblings: RelationDetection
    trends_reason: str = ""

    def list_unlike_counts(self) -> Iterator[str]:
        """Sentences on shares without a parent and numbers of children that are not the sample's."""
        if self._is_share_striking:
            yield (
                f"{self.relation}: {self.synthetic_without:.1%} of the rows have no parent, "
                f"{self.real_without:.1%} of the real ones."
            )
        if self.children.is_striking:
            yield (
                f"{self.relation}: parents have {self.children.synthetic_mean:.2f} rows on average and "
                f"{self.children.synthetic_without:.1%} have none; real ones have "
                f"{self.children.real_mean:.2f}, and {self.children.real_without:.1%} none."
            )

    @property
    def _is_share_striking(self) -> bool:
        """Whether clearly more or fewer children than in the sample have no parent."""
        apart, real = abs(self.synthetic_without - self.real_without), self.real_without
        rows = max(self.rows / max(1.0 - self.synthetic_without, 1e-9), 1.0)
        chance = _ERRORS_OF_A_SHARE * math.sqrt(real * (1.0 - real) / rows)
        return apart > max(MOST_WITHOUT, chance)

    @property
    def is_copying(self) -> bool:
        """Whether children are told apart worse than by guessing, as copies are."""
        return self.with_parent.is_copying or self.with_siblings.is_copying

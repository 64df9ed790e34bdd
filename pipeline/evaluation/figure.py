"""A score between its floor and its ceiling: the one figure of a table, a model or a stage, and its words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pipeline.evaluation.score_text import NOT_MEASURED, format_score

UNTELLING = "cannot be told from independent columns here"
_BELOW = "below independent columns"
_SCALE = "0–1"
_CHANCE_OF_A_ROW = 0.29
"""Chance of an overall score, times the root of its rows."""


def compute_chance(rows: int) -> float:
    """How far apart two overall scores of `rows` rows may lie by chance.

    Twice the standard deviation over redraws of built-in tables: that is 0.0065 at 500 rows and falls with
    √rows.
    """
    return _CHANCE_OF_A_ROW / math.sqrt(max(rows, 1))


@dataclass(frozen=True)
class Figure:
    """The quality of a table between its ends, 0–1, all three from equally many rows.

    `floor` is what independent columns score, `ceiling` what other real rows score; None where it was not
    measured. Two scores less than `chance` apart may be the same.
    """

    score: float | None
    floor: float | None = None
    ceiling: float | None = None
    chance: float = 0.0

    @property
    def can_tell(self) -> bool:
        """Whether floor and ceiling are so far apart that a score between them says something."""
        if self.floor is None or self.ceiling is None:
            return False
        return self.ceiling - self.floor >= max(self.chance, 1e-9)

    @property
    def place(self) -> float | None:
        """How far the score has come from floor (0) to ceiling (1), or beyond; None where nothing tells."""
        if self.score is None or self.floor is None or self.ceiling is None or not self.can_tell:
            return None
        return (self.score - self.floor) / (self.ceiling - self.floor)

    @property
    def is_below_floor(self) -> bool:
        """Whether the score is lower than that of independent columns.

        Where other real rows score no more than those, only what lies below both by more than chance is.
        """
        if self.score is None or self.floor is None:
            return False
        if self.can_tell:
            return self.score < self.floor
        lowest = self.floor if self.ceiling is None else min(self.floor, self.ceiling)
        return self.score < lowest - self.chance

    @property
    def sentence(self) -> str:
        """The score with its meaning, as every surface says it."""
        return NOT_MEASURED if self.score is None else self._tell(self.score)

    @property
    def on_scale(self) -> str:
        """The same with its scale, for lines that have no heading to name it."""
        if self.score is None:
            return NOT_MEASURED
        if self.floor is None:
            return f"{format_score(self.score)} ({_SCALE}; floor and ceiling not measured)"
        return self._tell(self.score, _SCALE)

    @property
    def shortly(self) -> str:
        """The score with its two ends as numbers and what is to know of it, for one line among others."""
        known = (("floor", self.floor), ("ceiling", self.ceiling))
        ends = [f"{name} {format_score(end)}" for name, end in known if end is not None]
        said = ", ".join(filter(None, (*ends, self.finding)))
        return f"{format_score(self.score)}{said and f' ({said})'}"

    @property
    def finding(self) -> str:
        """What to know of the score in a few words: it is below its floor, or the range says nothing."""
        if self.is_below_floor:
            return _BELOW
        is_known = None not in (self.score, self.floor, self.ceiling)
        return UNTELLING if is_known and not self.can_tell else ""

    def _tell(self, score: float, scale: str = "") -> str:
        said, unit = format_score(score), f" ({scale})" if scale else ""
        if self.floor is None:
            return f"{said}{unit}"
        floor, known = format_score(self.floor), self.ceiling is not None
        ceiling = f"other real rows {format_score(self.ceiling)}"
        if self.is_below_floor:
            return f"{said}{unit}, {_BELOW} ({floor}){f'; {ceiling}' if known else ''}"
        ends = f"independent columns {floor}{f', {ceiling}' if known else ''}"
        if self.can_tell or not known:
            return f"{said} ({f'{scale}; ' if scale else ''}{ends})"
        return f"{said}{unit}: {UNTELLING} ({ends})"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; numbers that are none are None."""
        numbers = {
            name: _keep_finite(getattr(self, name)) for name in ("score", "floor", "ceiling", "chance")
        }
        return {**numbers, "can_tell": self.can_tell, "sentence": self.sentence}

    def as_quality(self) -> dict[str, Any]:
        """A quality in JSON: the score, its two ends, and the finding in words."""
        return {
            "quality": _keep_finite(self.score),
            "floor": _keep_finite(self.floor),
            "ceiling": _keep_finite(self.ceiling),
            "finding": self.finding,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The figure again from `as_dict`; what earlier versions did not keep is not measured."""
        score, floor, ceiling = (values.get(name) for name in ("score", "floor", "ceiling"))
        # Where the chance was not kept, ends that could not be told apart stay so.
        unknown = 0.0 if values.get("can_tell") else math.inf
        return cls(score, floor, ceiling, values.get("chance", unknown) or 0.0)


UNMEASURED = Figure(None)


def average(figures: Iterable[Figure]) -> Figure:
    """The mean of several tables: of those that have both ends, if there are any.

    Where there are none, the mean of all scores, with the ends that every table has.
    """
    known = [one for one in figures if one.score is not None]
    if not known:
        return Figure(None)
    taken = [one for one in known if None not in (one.floor, one.ceiling)] or known
    chance = sum(one.chance for one in taken) / len(taken)
    score, floor, ceiling = (
        _mean([getattr(one, name) for one in taken]) for name in ("score", "floor", "ceiling")
    )
    return Figure(score, floor, ceiling, chance)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _keep_finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value

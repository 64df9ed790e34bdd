"""What a refinement learned, in numbers that manifests and reports show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

STATE_KEY = "refinement"
"""Where a synthesizer's state keeps its refinement."""
POOR_SHARE = 0.05
"""Below this effective share of candidates, the synthesizer rarely draws what the real table holds."""


@dataclass(frozen=True)
class RefinementRecord:
    """What a refinement learned.

    `gains` are the nats by which each round tells real rows from drawn ones on rows of its own; rounds that
    told nothing were dropped. `effective_share` of the candidates count (Kish), `candidates` are drawn for
    each row kept. `mapped` columns are brought back through ranks, `raked` ones weighted to their real
    shares, and `raked_pairs` of them weighted together. `never_drawn` are frequent categories that the
    synthesizer did not draw once, by column. With `too_few` training rows nothing was learned.
    """

    gains: tuple[float, ...] = ()
    effective_share: float = 1.0
    candidates: int = 1
    mapped: tuple[str, ...] = ()
    raked: tuple[str, ...] = ()
    never_drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    raked_pairs: tuple[tuple[str, str], ...] = ()
    too_few: bool = False

    @property
    def is_neutral(self) -> bool:
        """Whether rows are given as they are drawn."""
        return not (self.gains or self.mapped or self.raked)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for states and reports."""
        return asdict(self)

    def as_public(self) -> dict[str, Any]:
        """Plain values without a real value: how many categories were never drawn, by column."""
        return {**self.as_dict(), "never_drawn": {name: len(one) for name, one in self.never_drawn.items()}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The record again from its plain values."""
        never = {name: tuple(categories) for name, categories in values["never_drawn"].items()}
        lists = {name: tuple(values[name]) for name in ("gains", "mapped", "raked")}
        # Models of earlier versions have no pairs.
        pairs = tuple((first, second) for first, second in values.get("raked_pairs", ()))
        return cls(**{**values, **lists, "never_drawn": never, "raked_pairs": pairs})

    @property
    def findings(self) -> tuple[str, ...]:
        """What choosing rows cannot mend, in sentences."""
        if self.too_few:
            return ("The training rows are too few to learn which rows to keep: they are given as drawn.",)
        never = (
            f'The synthesizer never drew {", ".join(categories)} of "{column}", although at least 1 % of the '
            "real rows hold it."
            for column, categories in self.never_drawn.items()
        )
        if self.effective_share >= POOR_SHARE:
            return tuple(never)
        return (
            f"Only {self.effective_share:.1%} of the synthesizer's rows count as real ones would: choosing "
            "among them helps, but the synthesizer is at fault. Train longer, or let auto choose one.",
            *never,
        )

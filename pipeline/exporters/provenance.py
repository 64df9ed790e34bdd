"""Where an exported table comes from, in words that reveal nothing of the real sample."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

AUTHOR = "Synthetic Data Workbench"


@dataclass(frozen=True)
class Provenance:
    """What an export says of its origin; it holds no value of the real sample and no clock time.

    `as_of` is the date from which ages and expiries count; it also stands as the creation date in
    Word and Excel, where the clock would make every export a different file.
    """

    title: str
    dataset: str
    rows: int
    seed: int
    as_of: date
    model: str
    description: str = ""

    @property
    def line(self) -> str:
        """Dataset, rows, seed, date and model in one sentence for readers."""
        return (
            f"Synthetic data: no real person is in it. Dataset {self.dataset} · {self.rows:,} rows · "
            f"seed {self.seed} · as of {self.as_of.isoformat()} · model {self.model}"
        )

    @property
    def created(self) -> datetime:
        """The start of the `as_of` day, as the creation time in document properties."""
        return datetime.combine(self.as_of, time.min)

"""Which shares of one column can be met; `dataset.yaml`, requests and synthesizers check by the same rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DUST = 1e-9
"""Sums of decimals miss 1 by less than this."""


@dataclass(frozen=True)
class ShareFault:
    """What is wrong with the shares of a column, as the second half of a sentence, and what to do."""

    message: str
    hint: str


def count_shares(values: pd.Series, categories: Sequence[str]) -> dict[str, float]:
    """The shares (0–1, six digits, together at most 1) of categories among the values that are there."""
    counts = values.dropna().astype(str).value_counts()
    total = int(counts.sum())
    shares = {one: round(int(counts.get(one, 0)) / total, 6) if total else 0.0 for one in categories}
    if set(counts.index) <= set(categories) and total:
        # The last one takes what rounding has left.
        *others, last = categories
        shares[last] = round(1.0 - sum(shares[one] for one in others), 6)
    return shares


def find_share_fault(shares: Mapping[Any, Any], is_complete: bool = False) -> ShareFault | None:
    """Why shares by category or range cannot be met; None where they can.

    `is_complete` where they name every value of the column, so that nothing is left to take the rest.
    """
    for value, share in shares.items():
        if not (isinstance(share, int | float) and 0 <= share <= 1):
            return ShareFault(
                f"the share of {value!r} is {share!r}",
                "give each one a share from 0 to 1 (0% to 100%).",
            )
    total = math.fsum(shares.values())
    if total > 1 + _DUST:
        return ShareFault(
            f"the shares add up to {100 * total:.6g}% of the rows", "lower them to 100% (1.0) at most."
        )
    if is_complete and total < 1 - _DUST:
        return ShareFault(
            f"the shares of all its values add up to {100 * total:.6g}% of the rows",
            "make them add up to 100% (1.0), or omit a value, which then takes the rest.",
        )
    return None

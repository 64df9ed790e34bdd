"""Which shares of one column can be met; `dataset.yaml`, requests and synthesizers check by the same rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DUST = 1e-9
"""Sums of decimals miss 1 by less than this."""


@dataclass(frozen=True)
class ShareFault:
    """What is wrong with the shares of a column, as the second half of a sentence, and what to do."""

    message: str
    hint: str


def find_share_fault(shares: Mapping[Any, Any], is_complete: bool = False) -> ShareFault | None:
    """Why shares by category or range cannot be met; None where they can.

    `is_complete` where they name every value of the column, so that nothing is left to take the rest.
    """
    for value, share in shares.items():
        if not (isinstance(share, int | float) and 0 <= share <= 1):
            return ShareFault(f"the share of {value!r} is {share!r}", "give each one a share from 0 to 1.")
    total = math.fsum(shares.values())
    if total > 1 + _DUST:
        return ShareFault(f"the shares sum to {total:g}, which is above 1", "lower them to 1 at most.")
    if is_complete and total < 1 - _DUST:
        return ShareFault(
            f"the shares of all its values sum to {total:g}",
            "make them sum to 1, or omit a value, which then takes the rest.",
        )
    return None

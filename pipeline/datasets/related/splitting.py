"""Which rows of several tables are held out: whole root entities, with all that hangs on them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import numpy as np

from pipeline.datasets.dataset import compute_row_ranks
from pipeline.datasets.related.schema import RelatedSchema


def hold_out_roots(
    schema: RelatedSchema,
    fingerprint: str,
    rows: Mapping[str, int],
    get_links: Callable[[str], Mapping[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Which rows of each table are held out (bool), the same for the same fingerprint.

    A share of each root's rows, at least one where there are two, and the rows of other tables whose owner
    is held out. Public tables belong to both parts: none of their rows is held out.
    """
    held: dict[str, np.ndarray] = {}
    for table in schema.tables:
        owner = schema.find_owner(table.name)
        if table.is_public:
            held[table.name] = np.zeros(rows[table.name], dtype=bool)
        elif owner is None:
            held[table.name] = _hold_out(
                f"{fingerprint}/{table.name}", rows[table.name], schema.holdout_fraction
            )
        else:
            held[table.name] = held[owner.parent][get_links(table.name)[owner.id]]
    return held


def _hold_out(seed: str, rows: int, fraction: float) -> np.ndarray:
    is_held = np.zeros(rows, dtype=bool)
    if rows > 1:
        digest = hashlib.sha256(seed.encode()).hexdigest()
        ranks = np.array(compute_row_ranks(digest, rows))
        is_held[ranks.argsort(kind="stable")[: max(1, round(rows * fraction))]] = True
    return is_held

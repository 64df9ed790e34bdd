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
    is held out; rows without their optional owner are as roots. Public tables belong to both parts: none of
    their rows is held out.
    """
    held: dict[str, np.ndarray] = {}
    for table in schema.tables:
        owner, count = schema.find_owner(table.name), rows[table.name]
        if table.is_public:
            held[table.name] = np.zeros(count, dtype=bool)
            continue
        by_itself = _hold_out(f"{fingerprint}/{table.name}", count, schema.holdout_fraction)
        if owner is None:
            held[table.name] = by_itself
        else:
            places = get_links(table.name)[owner.id]
            held[table.name] = np.where(places >= 0, held[owner.parent][places], by_itself)
    return held


def _hold_out(seed: str, rows: int, fraction: float) -> np.ndarray:
    is_held = np.zeros(rows, dtype=bool)
    if rows > 1:
        digest = hashlib.sha256(seed.encode()).hexdigest()
        ranks = np.array(compute_row_ranks(digest, rows))
        is_held[ranks.argsort(kind="stable")[: max(1, round(rows * fraction))]] = True
    return is_held

"""Parents with children that depend on them: real, fresh, copied and badly drawn."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.related.sides import RelatedSample

RELATION = Relation("visits", ("house",), "houses", ("id",), is_owner=True)
SCHEMA = RelatedSchema(
    "town",
    "Town",
    "",
    date(2025, 1, 1),
    (
        RelatedTable("houses", ("id", "colour", "size"), ("id",)),
        RelatedTable("visits", ("house", "day", "cost"), order="day"),
    ),
    (RELATION,),
)
COLUMNS = {
    "houses": (
        ModelledColumn("colour", ModelledType.CATEGORICAL),
        ModelledColumn("size", ModelledType.NUMERICAL),
    ),
    "visits": (
        ModelledColumn("day", ModelledType.DATETIME),
        ModelledColumn("cost", ModelledType.NUMERICAL),
    ),
}


def draw_town(seed: int, houses: int = 160, each: float = 4.0) -> RelatedSample:
    """Visits cost what their house is large; the visits of a house lie close together in time."""
    rng = np.random.default_rng(seed)
    size = rng.normal(100, 30, houses).round(1)
    places = np.repeat(np.arange(houses), rng.poisson(each, houses))
    start = rng.integers(0, 300, houses)
    days = start[places] + rng.integers(0, 20, len(places))
    return RelatedSample(
        {
            "houses": pd.DataFrame({"colour": rng.choice(["red", "blue", "white"], houses), "size": size}),
            "visits": pd.DataFrame(
                {
                    "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
                    "cost": (size[places] * rng.normal(1, 0.1, len(places))).round(2),
                }
            ),
        },
        {RELATION.id: places},
    )


def find_holdout(sample: RelatedSample, houses: int = 160) -> dict[str, np.ndarray]:
    """A fifth of the houses with their visits."""
    is_held = np.arange(houses) % 5 == 0
    return {"houses": is_held, "visits": is_held[sample.links[RELATION.id]]}

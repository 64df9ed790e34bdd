"""A table of contracts that keeps many rules, with odd cells, gaps and written forms, and draws of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.models.grouping import Grouping
from pipeline.models.rules.kept import KeptRules
from pipeline.models.rules.single import plan_kept, restore_rows
from pipeline.models.rules.uniqueness import Share
from pipeline.settings import UploadLimits

AS_OF = date(2026, 1, 31)
ROWS = 400


def make_contracts(rows: int = ROWS, seed: int = 3) -> pd.DataFrame:
    """The cells of the table, dates as 31.12.2024 and amounts as 1.234,50."""
    rng = np.random.default_rng(seed)
    opened = np.busday_offset("2022-01-03", rng.integers(0, 700, rows)).astype("datetime64[ns]")
    closed = opened + rng.integers(0, 900, rows).astype("timedelta64[D]")
    is_open = rng.random(rows) < 0.3
    payment, months = np.round(rng.gamma(3, 40, rows), 2), rng.choice([6, 12, 24, 36], rows)
    kind = rng.choice(["loan", "lease", "card"], rows, p=[0.5, 0.3, 0.2])
    product = np.where(kind == "card", rng.choice(["gold", "blue"], rows), np.char.add(kind, "-std"))
    limit = payment + np.round(rng.gamma(2, 30, rows), 2)
    table = pd.DataFrame(
        {
            "opened": pd.Series(opened).dt.strftime("%d.%m.%Y"),
            "closed": pd.Series(closed).dt.strftime("%d.%m.%Y").where(~is_open, ""),
            "payment": _write(payment),
            "months": months,
            "amount": _write(np.round(payment * months, 2)),
            "limit": _write(limit),
            "kind": kind,
            "product": product,
            "branch": rng.choice(["north", "south", "east"], rows, p=[0.6, 0.3, 0.1]),
        }
    )
    is_odd = rng.random(rows) < 0.06
    table.loc[is_odd, "limit"] = "n/a"
    lacks = rng.random(rows) < 0.1
    table.loc[lacks, "amount"] = ""
    return table


def _write(values: np.ndarray) -> pd.Series:
    texts = pd.Series(values).map("{:,.2f}".format)
    return texts.str.replace(",", "_").str.replace(".", ",").str.replace("_", ".")


def register(folder: Path, table: pd.DataFrame, *rules: str, name: str = "contracts") -> Dataset:
    """The table as a dataset with rules."""
    file = folder / f"{name}.csv"
    table.to_csv(file, index=False, sep=";")
    catalog = Catalog(folder / "datasets", UploadLimits())
    dataset = catalog.add(name, [file])
    return with_rules(dataset, *rules)


def with_rules(dataset: Dataset, *rules: str) -> Dataset:
    """The dataset with rules, which are not written."""
    return replace(dataset, spec=replace(dataset.spec, row_rules=rules))


def plan(dataset: Dataset) -> KeptRules:
    """How the rules of a dataset are kept."""
    return plan_kept(dataset.spec, dataset.load_raw())


def draw_freely(dataset: Dataset, kept: KeptRules, rows: int, seed: int) -> pd.DataFrame:
    """What is learned, each column drawn by itself, so that no rule is kept by chance."""
    rng = np.random.default_rng(seed)
    spec = kept.learned
    learned = features.extract(spec, kept.learn(dataset.load_raw()), spec.as_of)
    return pd.DataFrame(
        {name: learned[name].iloc[rng.integers(0, len(learned), rows)].to_numpy() for name in learned}
    )


def restore_freely(
    dataset: Dataset, rows: int = 1_000, seed: int = 5, share: Share | None = None
) -> pd.DataFrame:
    """Columns of a table whose learned ones were drawn each by itself."""
    kept = plan(dataset)
    drawn = draw_freely(dataset, kept, rows, seed)
    rng = np.random.default_rng(seed)
    columns = features.render(kept.learned, drawn, AS_OF, rng)
    found = restore_rows(kept, columns, Grouping(drawn, ()), AS_OF, rng, share or Share())
    made = {**columns, **found.columns}
    return pd.DataFrame({one.name: made[one.name] for one in dataset.spec.columns if one.name in made})

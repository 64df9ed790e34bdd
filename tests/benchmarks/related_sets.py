"""Public sets of related tables, as synthesizers take them; BENCH_RELATIONAL names their folder.

`walmart` (45 stores, what they sold and what surrounded them), `cdnow` (23,570 customers and their purchases)
and `berka` (a Czech bank's accounts with owners, cards, loans and orders; its districts are public).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.related.protocol import DrawnTable, TableInput

_VARIABLE = "BENCH_RELATIONAL"


@dataclass(frozen=True)
class RelatedSet:
    """Tables by name, the relations that are measured (child, parent), and the root whose rows are halved."""

    name: str
    tables: Mapping[str, TableInput]
    relations: tuple[tuple[str, str], ...]
    root: str
    for_hma: tuple[str, ...]
    finish: Callable[[str, pd.DataFrame], pd.DataFrame] = lambda _, rows: rows


def find_folder() -> Path | None:
    """The folder of the sets; None where the environment names none."""
    text = os.environ.get(_VARIABLE, "")
    return Path(text) if text else None


def load_set(name: str, folder: Path) -> RelatedSet:
    """One set by name."""
    return {"walmart": _load_walmart, "cdnow": _load_cdnow, "berka": _load_berka}[name](folder / name)


SETS = ("walmart", "cdnow", "berka")


def as_drawn(table: TableInput) -> DrawnTable:
    """Real rows in the form of drawn ones."""
    return DrawnTable(table.rows.reset_index(drop=True), table.owner_rows)


def _make(name: str, rows: pd.DataFrame, categories: tuple[str, ...] = (), **relations: object) -> TableInput:
    kinds = {"M": ModelledType.DATETIME, "b": ModelledType.BOOLEAN, "O": ModelledType.CATEGORICAL}
    columns = tuple(
        ModelledColumn(
            str(column),
            ModelledType.CATEGORICAL
            if column in categories
            else kinds.get(rows[column].dtype.kind, ModelledType.NUMERICAL),
        )
        for column in rows
    )
    return TableInput(name, rows.reset_index(drop=True), columns, **relations)  # type: ignore[arg-type]


def _find(rows: pd.Series, keys: pd.Series) -> np.ndarray:
    return pd.Index(keys).get_indexer(pd.Index(rows))


def _load_walmart(folder: Path) -> RelatedSet:
    stores, features, depts = (
        pd.read_csv(folder / f"{table}.csv", parse_dates=dates)
        for table, dates in (("stores", []), ("features", ["Date"]), ("depts", ["Date"]))
    )
    owner = {name: _find(rows["Store"], stores["Store"]) for name, rows in (("f", features), ("d", depts))}
    tables = (
        _make("stores", stores.drop(columns="Store")),
        _make(
            "features", features.drop(columns="Store"), owner="stores", owner_rows=owner["f"],
            order="Date", natural=("Date",),
        ),
        _make(
            "depts", depts.drop(columns="Store"), owner="stores", owner_rows=owner["d"],
            order="Date", natural=("Dept", "Date"),
        ),
    )  # fmt: skip
    relations = (("features", "stores"), ("depts", "stores"))
    names = tuple(table.name for table in tables)
    return RelatedSet("walmart", {table.name: table for table in tables}, relations, "stores", names)


def _load_cdnow(folder: Path) -> RelatedSet:
    users = pd.read_csv(folder / "users.csv.gz")
    purchases = pd.read_csv(folder / "purchases.csv.gz", parse_dates=["date"])
    owner = _find(purchases["users_id"], users["id"])
    tables = {
        "users": TableInput("users", pd.DataFrame(index=range(len(users)))),
        "purchases": _make(
            "purchases", purchases.drop(columns="users_id"), owner="users", owner_rows=owner, order="date"
        ),
    }
    return RelatedSet("cdnow", tables, (("purchases", "users"),), "users", tuple(tables))


def _load_berka(folder: Path) -> RelatedSet:
    raw = {
        name: pd.read_csv(folder / f"{name}.csv.gz")
        for name in ("district", "client", "account", "disp", "card", "loan", "order")
    }
    district = raw["district"].replace("?", np.nan).astype({"A12": float, "A15": float})
    account, disp = raw["account"], _merge_clients(raw)
    card, loan, order = raw["card"], raw["loan"], raw["order"]
    for rows, column in ((account, "date"), (card, "issued"), (loan, "date"), (disp, "birth")):
        rows[column] = pd.to_datetime(rows[column])
    of_account = {
        name: _find(rows["account_id"], account["account_id"])
        for name, rows in (("disp", disp), ("loan", loan), ("order", order))
    }
    of_district = _find(account["district_id"], district["district_id"])
    of_disp = _find(card["disp_id"], disp["disp_id"])
    tables = (
        _make("district", district.drop(columns=["district_id", "A2"]), is_public=True),
        _make("account", account[["frequency", "date"]], owner="district", owner_rows=of_district),
        _make(
            "disp", disp.drop(columns=["disp_id", "account_id"]), owner="account",
            owner_rows=of_account["disp"], order="type", natural=("type",),
        ),
        _make("card", card[["type", "issued"]], owner="disp", owner_rows=of_disp),
        _make(
            "loan", loan[["date", "duration", "payments", "status"]], owner="account",
            owner_rows=of_account["loan"],
        ),
        _make(
            "order", order[["bank_to", "account_to", "amount", "k_symbol"]], owner="account",
            owner_rows=of_account["order"],
        ),
    )  # fmt: skip
    relations = (
        ("account", "district"),
        ("disp", "account"),
        ("card", "disp"),
        ("loan", "account"),
        ("order", "account"),
    )
    return RelatedSet(
        "berka", {table.name: table for table in tables}, relations, "account",
        ("account", "disp", "loan", "order"), _finish_berka,
    )  # fmt: skip


def _merge_clients(raw: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each client has one disposition: one table. Its own district is the account's, or described."""
    client, district = raw["client"], raw["district"].set_index("district_id")
    number = client["birth_number"]
    is_woman = number // 100 % 100 > 50
    client = client.assign(
        gender=np.where(is_woman, "F", "M"),
        birth=pd.to_datetime(19_000_000 + number - np.where(is_woman, 5_000, 0), format="%Y%m%d"),
    ).drop(columns="birth_number")
    of_account = raw["account"][["account_id", "district_id"]]
    rows = (
        raw["disp"]
        .merge(client, on="client_id")
        .merge(of_account, on="account_id", suffixes=("", "_of_account"))
    )
    is_same = (rows["district_id"] == rows["district_id_of_account"]).to_numpy()
    rows["same"] = np.where(is_same, "yes", "no")
    for column in ("A4", "A11"):
        rows[f"other {column}"] = np.where(is_same, np.nan, district[column].loc[rows["district_id"]])
    return rows.drop(columns=["client_id", "district_id", "district_id_of_account"])


def _finish_berka(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The amount of a loan is computed: it is what its payments make over its duration."""
    return rows.assign(amount=rows["payments"] * rows["duration"]) if table == "loan" else rows


def choose_for_hma(related: RelatedSet) -> list[TableInput]:
    """The tables within HMA's limits, as if there were no others."""
    chosen = [related.tables[name] for name in related.for_hma]
    return [
        table if table.owner in related.for_hma else replace(table, owner="", owner_rows=None)
        for table in chosen
    ]


def halve(related: RelatedSet, seed: int) -> tuple[dict[str, DrawnTable], dict[str, DrawnTable]]:
    """Two halves of the root's rows with all that hangs on them: real rows beside real rows."""
    rows = len(related.tables[related.root].rows)
    is_first = np.random.default_rng(seed).permutation(rows) < rows // 2
    return _keep(related, is_first), _keep(related, ~is_first)


def _keep(related: RelatedSet, is_kept: np.ndarray) -> dict[str, DrawnTable]:
    kept: dict[str, DrawnTable] = {}
    masks: dict[str, np.ndarray] = {}
    for name, table in related.tables.items():
        mask = np.ones(len(table.rows), dtype=bool)
        if name == related.root:
            mask = is_kept
        elif table.owner and table.owner_rows is not None:
            mask = masks[table.owner][table.owner_rows]
        masks[name], owner = mask, None
        if table.owner and table.owner_rows is not None:
            owner = (np.cumsum(masks[table.owner]) - 1)[table.owner_rows[mask]]
        kept[name] = DrawnTable(table.rows[mask].reset_index(drop=True), owner)
    return kept


def shuffle_owners(tables: Mapping[str, DrawnTable], seed: int) -> dict[str, DrawnTable]:
    """The same rows, children dealt to random parents."""
    rng = np.random.default_rng(seed)
    return {
        name: table
        if table.owner_rows is None
        else replace(table, owner_rows=rng.permutation(table.owner_rows))
        for name, table in tables.items()
    }

"""Dates and categories of single people are not learned, in however many rows of a child table they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets import calendar
from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.evaluation.related.reference import NONE, load_related_reference
from pipeline.models.related.inputs import LearnedTables, learn_tables
from pipeline.models.related.people import find_people
from pipeline.settings import UploadLimits

CUSTOMERS, VISITS = 120, 1_440
TOWNS = ("Ulm", "Bonn", "Kiel")
PARTS = {calendar.WEEK: "week", calendar.WEEKDAY: "weekday", calendar.TIME: "time"}


def make_customers() -> pd.DataFrame:
    """Customers, the first of whom live in Zell, each with a moment of registration."""
    rng = np.random.default_rng(8)
    town = rng.choice(TOWNS, CUSTOMERS).astype(object)
    town[:3] = "Zell"
    registered = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 10**8, CUSTOMERS), unit="s")
    closed = registered + pd.to_timedelta(rng.integers(1, 10**7, CUSTOMERS), unit="s")
    return pd.DataFrame(
        {
            "customer_id": [f"C{100_000 + 37 * place}" for place in range(CUSTOMERS)],
            "income": rng.gamma(4, 900, CUSTOMERS).round(2),
            "town": town,
            "registered": registered,
            "closed": pd.Series(closed).where(rng.random(CUSTOMERS) < 0.7),
        }
    )


def make_visits(customers: pd.DataFrame) -> pd.DataFrame:
    """Twelve visits of each customer, who is described again in each."""
    rng = np.random.default_rng(9)
    visits = customers[["customer_id", "town", "registered", "closed"]]
    visits = visits.loc[np.repeat(np.arange(CUSTOMERS), VISITS // CUSTOMERS)].reset_index(drop=True)
    return visits.assign(
        visit_id=np.arange(500_001, 500_001 + VISITS),
        spent=rng.lognormal(3, 1, VISITS).round(2),
        mood=np.where(visits.index < 24, np.where(visits.index % 2, "rude", "nice"), "nice"),
    )


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> RelatedDataset:
    folder = tmp_path_factory.mktemp("visits")
    customers = make_customers()
    files = [folder / "customers.csv", folder / "visits.csv"]
    customers[["customer_id", "income"]].to_csv(files[0], index=False)
    make_visits(customers).to_csv(files[1], index=False)
    return RelatedCatalog(folder / "related", UploadLimits()).add("visits", files)


def learn(dataset: RelatedDataset) -> LearnedTables:
    return learn_tables(dataset, load_related_reference(dataset))


def take(learned: LearnedTables, name: str = "visits") -> pd.DataFrame:
    return next(one.rows for one in learned.list_inputs() if one.name == name)


def join(rows: pd.DataFrame, name: str) -> pd.Series:
    """The dates of a column that is learned in parts."""
    parts = {part: rows[f"{name} {word}"] for part, word in PARTS.items()}
    return calendar.compose(parts, 1, np.random.default_rng(0))


def test_what_a_customer_repeats_in_all_rows_is_drawn_anew_among_those_of_several(
    visits: RelatedDataset,
) -> None:
    learned = learn(visits)
    rows, raw = take(learned), make_visits(make_customers())
    real = raw[~learned.reference.held["visits"]].reset_index(drop=True)
    for name in ("registered", "closed"):
        dates = join(rows, name)
        assert dates.isin(raw[name].dropna()).mean() < 0.005  # by chance: all rows hold one otherwise
        assert dates.isna().equals(real[name].isna())
        assert (dates - real[name]).abs().median() < pd.Timedelta(days=200)
    assert (real["town"] == "Zell").sum() >= 12
    assert set(rows["town"]) == set(TOWNS)
    is_kept = real["town"] != "Zell"
    assert rows["town"][is_kept].equals(real["town"][is_kept].astype(rows["town"].dtype))
    assert rows["mood"].tolist() == real["mood"].tolist()
    assert rows["spent"].equals(real["spent"])


def test_public_tables_stay(visits: RelatedDataset) -> None:
    raw = make_visits(make_customers())
    tables = tuple(replace(one, is_public=one.name == "visits") for one in visits.schema.tables)
    learned = learn(replace(visits, schema=replace(visits.schema, tables=tables)))
    assert set(take(learned)["town"]) == {*TOWNS, "Zell"}
    assert join(take(learned), "registered").isin(raw["registered"]).all()


def test_the_person_of_a_row_is_the_last_owner_that_is_not_public(learned: LearnedTables) -> None:
    schema = learned.reference.schema
    links = {"accounts": np.array([4, 2, NONE]), "bookings": np.array([1, 1, 2, 0, NONE])}
    found = find_people(schema, "bookings", lambda one: links[one.child])
    assert found is not None
    assert found.owners.tolist() == [1, 1, 2, 0, NONE]
    assert found.people.tolist() == [2, 2, NONE, 4, NONE]
    assert find_people(schema, "customers", lambda one: links[one.child]) is None
    tables = tuple(replace(one, is_public=one.name == "customers") for one in schema.tables)
    public = find_people(replace(schema, tables=tables), "bookings", lambda one: links[one.child])
    assert public is not None
    assert public.people.tolist() == [1, 1, 2, 0, NONE]

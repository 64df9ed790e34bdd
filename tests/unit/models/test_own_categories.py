"""Categories that describe few people are not learned, however many rows these people have."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import DatasetSpec
from pipeline.models.own_categories import blur_own_categories

PEOPLE, ROWS = 120, 960
TOWNS = np.array(["Ulm", "Bonn", "Kiel", "Jena"])
COUNTIES = {"Ulm": "south", "Bonn": "west", "Kiel": "north", "Jena": "east", "Zell": "south", "Rust": "far"}


def draw(people: int = PEOPLE) -> pd.DataFrame:
    """Rows of customers, two of whom live in Zell and four in Rust."""
    rng = np.random.default_rng(5)
    town = rng.choice(TOWNS, people).astype(object)
    town[:2], town[2:6] = "Zell", "Rust"
    owner = np.repeat(np.arange(people), ROWS // people)
    table = pd.DataFrame({"cust": [f"C{100_000 + 37 * number}" for number in owner], "town": town[owner]})
    table["county"] = table["town"].map(COUNTIES)
    table["kind"] = rng.choice(["in", "out"], len(table))
    return table.assign(spent=rng.lognormal(3, 1, len(table)).round(2))


def blur(table: pd.DataFrame, public: tuple[str, ...] = ()) -> pd.DataFrame:
    spec = describe(table)
    columns = tuple(replace(one, is_public=one.name in public) for one in spec.columns)
    spec = replace(spec, columns=columns)
    return blur_own_categories(spec, table, features.extract(spec, table, spec.as_of))


def describe(table: pd.DataFrame) -> DatasetSpec:
    return detect(table, "t", date(2026, 1, 1))[0]


def test_a_category_of_few_people_is_not_learned_and_what_it_determines_stays_true() -> None:
    table = draw()
    assert (table["town"] == "Zell").sum() == 16
    blurred = blur(table)
    assert set(blurred["town"]) == set(TOWNS)
    assert (blurred["county"] == blurred["town"].map(COUNTIES)).all()
    is_known = table["town"].isin(TOWNS)
    assert blurred[is_known].equals(blurred.assign(town=table["town"], county=table["county"])[is_known])
    assert blurred["kind"].equals(table["kind"])


def test_categories_of_five_people_of_rows_and_public_ones_stay() -> None:
    table = draw()
    table["town"] = table["town"].replace({"Zell": "Rust"})
    table["county"] = table["county"].replace({"far": "south"})
    assert "Rust" in set(blur(table)["town"])
    assert set(blur(draw(), public=("town", "county"))["town"]) == {*TOWNS, "Zell", "Rust"}
    rare = table.assign(kind=np.where(table["cust"] == table["cust"].iloc[0], "fee", table["kind"]))
    rare.loc[rare.index[1:8:2], "kind"] = "in"
    assert "fee" in set(blur(rare)["kind"])


def test_a_column_without_a_category_of_five_people_and_few_people_stay() -> None:
    table = draw()
    numbers = pd.factorize(table["cust"])[0]
    table["town"] = pd.Series(numbers // 3).map(lambda number: f"town {chr(97 + number // 26)}{number % 26}")
    assert blur(table)["town"].nunique() == 40
    few = draw(16)
    assert {"Zell", "Rust"} <= set(blur(few)["town"])

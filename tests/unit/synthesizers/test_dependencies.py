"""Columns that others determine: found in training rows, and kept in drawn ones."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.models.training import fit_sampler
from pipeline.synthesizers import load_synthesizer
from pipeline.synthesizers.consistent import ConsistentSynthesizer, repair
from pipeline.synthesizers.dependencies import learn_dependencies
from pipeline.synthesizers.protocol import Drawn
from pipeline.synthesizers.recipe import Recipe

KINDS = {
    "degree": ModelledType.CATEGORICAL,
    "years": ModelledType.NUMERICAL,
    "town": ModelledType.CATEGORICAL,
    "area": ModelledType.CATEGORICAL,
    "county": ModelledType.CATEGORICAL,
    "pay": ModelledType.NUMERICAL,
}
COLUMNS = tuple(ModelledColumn(name, kind) for name, kind in KINDS.items())


def make_table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    degree, town = rng.integers(0, 5, rows), np.minimum(rng.geometric(0.08, rows) - 1, 39)
    area = np.where(rng.random(rows) < 0.1, None, [f"A{one // 4}" for one in town])
    return pd.DataFrame(
        {
            "degree": [("none", "school", "trade", "BA", "MA")[one] for one in degree],
            "years": degree * 3 + 6,
            "town": [f"T{one:02}" for one in town],
            "area": area,
            "county": [f"C{one // 12}" for one in town],
            "pay": np.round(rng.normal(30 + 10 * degree, 4), 2),
        }
    )


def shuffle(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shuffled = {name: rng.permutation(table[name].to_numpy()) for name in table}
    return pd.DataFrame(shuffled).astype(table.dtypes)


def count_breaks(table: pd.DataFrame) -> int:
    """Rows that hold a pair that cannot be."""
    town = table["town"].str[1:].astype(int)
    area = pd.Series([f"A{one // 4}" for one in town])
    county = pd.Series([f"C{one // 12}" for one in town])
    years = table["degree"].map({"none": 6, "school": 9, "trade": 12, "BA": 15, "MA": 18})
    is_wrong = (table["area"].notna() & (table["area"] != area)) | (table["county"] != county)
    return int((is_wrong | (table["years"] != years)).sum())


TRAINING = make_table(3_000, seed=1)
DEPENDENCIES = learn_dependencies(TRAINING, COLUMNS)


class Shuffled:
    """Draws every column by itself."""

    plans = ()

    def draw(self, rows, seed, shares=None):
        return Drawn(shuffle(make_table(rows, seed), seed))


def test_dependencies_are_found_from_the_coarsest_column_to_the_finest() -> None:
    found = {one.column: [(each.column, each.is_free) for each in one.coarse] for one in DEPENDENCIES}
    assert found == {
        "years": [("degree", False)],
        "area": [("county", False)],
        "town": [("county", False), ("area", True)],
    }


def test_towns_of_few_rows_are_not_learned() -> None:
    table = TRAINING.head(1_000)
    counts = table["town"].value_counts()
    (towns,) = (one for one in learn_dependencies(table, COLUMNS) if one.column == "town")
    assert set(towns.categories) == set(counts.index[counts >= 5])
    assert len(towns.categories) < len(counts)


def test_one_exception_is_no_dependency() -> None:
    table = TRAINING.copy()
    table.loc[0, "county"] = next(one for one in ("C0", "C1") if one != table.loc[0, "county"])
    found = {(one.column, each.column) for one in learn_dependencies(table, COLUMNS) for each in one.coarse}
    assert ("town", "county") not in found
    assert ("years", "degree") in found


@pytest.mark.parametrize("rows", [20, 3_000])
def test_independent_columns_determine_nothing(rows: int) -> None:
    rng = np.random.default_rng(3)
    # The flag is the same in nearly all rows, so that few rows hold it by chance.
    table = pd.DataFrame({"flag": np.arange(rows) == 7, "shop": rng.integers(0, 4, rows).astype(str)})
    table.loc[8:12, "flag"] = True
    columns = (
        ModelledColumn("flag", ModelledType.BOOLEAN),
        ModelledColumn("shop", ModelledType.CATEGORICAL),
    )
    assert learn_dependencies(table, columns) == ()


def test_rows_that_break_a_dependency_are_put_right_and_keep_the_coarse_columns() -> None:
    drawn = shuffle(TRAINING, seed=2)
    assert count_breaks(drawn) > 2_000
    repaired = repair(drawn, DEPENDENCIES, seed=3)
    assert count_breaks(repaired) == 0
    assert repaired.dtypes.equals(TRAINING.dtypes)
    assert repaired["area"].isna().sum() == drawn["area"].isna().sum()
    assert repaired["degree"].equals(drawn["degree"])
    assert repaired["pay"].equals(drawn["pay"])
    shares = [table["town"].value_counts(normalize=True)["T00"] for table in (repaired, TRAINING)]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_rows_that_break_none_are_left_as_they_are() -> None:
    fresh = make_table(500, seed=9)
    known = fresh[fresh["town"].isin(next(one for one in DEPENDENCIES if one.column == "town").categories)]
    known = known.reset_index(drop=True)
    assert repair(known, DEPENDENCIES, seed=3).equals(known)


@pytest.mark.parametrize("kept", ["town", "county", "area", "years"])
def test_a_column_of_a_share_is_kept_and_the_others_follow(kept: str) -> None:
    drawn = shuffle(TRAINING, seed=2)
    drawn = drawn[drawn["town"].isin(next(o for o in DEPENDENCIES if o.column == "town").categories)]
    drawn = drawn.reset_index(drop=True)
    repaired = repair(drawn, DEPENDENCIES, seed=3, kept=(kept,))
    assert repaired[kept].equals(drawn[kept])
    assert count_breaks(repaired) == 0


def test_the_same_seed_gives_the_same_rows() -> None:
    sampler = ConsistentSynthesizer(Shuffled(), DEPENDENCIES)
    assert sampler.sample(300, 5).equals(sampler.sample(300, 5))
    assert not sampler.sample(300, 5).equals(sampler.sample(300, 6))


@pytest.mark.parametrize(("synthesizer", "refine"), [("autoregressive", False), ("gaussian_copula", True)])
def test_a_fitted_recipe_keeps_dependencies_also_once_stored(synthesizer: str, refine: bool) -> None:
    recipe = Recipe(synthesizer, epochs=2, use_hma=False, refine=refine)
    fit = fit_sampler(TRAINING.head(800), COLUMNS, recipe)
    sampled = fit.sampler.sample(400, 7)
    assert count_breaks(sampled) == 0
    assert load_synthesizer(synthesizer, fit.sampler.state).sample(400, 7).equals(sampled)


def test_a_model_for_comparison_is_left_as_upstream_has_it() -> None:
    recipe = Recipe("ctgan", epochs=1, use_hma=False, upstream=True, refine=False)
    fit = fit_sampler(TRAINING.head(200), COLUMNS, recipe)
    assert not isinstance(fit.plain, ConsistentSynthesizer)


def test_a_determined_number_of_few_rows_is_not_kept() -> None:
    years = np.repeat([2, 3, 4, 77], [300, 300, 300, 7])
    table = pd.DataFrame({"degree": [f"degree {chr(one)}" for one in years + 65], "years": years})
    (found,) = learn_dependencies(
        table,
        (ModelledColumn("degree", ModelledType.CATEGORICAL), ModelledColumn("years", ModelledType.NUMERICAL)),
    )
    assert "77" not in str(asdict(found))
    assert {one.column for one in found.coarse} | {found.column} == {"degree", "years"}

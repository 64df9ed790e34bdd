"""People who come back by name and birth date, though each of the two alone may coincide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import ExportError
from pipeline.evaluation.export_check import check_export, require_exportable
from pipeline.evaluation.privacy.combinations import evaluate_combinations
from pipeline.evaluation.privacy.evaluate import compute_privacy
from pipeline.evaluation.results import Evaluation, Quality, Validity, Verdict


def name_column(name: str, kind: str, may_equal_real: bool = True) -> ColumnSpec:
    return ColumnSpec(name, Role.IDENTITY, kind, may_equal_real=may_equal_real)


SPEC = DatasetSpec(
    "people",
    "People",
    "",
    "people",
    date(2026, 1, 1),
    (
        name_column("name", "person_name"),
        name_column("born", "date_of_birth"),
        name_column("ssn", "ssn", may_equal_real=False),
        ColumnSpec("score", Role.MODELLED, "numerical"),
    ),
)
DAYS = pd.date_range("1950-01-01", "2007-12-31").strftime("%Y-%m-%d").to_numpy()


def draw_people(seed: int, rows: int) -> pd.DataFrame:
    """People of common names, as any two tables of them coincide in many names and birth dates."""
    rng = np.random.default_rng(seed)
    first, last = rng.zipf(1.3, rows) % 300, rng.zipf(1.2, rows) % 1000
    return pd.DataFrame(
        {
            "name": [f"N{one} L{other}" for one, other in zip(first, last, strict=True)],
            "born": rng.choice(DAYS, rows),
            "ssn": [f"{seed:03d}-00-{row:05d}" for row in range(rows)],
            "score": rng.normal(size=rows).round(6),
        }
    )


REAL = draw_people(1, 2500)


def plant(rows: int, people: int, columns: tuple[str, ...] = ("name", "born")) -> pd.DataFrame:
    table = draw_people(2, rows)
    for column in columns:
        table.loc[: people - 1, column] = REAL[column].to_numpy()[:people]
    return table


@pytest.mark.parametrize("seed", range(2, 7))
@pytest.mark.parametrize("rows", [1000, 10_000])
def test_common_names_and_birth_dates_pass(rows: int, seed: int) -> None:
    table = draw_people(seed, rows)
    assert table["name"].isin(REAL["name"]).sum() > 0.1 * rows
    found = evaluate_combinations(REAL, table, SPEC)
    assert found is not None
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("column", ["name", "born"])
def test_one_real_fact_in_every_row_passes(column: str) -> None:
    table = plant(1000, 1000, (column,))
    found = evaluate_combinations(REAL, table, SPEC)
    assert found is not None
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("rows", [1000, 10_000])
def test_fifty_real_people_by_name_and_birth_date_fail(rows: int) -> None:
    found = evaluate_combinations(REAL, plant(rows, 50), SPEC)
    assert found is not None
    assert found.verdict is Verdict.FAIL
    assert found.value is not None
    assert 50 / rows <= found.value < 65 / rows
    assert ' rows repeat both "name" and "born" of one real row: far more than chance' in found.sentence


def test_real_people_are_found_whatever_case_and_separators() -> None:
    table = plant(1000, 50)
    table["name"] = table["name"].str.upper().str.replace(" ", "  ")
    table["born"] = pd.to_datetime(table["born"])
    found = evaluate_combinations(REAL, table, SPEC)
    assert found is not None
    assert found.verdict is Verdict.FAIL


@pytest.mark.parametrize(("people", "verdict"), [(0, Verdict.PASS), (1, Verdict.LOOK), (2, Verdict.FAIL)])
def test_one_person_beyond_chance_asks_for_a_look_and_two_fail(people: int, verdict: Verdict) -> None:
    real = pd.DataFrame({"name": [f"Name {row}" for row in range(500)], "born": DAYS[:500]})
    fresh = pd.DataFrame({"name": [f"Other {row}" for row in range(500)], "born": DAYS[5000:5500]})
    table = pd.concat([real.head(people), fresh])
    found = evaluate_combinations(real, table, SPEC)
    assert found is not None
    assert found.verdict is verdict


def test_a_person_noted_many_times_and_met_once_is_one_coincidence() -> None:
    real = pd.concat([REAL, pd.concat([REAL.head(1)] * 500)])
    many, once = (evaluate_combinations(known, plant(1000, 3), SPEC) for known in (real, REAL))
    assert many is not None
    assert once is not None
    assert many == once


def test_missing_values_repeat_nobody() -> None:
    real = REAL.assign(born=None)
    found = evaluate_combinations(real, plant(1000, 50).assign(born=None), SPEC)
    assert found is not None
    assert (found.verdict, found.value) == (Verdict.PASS, 0.0)


def test_a_first_and_a_last_name_are_one_fact() -> None:
    columns = (name_column("first", "first_name"), name_column("last", "last_name"))
    table = pd.DataFrame({"first": ["Ann"] * 50, "last": [f"L{row}" for row in range(50)]})
    assert evaluate_combinations(table, table, replace(SPEC, columns=columns)) is None
    with_birth = replace(SPEC, columns=(*columns, name_column("born", "date_of_birth")))
    found = evaluate_combinations(*[table.assign(born=DAYS[:50])] * 2, with_birth)
    assert found is not None
    assert '"last" and "born"' in found.sentence


def evaluate(table: pd.DataFrame) -> Evaluation:
    training, holdout = REAL[["score"]].head(2000), REAL[["score"]].tail(500)
    privacy = compute_privacy(REAL, table, SPEC, training, holdout, table[["score"]])
    quality = Quality(0.9, 0.9, 0.9, None, 3, 3, (), (), (), {}, "0.32.0")
    return Evaluation(len(table), quality, None, Validity(()), privacy)


def test_all_real_people_with_only_their_score_permuted_do_not_leave() -> None:
    score = np.random.default_rng(0).permutation(2500) + 0.5
    copied = evaluate(REAL.assign(ssn=draw_people(2, 2500)["ssn"], score=score))
    (obstacle,) = check_export(copied).obstacles
    assert obstacle.startswith('2,500 of 2,500 rows repeat both "name" and "born" of one real row')
    with pytest.raises(ExportError, match='repeat both "name" and "born"'):
        require_exportable(copied)


def test_what_may_coincide_is_counted_column_by_column() -> None:
    privacy = evaluate(plant(1000, 1000, ("name",))).privacy
    assert privacy.overlap == {"ssn": 0}
    assert privacy.coincidences["name"] == 1000
    assert 0 < privacy.coincidences["born"] < 300
    assert privacy.verdict is Verdict.PASS

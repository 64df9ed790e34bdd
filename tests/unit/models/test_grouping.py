"""Rows dealt to entities: as many each as in the sample, constants constant, shares exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, FeatureSpec, Role
from pipeline.errors import SamplingError
from pipeline.evaluation.quality.rows_each import compute_distance
from pipeline.identity import IdentityRequest
from pipeline.models.dealing import compute_rate, deal, draw_sizes, share_entities
from pipeline.models.grouped_identity import derive_grouped, repeat_rendered
from pipeline.models.grouping import Grouping, PartOfJob, group_rows
from pipeline.settings import IdentityOptions

ROWS = 2_000
SIZES = ((10, 20), (14, 30), (18, 40), (25, 30))
ACCOUNT = EntitySpec("account", ("account",), ("currency",), SIZES, "client", ((1, 60), (2, 30)))
CLIENT = EntitySpec("client", ("client", "born"), ("segment", "wealth"), ((16, 50), (34, 40)))


def specify(*entities: EntitySpec) -> DatasetSpec:
    identities = (
        ColumnSpec("account", Role.IDENTITY, "key"),
        ColumnSpec("client", Role.IDENTITY, "key", options={"prefix": "C", "width": 4}),
        ColumnSpec("born", Role.IDENTITY, "date_of_birth", ("age",)),
        ColumnSpec("reference", Role.IDENTITY, "key", is_unique=True),
    )
    modelled = tuple(ColumnSpec(name, Role.MODELLED, "categorical") for name in draw_rows())
    features = (FeatureSpec("age", "age", "born"),)
    return DatasetSpec(
        "p", "P", "", "p", date(2024, 1, 1), identities + modelled[:-1], features, entities=entities
    )


def draw_rows(rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    segment = rng.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1])
    return pd.DataFrame(
        {
            "segment": segment,
            "currency": rng.choice(["EUR", "USD"], rows),
            "wealth": rng.lognormal(np.where(segment == "a", 8, 11), 1.0),
            "amount": rng.normal(size=rows),
            "age": rng.integers(18, 90, rows),
        }
    )


def numbers_of(grouping: Grouping, name: str) -> np.ndarray:
    return next(group.numbers for group in grouping.groups if group.entity.name == name)


def request_for(grouping: Grouping, spec: DatasetSpec, part: PartOfJob) -> IdentityRequest:
    columns = tuple(one for one in spec.columns if one.role is Role.IDENTITY and one.kind == "key")
    return IdentityRequest(
        columns,
        grouping.modelled,
        part.seed,
        date(2024, 1, 1),
        IdentityOptions(),
        first_row=part.first_row,
        total_rows=part.total_rows,
    )


def test_rows_each_are_distributed_as_in_the_sample() -> None:
    grouping = group_rows(specify(EntitySpec("account", ("account",), (), SIZES)), draw_rows(), PartOfJob(1))
    counts = np.bincount(numbers_of(grouping, "account"))
    real = np.repeat([size for size, _ in SIZES], [entities for _, entities in SIZES])
    assert counts.sum() == ROWS
    assert len(counts) == int(ROWS * compute_rate(SIZES))
    # Sizes are moved by one so that they add up.
    assert compute_distance((counts + 2) // 5, (real + 2) // 5) < 0.1


def test_sizes_add_up_however_few_entities_there_are() -> None:
    rng = np.random.default_rng(0)
    for entities, members in ((1, 1), (1, 50), (3, 3), (7, 400), (50, 51)):
        drawn = draw_sizes(SIZES, entities, members, rng)
        assert (len(drawn), drawn.sum()) == (entities, members)
        assert drawn.min() >= 1
    assert draw_sizes((), 4, 4, rng).tolist() == [1, 1, 1, 1]


def test_entities_are_shared_out_by_weight_and_never_more_than_members() -> None:
    given = share_entities(np.array([90.0, 9.0, 1.0]), np.array([90, 9, 1]), 20)
    assert given.sum() == 20
    assert given.tolist()[2] == 1
    assert share_entities(np.array([1.0, 1.0]), np.array([1, 50]), 30).tolist() == [1, 29]


def test_no_entity_crosses_a_stratum_and_neighbours_come_together() -> None:
    strata = np.repeat([0, 1], 100)
    key = np.tile(np.arange(100), 2)
    number = deal([key], strata, np.array([10, 10]), ((10, 1),), np.random.default_rng(1))
    found = pd.DataFrame({"stratum": strata, "key": key, "number": number}).groupby("number")
    assert found["stratum"].nunique().max() == 1
    assert (found["key"].max() - found["key"].min()).max() == 9


def test_what_describes_an_entity_is_the_same_in_all_of_its_rows() -> None:
    grouping = group_rows(specify(ACCOUNT, CLIENT), draw_rows(), PartOfJob(4))
    table = grouping.modelled.assign(
        account=numbers_of(grouping, "account"), client=numbers_of(grouping, "client")
    )
    assert table.groupby("account")[["client", "currency", "segment"]].nunique().max().max() == 1
    assert table.groupby("client")[["segment", "wealth", "age"]].nunique().max().max() == 1
    assert table.groupby("client")["account"].nunique().value_counts(normalize=True)[1] == pytest.approx(
        2 / 3, abs=0.1
    )
    pd.testing.assert_series_equal(table["amount"], draw_rows()["amount"])


def test_the_parts_of_a_date_that_describes_an_entity_stay_together() -> None:
    opened = ColumnSpec("opened", Role.MODELLED, "datetime")
    parts = tuple(FeatureSpec(f"opened {part}", part, "opened") for part in ("week", "weekday"))
    spec = replace(specify(CLIENT), entities=(replace(CLIENT, constant=("segment", "opened")),))
    spec = replace(spec, columns=(*spec.columns, opened), features=(*spec.features, *parts))
    rng = np.random.default_rng(3)
    rows = draw_rows().assign(
        **{"opened week": rng.integers(0, 500, ROWS), "opened weekday": rng.integers(0, 7, ROWS)}
    )
    grouping = group_rows(spec, rows, PartOfJob(4))
    table = grouping.modelled.assign(client=numbers_of(grouping, "client"))
    assert table.groupby("client")[["opened week", "opened weekday"]].nunique().max().max() == 1


def test_dependence_among_constants_is_kept() -> None:
    grouping = group_rows(specify(ACCOUNT, CLIENT), draw_rows(), PartOfJob(4))
    means = np.log(grouping.modelled["wealth"]).groupby(grouping.modelled["segment"]).mean()
    assert means["a"] == pytest.approx(8, abs=0.4)
    assert means["b"] == pytest.approx(11, abs=0.4)


def test_shares_stay_exact() -> None:
    rows = draw_rows()
    part = PartOfJob(4, shared=("segment", "currency"))
    grouping = group_rows(specify(ACCOUNT, CLIENT), rows, part)
    for name in part.shared:
        assert grouping.modelled[name].value_counts().to_dict() == rows[name].value_counts().to_dict()


def test_equal_requests_give_equal_groups_and_other_seeds_others() -> None:
    spec = specify(ACCOUNT, CLIENT)
    first, again, other = (group_rows(spec, draw_rows(), PartOfJob(seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.modelled, again.modelled)
    assert (numbers_of(first, "account") == numbers_of(again, "account")).all()
    assert (numbers_of(first, "account") != numbers_of(other, "account")).any()


def test_parts_number_their_entities_without_meeting() -> None:
    spec = specify(ACCOUNT, CLIENT)
    parts = [PartOfJob(1, first, 3 * ROWS) for first in (0, ROWS, 2 * ROWS)]
    groups = [group_rows(spec, draw_rows(seed=7), part).groups for part in parts]
    for before, after in pairwise(groups):
        for one, next_one in zip(before, after, strict=True):
            assert one.first + len(one.owners) <= next_one.first
            assert next_one.total == one.total


def test_a_part_too_small_for_an_entity_is_refused() -> None:
    with pytest.raises(SamplingError, match="A part of 5 rows is too small") as refused:
        group_rows(specify(ACCOUNT, CLIENT), draw_rows(5), PartOfJob(1, 5, 100))
    assert "parts of at least" in refused.value.hint


def test_rows_keep_their_order_unless_the_sample_is_sorted() -> None:
    plain = EntitySpec("account", ("account",), (), SIZES)
    kept = group_rows(specify(plain), draw_rows(), PartOfJob(1))
    pd.testing.assert_frame_equal(kept.modelled, draw_rows())
    ordered = group_rows(
        specify(EntitySpec("account", ("account",), (), SIZES, is_sorted=True)), draw_rows(), PartOfJob(1)
    )
    assert (np.diff(numbers_of(ordered, "account")) >= 0).all()
    assert sorted(ordered.modelled["amount"]) == sorted(draw_rows()["amount"])


def test_a_dataset_without_entities_is_left_alone() -> None:
    rows = draw_rows()
    grouping = group_rows(specify(), rows, PartOfJob(1))
    assert grouping.modelled is rows
    assert grouping.groups == ()


def test_codes_are_unique_among_entities_and_repeat_in_their_rows() -> None:
    spec, part = specify(ACCOUNT, CLIENT), PartOfJob(4)
    grouping = group_rows(spec, draw_rows(), part)
    values = derive_grouped(request_for(grouping, spec, part), grouping)
    for name in ("account", "client"):
        pairs = pd.DataFrame({"number": numbers_of(grouping, name), "value": values[name]}).drop_duplicates()
        assert pairs["number"].is_unique
        assert pairs["value"].is_unique
    assert pd.Series(values["reference"]).is_unique


def test_a_short_code_suffices_for_many_rows() -> None:
    spec, part = specify(ACCOUNT, CLIENT), PartOfJob(4)
    grouping = group_rows(spec, draw_rows(20_000), part)
    values = derive_grouped(request_for(grouping, spec, part), grouping)
    assert pd.Series(values["client"]).str.fullmatch(r"C\d{4}").all()


def test_a_birth_date_stays_one_for_an_entity() -> None:
    grouping = group_rows(specify(CLIENT), draw_rows(), PartOfJob(4))
    days = pd.Series(pd.date_range("1950-01-01", periods=ROWS))
    repeated = pd.Series(repeat_rendered({"born": days}, grouping)["born"])
    assert repeated.groupby(numbers_of(grouping, "client")).nunique().max() == 1
    assert repeated.iloc[0] == days.iloc[0]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("faker:url", {"lead": "https://", "tail": ".example/"}),
        ("faker:company", {}),
        ("text", {"words": 1}),
        ("person_name", {}),
        ("street_address", {"country": "DE"}),
    ],
)
def test_no_two_entities_have_the_same_value_in_the_column_that_stands_for_them(
    kind: str, options: dict[str, object]
) -> None:
    parts = ("first", "last") if kind == "person_name" else ()
    lead = ColumnSpec("lead", Role.IDENTITY, kind, parts, options=options)
    first, last = (ColumnSpec(name, Role.IDENTITY, f"{name}_name") for name in ("first", "last"))
    place = ColumnSpec("segment", Role.MODELLED, "categorical")
    entity = EntitySpec("lead", ("lead", "first", "last"), ("segment",), ((2, 100),))
    spec = DatasetSpec("p", "P", "", "p", date(2024, 1, 1), (lead, first, last, place), entities=(entity,))
    part = PartOfJob(3)
    grouping = group_rows(spec, draw_rows()[["segment"]], part)
    asked = replace(request_for(grouping, spec, part), columns=(lead, first, last))
    derived = derive_grouped(asked, grouping)
    table = pd.DataFrame({**derived, "number": grouping.groups[0].numbers})
    assert table.groupby("number")["lead"].nunique().max() == 1
    assert table["lead"].nunique() == table["number"].nunique() == 1_000
    if kind == "person_name":
        assert (table["lead"] == table["first"] + " " + table["last"]).all()

"""Natural keys, hierarchies, link tables and public tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import TrainingError
from pipeline.synthesizers.related.protocol import DrawnTable, OtherParent, TableInput
from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive
from tests.unit.synthesizers.related.small_tables import RECIPE, make_table


def _generate(*tables: TableInput, scale: float = 1.0) -> dict[str, DrawnTable]:
    synthesizer = RelatedAutoregressive(RECIPE)
    synthesizer.fit(tables)
    return synthesizer.sample(scale, seed=2)


def _make_shops(count: int = 40) -> TableInput:
    rng = np.random.default_rng(0)
    size = rng.normal(100, 20, count).round()
    rent = (3 * size + rng.normal(0, 10, count)).round()
    return make_table(
        "shops", pd.DataFrame({"size": size, "rent": rent, "kind": rng.choice(["a", "b"], count)})
    )


def test_a_natural_key_of_two_parts_never_repeats() -> None:
    shops = _make_shops()
    rng = np.random.default_rng(1)
    parts = [
        (shop, department, day)
        for shop in range(40)
        for department in rng.choice(12, rng.integers(2, 9), replace=False)
        for day in rng.choice(10, rng.integers(1, 6), replace=False)
    ]
    shop, department, day = (np.array(part) for part in zip(*parts, strict=True))
    rows = pd.DataFrame(
        {
            "department": department,
            "day": pd.Timestamp("2022-03-04") + pd.to_timedelta(7 * day, unit="D"),
            "sales": rng.gamma(2, 100, len(shop)).round(2),
        }
    )
    sales = make_table("sales", rows, owner="shops", owner_rows=shop, natural=("department", "day"))
    drawn = _generate(shops, sales)["sales"]
    key = drawn.rows[["department", "day"]].assign(shop=drawn.owner_rows)
    assert len(key) == pytest.approx(len(rows), rel=0.3)
    assert not key.duplicated().any()
    assert set(drawn.rows["day"]) <= set(rows["day"])
    assert key.groupby(["shop", "department"]).size().max() <= 5


def test_a_natural_key_of_many_numbers_rises() -> None:
    shops = _make_shops()
    owner = np.repeat(np.arange(40), 12)
    number = np.concatenate(
        [np.sort(np.random.default_rng(shop).choice(900, 12, replace=False)) for shop in range(40)]
    )
    lines = make_table(
        "lines", pd.DataFrame({"number": number}), owner="shops", owner_rows=owner, natural=("number",)
    )
    drawn = _generate(shops, lines)["lines"]
    steps = drawn.rows["number"].groupby(drawn.owner_rows).diff().dropna()
    assert len(steps) > 300
    assert steps.min() >= 1
    assert drawn.rows["number"].between(0, 899).all()


def test_few_roots_keep_how_their_columns_depend_on_each_other() -> None:
    shops = _make_shops()
    drawn = _generate(shops, scale=20.0)["shops"].rows
    assert len(drawn) == 800
    assert drawn["size"].corr(drawn["rent"]) > 0.8
    rare = shops.rows["size"].value_counts()
    copied = drawn["size"].isin(rare.index[rare < 5]).mean()
    assert copied < 1.0
    assert shops.rows["size"].min() <= drawn["size"].min() <= drawn["size"].max() <= shops.rows["size"].max()


def _make_staff(owner: np.ndarray, per_shop: int) -> TableInput:
    """In each shop the first of the staff leads the next two, who lead the others."""
    place = np.arange(len(owner)) % per_shop
    leader = np.where(place == 0, -1, np.where(place < 3, 0, 1 + place % 2))
    manager = np.where(leader < 0, -1, owner * per_shop + leader)
    grade = np.array(["head", "lead", "lead", *["staff"] * (per_shop - 3)])[place]
    return make_table(
        "staff",
        pd.DataFrame({"grade": grade}),
        owner="shops",
        owner_rows=owner,
        others={"staff.manager_id": OtherParent("staff", manager)},
    )


def test_a_hierarchy_has_no_cycle_and_keeps_its_depths() -> None:
    staff = _make_staff(np.repeat(np.arange(40), 8), 8)
    drawn = _generate(_make_shops(), staff)["staff"]
    manager = drawn.others["staff.manager_id"]
    assert (manager < np.arange(len(manager))).all()
    assert drawn.owner_rows is not None
    has = manager >= 0
    assert (drawn.owner_rows[manager[has]] == drawn.owner_rows[has]).all()
    depth = np.zeros(len(manager), dtype=int)
    for row in np.flatnonzero(has):
        depth[row] = depth[manager[row]] + 1
    assert depth.max() == 2
    assert (depth == 0).mean() == pytest.approx(1 / 8, abs=0.06)
    assert set(drawn.rows["grade"][depth == 2]) >= {"staff"}


def test_a_link_table_of_keys_alone_has_no_pair_twice() -> None:
    rng = np.random.default_rng(3)
    pairs = [
        (shop, brand) for shop in range(40) for brand in rng.choice(60, rng.integers(0, 7), replace=False)
    ]
    shop, brand = (np.array(part) for part in zip(*pairs, strict=True))
    brands = make_table("brands", pd.DataFrame({"tier": rng.choice(["low", "high"], 60)}))
    links = TableInput(
        "links",
        pd.DataFrame(index=range(len(shop))),
        (),
        "shops",
        shop,
        {"links.brand": OtherParent("brands", brand)},
    )
    drawn = _generate(_make_shops(), brands, links)["links"]
    found = pd.DataFrame({"shop": drawn.owner_rows, "brand": drawn.others["links.brand"]})
    assert list(drawn.rows.columns) == []
    assert len(drawn.rows) == len(found) == pytest.approx(len(pairs), rel=0.3)
    assert not found.duplicated().any()
    assert found["brand"].between(0, 59).all()


@pytest.mark.parametrize("is_optional", [True, False])
def test_a_kind_of_parent_that_no_new_row_is_of_leaves_the_share_without_parent(is_optional: bool) -> None:
    # Half of the doctors are of specialties too rare to be drawn, so that no new doctor is in their group.
    rng = np.random.default_rng(0)
    specialty = np.repeat(["surgery", "eyes", "skin", "heart"], [8, 3, 2, 2])
    doctors = make_table("doctors", pd.DataFrame({"specialty": specialty}))
    patients = make_table("patients", pd.DataFrame({"age": rng.integers(1, 90, 120)}))
    doctor = np.where(is_optional & (rng.random(240) < 0.22), -1, rng.integers(0, 15, 240))
    visits = make_table(
        "visits",
        pd.DataFrame({"kind": rng.choice(["first", "later"], 240)}),
        owner="patients",
        owner_rows=rng.integers(0, 120, 240),
        others={"visits.doctor_id": OtherParent("doctors", doctor)},
    )
    drawn = _generate(doctors, patients, visits, scale=8.0)
    found = drawn["visits"].others["visits.doctor_id"]
    assert set(drawn["doctors"].rows["specialty"]) == {"surgery"}
    assert len(found) == pytest.approx(8 * 240, rel=0.15)
    # Three standard deviations of the share among about 1,900 rows.
    assert (found < 0).mean() == pytest.approx((doctor < 0).mean(), abs=0.03 * is_optional)
    assert found.max() < len(drawn["doctors"].rows)


def test_a_table_of_one_key_alone_has_its_number_of_rows() -> None:
    owner = np.repeat(np.arange(40), np.arange(40) % 3)
    links = TableInput("visits", pd.DataFrame(index=range(len(owner))), (), "shops", owner)
    drawn = _generate(_make_shops(), links)["visits"]
    assert np.bincount(drawn.owner_rows, minlength=40).max() == 2
    assert len(drawn.rows) == pytest.approx(len(owner), rel=0.35)


def test_public_rows_are_kept_and_as_popular_as_they_were() -> None:
    rng = np.random.default_rng(5)
    districts = make_table("districts", pd.DataFrame({"name": ["north", "south", "east"]}), is_public=True)
    owner = rng.choice(3, 600, p=[0.6, 0.3, 0.1])
    products = make_table("products", pd.DataFrame({"price": [1.0, 2.0, 30.0, 40.0]}), is_public=True)
    product = np.where(owner == 0, rng.integers(0, 2, 600), rng.integers(2, 4, 600))
    rows = pd.DataFrame({"amount": rng.gamma(2, 30, 600).round(2)})
    others = {"orders.product": OtherParent("products", product)}
    orders = make_table("orders", rows, owner="districts", owner_rows=owner, others=others)
    synthesizer = RelatedAutoregressive(RECIPE)
    synthesizer.fit([districts, products, orders])
    drawn = synthesizer.sample(1.0, seed=0)
    assert list(drawn["districts"].rows["name"]) == ["north", "south", "east"]
    assert dict(synthesizer.roots) == {"orders": 600}
    counts = np.bincount(drawn["orders"].owner_rows, minlength=3)
    assert list(counts) == list(np.bincount(owner, minlength=3))
    found = drawn["orders"].others["orders.product"]
    assert ((found < 2) == (drawn["orders"].owner_rows == 0)).mean() > 0.9


def test_a_date_is_not_before_that_of_its_parent() -> None:
    rng = np.random.default_rng(6)
    opened = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 2_000, 300), unit="D")
    accounts = make_table("accounts", pd.DataFrame({"opened": opened}))
    granted = pd.Series(opened) + pd.to_timedelta(rng.integers(0, 400, 300), unit="D")
    loans = make_table("loans", granted.to_frame("granted"), owner="accounts", owner_rows=np.arange(300))
    drawn = _generate(accounts, loans)
    before = drawn["accounts"].rows["opened"].to_numpy()[drawn["loans"].owner_rows]
    assert (drawn["loans"].rows["granted"].to_numpy() >= before).all()


def test_a_circle_of_tables_is_refused_by_name() -> None:
    rows = pd.DataFrame({"a": range(30)})
    own = np.arange(30)
    tables = [
        make_table("left", rows, owner="right", owner_rows=own),
        make_table("right", rows, owner="left", owner_rows=own),
    ]
    with pytest.raises(TrainingError, match='"left", "right" refer to each other in a circle'):
        _generate(*tables)


def test_a_column_without_a_repeated_category_is_named_with_its_table() -> None:
    names = make_table("people", pd.DataFrame({"name": [f"person {number}" for number in range(30)]}))
    with pytest.raises(TrainingError, match='Table "people": Column "name" cannot be modelled'):
        _generate(names)


def test_no_value_of_a_single_row_is_stored_or_drawn() -> None:
    rng = np.random.default_rng(8)
    parents, owner = rng.normal(50, 9, 60), np.repeat(np.arange(60), 3)
    children = rng.gamma(2.0, 30.0, 180)
    shops = make_table("shops", pd.DataFrame({"size": parents}))
    sales = make_table("sales", pd.DataFrame({"amount": children}), owner="shops", owner_rows=owner)
    synthesizer = RelatedAutoregressive(RECIPE)
    synthesizer.fit([shops, sales])
    drawn = synthesizer.sample(5.0, seed=1)
    assert not np.isin(drawn["shops"].rows["size"], parents).any()
    assert not np.isin(drawn["sales"].rows["amount"], children).any()
    state = synthesizer.state
    stored = np.concatenate([array.ravel().astype(np.float64) for array in state.arrays.values()])
    assert not np.isin(np.concatenate([parents, children]), stored).any()
    text = repr(state.values)
    assert not any(repr(float(value)) in text for value in (*parents, *children))


def _make_managed(manager: np.ndarray) -> TableInput:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"grade": rng.choice(["a", "b", "c"], len(manager))})
    return make_table("staff", rows, others={"manager": OtherParent("staff", manager)})


def test_rows_that_refer_to_each_other_in_circles_are_not_without_a_parent() -> None:
    rng = np.random.default_rng(6)
    manager = rng.integers(0, 400, 400)
    manager[rng.random(400) < 0.1] = -1
    drawn = _generate(_make_managed(manager))["staff"].others["manager"]
    assert (drawn < 0).mean() == pytest.approx((manager < 0).mean(), abs=0.05)


def test_where_every_row_refers_to_another_none_is_without_a_parent() -> None:
    manager = np.r_[1, 0, np.random.default_rng(7).integers(0, 2, 198)]
    drawn = _generate(_make_managed(manager))["staff"].others["manager"]
    assert (drawn >= 0).all()


def test_a_long_chain_begins_as_often_as_the_real_one() -> None:
    before = np.where(np.arange(400) % 200 == 0, -1, np.arange(400) - 1)
    drawn = _generate(_make_managed(before))["staff"].others["manager"]
    assert 1 <= (drawn < 0).sum() <= 20

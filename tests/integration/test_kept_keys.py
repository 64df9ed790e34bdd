"""Keys of every shape are kept in what is generated: link tables, wide scopes, dates, rules."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Command, Refusal

Tables = Mapping[str, pd.DataFrame]
Made = Mapping[str, pd.DataFrame]
Make = Callable[..., Made]
RNG = np.random.default_rng


@pytest.fixture
def make(command: Command, tmp_path: Path) -> Make:
    """Registers tables, adds rules, and gives what is generated of them."""

    def call(
        name: str, tables: Tables, *options: str, rules: tuple[str, ...] = (), seed: int = 0, scale: float = 1
    ) -> Made:
        folder = tmp_path / name
        if not folder.exists():
            folder.mkdir()
            for table, rows in tables.items():
                rows.to_csv(folder / f"{table}.csv", index=False)
            command("add", name, folder, *options)
            for rule in rules:
                command("rules", name, "--add", rule)
        target = tmp_path / f"{name}.zip"
        command("generate", name, "--epochs", 1, "--seed", seed, "--scale", scale, "--out", target)
        with zipfile.ZipFile(target) as archive:
            return {table: pd.read_csv(archive.open(f"{table}.csv")) for table in tables}

    return call


def _count_repeats(rows: pd.DataFrame, *columns: str) -> int:
    return int(rows.duplicated(list(columns)).sum())


def _link_students(terms: bool = False) -> dict[str, pd.DataFrame]:
    rng = RNG(1)
    students = pd.DataFrame({"student_id": range(1, 61), "age": rng.integers(18, 30, 60)})
    courses = pd.DataFrame({"course_id": [f"C{n:03d}" for n in range(12)], "ects": rng.integers(2, 9, 12)})
    pairs = [
        (student, course)
        for student in students.student_id
        for course in rng.choice(courses.course_id, rng.integers(0, 5), replace=False)
    ]
    links = pd.DataFrame(pairs, columns=["student_id", "course_id"])
    if terms:
        links = pd.concat([links.assign(term=term) for term in ("summer", "winter")], ignore_index=True)
    links["grade"] = rng.integers(1, 6, len(links))
    return {"students": students, "courses": courses, "enrolments": links}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_link_table_between_two_roots_has_no_pair_twice(make: Make, seed: int) -> None:
    made = make(f"linked_{seed}", _link_students(), seed=seed)["enrolments"]
    assert len(made) > 60
    assert _count_repeats(made, "student_id", "course_id") == 0


def test_a_link_table_whose_key_has_a_category_besides_has_no_combination_twice(make: Make) -> None:
    options = ("--key", "enrolments=student_id,course_id,term")
    made = make("linked_terms", _link_students(terms=True), *options)["enrolments"]
    assert len(made) > 60
    assert _count_repeats(made, "student_id", "course_id", "term") == 0


def _make_tenants() -> dict[str, pd.DataFrame]:
    rng = RNG(7)
    tenants = pd.DataFrame({"tenant_id": range(1, 41), "plan": rng.choice(["a", "b"], 40)})
    parts: dict[str, list[tuple[object, ...]]] = {"customers": [], "products": [], "orders": []}
    for tenant in tenants.tenant_id:
        customers, products = rng.integers(2, 9), rng.integers(2, 6)
        parts["customers"] += [(tenant, n, rng.choice(["x", "y"])) for n in range(1, customers + 1)]
        parts["products"] += [(tenant, n, round(rng.random() * 99, 2)) for n in range(1, products + 1)]
        parts["orders"] += [
            (tenant, n, rng.integers(1, customers + 1), rng.integers(1, products + 1), rng.integers(1, 6))
            for n in range(1, rng.integers(4, 14))
        ]
    columns = {
        "customers": ["tenant_id", "customer_id", "segment"],
        "products": ["tenant_id", "product_id", "price"],
        "orders": ["tenant_id", "order_id", "customer_id", "product_id", "quantity"],
    }
    return {"tenants": tenants} | {
        name: pd.DataFrame(rows, columns=columns[name]) for name, rows in parts.items()
    }


TENANTS = (
    "--key", "customers=tenant_id,customer_id", "--key", "products=tenant_id,product_id",
    "--key", "orders=tenant_id,order_id",
    "--relation", "orders.tenant_id+customer_id -> customers.tenant_id+customer_id",
    "--relation", "orders.tenant_id+product_id -> products.tenant_id+product_id",
)  # fmt: skip


@pytest.mark.parametrize("scale", [1, 2])
def test_a_key_that_counts_over_a_grandparent_never_repeats(make: Make, scale: int) -> None:
    sample = _make_tenants()
    made = make(f"tenants_{scale}", sample, *TENANTS, scale=scale)
    assert _count_repeats(made["orders"], "tenant_id", "order_id") == 0
    assert len(made["orders"]) > 0.7 * scale * len(sample["orders"])
    customers = made["customers"].set_index(["tenant_id", "customer_id"]).index
    assert pd.MultiIndex.from_frame(made["orders"][["tenant_id", "customer_id"]]).isin(customers).all()


@pytest.mark.parametrize("scale", [1, 3])
def test_a_calendar_has_each_day_once_however_many_there_are(make: Make, scale: int) -> None:
    rng = RNG(5)
    days = pd.date_range("2022-01-01", periods=200).astype(str)
    tables = {
        # With fewer decimals some real row comes back by chance, since every real day does.
        "days": pd.DataFrame({"day": days, "temp": rng.normal(10, 8, 200).round(3)}),
        "visits": pd.DataFrame(
            {"visit_id": range(300), "day": rng.choice(days, 300), "n": rng.integers(1, 9, 300)}
        ),
    }
    made = make(f"calendar_{scale}", tables, scale=scale)
    assert len(made["days"]) == 200 * scale
    assert _count_repeats(made["days"], "day") == 0
    assert made["visits"]["day"].isin(made["days"]["day"]).all()


def _make_orders() -> dict[str, pd.DataFrame]:
    rng = RNG(4)
    customers = pd.DataFrame({"id": range(1, 81), "age": rng.integers(18, 80, 80)})
    ordered = pd.Timestamp(2024, 1, 1) + pd.to_timedelta(rng.integers(0, 60, 300), "D")
    orders = pd.DataFrame({"customer_id": rng.integers(1, 81, 300), "ordered": ordered})
    orders = orders.drop_duplicates().reset_index(drop=True)
    orders["paid"] = orders["ordered"] + pd.to_timedelta(rng.integers(0, 9, len(orders)), "D")
    orders.insert(0, "id", range(1, len(orders) + 1))
    return {"customers": customers, "orders": orders.astype({"ordered": str, "paid": str})}


def test_a_combination_with_a_foreign_key_is_unique_by_rule_beside_other_rules(make: Make) -> None:
    rules = ("orders.paid >= orders.ordered", "unique(orders.customer_id, orders.ordered)")
    orders = make("ordered", _make_orders(), rules=rules)["orders"]
    assert _count_repeats(orders, "customer_id", "ordered") == 0
    assert (orders["paid"] >= orders["ordered"]).all()


def test_a_date_that_lies_after_another_is_unique_by_rule(make: Make) -> None:
    sample = _make_orders()
    sample["orders"] = sample["orders"].drop_duplicates(["customer_id", "paid"])
    rules = ("orders.paid >= orders.ordered", "unique(orders.customer_id, orders.paid)")
    orders = make("paid", sample, rules=rules)["orders"]
    assert _count_repeats(orders, "customer_id", "paid") == 0
    assert (orders["paid"] >= orders["ordered"]).all()


def _make_accounts(share: float = 1.0, filled: float = 0.3) -> dict[str, pd.DataFrame]:
    """Customers, their accounts and bookings, some of which name a payer: the customer, or somebody else."""
    rng = RNG(2)
    first = ["Anna", "Zoe", "Lars", "Mia", "Otto", "Ines", "Hugo", "Nora"]
    last = ["Nowak", "Schmidt", "Rossi", "Dubois", "Jensen", "Silva", "Kelly", "Brown", "Moreau", "Weber"]
    names = [f"{one} {two}" for one in first for two in last]
    joined = pd.Timestamp(2015, 1, 1) + pd.to_timedelta(rng.integers(0, 900, len(names)), "D")
    customers = pd.DataFrame({"customer_id": range(1, len(names) + 1), "name": names, "joined": joined})
    accounts, bookings = [], []
    for customer in customers.itertuples():
        for _ in range(rng.integers(1, 4)):
            opened = customer.joined + pd.Timedelta(days=int(rng.integers(0, 300)))
            day = opened
            accounts.append((len(accounts) + 1, customer.customer_id, opened))
            for sequence in range(rng.integers(1, 9)):
                day += pd.Timedelta(days=int(rng.integers(0, 20)))
                payer = customer.name if rng.random() < share else str(rng.choice(names))
                payer = payer if rng.random() < filled else None
                bookings.append((len(bookings) + 1, len(accounts), sequence + 1, day, payer))
    return {
        "customers": customers.astype({"joined": str}),
        "accounts": pd.DataFrame(accounts, columns=["account_id", "customer_id", "opened"]).astype(
            {"opened": str}
        ),
        "bookings": pd.DataFrame(
            bookings, columns=["booking_id", "account_id", "seq", "day", "payer"]
        ).astype({"day": str}),
    }


@pytest.mark.parametrize(("share", "filled"), [(1.0, 0.3), (1.0, 1.0), (0.5, 1.0)])
def test_a_person_of_a_grandparent_is_the_same_in_as_many_rows_as_in_the_sample(
    make: Make, share: float, filled: float
) -> None:
    made = make(f"payers_{share}_{filled}".replace(".", "_"), _make_accounts(share, filled))
    rows = made["bookings"].merge(made["accounts"]).merge(made["customers"])
    named = rows.dropna(subset="payer")
    assert len(named) / len(rows) == pytest.approx(filled, abs=0.1)
    # Of others, chance makes some the customer.
    assert (named["payer"] == named["name"]).mean() == pytest.approx(share, abs=0 if share == 1 else 0.1)


def test_rows_and_keys_rise_with_the_date_beside_rules_that_move_it(make: Make) -> None:
    rules = ("bookings.day >= accounts.opened", "accounts.opened >= customers.joined")
    rules += ("ordered(bookings.seq)", "unique(bookings.account_id, bookings.seq)")
    bookings = make("ordered_rows", _make_accounts(), rules=rules)["bookings"]
    for _, rows in bookings.groupby("account_id"):
        assert rows["day"].is_monotonic_increasing
        assert rows["seq"].is_monotonic_increasing
        assert rows["booking_id"].is_monotonic_increasing
    assert _count_repeats(bookings, "account_id", "seq") == 0


def test_a_combination_that_cannot_be_kept_is_refused_with_its_reason(
    command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    sample = _make_accounts(filled=1.0)
    sample["bookings"] = sample["bookings"].drop_duplicates(["account_id", "payer"])
    folder = tmp_path / "refused"
    folder.mkdir()
    for table, rows in sample.items():
        rows.to_csv(folder / f"{table}.csv", index=False)
    command("add", "refused", folder)
    said = refusal("rules", "refused", "--add", "unique(bookings.account_id, bookings.payer)")
    assert 'cannot be kept: "payer" is derived anew in each row' in said


def test_people_of_an_unrelated_table_are_told_when_the_set_is_added(
    command: Command, tmp_path: Path
) -> None:
    rng = RNG(6)
    tables = dict(_make_accounts())
    names = tables["customers"]["name"]
    tables["agents"] = pd.DataFrame({"agent_id": range(1, 31), "level": rng.integers(1, 60, 30)})
    tables["complaints"] = pd.DataFrame(
        {"complaint_id": range(1, 91), "agent_id": rng.integers(1, 31, 90), "client": rng.choice(names, 90)}
    )
    folder = tmp_path / "told"
    folder.mkdir()
    for table, rows in tables.items():
        rows.to_csv(folder / f"{table}.csv", index=False)
    (said,) = command("add", "told", folder)["findings"]["complaints"]
    assert "are in customers.name, but no foreign key leads from one table to the other" in said

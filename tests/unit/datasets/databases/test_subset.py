"""A part of a database in which nothing dangles."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.datasets.databases import closure, queries
from pipeline.datasets.databases.reading import DatabaseTables, read_database
from pipeline.errors import DataError
from tests.unit.databases import run

# Customers refer customers; a transfer has two accounts; holders link customers and accounts; departments and
# employees refer to each other by keys that may be empty.
BANK = """
CREATE TABLE districts (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE customers (id INTEGER PRIMARY KEY, referred_by INTEGER REFERENCES customers (id),
    district_id INTEGER REFERENCES districts (id));
CREATE TABLE accounts (branch INTEGER, number INTEGER, owner_id INTEGER NOT NULL REFERENCES customers (id),
    PRIMARY KEY (branch, number));
CREATE TABLE holders (customer_id INTEGER NOT NULL REFERENCES customers (id), branch INTEGER NOT NULL,
    number INTEGER NOT NULL, PRIMARY KEY (customer_id, branch, number),
    FOREIGN KEY (branch, number) REFERENCES accounts (branch, number));
CREATE TABLE transfers (branch INTEGER, number INTEGER, to_branch INTEGER, to_number INTEGER,
    amount NUMERIC(9, 2),
    FOREIGN KEY (branch, number) REFERENCES accounts (branch, number),
    FOREIGN KEY (to_branch, to_number) REFERENCES accounts (branch, number));
CREATE TABLE departments (id INTEGER PRIMARY KEY, head_id INTEGER);
CREATE TABLE employees (id INTEGER PRIMARY KEY, department_id INTEGER REFERENCES departments (id),
    adviser_of INTEGER REFERENCES customers (id));
CREATE TABLE rates (day DATE, rate NUMERIC(5, 3));
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
    INSERT INTO districts SELECT i, 'd' FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO customers SELECT i, CASE WHEN i % 50 <> 1 THEN i - 1 END, 1 + i % 20 FROM n;
INSERT INTO accounts SELECT 1 + id % 2, id, id FROM customers;
INSERT INTO holders SELECT 1 + id % 200, branch, number FROM accounts JOIN customers ON id = number;
INSERT INTO transfers
    SELECT branch, number, 1 + (number * 7 % 400 + 1) % 2, number * 7 % 400 + 1, 5 FROM accounts;
INSERT INTO transfers SELECT branch, number, NULL, NULL, 5 FROM accounts;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
    INSERT INTO departments SELECT i, NULL FROM n;
INSERT INTO employees SELECT id, 1 + id % 10, id FROM customers;
UPDATE departments SET head_id = id + 10;
INSERT INTO rates VALUES ('2024-01-01', 1.5), ('2024-01-02', 2.5);
"""
CYCLE = "ALTER TABLE departments ADD CONSTRAINT heads FOREIGN KEY (head_id) REFERENCES employees (id);"


# A third of the customers were referred by an earlier one; every sixth has no order; notes have no key.
SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, referred_by INTEGER REFERENCES customers (id));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id));
CREATE TABLE notes (customer_id INTEGER REFERENCES customers (id), order_id INTEGER REFERENCES orders (id));
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO customers SELECT i, CASE WHEN i % 3 = 0 THEN 1 + i * 7919 % 1009 % (i - 1) END FROM n;
INSERT INTO orders SELECT 3 * id + copy, id
    FROM customers JOIN (SELECT 0 AS copy UNION SELECT 1 UNION SELECT 2)
    WHERE id % 6 > 0 AND copy <= id % 3;
INSERT INTO notes SELECT customer_id, CASE WHEN id % 2 THEN id END FROM orders;
"""


def fill(url: str) -> None:
    if url.startswith("sqlite"):
        run(url, BANK.replace("head_id INTEGER)", "head_id INTEGER REFERENCES employees (id))"))
    else:
        run(url, BANK + CYCLE)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[set[queries.Key]]:
    """The keys of the roots that are chosen."""
    found: list[set[queries.Key]] = []
    draw = closure.Closure._draw

    def note(self: closure.Closure, *arguments: Any) -> set[queries.Key]:
        found.append(draw(self, *arguments))
        return found[-1]

    monkeypatch.setattr(closure.Closure, "_draw", note)
    return found


def count_dangling(found: DatabaseTables) -> int:
    """Rows that refer to a row that was not read."""
    dangling = 0
    for one in found.relations:
        parents = set(found.frames[one.parent][list(one.parent_columns)].itertuples(index=False, name=None))
        children = found.frames[one.child][list(one.columns)].dropna()
        dangling += sum(row not in parents for row in children.itertuples(index=False, name=None))
    return dangling


def test_nothing_dangles_and_children_of_roots_are_complete(empty_url, drawn):
    fill(empty_url)
    whole = read_database(empty_url).frames
    found = read_database(empty_url, roots={"customers": 15})
    sizes = {name: len(frame) for name, frame in found.frames.items()}
    assert len(found.relations) == 10
    assert count_dangling(found) == 0
    assert 15 < sizes["customers"] < 400
    assert sizes["transfers"] < 400
    roots = {str(key[0]) for key in drawn[0]}
    assert len(roots) == 15
    for child, column in (("accounts", "owner_id"), ("holders", "customer_id"), ("employees", "adviser_of")):
        mine = whole[child][whole[child][column].isin(roots)]
        assert len(mine) > 0
        assert len(mine.merge(found.frames[child])) == len(mine)


def test_the_same_rows_are_chosen_each_time_and_others_by_another_seed(empty_url):
    fill(empty_url)
    first, again = (read_database(empty_url, roots={"customers": 15}) for _ in range(2))
    other = read_database(empty_url, roots={"customers": 15}, seed=1)
    assert all(first.frames[name].equals(again.frames[name]) for name in first.frames)
    assert not first.frames["accounts"].equals(other.frames["accounts"])


def test_both_databases_choose_the_same_roots(empty_url, drawn):
    fill(empty_url)
    read_database(empty_url, roots={"customers": 5})
    assert sorted(key[0] for key in drawn[0]) == [207, 212, 275, 285, 304]


def test_few_keys_at_a_time_and_whole_tables_give_the_same_rows(empty_url, monkeypatch):
    fill(empty_url)
    found = read_database(empty_url, roots={"customers": 60})
    for most, batches in ((6, 10_000), (6, 1)):
        monkeypatch.setattr(queries, "_MOST_PARAMETERS", {"sqlite": most, "postgresql": most})
        monkeypatch.setattr(queries, "_MOST_BATCHES", batches)
        again = read_database(empty_url, roots={"customers": 60})
        for name in found.frames:
            columns = list(found.frames[name].columns)
            one, two = (part.frames[name].sort_values(columns, ignore_index=True) for part in (found, again))
            assert one.equals(two), name


def test_rows_without_a_key_come_once(empty_url):
    fill(empty_url)
    found = read_database(empty_url, roots={"customers": 400})
    assert len(found.frames["transfers"]) == 800


def test_a_table_that_no_root_leads_to_comes_whole_and_is_named(empty_url, monkeypatch):
    fill(empty_url)
    found = read_database(empty_url, roots={"customers": 5})
    assert len(found.frames["rates"]) == 2
    assert found.findings[0] == 'Table "rates" hangs on no root and is read whole (2 rows).'
    monkeypatch.setattr(closure, "MOST_UNREACHED", 1)
    found = read_database(empty_url, roots={"customers": 5})
    assert found.frames["rates"].to_numpy().tolist() == [["2024-01-01", "1.500"]]
    assert found.findings[0] == 'Table "rates" hangs on no root: 1 of its 2 rows are read.'


def _count_complete(found: DatabaseTables, whole: DatabaseTables, child: str) -> int:
    """How many of the customers have as many rows of `child` as in the whole database."""
    mine, all_of_them = (part.frames[child].customer_id.value_counts() for part in (found, whole))
    return sum(mine.get(key, 0) == all_of_them.get(key, 0) for key in found.frames["customers"].id)


def test_customers_that_others_refer_to_come_with_their_orders(tmp_path):
    url = f"sqlite:///{tmp_path}/shop.db"
    run(url, SHOP)
    found, whole = read_database(url, roots={"customers": 50}), read_database(url)
    assert [len(found.frames[name]) for name in ("customers", "orders", "notes")] == [71, 138, 138]
    assert _count_complete(found, whole, "orders") == _count_complete(found, whole, "notes") == 71
    assert not found.frames["notes"].dropna().duplicated().any()
    assert count_dangling(found) == 0
    assert found.findings == ()


def test_rows_that_bring_too_many_others_are_counted_where_they_are_read(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/shop.db"
    run(url, SHOP)
    monkeypatch.setattr(closure, "MOST_TIMES", 1)
    found = read_database(url, roots={"customers": 50})
    (finding,) = found.findings
    assert finding.startswith('21 of 71 rows of "customers" are read only because others refer to them')
    assert "they look as if nothing did" in finding


def test_a_limit_beyond_the_table_takes_all_of_it(empty_url):
    fill(empty_url)
    found = read_database(empty_url, roots={"customers": 1_000_000, "departments": 10})
    assert {name: len(frame) for name, frame in found.frames.items()} == {
        "accounts": 400,
        "customers": 400,
        "departments": 10,
        "districts": 20,
        "employees": 400,
        "holders": 400,
        "rates": 2,
        "transfers": 800,
    }


@pytest.mark.parametrize(
    ("roots", "message"),
    [
        ({"clients": 5}, 'no table "clients" to limit'),
        ({"customers": 0}, "cannot be limited to 0 rows"),
        ({"transfers": 5}, 'Table "transfers" has no key'),
    ],
)
def test_limits_that_cannot_be_are_refused(empty_url, roots, message):
    fill(empty_url)
    with pytest.raises(DataError, match=message):
        read_database(empty_url, roots=roots)

"""Sets of tables through the command line: doubts when they are registered, keys and relations changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import MetadataError
from tests.integration.conftest import Command, Refusal
from tests.small_bank import make_small_bank, write_small_bank

ROWS = 200


@pytest.fixture
def shop(command: Command, tmp_path: Path, home: Path) -> str:
    """The small bank, registered for one test."""
    name = f"keyed_{len(list(home.glob('related/*/')))}"
    command("add", name, *write_small_bank(tmp_path / "in"))
    return name


def _list_files(home: Path, name: str) -> list[Path]:
    return [path for path in home.rglob("*") if name in path.parts]


def _write_notes(folder: Path, **columns: object) -> list[Path]:
    """The small bank with notes on its accounts."""
    accounts = make_small_bank()["accounts"]
    rng = np.random.default_rng(3)
    notes = pd.DataFrame(
        {"note_id": range(1, ROWS + 1), "account_id": rng.choice(accounts.account_id, ROWS), **columns}
    )
    files = write_small_bank(folder)
    files.append(folder / "notes.csv")
    notes.to_csv(files[-1], index=False)
    return files


def test_each_table_of_a_set_tells_its_doubts_with_the_command_that_settles_them(
    command: Command, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    numbers = rng.choice(rng.integers(10**9, 10**10, 30), ROWS)
    words = [f"{' '.join(rng.choice(list('abcdefgh'), 30))} {row}" for row in range(ROWS)]
    files = _write_notes(tmp_path / "in", amount_due=numbers, memo=words)
    seen = command("add", "noted", *files, "--preview")
    added = command("add", "noted", *files)
    assert seen == {key: said for key, said in added.items() if key != "detected"}
    assert added["learned"]["notes"]["replaced"] == ["memo"]
    assert added["headline"].endswith("; replaced by invented text: notes.memo.")
    (told,) = added["findings"]["notes"]
    assert "`columns noted --set notes.amount_due.role=identity`" in told
    changed = command("columns", "noted", "--set", "notes.amount_due.role=identity")
    assert changed["schema"]["findings"] == {}


def test_a_table_that_cannot_be_read_or_made_leaves_no_part_of_a_set(
    refusal: Refusal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"0{row % 9 + 1}/0{row % 7 + 1}/2024" for row in range(ROWS)]
    files = _write_notes(tmp_path / "in", noted=days)
    said = refusal("add", "half", *files)
    assert 'Table "notes": Day and month' in said
    assert _list_files(home, "half") == []

    def refuse(spec: DatasetSpec, rows: pd.DataFrame) -> None:
        if spec.table == "notes":
            raise MetadataError(f'Column "note_id" of {len(rows)} rows cannot be generated.', "change it.")

    monkeypatch.setattr("pipeline.identity.trial.require_derivable", refuse)
    said = refusal("add", "half", *files, "--day-first")
    assert 'Table "notes": Column "note_id" of 200 rows cannot be generated.' in said
    assert _list_files(home, "half") == []


def test_no_person_becomes_a_header_of_a_table_of_a_set(command: Command, tmp_path: Path) -> None:
    files = write_small_bank(tmp_path / "in")
    rows = [f"Person {row % 7},{1990 + row % 20}-03-0{row % 9 + 1},{row * 3.5}\n" for row in range(60)]
    files.append(tmp_path / "in" / "people.csv")
    files[-1].write_text("".join(rows))
    added = command("add", "headless", *files)
    assert "Nothing names the columns" in " ".join(added["findings"]["people"])
    columns = {one["name"]: one["columns"] for one in added["tables"]}["people"]
    assert not [name for name in columns if "Person" in name or "1990" in name]


def test_a_circle_is_opened_as_its_message_says(command: Command, refusal: Refusal, tmp_path: Path) -> None:
    bank = make_small_bank()
    first = bank["accounts"].drop_duplicates("customer_id").set_index("customer_id").account_id
    customers = bank["customers"].assign(account_id=bank["customers"].customer_id.map(first))
    files = write_small_bank(tmp_path / "in", customers=customers)
    said = refusal("add", "circle", *files)
    assert "refer to each other in a circle" in said
    option = said.split("`add ... --no-relation ")[1].split("`")[0]
    added = command("add", "circle", *files, "--no-relation", option)
    assert option not in {one["id"] for one in added["relations"]}


def test_relations_and_keys_are_said_when_a_set_is_registered(
    command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    files = write_small_bank(tmp_path / "in")
    added = command(
        "add", "said", *files, "--no-relation", "customers.referred_by", "--key", "bookings=none",
        "--relation", "bookings.account_id -> accounts.account_id",
    )  # fmt: skip
    why = {one["id"]: one["why"] for one in added["relations"]}
    assert why.keys() == {"accounts.customer_id", "bookings.account_id"}
    assert why["bookings.account_id"].startswith("set by hand: all 200 rows have a row in accounts")
    assert {one["name"]: one["primary_key"] for one in added["tables"]}["bookings"] == []
    for option, text, wrong in (
        ("--relation", "bookings.account_id", "is no relation"),
        ("--relation", "bookings.kind -> accounts.account_id", "200 of 200 rows"),
        ("--no-relation", "bookings.nothing", 'no column "nothing"'),
        ("--key", "nowhere=a", "is no key of a table"),
    ):
        assert wrong in refusal("add", "more", *files, option, text)
    assert "are for several tables" in refusal("add", "one", files[0], "--key", "customers=customer_id")


def test_owner_key_and_relations_are_changed_all_or_nothing_and_versions_kept(
    command: Command, refusal: Refusal, home: Path, shop: str
) -> None:
    changes = ("--set", "bookings.owner=none", "--set", "bookings.amount.minimum=-9000")
    seen = command("columns", shop, *changes, "--preview")["schema"]
    assert [one["root"] for one in seen["tables"]] == [False, False, True]
    assert not (home / "related" / shop / "versions").exists()
    assert "minimum" in refusal("columns", shop, *changes, "--set", "bookings.amount.minimum=x")
    assert not (home / "related" / shop / "versions").exists()
    changed = command("columns", shop, *changes)
    assert {one["name"]: one["minimum"] for one in changed["tables"]["bookings"]}["amount"] == -9000
    dropped = command("columns", shop, "--drop-relation", "customers.referred_by")
    assert "referred_by" in [one["name"] for one in dropped["tables"]["customers"]]
    # What was set by hand stays when keys change its table.
    keyless = command("columns", shop, "--set", "bookings.primary_key=none")
    assert {one["name"]: one["minimum"] for one in keyless["tables"]["bookings"]}["amount"] == -9000
    again = command("columns", shop, "--add-relation", "customers.referred_by -> customers")["schema"]
    assert {one["id"] for one in again["relations"]} >= {"customers.referred_by"}
    assert len(list((home / "related" / shop / "versions").iterdir())) == 4
    optional = ("--set", "customers.owner=referred_by")
    assert "rows of the own table are no owners" in refusal("columns", shop, *optional)
    assert "is built in" in refusal("columns", "bank", "--set", "loans.owner=none")
    assert "has one table" in refusal("columns", "employee", "--drop-relation", "a.b")


def test_a_changed_set_trains_a_new_model(command: Command, shop: str, tmp_path: Path) -> None:
    first = command("train", shop, "--epochs", 1)
    assert command("train", shop, "--epochs", 1)["reused"] is True
    command("columns", shop, "--set", "bookings.owner=none")
    second = command("train", shop, "--epochs", 1)
    assert (second["reused"], second["model"] == first["model"]) == (False, False)
    made = command("generate", shop, "--epochs", 1, "--out", tmp_path / "made.zip", "--scale", 0.5)
    assert made["model"] == second["model"]
    assert made["rows"]["bookings"] == pytest.approx(100, abs=5)


FORMS = {
    "zeros": ("00{:03d}", "{}"),
    "case": ("ab{}x", "AB{}X"),
    "punctuation": ("C-{}", "C{}"),
    "strangers": ("{}", "9000{}"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_column_that_is_named_as_a_foreign_key_and_holds_other_values_is_counted(
    command: Command, refusal: Refusal, home: Path, tmp_path: Path, form: str
) -> None:
    key, reference = FORMS[form]
    rng = np.random.default_rng(2)
    numbers = [str(place) for place in range(11, 11 + ROWS // 2)]
    owners = rng.choice(numbers, ROWS)
    clients = pd.DataFrame(
        {"client_id": [key.format(int(one)) for one in numbers], "age": rng.integers(18, 90, 100)}
    )
    bills = pd.DataFrame(
        {
            "bill_id": range(5_001, 5_001 + ROWS),
            "client_id": [reference.format(one) for one in owners],
            "amount": rng.gamma(2, 60, ROWS).round(2),
        }
    )
    files = [tmp_path / "clients.csv", tmp_path / "bills.csv"]
    clients.to_csv(files[0], index=False)
    bills.to_csv(files[1], index=False)
    told = refusal("add", f"loose_{form}", *files)
    assert (
        f"bills.client_id is named after clients.client_id, but {ROWS} of {ROWS} rows hold no value" in told
    )
    assert (f"punctuation did not count, {ROWS} rows would" in told) == (form != "strangers")
    assert "--no-relation bills.client_id" in told
    assert _list_files(home, f"loose_{form}") == []
    added = command("add", f"loose_{form}", *files, "--no-relation", "bills.client_id")
    assert added["relations"] == []


def test_a_column_that_may_be_a_foreign_key_by_its_name_is_a_finding(
    command: Command, tmp_path: Path
) -> None:
    files = _write_notes(tmp_path / "in", partner_customer_no=[f"X{place % 37:04d}" for place in range(ROWS)])
    added = command("add", "partnered", *files, "--preview")
    assert added["findings"]["notes"][0] == (
        f"notes.partner_customer_no is named after customers.customer_id, but {ROWS} of {ROWS} rows hold no "
        "value of it; it is taken for no foreign key."
    )


def test_a_public_table_hands_out_no_people_unless_each_column_is_declared(
    command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    files = _write_notes(tmp_path / "in", branch_id=[place % 20 + 1 for place in range(ROWS)])
    files.append(tmp_path / "in" / "branches.csv")
    contacts = [f"m{place}@bank.com" for place in range(20)]
    cities = ["Bern", "Basel"] * 10
    branches = pd.DataFrame({"branch_id": range(1, 21), "city": cities, "manager email": contacts})
    branches.assign(sort_code=[f"{place * 7919 + 100_000}" for place in range(20)]).to_csv(
        files[-1], index=False
    )
    command("add", "branched", *files)
    told = refusal("columns", "branched", "--set", "branches.public=true")
    assert 'holds e-mail addresses ("manager email")' in told
    assert "--set branches.public=true --set 'branches.manager email.public=true'" in told
    assert not next(
        one for one in command("columns", "branched")["schema"]["tables"] if one["name"] == "branches"
    )["public"]
    said = command(
        "columns", "branched", "--set", "branches.public=true", "--set", "branches.manager email.public=true"
    )["schema"]["findings"]["branches"]
    assert any('"manager email" is handed out as it is' in one for one in said), said


def test_relations_of_metadata_are_said_to_come_from_it(command: Command, tmp_path: Path) -> None:
    accounts, bookings = (write_small_bank(tmp_path / "in")[place] for place in (1, 2))
    described = {
        name: {
            "columns": {
                column: {"sdtype": "id" if column == key else "categorical"}
                for column in make_small_bank()[name]
            },
            "primary_key": key,
        }
        for name, key in (("accounts", "account_id"), ("bookings", "booking_id"))
    }
    ends = {"parent_table_name": "accounts", "child_table_name": "bookings"}
    keys = {"parent_primary_key": "account_id", "child_foreign_key": "account_id"}
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"tables": described, "relationships": [ends | keys]}))
    seen = command("add", "told", accounts, bookings, "--metadata", metadata, "--preview")
    assert [one["why"] for one in seen["relations"]] == ["declared as a relationship in the metadata"]


@pytest.mark.parametrize("first", [1_001, 99_001])
def test_keys_of_digits_are_text_in_sql_whether_a_zero_leads_or_not(
    command: Command, tmp_path: Path, first: int
) -> None:
    accounts, bookings = (make_small_bank()[name] for name in ("accounts", "bookings"))
    numbers = {one: f"{first + place:06d}" for place, one in enumerate(accounts.account_id)}
    tables = {
        "accounts": accounts.assign(account_id=accounts.account_id.map(numbers)),
        "bookings": bookings.assign(account_id=bookings.account_id.map(numbers)),
    }
    files = write_small_bank(tmp_path / "in", **tables)
    name = f"digits_{first}"
    command("add", name, *files[1:])
    command("columns", name, "--set", "accounts.account_id.width=6")
    for seed in (1, 2):
        out = tmp_path / f"{seed}.sql"
        command("generate", name, "--epochs", 1, "--seed", seed, "--out", out, "--dialect", "postgresql")
        assert out.read_text().count('"account_id" VARCHAR(8)') == 2


def test_a_foreign_key_that_is_none_any_more_is_a_doubt_until_it_is_an_identity(
    command: Command, tmp_path: Path
) -> None:
    accounts = make_small_bank()["accounts"]
    numbers = {one: 7_001 + 13 * place for place, one in enumerate(accounts.account_id)}
    changed = {
        "accounts": accounts.assign(account_id=accounts.account_id.map(numbers)),
        "bookings": make_small_bank()["bookings"].assign(account_id=lambda one: one.account_id.map(numbers)),
    }
    files = write_small_bank(tmp_path / "in", **changed)
    command("add", "cut", *files)
    dropped = command("columns", "cut", "--drop-relation", "bookings.account_id")["schema"]
    roles = {one["name"]: one["role"] for one in command("columns", "cut")["tables"]["bookings"]}
    said = [one for one in dropped["findings"].get("bookings", ()) if "no foreign key any more" in one]
    assert len(said) == (roles["account_id"] == "modelled")
    seen = command("add", "cut_at_once", *files, "--no-relation", "bookings.account_id", "--preview")
    assert [one for one in seen["findings"].get("bookings", ()) if "no foreign key any more" in one] == [
        one.replace("columns cut ", "columns cut_at_once ") for one in said
    ]
    settled = command("columns", "cut", "--set", "bookings.account_id.role=identity")["schema"]
    assert not any("any more" in one for one in settled["findings"].get("bookings", ()))


def test_a_counted_column_is_in_no_combination(command: Command, refusal: Refusal, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    orders = rng.choice([0, 1, 2, 5], ROWS)
    kinds = np.where(orders == 0, "new", np.where(orders < 3, "usual", "large"))
    buyers = pd.DataFrame({"buyer_id": range(1, ROWS + 1), "kind": kinds, "orders": orders})
    owners = np.repeat(buyers.buyer_id, orders)
    bought = pd.DataFrame({"order_id": range(1, len(owners) + 1), "buyer_id": owners})
    bought["price"] = rng.gamma(3, 9, len(bought)).round(2)
    files = [tmp_path / "buyers.csv", tmp_path / "orders.csv"]
    buyers.to_csv(files[0], index=False)
    bought.to_csv(files[1], index=False)
    command("add", "counted", *files)
    rules = [one["rule"] for one in command("rules", "counted", "--propose")["rules"]]
    assert "count(buyers.orders, orders)" in rules
    assert not any(rule.startswith("combination(") for rule in rules)
    command("rules", "counted", "--accept")
    said = refusal("rules", "counted", "--add", "combination(buyers.kind, buyers.orders)")
    assert "cannot be kept beside" in said

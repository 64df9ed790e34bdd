"""What the command line leaves in the audit log, and that the log is checked from there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.access.accounts import Accounts
from pipeline.access.tokens import Tokens
from pipeline.cli import run
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.passwords import make_password

Command = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command with --json on a state folder of its own; gives exit code, result and messages."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("WORKBENCH_PASSWORD", make_password())

    def call(*arguments: object) -> tuple[int, dict[str, Any], str]:
        code = run([*(str(one) for one in arguments), "--json"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out or "{}"), printed.err

    return call


def read_log(tmp_path: Path) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Source, event, subject and details of every entry, read without the program."""
    with sqlite3.connect(tmp_path / "state" / "workbench.db") as connection:
        rows = connection.execute(
            "SELECT source, event, subject, details FROM audit ORDER BY number"
        ).fetchall()
    connection.close()
    return [(source, event, subject, json.loads(details)) for source, event, subject, details in rows]


def test_listing_leaves_no_database(command: Command, tmp_path: Path) -> None:
    assert command("datasets")[0] == 0
    assert command("models")[0] == 0
    assert not (tmp_path / "state").exists()


def test_a_table_is_recorded_from_training_to_download(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "pci.csv"
    order = ("generate", "pci", "--rows", 1000, "--epochs", 2, "--no-hma", "--as-of", "2026-05-17")
    code, done, _ = command(*order, "--out", file, "--seed", 7)
    assert code == 0
    assert command("evaluate", "pci", file)[0] == 0
    assert command("models", "delete", done["model"])[0] == 0
    table = {"rows": 1000, "seed": 7, "as_of": "2026-05-17", "model": done["model"]}
    manifest = json.loads(Path(f"{file}.manifest.json").read_text("utf-8"))
    findings = len((manifest["warnings"] or {"findings": []})["findings"])
    training = {"dataset": "pci", "synthesizer": "ctgan", "epochs": 2, "seed": 0}
    assert read_log(tmp_path) == [
        ("local", "model_trained", done["model"], training),
        ("local", "table_generated", "pci", table),
        (
            "local",
            "downloaded",
            "pci",
            {**table, "format": "csv", "sha256": done["sha256"], "findings": findings},
        ),
        ("local", "evaluated", "pci", {"as_of": "2026-05-17"}),
        ("local", "change_begun", done["model"], {"kind": "model_deleted"}),
        ("local", "model_deleted", done["model"], {}),
    ]


def test_a_registered_table_is_recorded_without_its_content(command: Command, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("age,job\n" + "".join(f"{20 + n % 30},clerk{n % 3}\n" for n in range(60)))
    assert command("add", "mine", table)[0] == 0
    assert command("add", "mine", table)[0] == 2
    begun = ("local", "change_begun", "mine", {"kind": "dataset_added"})
    added = ("local", "dataset_added", "mine", {"columns": 2})
    # The second one begins and is refused, as the name is taken.
    assert read_log(tmp_path) == [begun, added, begun]


def test_a_token_from_the_command_line_opens_the_account_that_it_names(
    command: Command, tmp_path: Path
) -> None:
    assert command("user", "add", "ada", "--role", "analyst")[0] == 0
    code, made, _ = command("token", "create", "ada", "--role", "viewer", "--days", 7)
    assert (code, made["account"], made["role"], made["state"]) == (0, "ada", "viewer", "active")
    database = open_database(Settings())
    found = Tokens(database).find(made["token"])
    assert found is not None
    assert (found.id, found.account, found.role) == (made["id"], "ada", "viewer")
    listed = command("token", "list", "ada")[1]["tokens"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert listed[0]["last_used_at"] is not None
    assert made["token"] not in str(listed)
    assert command("token", "revoke", "ada")[1]["state"] == "revoked"
    assert Tokens(database).find(made["token"]) is None
    database.close()
    assert made["token"] not in str(read_log(tmp_path))


def test_a_token_without_an_account_gets_one_that_cannot_log_in(command: Command) -> None:
    code, made, _ = command("token", "create", "nightly")
    assert (code, made["account"], made["role"]) == (0, "nightly", "analyst")
    database = open_database(Settings())
    assert not Accounts(database).get("nightly").has_password
    assert Accounts(database).is_empty()
    database.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("token", "create", "ci", "--days", 0), "cannot be valid for 0 days"),
        (("token", "create", "ci", "--days", 367), "cannot be valid for 367 days"),
        (("token", "create", "ci", "--role", "boss"), 'no role "boss"'),
        (("token", "create", "ci", "--account", "nobody"), 'no account "nobody"'),
        (("token", "create", " "), "valid token name"),
        (("token", "revoke", "nothing"), 'no token "nothing"'),
    ],
)
def test_bad_requests_for_tokens_change_nothing(
    command: Command, arguments: tuple[object, ...], message: str
) -> None:
    code, result, text = command(*arguments)
    assert (code, result) == (2, {})
    assert message in text
    assert "Traceback" not in text
    assert command("user", "list")[1] == {"users": []}


def test_every_change_of_an_account_is_recorded(command: Command, tmp_path: Path) -> None:
    command("user", "add", "root", "--role", "admin")
    command("user", "add", "ada")
    command("user", "set-role", "ada", "--role", "viewer")
    command("user", "disable", "ada")
    command("user", "enable", "ada")
    command("user", "reset-password", "ada")
    written = [(event, details) for _, event, subject, details in read_log(tmp_path) if subject == "ada"]
    assert written == [
        ("account_created", {"role": "analyst"}),
        ("account_changed", {"role": "viewer"}),
        ("account_changed", {"state": "disabled"}),
        ("account_changed", {"state": "active"}),
        ("password_changed", {"state": "temporary"}),
    ]


def test_verify_names_the_entry_that_was_changed_and_leaves_with_1(command: Command, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        command("token", "create", name)
    assert command("audit", "verify") == (0, {"is_intact": True, "entries": 6, "first_broken": None}, "")
    with sqlite3.connect(tmp_path / "state" / "workbench.db") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor = 'somebody else' WHERE number = 4")
    connection.close()
    code, result, text = command("audit", "verify")
    assert (code, result) == (1, {"is_intact": False, "entries": 6, "first_broken": 4})
    assert "Entry 4 of the audit log" in text

"""Roles in the workbench: who is let through, and that a refusal leaves a trace."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audited import ManagedAccounts
from pipeline.datasets.related.editing import SetEdits
from pipeline.datasets.source import ReadOptions
from pipeline.errors import AccessError, NotFoundError
from pipeline.runs.orders import TrainOrder
from pipeline.settings import Settings
from pipeline.store.database import Database
from pipeline.workbench.account import AccountService
from pipeline.workbench.approvals import ApprovalService
from pipeline.workbench.bulk import BulkService
from pipeline.workbench.context import Context, local_actor
from pipeline.workbench.datasets import DatasetService
from pipeline.workbench.evidence import EvidenceService
from pipeline.workbench.exports import ExportService
from pipeline.workbench.labels import LabelService
from pipeline.workbench.models import ModelService
from pipeline.workbench.recipes import RecipeService
from pipeline.workbench.related import RelatedService
from pipeline.workbench.related_tables import RelatedTableService
from pipeline.workbench.runs import RunService
from pipeline.workbench.sharing import SharingService
from pipeline.workbench.tables import TableService
from pipeline.workbench.workbench import Workbench
from tests.passwords import make_password
from tests.small_bank import write_small_bank

PASSWORD = make_password()
OTHER = make_password()


@pytest.fixture
def workbench(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setattr("pipeline.workbench.account.ManagedAccounts", partial(ManagedAccounts, hash_rounds=4))
    root = Workbench(settings, Actor("root", AccountRole.ADMIN, "web", "10.0.0.1"), database)
    for role in AccountRole:
        root.account.accounts.create(f"{role}-user", PASSWORD, role)
    return root


def enter_as(workbench: Workbench, role: AccountRole) -> Workbench:
    return workbench.act_as(Actor(f"{role}-user", role, "web", "10.0.0.7"))


def read_last(workbench: Workbench) -> tuple[str, str, str, dict[str, Any]]:
    entry = workbench.account.audit.list(limit=1)[0]
    return entry.actor, entry.event.value, entry.subject, dict(entry.details)


ANALYST_ONLY: dict[str, Callable[[Workbench], object]] = {
    "datasets.add": lambda one: one.datasets.add("mine", [Path("t.csv")]),
    "datasets.preview": lambda one: one.datasets.preview(Path("t.csv")),
    "datasets.plan": lambda one: one.datasets.plan(Path("t.csv")),
    "datasets.remove": lambda one: one.datasets.remove("mine"),
    "models.train": lambda one: one.train("employee"),
    "models.obtain": lambda one: one.models.obtain(None, None),
    "models.delete": lambda one: one.models.delete("feedbeefcafe"),
    "tables.generate": lambda one: one.generate(None),
    "tables.prepare_export": lambda one: one.tables.prepare_export(None, "csv", None),
    "exports.save": lambda one: one.exports.save(None, "csv", Path("t.csv")),
    "evidence.save_report": lambda one: one.evidence.save_report(None, Path("t.html")),
    "evidence.evaluate": lambda one: one.evaluate("employee", Path("t.csv")),
    "evidence.report_file": lambda one: one.evidence.report_file(
        "employee", Path("t.csv"), date(2026, 1, 31)
    ),
    "evidence.report_model": lambda one: one.evidence.report_model("feedbeefcafe"),
    "bulk.make": lambda one: one.bulk.make(None),
    "runs.submit": lambda one: one.runs.submit(None),
    "recipes.list": lambda one: one.recipes.list(),
    "recipes.save": lambda one: one.recipes.save("mine", None),
    "recipes.delete": lambda one: one.recipes.delete("mine"),
    "labels.label": lambda one: one.labels.label("1", "mine"),
    "labels.label_model": lambda one: one.labels.label_model("feedbeefcafe", "mine"),
    "approvals.ask": lambda one: one.approvals.ask("5b1f0c9a7e3d2468", "Please."),
    "approvals.require": lambda one: one.approvals.require("employee"),
    "sharing.share": lambda one: one.sharing.share("5b1f0c9a7e3d2468", None),
    "sharing.withdraw": lambda one: one.sharing.withdraw("5b1f0c9a7e3d2468", None),
    "related.add": lambda one: one.related.add("shop", [Path("t.zip")]),
    "related.add_database": lambda one: one.related.add_database("shop", "sqlite:///t.db"),
    "related.plan_database": lambda one: one.related.plan_database("shop", "sqlite:///t.db"),
    "related.edit": lambda one: one.related.edit("shop", SetEdits()),
    "related.change_rules": lambda one: one.related.change_rules("bank", ("customers.income >= 0",)),
    "related_tables.generate": lambda one: one.related_tables.generate(None),
    "related_tables.load_into": lambda one: one.related_tables.load_into(None, None),
}
ADMIN_ONLY: dict[str, Callable[[Workbench], object]] = {
    "approvals.lift": lambda one: one.approvals.lift("employee"),
    "account.accounts": lambda one: one.account.accounts,
    "account.sessions": lambda one: one.account.sessions,
    "account.tokens": lambda one: one.account.tokens,
    "account.audit": lambda one: one.account.audit,
    "account.export_audit": lambda one: one.account.export_audit(),
    "account.create_token": lambda one: one.account.create_token("ci"),
}
SERVICES = (
    AccountService,
    ApprovalService,
    BulkService,
    DatasetService,
    EvidenceService,
    ExportService,
    LabelService,
    ModelService,
    RecipeService,
    RelatedService,
    RelatedTableService,
    RunService,
    SharingService,
    TableService,
)


@pytest.mark.parametrize("name", ANALYST_ONLY)
def test_a_viewer_is_refused_and_recorded(workbench: Workbench, name: str) -> None:
    with pytest.raises(AccessError, match="needs the role analyst"):
        ANALYST_ONLY[name](enter_as(workbench, AccountRole.VIEWER))
    assert read_last(workbench) == ("viewer-user", "refused", name, {"role": "analyst"})


@pytest.mark.parametrize("name", ADMIN_ONLY)
def test_an_analyst_is_no_administrator(workbench: Workbench, name: str) -> None:
    with pytest.raises(AccessError, match="needs the role admin"):
        ADMIN_ONLY[name](enter_as(workbench, AccountRole.ANALYST))
    assert read_last(workbench) == ("analyst-user", "refused", name, {"role": "admin"})


def test_every_use_case_asks_for_a_role() -> None:
    public = [(one, name) for one in SERVICES for name in vars(one) if name[0] != "_"]
    functions = {key: getattr(vars(key[0])[key[1]], "fget", vars(key[0])[key[1]]) for key in public}
    assert {key for key, function in functions.items() if not hasattr(function, "__wrapped__")} == set()
    assert len(functions) > 70


def test_work_that_is_done_at_once_asks_for_a_role(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[AccountRole, str]] = []
    monkeypatch.setattr(Context, "require", lambda _, role, name: asked.append((role, name)))
    monkeypatch.setattr(RunService, "_perform", lambda *_: None)
    workbench.runs.perform(TrainOrder("employee"))
    assert asked == [(AccountRole.VIEWER, "runs.perform")]


def test_the_workbench_has_its_services_and_short_ways_for_notebooks() -> None:
    public = {name for name in vars(Workbench) if name[0] != "_"}
    services = {"datasets", "models", "tables", "evidence", "exports", "bulk", "runs", "account"}
    services |= {
        "related",
        "related_bulk",
        "related_tables",
        "sharing",
        "approvals",
        "labels",
        "recipes",
        "answers",
    }
    about = {"act_as", "require", "is_related", "settings", "actor"}
    assert public == services | about | {"train", "generate", "evaluate"}


def test_listing_opens_no_database(tmp_path: Path) -> None:
    workbench = Workbench(Settings(home=tmp_path / "state"))
    assert {spec.name for spec in workbench.datasets.list()} == {"employee", "pci"}
    assert workbench.models.list() == ()
    assert not (tmp_path / "state").exists()


def test_changes_of_accounts_are_recorded_in_the_name_of_who_made_them(workbench: Workbench) -> None:
    before = workbench.account.audit.count()
    workbench.account.accounts.set_role("viewer-user", AccountRole.ANALYST)
    workbench.account.accounts.disable("viewer-user")
    workbench.account.accounts.enable("viewer-user")
    workbench.account.accounts.reset_password("viewer-user", OTHER)
    written = [
        (one.event.value, dict(one.details)) for one in reversed(workbench.account.audit.list(limit=4))
    ]
    assert written == [
        ("account_changed", {"role": "analyst"}),
        ("account_changed", {"state": "disabled"}),
        ("account_changed", {"state": "active"}),
        ("password_changed", {"state": "temporary"}),
    ]
    assert {entry.subject for entry in workbench.account.audit.list(limit=4)} == {"viewer-user"}
    assert workbench.account.audit.count() == before + 4


def test_a_change_that_failed_is_not_recorded_as_done(workbench: Workbench) -> None:
    before = workbench.account.audit.count()
    with pytest.raises(NotFoundError, match='no account "nobody"'):
        workbench.account.accounts.disable("nobody")
    assert workbench.account.audit.count() == before


def test_who_changes_the_own_password_needs_the_present_one(workbench: Workbench) -> None:
    viewer = enter_as(workbench, AccountRole.VIEWER)
    with pytest.raises(AccessError, match="current password is wrong"):
        viewer.account.change_password(OTHER, OTHER)
    assert read_last(workbench) == ("viewer-user", "refused", "account.change_password", {})
    session = workbench.account.sessions.start("viewer-user")
    viewer.account.change_password(PASSWORD, OTHER)
    assert read_last(workbench) == ("viewer-user", "password_changed", "viewer-user", {})
    assert workbench.account.sessions.get(session) is None
    assert workbench.account.accounts.verify("viewer-user", OTHER) is not None


def test_one_ends_ones_own_sessions_and_nobody_elses(workbench: Workbench) -> None:
    viewer = enter_as(workbench, AccountRole.VIEWER)
    own, foreign = (workbench.account.sessions.start(name) for name in ("viewer-user", "admin-user"))
    assert [session.id for session in viewer.account.list_my_sessions()] == [own]
    with pytest.raises(NotFoundError, match=f"no session {foreign}"):
        viewer.account.end_my_session(foreign)
    viewer.account.end_my_session(own)
    assert read_last(workbench) == ("viewer-user", "session_ended", "viewer-user", {"session": own})
    assert viewer.account.list_my_sessions() == ()
    assert workbench.account.sessions.get(foreign) is not None


def test_ending_a_session_that_has_ended_leaves_no_second_entry(workbench: Workbench) -> None:
    session = workbench.account.sessions.start("viewer-user")
    workbench.account.sessions.end(session)
    before = workbench.account.audit.count()
    workbench.account.sessions.end(session)
    assert workbench.account.audit.count() == before


def test_an_administrator_sees_and_ends_every_session(workbench: Workbench) -> None:
    for name in ("viewer-user", "analyst-user"):
        workbench.account.sessions.start(name)
    assert {one.actor.name for one in workbench.account.sessions.list()} == {"viewer-user", "analyst-user"}
    assert workbench.account.sessions.end_all("viewer-user") == 1
    assert [one.actor.name for one in workbench.account.sessions.list()] == ["analyst-user"]


def test_ones_own_tokens_stay_within_ones_role(workbench: Workbench) -> None:
    analyst = enter_as(workbench, AccountRole.ANALYST)
    token, secret = analyst.account.create_my_token("ci", AccountRole.VIEWER, days=7)
    details = {"account": "analyst-user", "days": 7, "role": "viewer", "token": token.id}
    assert read_last(workbench) == ("analyst-user", "token_created", "ci", details)
    assert secret.encode() not in workbench.account.audit.to_csv()
    with pytest.raises(AccessError, match="needs the role admin"):
        analyst.account.create_my_token("more", AccountRole.ADMIN)
    # A token with a low role makes no token with a higher one, though its account could.
    with pytest.raises(AccessError, match="needs the role analyst"):
        workbench.act_as(token.act_from("10.0.0.7")).account.create_my_token("more", AccountRole.ANALYST)
    assert [one.id for one in analyst.account.list_my_tokens()] == [token.id]
    with pytest.raises(NotFoundError, match="no token"):
        enter_as(workbench, AccountRole.VIEWER).account.revoke_my_token(token.id)
    assert analyst.account.revoke_my_token(token.id).is_revoked
    assert read_last(workbench)[1] == "token_revoked"


def test_a_token_belongs_to_the_account_of_its_name_or_to_a_new_one(workbench: Workbench) -> None:
    assert workbench.account.create_token("viewer-user")[0].role is AccountRole.VIEWER
    made, _ = workbench.account.create_token("ci", days=1)
    assert (made.account, made.role) == ("ci", AccountRole.ANALYST)
    assert not workbench.account.accounts.get("ci").has_password
    assert workbench.account.create_token("label", account="admin-user")[0].account == "admin-user"
    with pytest.raises(NotFoundError, match='no account "nobody"'):
        workbench.account.create_token("label", account="nobody")


def test_the_local_user_is_recorded_as_local(tmp_path: Path) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    workbench.account.create_token("ci")
    sources = {(entry.actor, entry.source, entry.address) for entry in workbench.account.audit.list()}
    assert sources == {(getpass.getuser(), "local", "")}


def test_a_user_without_a_name_acts_under_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", fail)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert local_actor() == Actor("uid-4711", AccountRole.ADMIN, "local")


def test_an_analyst_declares_no_column_of_several_tables_public(workbench: Workbench, tmp_path: Path) -> None:
    analyst, files = enter_as(workbench, AccountRole.ANALYST), write_small_bank(tmp_path)
    with pytest.raises(AccessError, match="may not declare columns public"):
        analyst.related.add("shop", files, options=ReadOptions(public=("kind",)))
    assert read_last(workbench)[:3] == ("analyst-user", "refused", "shop")
    assert not workbench.related.has("shop")
    analyst.related.add("shop", files)
    for setting, what in (("bookings.kind.public", '"bookings.kind"'), ("accounts.public", '"accounts"')):
        with pytest.raises(AccessError, match=rf"may not declare \w+ public \({what}\)"):
            analyst.related.edit("shop", SetEdits((f"{setting}=true",)))
        assert read_last(workbench)[1] == "refused"
    assert not workbench.related.get("shop").get("accounts").is_public
    workbench.related.edit("shop", SetEdits(("accounts.public=true",)))
    assert workbench.related.get("shop").get("accounts").is_public
    events = {one.event.value: dict(one.details) for one in workbench.account.audit.list(limit=3)}
    assert events["columns_published"] == {"public_tables": '"accounts"'}

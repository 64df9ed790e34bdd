"""Several tables over the API: registered, described, given rules, generated and downloaded."""

from __future__ import annotations

import io
import zipfile

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent, AuditFilter
from pipeline.generation.related.files import DIALECTS, SetFormat
from pipeline.workbench.related_tables import RelatedTableService

CUSTOMERS = "customer_id,city\n" + "".join(
    f"C{number:04},{'Oslo' if number % 2 else 'Bergen'}\n" for number in range(60)
)
ORDERS = "order_id,customer_id,ordered,shipped\n" + "".join(
    f"{1000 + number},C{number % 60:04},2026-01-{1 + number % 20:02},"
    f"2026-01-{3 + number % 20 + number % 5:02}\n"
    for number in range(180)
)
FILES = [("files", ("customers.csv", CUSTOMERS)), ("files", ("orders.csv", ORDERS))]
RULE = "orders.shipped >= orders.ordered"


@pytest.fixture
def shop(ask):
    return ask("POST", "/related", AccountRole.ANALYST, data={"name": "shop"}, files=FILES)


def test_tables_are_registered_with_their_keys_and_removed(ask, services, shop):
    assert (shop.status_code, shop.headers["location"]) == (201, "/api/v1/related/shop")
    found = shop.json()
    assert [(one["name"], one["primary_key"]) for one in found["tables"]] == [
        ("customers", ["customer_id"]), ("orders", ["order_id"])
    ]  # fmt: skip
    (relation,) = found["relations"]
    assert (relation["id"], relation["parent"], relation["is_owner"]) == (
        "orders.customer_id", "customers", True
    )  # fmt: skip
    assert "C0001" not in shop.text
    assert "Bergen" not in shop.text
    assert ask("GET", "/related/shop", AccountRole.VIEWER).json() == found
    assert ask("DELETE", "/related/shop", AccountRole.ANALYST).status_code == 204
    assert ask("GET", "/related/shop").status_code == 404
    added = services.audit.list(AuditFilter(event=AuditEvent.DATASET_ADDED))
    assert [(entry.actor, entry.source, entry.subject) for entry in added] == [
        ("analyst-user", "api", "shop")
    ]


def test_the_built_in_bank_is_listed_with_its_rules_and_stays(ask):
    listed = ask("GET", "/related", AccountRole.VIEWER).json()["datasets"]
    assert [one["name"] for one in listed] == ["bank"]
    assert listed[0]["builtin"] is True
    assert all(rule["is_confirmed"] for rule in listed[0]["rules"])
    answer = ask("DELETE", "/related/bank")
    assert (answer.status_code, answer.json()["code"]) == (422, "data")


@pytest.mark.parametrize(
    ("data", "files", "code"),
    [
        ({"name": "shop"}, [], "validation"),
        ({}, FILES, "validation"),
        ({"name": "Shop!"}, FILES, "data"),
        ({"name": "bank"}, FILES, "data"),
        ({"name": "employee"}, FILES, "data"),
        ({"name": "shop"}, [("files", ("s.exe", CUSTOMERS)), FILES[1]], "data"),
        ({"name": "shop"}, [*FILES, ("metadata", ("m.json", "{"))], "metadata"),
    ],
)
def test_tables_that_cannot_be_registered_leave_nothing(ask, settings, data, files, code):
    answer = ask("POST", "/related", data=data, files=files or None)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert list((settings.state_folder / "related").glob("*")) == []


def test_uploads_have_the_limit_of_tables(ask):
    large = [("files", ("customers.csv", b"a,b\n" + b"1,2\n" * 600_000)), FILES[1]]
    answer = ask("POST", "/related", data={"name": "shop"}, files=large)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_rule_is_added_and_removed_and_one_that_the_sample_breaks_is_refused(ask, shop):
    changed = ask("POST", "/related/shop/rules", AccountRole.ANALYST, json={"add": [RULE]})
    assert changed.status_code == 200
    (rule,) = changed.json()["rules"]
    assert (rule["rule"], rule["is_confirmed"]) == (RULE, True)
    refused = ask("POST", "/related/shop/rules", json={"add": ["orders.ordered >= orders.shipped"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "data")
    assert "180" in refused.json()["detail"]
    assert ask("POST", "/related/shop/rules", json={"remove": [RULE]}).json()["rules"] == []


def test_what_holds_in_the_sample_is_accepted(ask, shop):
    rules = ask("POST", "/related/shop/rules", json={"accept": True}).json()["rules"]
    assert RULE in [one["rule"] for one in rules]
    assert all(one["is_confirmed"] for one in rules)
    assert ask("POST", "/related/shop/rules", json={}).json()["rules"] == rules


def test_an_order_becomes_a_run_of_its_caller(ask, shop, monkeypatch, follow):
    orders = []

    def note(self, order, on_progress=None):
        orders.append(order)
        raise RuntimeError

    monkeypatch.setattr(RelatedTableService, "generate", note)
    body = {"scale": 0.5, "seed": 7, "as_of": "2026-01-31", "epochs": 3, "format": "sql"}
    answer = ask("POST", "/related/shop/generate", AccountRole.ANALYST, json=body)
    run = answer.json()
    assert (answer.status_code, run["kind"], run["dataset"]) == (202, "related", "shop")
    assert answer.headers["location"] == run["links"]["self"] == f"/api/v1/runs/{run['id']}"
    assert follow(run["links"]["self"])["status"] == "failed"
    (order,) = orders
    assert (order.dataset, order.scale, order.seed, order.format) == ("shop", 0.5, 7, "sql")
    assert (order.as_of.isoformat(), order.recipe.epochs) == ("2026-01-31", 3)
    refused = ask("GET", f"/runs/{run['id']}/tables", AccountRole.ANALYST)
    assert (refused.status_code, refused.json()["code"]) == (409, "job")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/related/nobody/generate", {}, 404),
        ("/related/bank/generate", {"scale": 0}, 422),
        ("/related/bank/generate", {"scale": 1001}, 422),
        ("/related/bank/generate", {"format": "word"}, 422),
        ("/related/bank/generate", {"rows": 10}, 422),
        ("/related/nobody/bulk", {}, 404),
        ("/related/bank/bulk", {"scale": 0}, 422),
        ("/related/bank/bulk", {"format": "excel"}, 422),
        ("/related/bank/bulk", {"out": "/tmp"}, 422),
        ("/related/nobody/rules", {"accept": True}, 404),
        ("/related/bank/rules", {"add": ["nonsense"]}, 422),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(ask, path, body, status):
    assert ask("POST", path, json=body).status_code == status
    assert ask("GET", "/runs").json()["runs"] == []


def test_the_tables_of_a_run_come_as_files_with_their_evidence(ask, shop, follow):
    run = ask("POST", "/related/shop/generate", json={"seed": 7, "as_of": "2026-01-31", "epochs": 1}).json()
    done = follow(run["links"]["self"])
    assert (done["status"], done["error"]) == ("done", None)
    path = f"/runs/{run['id']}/tables"
    first, second = (ask("GET", path) for _ in range(2))
    assert (first.status_code, first.headers["content-type"]) == (200, "application/zip")
    assert first.content == second.content
    assert first.headers["x-verdict"] in ("pass", "look")
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert archive.namelist() == ["customers.csv", "orders.csv", "manifest.json", "report.html"]
        assert archive.read("report.html").startswith(b"<!DOCTYPE html>")
    script = ask("GET", f"{path}?format=sql&dialect=postgresql")
    assert script.headers["content-type"].startswith("application/sql")
    assert b"CREATE TABLE" in script.content
    for wrong in ("format=word", "dialect=klingon", "fromat=sql"):
        assert ask("GET", f"{path}?{wrong}").status_code == 422
    # Not even the existence of another's run is told.
    assert ask("GET", path, AccountRole.ANALYST).status_code == 404


def test_several_large_tables_are_ordered_and_their_files_fetched_one_by_one(ask, shop, follow, services):
    body = {"scale": 2, "seed": 7, "as_of": "2026-01-31", "epochs": 1, "format": "csv", "part_roots": 60}
    run = ask("POST", "/related/shop/bulk", AccountRole.ANALYST, json=body).json()
    assert (run["kind"], run["status"]) == ("related_bulk", "queued")
    done = follow(run["links"]["self"])
    assert (done["status"], done["error"]) == ("done", None)
    assert (done["result"]["tables"]["customers"], done["result"]["parts"]) == (120, 2)
    path = f"/runs/{run['id']}/files"
    files = {one["name"]: one for one in ask("GET", path, AccountRole.ANALYST).json()["files"]}
    parts = {f"{table}/part-0000{part}.csv" for table in ("customers", "orders") for part in (0, 1)}
    assert files.keys() == {"manifest.json", "report.html", *parts}
    fetched = ask("GET", f"{path}/customers/part-00001.csv", AccountRole.ANALYST)
    assert fetched.headers["x-sha256"] == files["customers/part-00001.csv"]["sha256"]
    assert len(fetched.text.splitlines()) == 61
    assert ask("GET", f"{path}/_parts/request.json").status_code == 404
    assert ask("GET", path, AccountRole.VIEWER).status_code == 404
    (noted,) = services.audit.list(AuditFilter(event=AuditEvent.DOWNLOADED))
    assert (noted.actor, noted.details["format"]) == ("analyst-user", "bulk customers/part-00001.csv")


def test_formats_and_dialects_of_the_description_are_those_that_there_are(api):
    found = api.routes[0].app.openapi()["paths"]["/runs/{id}/tables"]["get"]["parameters"]
    schemas = {one["name"]: one["schema"] for one in found}
    assert set(schemas["format"]["enum"]) == set(SetFormat)
    assert set(schemas["dialect"]["anyOf"][0]["enum"]) == set(DIALECTS)


def test_a_set_says_what_is_learned_and_what_needs_a_decision(ask, shop):
    found = shop.json()
    assert found["headline"] == "Learned: 3 of 6 columns in 2 tables."
    assert found["learned"]["orders"] == {
        "modelled": ["ordered", "shipped"], "derived": ["order_id", "customer_id"], "replaced": []
    }  # fmt: skip
    assert found["tables"][1]["why"] == "no value comes twice in 180 rows; the name says so"
    assert found["findings"] == {}


def test_keys_and_relations_are_changed_and_refused_with_counts(ask, shop):
    changes = {"set": ["orders.owner=none", "orders.ordered.maximum="], "dry_run": True}
    seen = ask("POST", "/related/shop/keys", AccountRole.ANALYST, json=changes)
    assert (seen.status_code, seen.json()["tables"][1]["is_root"]) == (200, True)
    assert ask("GET", "/related/shop").json()["tables"][1]["is_root"] is False
    dropped = ask("POST", "/related/shop/keys", json={"drop_relations": ["orders.customer_id"]}).json()
    assert dropped["relations"] == []
    added = ask("POST", "/related/shop/keys", json={"add_relations": ["orders.customer_id -> customers"]})
    (relation,) = added.json()["relations"]
    assert relation["why"].startswith("set by hand: all 180 rows have a row in customers")
    for body, word in (
        ({"add_relations": ["orders.ordered -> customers.customer_id"]}, "180 of 180 rows"),
        ({"set": ["orders.primary_key=ordered"]}, "earlier row already"),
        ({"set": ["orders.nothing=1"]}, "primary_key"),
        ({"set": ["nowhere.owner=none"]}, "nowhere"),
    ):
        refused = ask("POST", "/related/shop/keys", json=body)
        assert refused.status_code == 422
        assert word in refused.text
    public = ask("POST", "/related/shop/keys", AccountRole.ANALYST, json={"set": ["customers.public=true"]})
    assert public.status_code == 403


def test_a_set_is_looked_at_and_its_relations_are_said_when_it_is_registered(ask):
    data = {"no_relation": ["orders.customer_id"]}
    seen = ask("POST", "/related/previews", AccountRole.ANALYST, data=data, files=FILES).json()
    assert seen["relations"] == []
    assert ask("GET", "/related/preview").status_code == 404
    data = {
        "name": "shop",
        "key": ["orders=none"],
        "relation": ["orders.customer_id -> customers.customer_id"],
    }
    added = ask("POST", "/related", AccountRole.ANALYST, data=data, files=FILES).json()
    assert [one["primary_key"] for one in added["tables"]] == [["customer_id"], []]
    assert added["relations"][0]["why"].startswith("set by hand")

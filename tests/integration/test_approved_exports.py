"""A table whose dataset requires approval leaves by no way before another person has released it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.errors import ApprovalRequired
from pipeline.generation.orders import GenerateOrder
from pipeline.reports import ReportFormat
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.integration.exports import RECIPE, make_home

AS_OF = date(2026, 5, 17)


@pytest.fixture(scope="module")
def analyst(tmp_path_factory):
    """An analyst of a workbench whose dataset of people requires approval."""
    home = make_home(tmp_path_factory.mktemp("approved"))
    return Workbench(Settings(home=home)).act_as(Actor("ada", AccountRole.ANALYST, "web"))


@pytest.fixture(scope="module")
def order(analyst):
    recipe = analyst.models.default_recipe(**RECIPE)
    return GenerateOrder("people", 1000, recipe, 0, AS_OF)


@pytest.fixture(scope="module")
def generation(analyst, order):
    """The table of the only run."""
    return analyst.runs.perform(order)


@pytest.fixture(scope="module")
def prepared(analyst, generation):
    """A file that was prepared before an approval was required."""
    return analyst.exports.prepare(generation, "csv")


def list_ways_out(workbench, generation, prepared, folder):
    exports = workbench.exports
    return {
        "export": partial(exports.export, generation, "csv"),
        "prepare": partial(exports.prepare, generation, "excel"),
        "bundle": partial(exports.bundle, generation, "csv"),
        "save": partial(exports.save, generation, "csv", folder / "people.csv", (ReportFormat.HTML,)),
        "record_download": partial(exports.record_download, generation, prepared, "csv"),
    }


def test_no_way_leads_out_before_another_person_has_released_the_table(
    analyst, order, generation, prepared, tmp_path
):
    analyst.approvals.require("people")
    ways = list_ways_out(analyst, generation, prepared, tmp_path)
    for leave in ways.values():
        with pytest.raises(ApprovalRequired, match='The dataset "people" requires approval'):
            leave()
    assert list(tmp_path.iterdir()) == []
    assert not analyst.exports.check(generation).is_open
    run = analyst.runs.list()[0]
    with pytest.raises(ApprovalRequired, match=f"ask for its approval on the page of run {run.id}, or with"):
        ways["export"]()
    analyst.approvals.ask(run.id, "For the <b>test</b> system.")
    with pytest.raises(ApprovalRequired, match="ada has asked for it"):
        ways["export"]()
    report = analyst.runs.report(run.id)
    boss = analyst.act_as(Actor("boss", AccountRole.ADMIN, "web"))
    boss.approvals.release(run.id, "Balances look invented.")
    for leave in ways.values():
        leave()
    assert analyst.exports.check(generation).is_open
    said = "Released by boss on "
    assert said not in dict(report.facts)["Approval"]
    assert said in dict(analyst.runs.report(run.id).facts)["Approval"]
    (entry,) = json.loads((tmp_path / "people.csv.manifest.json").read_text("utf-8"))["approvals"]
    assert (entry["asked_by"], entry["question"]) == ("ada", "For the <b>test</b> system.")
    assert (entry["state"], entry["decided_by"], entry["answer"]) == (
        "released",
        "boss",
        "Balances look invented.",
    )
    (page,) = tmp_path.glob("*.html")
    html = page.read_text("utf-8")
    assert "For the &lt;b&gt;test&lt;/b&gt; system." in html
    assert "Balances look invented." in html
    other = analyst.runs.perform(replace(order, seed=1))
    with pytest.raises(ApprovalRequired, match="before what was generated leaves"):
        analyst.exports.export(other, "csv")
    word = analyst.evidence.render(analyst.runs.report(run.id), ReportFormat.WORD)
    assert word.startswith(b"PK")

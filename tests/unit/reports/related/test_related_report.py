"""The report on several tables: what it says first, that it needs nothing, that it holds no real value."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest

from pipeline.evaluation.related.results import RelationDetection
from pipeline.evaluation.results import Verdict
from pipeline.evaluation.results_fidelity import Estimate
from pipeline.reports.related.compute import compute_related_report
from pipeline.reports.related.html import render_related
from tests.unit.reports.related.related_case import (
    HOSTILE,
    REAL_LIMIT,
    REAL_WORD,
    make_related_subject,
)
from tests.unit.reports.rendered_report import Reader

REASON = "people: the primary key people_id is broken in 3 of 190 rows."


def render(**changes) -> str:
    return render_related(compute_related_report(make_related_subject(**changes))).decode()


def test_the_verdict_and_its_reasons_come_first():
    text = " ".join(Reader(render(verdict=Verdict.FAIL, reasons=(REASON,), failed=3)).text)
    headline = "Why. What next."
    assert text.index("Fail") < text.index(headline) < text.index(REASON) < text.index("Summary")


def test_the_page_runs_no_script_and_loads_nothing():
    html = render()
    reader = Reader(html)
    assert "script" not in reader.tags
    assert [link for link in reader.links if not link.startswith("#")] == []
    assert {link[1:] for link in reader.links} <= set(reader.ids)
    assert "default-src 'none'; style-src 'unsafe-inline'; base-uri" in unescape(html)
    assert "url(" not in html
    assert "@import" not in html


def test_names_cannot_break_out_of_the_page():
    html = render()
    assert HOSTILE not in html
    assert "<b>bold" not in html
    assert HOSTILE in Reader(html).text


def test_no_limit_and_no_word_of_a_rule_is_in_the_page():
    html = render()
    assert str(REAL_LIMIT) not in html
    assert REAL_WORD not in html
    text = " ".join(Reader(html).text)
    assert "people.amount within its limits" in text
    assert "running(orders.amount, orders.people_id)" in text


def test_equal_subjects_give_equal_bytes():
    assert render() == render()


def test_every_key_and_rule_is_listed_with_its_counts():
    *_, keys, _each = compute_related_report(make_related_subject(failed=3)).sections
    (listed, rules) = keys.blocks
    assert listed.rows == (("people", "primary key", "people_id", "–", "190", "3"),)
    assert [row[2:] for row in rules.rows] == [("190", "3"), ("190", "3")]


def test_every_relation_is_listed_with_integrity_children_trends_and_finding():
    relations = compute_related_report(make_related_subject()).sections[1]
    integrity, trends, detection, _note = relations.blocks
    assert integrity.rows[1] == (
        "orders.people_id", "people", "1,234", "100.0%", "1.57 / 1.50", "0.024", "0.019", "10.0% / 12.5%",
    )  # fmt: skip
    assert trends.rows[1] == ("orders.people_id", "12", "0.822", "0.846", "0.848", "–")
    first, second = detection.rows[2:4]
    assert (first.verdict, first.value, first.yardstick) == (
        Verdict.PASS, "AUC 0.550 (0.480 to 0.620)", "ceiling 0.500, floor 0.800"
    )  # fmt: skip
    assert first.meaning.startswith("A classifier cannot tell synthetic children from real ones")
    assert (second.verdict, second.meaning) == (None, "Too few rows.")


@pytest.mark.parametrize("auc", [Estimate(0.9, 0.85, 0.95), Estimate(0.2, 0.15, 0.25)])
def test_children_that_are_told_apart_or_copied_deserve_a_look(auc):
    subject = make_related_subject()
    found = RelationDetection("parent", auc, None, None, 100, 400)
    first, *others = subject.relations
    report = compute_related_report(replace(subject, relations=(replace(first, with_parent=found), *others)))
    assert report.summary[-1].verdict is Verdict.LOOK
    assert first.relation in report.summary[-1].meaning


def test_a_table_without_evidence_has_dashes():
    tables = compute_related_report(make_related_subject()).sections[0].blocks[0]
    assert tables.rows[0] == (
        "people", "190", "1 of 2 columns", "0.700", "0.900", "0.950", "0.900", "100.0%", "Pass",
    )  # fmt: skip
    assert tables.rows[2] == (HOSTILE, "7", "not measured", *["–"] * 6)

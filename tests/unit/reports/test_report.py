from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document

from pipeline.errors import DataError
from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.stages import PLAIN, REFINED, StageScore
from pipeline.reports import (
    ReportFormat,
    choose_report_format,
    compare_reports,
    compute_report,
    render_report,
)
from pipeline.reports.charts import load_script
from pipeline.reports.content import Table
from pipeline.reports.fidelity import _list_stages
from tests.unit.reports.rendered_report import Reader, document_text, own_html, render
from tests.unit.reports.report_case import (
    HOSTILE,
    HOSTILE_CATEGORY,
    LARGEST,
    RARE,
    make_evaluation,
    make_subject,
)

SECTIONS = ["quality", "columns", "pairs", "detection", "utility", "privacy", "validity", "explained"]


def test_html_holds_every_section_and_every_chart() -> None:
    page = Reader(own_html())
    assert [key for key in page.ids if key in {*SECTIONS, "summary", "method"}] == [
        "summary",
        *SECTIONS,
        "method",
    ]
    assert page.ids.count("chart-1") == 1
    titles = [json.loads(figure)["layout"]["title"]["text"] for figure in page.figures]
    assert len(titles) == sum(key.startswith("chart-") for key in page.ids)
    for part in ("Column shapes", "Pair trends", "Training by epoch", "missing values", "Coverage", "group"):
        assert any(part in title for title in titles)


def test_html_makes_no_request_and_runs_only_its_own_scripts() -> None:
    html = own_html()
    assert [link for link in Reader(html).links if not link.startswith("#")] == []
    assert re.findall(r"@import|url\(", html) == []
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    assert policy[1].count("sha256-") == 2
    assert "unsafe-inline" not in policy[1].split("script-src")[1].split(";")[0]


def test_html_inlines_plotly_once() -> None:
    assert render(ReportFormat.HTML).decode("utf-8").count(load_script()) == 1


def test_hostile_names_and_categories_are_text() -> None:
    html = own_html()
    page = Reader(html)
    assert HOSTILE not in html
    assert HOSTILE_CATEGORY not in html
    assert "img" not in page.tags
    assert page.tags.count("script") == len(page.figures) + 2
    assert any(HOSTILE in text for text in page.text)
    assert "People <b>bold</b>" in "".join(page.text)
    assert HOSTILE_CATEGORY in "".join(page.text)


@pytest.mark.parametrize("fmt", list(ReportFormat))
def test_nobody_of_the_real_sample_shows(fmt: ReportFormat) -> None:
    text = {
        ReportFormat.HTML: own_html,
        ReportFormat.WORD: lambda: document_text(render(ReportFormat.WORD)),
        ReportFormat.JSON: lambda: render(ReportFormat.JSON).decode("utf-8"),
    }[fmt]()
    assert RARE not in text
    assert not re.search(r"98,?765", text)
    assert str(LARGEST) not in text


def test_word_holds_every_section_with_tables_and_bars() -> None:
    document = Document(io.BytesIO(render(ReportFormat.WORD)))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 2"]
    assert headings[:4] == ["Summary", "Quality", "Columns", "Pairs of columns"]
    assert headings[4:-1] == ["Detection", "Utility", "Privacy", "Validity", "Explained to an auditor"]
    assert headings[-1] == "Method and limits"
    text = document_text(render(ReportFormat.WORD))
    assert HOSTILE in text
    assert HOSTILE_CATEGORY in text
    bars = next(table for table in document.tables if table.cell(0, 0).text == "group")
    assert [cell.text for cell in bars.rows[1].cells] == [HOSTILE_CATEGORY, "\n", "60.0", "63.2"]
    lengths = bars.rows[1].cells[1]._tc.xpath(".//w:ind/@w:right")
    assert int(lengths[1]) < int(lengths[0])
    assert document.core_properties.created.isoformat() == "2026-01-31T00:00:00+00:00"


def test_each_column_is_listed_with_what_it_was_taken_for() -> None:
    columns = next(one for one in compute_report(make_subject()).sections if one.key == "columns")
    table = next(block for block in columns.blocks if isinstance(block, Table))
    assert table.headings == ("Column", "Taken for", "Why", "Could also be")
    assert [row[0] for row in table.rows] == [one.name for one in make_subject().reference.spec.columns]
    assert {row[1].split(",")[0] for row in table.rows} == {"modelled"}


def test_json_holds_evaluation_verdicts_method_and_versions() -> None:
    found = json.loads(render(ReportFormat.JSON))
    assert found["evaluation"].pop("learned")["derived"] == []
    assert found["evaluation"] == json.loads(json.dumps(as_dict(make_evaluation())))
    assert found["verdict"] == "pass"
    assert [one["subject"] for one in found["summary"]] == [
        "Validity",
        "Privacy",
        "Quality",
        "Detection",
        "Utility",
    ]
    assert found["versions"]["sdmetrics"]
    assert any("KSComplement" in step for step in found["method"])
    assert found["facts"]["Model"] == "abc (ctgan, 3 epochs)"


@pytest.mark.parametrize("fmt", list(ReportFormat))
def test_equal_subjects_give_equal_bytes(fmt: ReportFormat) -> None:
    assert render_report(compute_report(make_subject()), fmt) == render(fmt)


@pytest.mark.parametrize(
    ("name", "fmt"),
    [
        ("a.html", ReportFormat.HTML),
        ("a.HTM", ReportFormat.HTML),
        ("a.docx", ReportFormat.WORD),
        ("a.json", ReportFormat.JSON),
    ],
)
def test_the_ending_names_the_format(name: str, fmt: ReportFormat) -> None:
    assert choose_report_format(Path(name)) is fmt


def test_another_ending_is_refused() -> None:
    with pytest.raises(DataError, match=r'cannot be written as "a\.pdf"'):
        choose_report_format(Path("a.pdf"))


def test_two_reports_are_compared_score_by_score() -> None:
    whole = compute_report(make_subject())
    brief = compute_report(make_subject(replace(make_evaluation(), detection=None, coverage=None)))
    rows = {row[0]: row[1:] for row in compare_reports(whole, brief).rows}
    assert rows["Column shapes, equal rows, 0–1"] == ("0.930", "0.930", "+0.000", "0.970")
    assert rows["Detection AUC, 0.5 is best"] == ("0.550", "not measured", "–", "0.500")
    assert rows["Coverage, 0–1"] == ("0.900", "not measured", "–", "–")
    assert rows["Privacy"] == ("pass", "pass", "same", "–")


@pytest.mark.parametrize(
    ("names", "shown"), [(("Run 1", "Run 2"), ("Run 1", "Run 2")), (("A", "A"), ("A (1)", "A (2)"))]
)
def test_two_reports_stand_side_by_side_under_their_names(
    names: tuple[str, str], shown: tuple[str, str]
) -> None:
    report = compute_report(make_subject())
    assert compare_reports(report, report, names).headings[1:3] == shown


def test_stages_stand_between_floor_and_ceiling_and_those_below_are_said_to_be() -> None:
    ends = {"floor": 0.861, "ceiling": 0.902}
    low = StageScore(PLAIN, 0.81, 0.9, 500, figure=Figure(0.82, **ends))
    refined = StageScore(REFINED, 0.87, 0.5, 500, figure=Figure(0.874, **ends))
    table, *said = _list_stages(replace(make_subject(), stages=(low, refined)))
    assert table.headings[1:4] == ("Floor", "Quality", "Ceiling")
    assert [row[1:4] for row in table.rows] == [
        ("0.861", "0.820", "0.902"),
        ("0.861", "0.874", "0.902"),
    ]
    assert len(said) == 1
    assert said[0].text.endswith("0.820, below independent columns (0.861); other real rows 0.902.")

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docx import Document

from pipeline.charts import Bars, Chart, Maps, load_script, to_embedded_json
from pipeline.charts.style import empty_figure
from pipeline.dataset import ColumnSpec, DatasetSpec, Role
from pipeline.errors import DataError
from pipeline.evaluation.privacy import add_measure
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation, PairScore, PrivacyFinding, RuleResult, Validity, Verdict
from pipeline.evaluation.results_likeness import Baseline, Estimate, Utility
from pipeline.evaluation.summary import as_dict
from pipeline.report import (
    ReportFormat,
    Subject,
    choose_report_format,
    compare_reports,
    compute_report,
    render_report,
)
from pipeline.report.content import Drawing, Drawings, Judgement, Paragraph, Section, Table
from pipeline.report.method import describe_method
from pipeline.report.verdicts import compute_headline, compute_summary
from tests.unit.report_case import (
    HOSTILE,
    HOSTILE_CATEGORY,
    LARGEST,
    RARE,
    make_evaluation,
    make_subject,
)

SECTIONS = ["quality", "columns", "pairs", "detection", "utility", "privacy", "validity"]


@cache
def render(fmt: ReportFormat) -> bytes:
    return render_report(compute_report(make_subject()), fmt)


@cache
def own_html() -> str:
    """The HTML report without plotly.js."""
    return render(ReportFormat.HTML).decode("utf-8").replace(load_script(), "")


class Reader(HTMLParser):
    """Collects elements, their ids, and text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.figures: list[str] = []
        self.links: list[str] = []
        self._script: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.ids.append(values.get("id") or "")
        self.links += [values[name] or "" for name in ("src", "href", "action", "data") if name in values]
        self._script = (values.get("type") or "code") if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script == "application/json":
            self.figures.append(data)
        elif self._script is None:
            self.text.append(data)


def find(summary: tuple[Judgement, ...], subject: str) -> Judgement:
    return next(one for one in summary if one.subject == subject)


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


def document_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_word_holds_every_section_with_tables_and_bars() -> None:
    document = Document(io.BytesIO(render(ReportFormat.WORD)))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 2"]
    assert headings[:4] == ["Summary", "Quality", "Columns", "Pairs of columns"]
    assert headings[4:] == ["Detection", "Utility", "Privacy", "Validity", "Method and limits"]
    text = document_text(render(ReportFormat.WORD))
    assert HOSTILE in text
    assert HOSTILE_CATEGORY in text
    bars = next(table for table in document.tables if table.cell(0, 0).text == "group")
    assert [cell.text for cell in bars.rows[1].cells] == [HOSTILE_CATEGORY, "\n", "60.0", "63.2"]
    lengths = bars.rows[1].cells[1]._tc.xpath(".//w:ind/@w:right")
    assert int(lengths[1]) < int(lengths[0])
    assert document.core_properties.created.isoformat() == "2026-01-31T00:00:00+00:00"


def test_json_holds_evaluation_verdicts_method_and_versions() -> None:
    found = json.loads(render(ReportFormat.JSON))
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


def test_parts_that_were_not_measured_are_left_out() -> None:
    brief = replace(
        make_evaluation(), baselines=None, detection=None, utility=None, coverage=None, diagnostic=None
    )
    report = compute_report(replace(make_subject(brief), history=()))
    assert [section.key for section in report.sections] == [
        "quality",
        "columns",
        "pairs",
        "privacy",
        "validity",
    ]
    assert find(report.summary, "Quality").verdict is None
    for fmt in ReportFormat:
        assert render_report(report, fmt)


def test_units_stand_at_the_axis() -> None:
    figures = [json.loads(figure) for figure in Reader(own_html()).figures]
    titles = [
        figure["layout"]["xaxis"]["title"]["text"]
        for figure in figures
        if "share of rows" in figure["layout"]["title"]["text"]
    ]
    assert [title.endswith(" (kg)") for title in titles] == [True, False, False]


def test_a_broken_rule_fails_the_table_and_is_named() -> None:
    rules = (RuleResult("ssn", "ssn_form", "", 190, 12, ("000-00-0000",)),)
    broken = replace(make_evaluation(), validity=Validity(rules))
    verdict, headline = compute_headline(compute_summary(broken))
    assert (verdict, headline) == (Verdict.FAIL, "This table must not be handed on: it fails on validity.")
    assert "ssn_form of ssn in 12 rows" in find(compute_summary(broken), "Validity").meaning
    html = render_report(compute_report(make_subject(broken)), ReportFormat.HTML).decode("utf-8")
    assert "000-00-0000" in html


def change_baselines(**changes: Baseline) -> Evaluation:
    evaluation = make_evaluation()
    assert evaluation.baselines is not None
    return replace(evaluation, baselines=replace(evaluation.baselines, **changes))


@pytest.mark.parametrize(
    ("evaluation", "verdict", "words"),
    [
        (make_evaluation(), Verdict.PASS, "0.90 of ceiling 0.95, floor 0.70"),
        (
            change_baselines(strong_pair_trends=Baseline("strong pair trends", 0.52, 0.93, 0.5)),
            Verdict.LOOK,
            "pair trends come 5% of the way from floor to ceiling",
        ),
        (
            change_baselines(column_shapes=Baseline("column shapes", 0.6, 0.97, 0.96)),
            Verdict.LOOK,
            "column shapes reach 62% of their ceiling",
        ),
    ],
)
def test_quality_is_judged_by_ceiling_and_floor(evaluation: Evaluation, verdict: Verdict, words: str) -> None:
    judged = find(compute_summary(evaluation), "Quality")
    assert judged.verdict is verdict
    assert words in judged.meaning


@pytest.mark.parametrize(("low", "verdict"), [(0.75, Verdict.PASS), (0.76, Verdict.LOOK)])
def test_detection_is_judged_by_the_lower_end_of_its_interval(low: float, verdict: Verdict) -> None:
    evaluation = make_evaluation()
    assert evaluation.detection is not None
    detection = replace(evaluation.detection, auc=Estimate(0.8, low, 0.9))
    judged = find(compute_summary(replace(evaluation, detection=detection)), "Detection")
    assert judged.verdict is verdict


@pytest.mark.parametrize(
    ("metric", "real", "synthetic", "chance", "verdict"),
    [
        ("roc_auc", 0.9, 0.85, 0.5, Verdict.PASS),
        ("roc_auc", 0.9, 0.6, 0.5, Verdict.LOOK),
        ("roc_auc", 0.5, 0.3, 0.5, None),
        ("mae", 10.0, 12.0, 30.0, Verdict.PASS),
        ("mae", 10.0, 25.0, 30.0, Verdict.LOOK),
    ],
)
def test_utility_is_judged_by_what_is_lost_of_the_gain(
    metric: str, real: float, synthetic: float, chance: float, verdict: Verdict | None
) -> None:
    evaluation = make_evaluation()
    assert evaluation.utility is not None
    lost = synthetic - real
    score = replace(
        evaluation.utility.scores[0],
        metric=metric,
        chance=chance,
        real=Estimate(real, real, real),
        synthetic=Estimate(synthetic, synthetic, synthetic),
        difference=Estimate(lost, lost - 0.01, lost + 0.01),
    )
    utility = replace(evaluation.utility, scores=(score,))
    assert find(compute_summary(replace(evaluation, utility=utility)), "Utility").verdict is verdict


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


def test_method_tells_of_attacks_and_of_other_exports_where_they_were_measured() -> None:
    full = make_evaluation()
    together = add_measure(
        replace(full.privacy, depth="export"),
        PrivacyFinding("repeated_exports", Verdict.LOOK, 0.2, 0.1, 0.3, 0.1, 0.15, "3 exports together."),
    )
    method = " ".join(describe_method(full))
    assert "Gower" in method
    assert "Repeated exports" not in method
    method = " ".join(describe_method(replace(full, privacy=together)))
    assert "Gower" not in method
    assert "Repeated exports: the real rows" in method


def test_two_reports_are_compared_score_by_score() -> None:
    whole = compute_report(make_subject())
    brief = compute_report(make_subject(replace(make_evaluation(), detection=None, coverage=None)))
    rows = {row[0]: row[1:] for row in compare_reports(whole, brief).rows}
    assert rows["Column shapes, 0–1"] == ("0.950", "0.950", "+0.000", "0.970")
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


def test_pairs_with_a_constant_column_are_not_listed_as_least_alike() -> None:
    subject = make_subject()
    evaluation = make_evaluation()
    pairs = (
        *evaluation.quality.pairs,
        PairScore("group", "currency", "ContingencySimilarity", 0.1, False),
    )
    real, synthetic = (
        table.assign(currency="USD") for table in (subject.reference.training, subject.modelled)
    )
    spec = replace(
        subject.reference.spec,
        columns=(*subject.reference.spec.columns, ColumnSpec("currency", Role.MODELLED, "categorical")),
    )
    report = compute_report(
        replace(
            subject,
            reference=replace(subject.reference, spec=spec, training=real),
            modelled=synthetic,
            evaluation=replace(evaluation, quality=replace(evaluation.quality, pairs=pairs)),
        )
    )
    section = next(section for section in report.sections if section.key == "pairs")
    assert section.lead.endswith("constant in the real table are left out.")
    (listed,) = (block for block in section.blocks if isinstance(block, Table))
    assert [row[0] for row in listed.rows] == [f"{HOSTILE} × group"]
    assert "currency" not in json.dumps(report.sections[0].blocks[1].charts[1].chart.figure.to_json())


def test_forty_columns_of_many_rows_are_drawn_from_samples_and_say_so() -> None:
    rng = np.random.default_rng(0)
    kinds = {f"c{place}": ("numerical", "categorical")[place % 2] for place in range(40)}
    columns = tuple(ColumnSpec(name, Role.MODELLED, kind) for name, kind in kinds.items())
    tables = [
        pd.DataFrame(
            {
                name: rng.normal(size=45_000).round(3)
                if kind == "numerical"
                else rng.choice(list("abcdef"), 45_000)
                for name, kind in kinds.items()
            }
        )
        for _ in range(2)
    ]
    spec = DatasetSpec("wide", "Wide", "", "wide", date(2026, 1, 31), columns)
    reference = Reference(spec, tables[0], tables[0], tables[0].head(0), {})
    quality = replace(make_evaluation().quality, columns=(), pairs=())
    evaluation = replace(make_evaluation(), quality=quality, baselines=None, coverage=None)
    report = compute_report(Subject(reference, tables[1], evaluation, date(2026, 1, 31)))
    charts = [
        drawing.chart
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Drawings)
        for drawing in block.charts
    ]
    captions = {chart.title: chart.caption for chart in charts}
    assert "Drawn from a sample of 20,000 rows." in captions["c0: share of rows"]
    assert "Drawn from a sample of 10,000 rows." in captions["Association of column pairs"]
    # What a browser gets of one chart does not grow with the rows.
    assert max(len(to_embedded_json(chart)) for chart in charts) < 150_000
    assert sum(len(to_embedded_json(chart)) for chart in charts) < 2_500_000


@pytest.mark.parametrize(("epochs", "is_drawn"), [(1, False), (2, True)])
def test_a_training_of_one_epoch_has_no_chart(epochs: int, is_drawn: bool) -> None:
    subject = make_subject()
    report = compute_report(replace(subject, history=subject.history[:epochs]))
    titles = [
        drawing.chart.title
        for block in report.sections[0].blocks
        if isinstance(block, Drawings)
        for drawing in block.charts
    ]
    assert ("Training by epoch" in titles) is is_drawn


def test_utility_that_was_not_measured_tells_of_no_rows() -> None:
    found = Utility("group", "classification", (), 0, 0, "The target has 30 classes.")
    report = compute_report(make_subject(replace(make_evaluation(), utility=found)))
    section = next(section for section in report.sections if section.key == "utility")
    assert section.lead.endswith("It was not measured.")
    assert not re.search(r"\b0 (real|synthetic)", section.lead)
    assert [block.text for block in section.blocks if isinstance(block, Paragraph)] == [
        "The target has 30 classes."
    ]


def make_drawing(place: int) -> Drawing:
    bars = Bars(f"c{place}", ("x",), (("Real", (50.0,)), ("Synthetic", (50.0,))), ("#000000", "#FFFFFF"))
    return Drawing(Chart(empty_figure(f"c{place}: share of rows"), "caption", bars), score=place / 100)


def test_word_draws_the_worst_and_the_best_of_many_columns_and_says_so() -> None:
    blocks = (Drawings(tuple(make_drawing(place) for place in range(100))),)
    section = Section("columns", "Columns", "All of them.", blocks)
    report = replace(compute_report(make_subject()), sections=(section,))
    text = document_text(render_report(report, ReportFormat.WORD))
    drawn = [int(place) for place in re.findall(r"^c(\d+): share of rows", text, re.MULTILINE)]
    assert drawn == [*range(20), *range(80, 100)]
    assert "Of 100 charts the 20 of the lowest and the 20 of the highest score follow" in text


def test_word_shows_pairs_as_maps_of_real_and_synthetic() -> None:
    maps = Maps(("x", "y"), ("k", "l"), (("Real", ((60.0, None), (None, 40.0))),) * 2)
    section = Section("pairs", "Pairs", "", (Drawings((Drawing(Chart(empty_figure("m"), "", maps)),)),))
    report = replace(compute_report(make_subject()), sections=(section,))
    document = Document(io.BytesIO(render_report(report, ReportFormat.WORD)))
    (table,) = (one for one in document.tables if one.rows[1].cells[0].text == "k")
    fills = re.findall(r'w:fill="(\w+)"', table.rows[1]._tr.xml)
    assert fills == ["0072B2", "0072B2"]
    assert len(table.rows) == 3


def test_headline_names_what_nobody_measured() -> None:
    full = make_evaluation()
    assert "Not measured" not in compute_report(make_subject(full)).headline
    quick = replace(full, baselines=None, detection=None, privacy=replace(full.privacy, depth="export"))
    assert compute_report(make_subject(quick)).headline == (
        "Nothing that was measured speaks against handing this table on. Not measured: ceiling and floor of "
        "the scores, detection and attacks."
    )

"""What a report draws, and from how many rows."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from docx import Document

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import PairScore
from pipeline.evaluation.results_fidelity import Utility
from pipeline.reports import ReportFormat, Subject, compute_report, render_report
from pipeline.reports.charts import Bars, Chart, Maps, to_embedded_json
from pipeline.reports.charts.style import empty_figure
from pipeline.reports.content import Drawing, Drawings, Paragraph, Section, Table
from tests.unit.reports.rendered_report import Reader, document_text, find, own_html
from tests.unit.reports.report_case import HOSTILE, make_evaluation, make_subject


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
        "explained",
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

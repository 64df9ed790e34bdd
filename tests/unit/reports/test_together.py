"""Two reports in the same charts."""

from __future__ import annotations

import pytest

from pipeline.reports import Drawings, Table, compute_report, draw_together
from tests.unit.reports.report_case import make_subject

NAMES = ("First", "Second")


@pytest.fixture(scope="module")
def report():
    return compute_report(make_subject())


def test_the_overview_holds_both_conclusions_and_all_columns_on_one_axis_the_lowest_first(report):
    table, drawn = draw_together(report, report, NAMES, "overview")
    assert table.headings == ("Question", "First", "Second")
    assert [row[0] for row in table.rows] == [one.subject for one in report.summary]
    assert all(row[1] == row[2] for row in table.rows)
    (drawing,) = drawn.charts
    first, second = drawing.chart.figure.data
    assert (first.name, second.name) == NAMES
    assert first.y == second.y
    assert list(first.x) == sorted(first.x)


def test_columns_are_scored_in_one_table_and_drawn_one_chart_each(report):
    table, *drawn = draw_together(report, report, NAMES, "columns")
    assert isinstance(table, Table)
    assert table.headings == ("Column", "First", "Second", "Difference (B − A)")
    assert {row[3] for row in table.rows} <= {"+0.000", "–"}
    assert len(drawn) == len(report.subject.reference.columns)


def test_pairs_are_drawn_as_lines_of_real_and_both_tables(report):
    _, *lines = draw_together(report, report, NAMES, "pairs")
    assert lines
    for line in lines:
        assert isinstance(line, Drawings)
        assert [one.chart.title for one in line.charts] == ["Real", "First", "Second"]


def test_other_parts_and_equal_names(report):
    assert draw_together(report, report, NAMES, "privacy") == ()
    table = draw_together(report, report, ("One", "One"), "columns")[0]
    assert table.headings[1:3] == ("One (1)", "One (2)")

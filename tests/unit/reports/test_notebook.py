"""What datasets and reports show of themselves in a notebook: escaped, without a script, verdict first."""

from __future__ import annotations

from datetime import date

from pipeline.datasets.notebook import render_card
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.headline import Headline
from pipeline.evaluation.results import Verdict
from pipeline.reports import compute_report
from pipeline.reports.notebook import show_verdict
from tests.unit.reports.report_case import HOSTILE, make_subject

MANY = 100


def test_a_dataset_lists_its_columns_with_what_they_were_taken_for() -> None:
    columns = (
        ColumnSpec("age", Role.MODELLED, "numerical", why="numbers <b>only</b>"),
        ColumnSpec("ssn", Role.IDENTITY, "ssn"),
    )
    shown = DatasetSpec("people", "People", "Staff & co", "people", date(2026, 1, 1), columns)._repr_html_()
    assert ">People</h4>" in shown
    assert "Staff &amp; co" in shown
    assert shown.count("<tr>") == 3 + 1 + len(columns)
    assert "numbers &lt;b&gt;only&lt;/b&gt;" in shown


def test_a_report_says_the_verdict_first_and_escapes_names_of_columns() -> None:
    report = compute_report(make_subject())
    shown = report._repr_html_()
    assert "<script" not in shown
    assert HOSTILE not in shown
    assert shown.index(f"<strong>{report.verdict.name.title()}.</strong>") < shown.index("<table>")
    assert all(one.value in shown or not one.value.isascii() for one in report.summary if one.value.isalnum())


def test_a_verdict_draws_its_figure_between_floor_and_ceiling() -> None:
    answer = Headline(Verdict.LOOK, "A reason.", "A next step.", Figure(0.86, 0.8, 0.9, 0.01))
    shown = show_verdict("People", answer, {"rows": 10})
    assert "<strong>Look.</strong> A reason. A next step." in shown
    assert "floor: independent columns 0.800" in shown
    assert '<div role="img"' in shown


def test_a_card_shows_the_first_rows_of_many_and_counts_the_others() -> None:
    shown = render_card("Many", {}, ("number",), [(number,) for number in range(MANY)])
    assert ">59</td>" in shown
    assert ">60</td>" not in shown
    assert "… and 40 more" in shown

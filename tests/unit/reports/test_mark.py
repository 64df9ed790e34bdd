"""The figure as a mark between floor and ceiling."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest

from pipeline.evaluation.figure import Figure
from pipeline.reports import draw_cell, draw_mark


def read_places(drawing: str) -> tuple[float, float, float]:
    """Score, start and width of the range, in percent."""
    score, start, width = re.search(
        r"left: ([\d.]+)%; transform.*left: ([\d.]+)%; width: ([\d.]+)%", drawing, re.DOTALL
    ).groups()
    return float(score), float(start), float(width)


def test_a_score_half_way_is_drawn_half_way() -> None:
    drawing = draw_mark(Figure(0.8, 0.7, 0.9, 0.01))
    score, start, width = read_places(drawing)
    assert score == pytest.approx(start + width / 2, abs=0.1)
    assert "this table 0.800" in drawing
    assert (
        "<span>floor: independent columns 0.700</span><span>ceiling: other real rows 0.900</span>" in drawing
    )


def test_a_score_below_the_floor_is_left_of_the_range_which_has_its_label_on_its_side() -> None:
    drawing = draw_mark(Figure(0.863, 0.882, 0.884, 0.01))
    score, start, width = read_places(drawing)
    assert score < start
    assert width < 10
    assert 'text-align: right; font-size: 0.875em">floor: independent columns 0.882' in drawing


def test_ends_that_tell_nothing_are_drawn_as_close_as_they_are() -> None:
    assert read_places(draw_mark(Figure(0.901, 0.900, 0.902, 0.02)))[2] < 10


@pytest.mark.parametrize("figure", [Figure(None), Figure(0.8), Figure(0.8, 0.7), Figure(0.8, None, 0.9)])
def test_without_ends_there_is_no_mark(figure: Figure) -> None:
    assert draw_mark(figure) == ""


def test_equal_scores_can_be_drawn() -> None:
    assert "this table 1.000" in draw_mark(Figure(1.0, 1.0, 1.0))


def test_a_cell_of_a_table_has_the_same_drawing_without_words() -> None:
    figure = Figure(0.8, 0.7, 0.9, 0.01)
    address = draw_cell(figure)
    assert address is not None
    drawn = b64decode(address.removeprefix("data:image/svg+xml;base64,")).decode()
    places = [float(one) for one in re.findall(r'x="([\d.]+)" y="[71]"', drawn)]
    score, start, _ = read_places(draw_mark(figure))
    assert places == pytest.approx([0.96 * start, 0.96 * score - 2.0], abs=0.1)
    assert "text" not in drawn


def test_what_was_not_compared_has_no_drawing_in_a_cell() -> None:
    assert draw_cell(Figure(0.8)) is None
    assert draw_cell(Figure(None, 0.7, 0.9)) is None


def test_the_mark_names_what_has_the_score() -> None:
    assert "this model 0.800" in draw_mark(Figure(0.8, 0.7, 0.9), "this model")

"""A score between its ends in words and as plain values."""

from __future__ import annotations

import math

import pytest

from pipeline.evaluation.figure import Figure, compute_chance

BETWEEN, BELOW = Figure(0.871, 0.861, 0.902), Figure(0.82, 0.861, 0.902)
UNTOLD = Figure(0.871, 0.9, 0.902, compute_chance(500))


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (BETWEEN, "0.871 (0–1; independent columns 0.861, other real rows 0.902)"),
        (BELOW, "0.820 (0–1), below independent columns (0.861); other real rows 0.902"),
        (Figure(0.871, 0.861), "0.871 (0–1; independent columns 0.861)"),
        (Figure(0.82, 0.861), "0.820 (0–1), below independent columns (0.861)"),
        (
            Figure(0.895, 0.9, 0.902, compute_chance(500)),
            "0.895 (0–1): cannot be told from independent columns here "
            "(independent columns 0.900, other real rows 0.902)",
        ),
        (Figure(0.871), "0.871 (0–1; floor and ceiling not measured)"),
        (Figure(None, 0.861, 0.902), "not measured"),
    ],
)
def test_a_score_is_said_with_its_scale_and_its_ends(figure: Figure, said: str) -> None:
    assert figure.on_scale == said


@pytest.mark.parametrize(
    ("figure", "finding"),
    [
        (BETWEEN, ""),
        (BELOW, "below independent columns"),
        (Figure(0.87, 0.861, 0.902, 0.05), "cannot be told from independent columns here"),
    ],
)
def test_what_lies_below_its_floor_or_tells_nothing_is_a_finding_in_words(
    figure: Figure, finding: str
) -> None:
    assert figure.as_quality() == {
        "quality": figure.score,
        "floor": 0.861,
        "ceiling": 0.902,
        "finding": finding,
    }


@pytest.mark.parametrize("figure", [BETWEEN, BELOW, UNTOLD, Figure(None), Figure(0.9, None, 0.95)])
def test_a_figure_survives_its_plain_form(figure: Figure) -> None:
    assert Figure.from_dict(figure.as_dict()) == figure


def test_figures_of_earlier_versions_are_read() -> None:
    assert Figure.from_dict({}).score is None
    old = {name: value for name, value in BELOW.as_dict().items() if name != "chance"}
    assert Figure.from_dict(old) == BELOW
    close = {name: value for name, value in UNTOLD.as_dict().items() if name != "chance"}
    read = Figure.from_dict(close)
    assert (read.can_tell, read.is_below_floor, read.chance) == (False, False, math.inf)
    assert read.as_dict()["chance"] is None

"""The drawn schema: where its tables stand, and that no line runs through one."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.reports.related.drawing import draw_schema, list_legend
from pipeline.reports.related.layout import MOST_ABREAST, compute_layout
from tests.unit.reports.related.related_case import HOSTILE, make_schema, make_shop, make_twelve, refer

SVG = "{http://www.w3.org/2000/svg}"


def make_star() -> RelatedSchema:
    """One table that eleven refer to."""
    names = [f"child_{number}" for number in range(11)]
    return make_schema(["hub", *names], [refer(name, "hub", is_owner=True) for name in names])


def make_chain() -> RelatedSchema:
    """Five tables, each of which refers to all before it."""
    names = ["a", "b", "c", "d", "e"]
    relations = [refer(child, parent) for n, child in enumerate(names) for parent in names[:n]]
    return make_schema(names, relations)


def make_link() -> RelatedSchema:
    """A link table of two, and a table that stands alone."""
    return make_schema(["left", "right", "alone", "link"], [refer("link", "left"), refer("link", "right")])


every_schema = pytest.mark.parametrize("make", [make_shop, make_twelve, make_star, make_chain, make_link])


def draw(schema: RelatedSchema) -> ElementTree.Element:
    return ElementTree.fromstring(draw_schema(schema, {table.name: 12 for table in schema.tables}))


def list_boxes(svg: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box."""
    found = [
        [float(one.get(name, "")) for name in ("x", "y", "width", "height")] for one in svg.iter(f"{SVG}rect")
    ]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


def list_points(path: str) -> list[tuple[float, float]]:
    """The corners of a line of M, V and H steps."""
    x = y = 0.0
    points = []
    for step, first, second in re.findall(r"([MVH])([-\d.]+)(?: ([-\d.]+))?", path):
        x, y = (
            (float(first), float(second))
            if step == "M"
            else (x, float(first))
            if step == "V"
            else (float(first), y)
        )
        points.append((x, y))
    return points


def list_ways(svg: ElementTree.Element) -> list[list[tuple[float, float]]]:
    ways = [one.get("d", "") for one in svg.iter(f"{SVG}path") if one.get("class") == "way"]
    return [list_points(way) for way in ways if "h" not in way]


@every_schema
def test_each_table_stands_once_below_all_that_it_refers_to(make):
    schema = make()
    rows = {
        spot.table: spot.row for row in compute_layout(schema).rows for spot in row if not spot.is_passage
    }
    assert rows.keys() == schema.by_name.keys()
    assert all(rows[one.child] > rows[one.parent] for one in schema.relations if not one.is_self)
    assert max(list(rows.values()).count(row) for row in rows.values()) <= MOST_ABREAST


@every_schema
def test_boxes_stay_inside_the_drawing_and_apart(make):
    schema = make()
    svg = draw(schema)
    width, height = (float(one) for one in svg.get("viewBox", "").split()[2:])
    boxes = list_boxes(svg)
    assert len(boxes) == len(schema.tables)
    assert all(
        left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in boxes
    )
    for number, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top


@every_schema
def test_no_line_runs_through_a_table(make):
    schema = make()
    svg = draw(schema)
    assert len(list_ways(svg)) == sum(not one.is_self for one in schema.relations)
    assert len(list_boxes(svg)) == len(schema.tables)
    for way in list_ways(svg):
        for (x, y), (to_x, to_y) in pairwise(way):
            low_x, high_x, low_y, high_y = min(x, to_x), max(x, to_x), min(y, to_y), max(y, to_y)
            for left, top, right, bottom in list_boxes(svg):
                is_clear = high_x <= left or low_x >= right or high_y <= top or low_y >= bottom
                assert is_clear, ((x, y), (to_x, to_y), (left, top, right, bottom))


@every_schema
def test_every_relation_is_drawn_and_ends_at_its_own_place(make):
    schema = make()
    svg = draw(schema)
    groups = [one for one in svg.iter(f"{SVG}g") if "relation" in (one.get("class") or "")]
    assert len(groups) == len(schema.relations)
    ends = [way[-1] for way in list_ways(svg)]
    assert len(set(ends)) == len(ends)


def test_the_marks_of_relations_are_drawn_and_explained():
    schema = make_shop()
    classes = [one.get("class") for one in draw(schema).iter(f"{SVG}g") if one.get("class")]
    assert sorted(classes) == ["relation ", "relation optional", "relation optional", "relation owner"]
    legend = " ".join(list_legend(schema.relations))
    assert all(word in legend for word in ("Thick", "Dashed", "bar"))


def test_texts_are_escaped_and_shortened_with_the_whole_name_at_hand():
    svg = draw(make_shop())
    texts = [one.text or "" for one in svg.iter(f"{SVG}text")]
    assert HOSTILE not in texts
    assert any(text.startswith("</svg>") and text.endswith("…") for text in texts)
    assert HOSTILE in [one.text for one in svg.iter(f"{SVG}title")]


def test_equal_schemas_are_drawn_the_same():
    assert draw_schema(make_twelve(), {}) == draw_schema(make_twelve(), {})


def test_wide_letters_take_the_room_of_two():
    svg = draw(make_schema(["顧客" * 20], []))
    (name,) = [one.text for one in svg.iter(f"{SVG}text") if one.get("class") == "name"]
    assert name == "顧客" * 5 + "顧…"

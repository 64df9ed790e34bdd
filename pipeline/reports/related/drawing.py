"""A schema as inline SVG: tables as boxes in rows, relations as lines that end in crow's feet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.reports.related.boxes import BOX_WIDTH, LOOP_WIDTH, compute_height, draw_box
from pipeline.reports.related.layout import SchemaLayout, Spot, Way, compute_layout

_PASSAGE_WIDTH, _GAP = 20, 34
_MARGIN, _FOOT, _HALF = 6, 11, 6
_LEAST_DROP, _TRACK = 34, 12
_SMALLEST = 0.78
"""Below this share of its size the text of the drawing is too small to read: it scrolls instead."""


@dataclass(frozen=True)
class _Places:
    """The middle of every spot, the upper edge and the height of every row, and the size of the drawing."""

    middles: Mapping[Spot, float]
    tops: tuple[float, ...]
    heights: tuple[float, ...]
    width: float
    height: float


def draw_schema(schema: RelatedSchema, rows: Mapping[str, int]) -> str:
    """The SVG of a schema with the rows of each table; the same bytes for the same schema and rows."""
    layout = compute_layout(schema)
    places = _place(schema, layout)
    lines = sorted(layout.ways, key=lambda way: way.relation.is_owner)
    ports = _find_ports(layout, places)
    tracks = _find_tracks(layout, places, ports)
    drawn = [_draw_way(schema, way, places, ports, tracks) for way in lines]
    spots = [spot for row in layout.rows for spot in row if not spot.is_passage]
    for spot in spots:
        x, y = _find_left(places, spot), places.tops[spot.row]
        drawn.append(draw_box(schema, spot.table, rows.get(spot.table, 0), x, y))
        own = [one for one in schema.list_relations(spot.table) if one.is_self]
        drawn += [_draw_loop(one, x + BOX_WIDTH, y + 12 + 26 * n) for n, one in enumerate(own[:2])]
    width, height = places.width, places.height
    return (
        f'<svg class="schema" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'style="width: {width:g}px; min-width: min({width:g}px, {width * _SMALLEST:.0f}px)" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(_describe(schema))}</title>'
        f"{''.join(drawn)}</svg>"
    )


def _describe(schema: RelatedSchema) -> str:
    return f"{len(schema.tables)} tables and {len(schema.relations)} relations of {schema.title}"


def _place(schema: RelatedSchema, layout: SchemaLayout) -> _Places:
    widths = [sum(_width(schema, spot) + _GAP for spot in row) - _GAP for row in layout.rows]
    width = max(widths) + 2 * _MARGIN
    middles: dict[Spot, float] = {}
    for row, taken in zip(layout.rows, widths, strict=True):
        x = (width - taken) / 2
        for spot in row:
            middles[spot] = x + (_PASSAGE_WIDTH if spot.is_passage else BOX_WIDTH) / 2
            x += _width(schema, spot) + _GAP
    heights = tuple(
        float(max(compute_height(schema, spot.table) for spot in row if not spot.is_passage))
        for row in layout.rows
    )
    tops, y = [], float(_MARGIN)
    for number, height in enumerate(heights):
        tops.append(y)
        y += height + _LEAST_DROP + _TRACK * len(_list_sources(layout, number))
    return _Places(middles, tuple(tops), heights, width, tops[-1] + heights[-1] + _MARGIN)


def _width(schema: RelatedSchema, spot: Spot) -> int:
    if spot.is_passage:
        return _PASSAGE_WIDTH
    is_self = any(one.is_self for one in schema.list_relations(spot.table))
    return BOX_WIDTH + (LOOP_WIDTH if is_self else 0)


def _find_left(places: _Places, spot: Spot) -> float:
    return places.middles[spot] - BOX_WIDTH / 2


def _list_sources(layout: SchemaLayout, row: int) -> list[Spot]:
    """The spots of a row from which lines go on to the next."""
    leaving = {spot for way in layout.ways for spot in way.spots[:-1]}
    return [spot for spot in layout.rows[row] if spot in leaving]


def _find_ports(layout: SchemaLayout, places: _Places) -> dict[str, float]:
    """Where the line of each relation reaches its child: side by side, one alone below its start."""
    arriving: dict[Spot, list[Way]] = {}
    for way in layout.ways:
        arriving.setdefault(way.spots[-1], []).append(way)
    ports: dict[str, float] = {}
    for spot, ways in arriving.items():
        left = _find_left(places, spot)
        if len(ways) == 1:
            edge = BOX_WIDTH / 8
            start = places.middles[ways[0].spots[-2]]
            ports[ways[0].relation.id] = min(max(start, left + edge), left + BOX_WIDTH - edge)
            continue
        ways.sort(key=lambda way: places.middles[way.spots[-2]])
        for number, way in enumerate(ways, start=1):
            ports[way.relation.id] = left + BOX_WIDTH * number / (len(ways) + 1)
    return ports


def _find_tracks(layout: SchemaLayout, places: _Places, ports: Mapping[str, float]) -> dict[Spot, float]:
    """The height at which the lines from each spot go sideways: one for each, so that none lie on another."""
    tracks: dict[Spot, float] = {}
    for row in range(len(layout.rows) - 1):
        bottom = places.tops[row] + places.heights[row]
        ordered = _order_sources(_list_sources(layout, row), layout, places, ports)
        for number, spot in enumerate(ordered):
            tracks[spot] = bottom + _FOOT + 8 + number * _TRACK
    return tracks


def _order_sources(
    sources: list[Spot], layout: SchemaLayout, places: _Places, ports: Mapping[str, float]
) -> list[Spot]:
    """A spot right above the end of another's line turns before that line does, or the two would be one."""
    ends = {
        spot: [_find_next(way, spot, places, ports) for way in layout.ways if spot in way.spots[:-1]]
        for spot in sources
    }
    waiting, ordered = list(sources), []
    while waiting:
        free = (
            spot
            for spot in waiting
            if not any(
                abs(end - places.middles[other]) < 2 * _HALF
                for other in waiting
                if other != spot
                for end in ends[spot]
            )
        )
        chosen = next(free, waiting[0])
        waiting.remove(chosen)
        ordered.append(chosen)
    return ordered


def _find_next(way: Way, spot: Spot, places: _Places, ports: Mapping[str, float]) -> float:
    """Where a line is in the row after a spot."""
    following = way.spots[way.spots.index(spot) + 1]
    return places.middles[following] if following.is_passage else ports[way.relation.id]


def _draw_way(
    schema: RelatedSchema,
    way: Way,
    places: _Places,
    ports: Mapping[str, float],
    tracks: Mapping[Spot, float],
) -> str:
    first, last = way.spots[0], way.spots[-1]
    x, y = places.middles[first], places.tops[first.row] + compute_height(schema, first.table)
    path = [f"M{x:g} {y:g}"]
    for spot in way.spots[:-1]:
        path.append(f"V{tracks[spot]:g}H{_find_next(way, spot, places, ports):g}")
    path.append(f"V{places.tops[last.row]:g}")
    bar = f"M{x - _HALF:g} {y + _HALF:g}h{2 * _HALF}"
    end = _draw_end(way.relation, ports[way.relation.id], places.tops[last.row])
    return _draw_line(way.relation, "".join(path), bar + end)


def _draw_end(relation: Relation, x: float, y: float) -> str:
    """A crow's foot for many rows, a bar for one at most."""
    if relation.is_one_to_one:
        return f"M{x - _HALF:g} {y - _HALF:g}h{2 * _HALF}"
    return f"M{x - _HALF:g} {y:g}L{x:g} {y - _FOOT:g}L{x + _HALF:g} {y:g}"


def _draw_loop(relation: Relation, x: float, y: float) -> str:
    """The line of a table that refers to itself, on its right."""
    path = f"M{x:g} {y:g}h{LOOP_WIDTH - 5}v20h-{LOOP_WIDTH - 5}"
    foot = f"M{x:g} {y + 20 - _HALF:g}L{x + _FOOT:g} {y + 20:g}L{x:g} {y + 20 + _HALF:g}"
    return _draw_line(relation, path, foot)


def _draw_line(relation: Relation, path: str, ends: str) -> str:
    kind = " ".join(
        name for name, holds in (("owner", relation.is_owner), ("optional", relation.is_optional)) if holds
    )
    title = escape(f"{relation.id} → {relation.parent}")
    return (
        f'<g class="relation {kind}"><title>{title}</title>'
        f'<path class="way" d="{path}"/><path d="{ends}"/></g>'
    )


def list_legend(relations: Sequence[Relation]) -> list[str]:
    """How to read the lines that there are."""
    legend = [
        "A line goes from a table down to one that refers to it; the crow's foot stands where rows are many.",
    ]
    if any(one.is_owner for one in relations):
        legend.append("Thick: the parent that owns the rows and generates them.")
    if any(one.is_optional for one in relations):
        legend.append("Dashed: rows may have no parent.")
    if any(one.is_one_to_one for one in relations):
        legend.append("A bar instead of the foot: one row at most.")
    legend.append("PK: primary key. FK: foreign key. PFK: both.")
    return legend

"""Figures inside a page that works offline: plotly's script, and JSON that cannot leave its element."""

from __future__ import annotations

import json
from functools import cache

from pipeline.reports.charts.chart import Chart

# What could end a script element, or open a comment in it, spelt so that it reads the same as JSON.
_ESCAPES = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


@cache
def load_script() -> str:
    """The source of plotly.js (about 4.8 MB), safe inside a script element."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().replace("</script", "<\\/script").replace("<!--", "<\\!--")


def to_embedded_json(chart: Chart) -> str:
    """A figure as JSON for a script element; equal figures give equal text."""
    # Figures keep their keys in the order of their making, which a figure from another process does not know.
    text = json.dumps(json.loads(chart.figure.to_json()), sort_keys=True, separators=(",", ":"))
    for character, spelling in _ESCAPES:
        text = text.replace(character, spelling)
    return text

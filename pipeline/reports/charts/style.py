"""One look for all charts.

Colours are those of Okabe and Ito's palette, which colour-blind readers can distinguish, with patterns,
dashes and symbols besides; backgrounds are transparent and greys middling, for light and dark pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Scores are not green: a mark below its floor must not look like a pass.
REAL_COLOUR, SYNTHETIC_COLOUR, QUALITY_COLOUR = "#0072B2", "#E69F00", "#CC79A7"
BAND_COLOUR = "rgba(128, 128, 128, 0.35)"
DIVERGING = [[0.0, "#0072B2"], [0.5, "#F2F2F2"], [1.0, "#D55E00"]]
# Cividis, which is made to look the same to colour-blind readers, from few rows to many.
SEQUENTIAL = "Cividis"
HEIGHT = 380

_TEXT = "#7A7A7A"
_LONGEST_TICK, _LONGEST_TITLE, _LONGEST_LINE = 22, 48, 64
_SLANT = -40


def apply_style(
    figure: Figure, title: str, x_title: str = "", y_title: str = "", height: int = HEIGHT
) -> None:
    """Give a figure the common look; titles are plain text."""
    figure.update_layout(
        title={
            "text": label(title, _LONGEST_TITLE), "font": {"size": 16}, "x": 0.0, "xanchor": "left",
            "y": 1.0, "yanchor": "top", "pad": {"t": 8, "l": 4},
        },
        height=height,
        template="none",
        margin={"l": 60, "r": 20, "t": 76, "b": 32},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0.0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
        font={"color": _TEXT},
    )  # fmt: skip
    axis = {"gridcolor": BAND_COLOUR, "zeroline": False, "automargin": True}
    # A fixed distance, so that the title stays by its axis and no empty band is below it.
    figure.update_xaxes(title_text=label(x_title, _LONGEST_TITLE), title_standoff=8, **axis)
    figure.update_yaxes(title_text=label(y_title, _LONGEST_TITLE), title_standoff=12, **axis)


def label(text: str, longest: int | None = None) -> str:
    """Plain text for plotly, which reads markup in every text; shortened to `longest` characters."""
    return escape(text if longest is None else _shorten(text, longest), quote=False)


def _shorten(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def title_of(name: str, rest: str) -> str:
    """A title whose name gives way where it is long, so that the rest is read."""
    return f"{_shorten(name, _LONGEST_TITLE - len(rest))}{rest}"


def with_unit(name: str, unit: str) -> str:
    """A quantity and its unit as an axis title; a long name is shortened, the unit never."""
    return title_of(name, f" ({unit})") if unit else name


def name_ticks(labels: Sequence[str]) -> dict[str, Any]:
    """A category axis whose long labels are shortened only where they are shown."""
    return {
        "type": "category",
        "tickmode": "array",
        "tickvals": [label(text) for text in labels],
        "ticktext": [label(text, _LONGEST_TICK) for text in labels],
        "tickangle": _SLANT if len(labels) * max(map(len, labels), default=0) > _LONGEST_LINE else 0,
        "showgrid": False,
    }


def marker(colour: str, pattern: str = "") -> dict[str, Any]:
    """How bars of one series look; a pattern distinguishes them without colour."""
    shape = {
        "shape": pattern,
        "bgcolor": colour,
        "fgcolor": "rgba(255, 255, 255, 0.55)",
        "size": 6,
        "solidity": 0.25,
    }
    return {"color": colour, "pattern": shape} if pattern else {"color": colour}


def empty_figure(title: str) -> Figure:
    """A figure that says in its title that there is nothing to draw."""
    from plotly import graph_objects as go

    figure = go.Figure()
    apply_style(figure, title, height=56)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure

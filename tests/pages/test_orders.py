"""Every order is given in a callback, so that a link pressed together with its button does not lose it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "pages"
ORDERS = {"submit", "submit_sweep", "resume", "repeat", "cancel"}


def find_inline_orders(source: str) -> list[str]:
    """Calls that order something below an `if` on a button, which runs with the page and not before it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and _asks_button(node.test):
            found += [
                ast.unparse(one.func)
                for statement in node.body
                for one in ast.walk(statement)
                if isinstance(one, ast.Call)
                and isinstance(one.func, ast.Attribute)
                and one.func.attr in ORDERS
            ]
    return found


def _asks_button(test: ast.expr) -> bool:
    return any(
        isinstance(one, ast.Attribute) and one.attr in ("button", "form_submit_button")
        for one in ast.walk(test)
    )


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.py")), ids=lambda path: path.stem)
def test_no_page_orders_below_a_button(path):
    assert find_inline_orders(path.read_text(encoding="utf-8")) == []


def test_an_order_below_a_button_is_found():
    assert find_inline_orders("if st.button('Go'):\n    workbench.runs.repeat(run)\n") == [
        "workbench.runs.repeat"
    ]

"""What tests do and see on the Generate page."""

from __future__ import annotations


def press_generate(page):
    """Send the form as it stands; a folded one is opened first."""
    return open_form(page).button(key="generate").click().run()


def open_form(page):
    """The page with its form, which makes way for what was ordered."""
    if any(button.key == "change_order" for button in page.button):
        page.button(key="change_order").click().run()
    return page


def read_metrics(page) -> dict[str, str]:
    """Label → value of every metric."""
    return {metric.label: metric.value for metric in page.metric}

"""What tests do and see on the Generate page."""

from __future__ import annotations


def press_generate(page):
    """Send the form as it stands."""
    return page.button(key="generate").click().run()


def read_metrics(page) -> dict[str, str]:
    """Label → value of every metric."""
    return {metric.label: metric.value for metric in page.metric}

"""Addresses of web pages: what the table's have in common, and invented words between."""

from __future__ import annotations

import numpy as np

from pipeline.identity.address import redraw_protected
from pipeline.identity.generic import draw_words, faker_value
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.task import ColumnTask

_FEWEST_NUMBERS = 10_000


def url(task: ColumnTask) -> np.ndarray:
    """Texts like "https://www.gentle-river-4821.example/", each once in a unique column.

    Options `lead` and `tail` hold what all begin and end with; without them the addresses are Faker's.
    """
    options = task.column.options
    if "lead" not in options:
        return faker_value(task)
    lead, tail, rng = str(options["lead"]), str(options.get("tail", "")), task.stream()
    size = max(_FEWEST_NUMBERS, 10 ** len(str(task.request.job_rows)))
    numbers = task.pick(Codes(Permutation.seeded(size, task.job_seed())))
    endings = np.array([f"-{number}{tail}" for number in numbers.tolist()], dtype=object)

    def draw(rows: np.ndarray) -> np.ndarray:
        first, second = draw_words(rng, len(rows)), draw_words(rng, len(rows))
        return np.asarray(lead + first + "-" + second + endings[rows], dtype=object)

    return redraw_protected(task, draw)

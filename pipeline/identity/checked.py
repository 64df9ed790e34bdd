"""Numbers with check digits in fixed places: what is chosen freely, and what closes the number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from pipeline.datasets.check_digits import character_values
from pipeline.datasets.code_patterns import parse_code
from pipeline.identity.codes import template_fields
from pipeline.identity.permutation import spread
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import Template, as_texts


@dataclass(frozen=True)
class Closing:
    """Check characters at the positions `at`, computed from those at `reads`.

    They are digits, or the letter of `letters` at the check number. Where one digit cannot hold 10, the
    digit at `yields` is set so that 10 does not come up.
    """

    at: tuple[int, ...]
    reads: tuple[int, ...]
    compute: Callable[[np.ndarray], np.ndarray]
    letters: str = ""
    yields: int | None = None

    def apply(self, points: np.ndarray, codes: np.ndarray) -> None:
        """Write the check characters into code points (rows × width)."""
        if self.yields is not None:
            points[:, self.yields] = ord("0") + spread(codes, 10)
            barred = np.flatnonzero(self._numbers(points) > 9)
            points[barred, self.yields] = ord("0") + (points[barred, self.yields] - ord("0") + 1) % 10
        numbers = self._numbers(points)
        if self.letters:
            points[:, self.at[0]] = np.array([ord(letter) for letter in self.letters], dtype=np.uint32)[
                numbers
            ]
            return
        for position in reversed(self.at):
            numbers, digit = np.divmod(numbers, 10)
            points[:, position] = digit + ord("0")

    def _numbers(self, points: np.ndarray) -> np.ndarray:
        return self.compute(character_values(points[:, list(self.reads)]))


@dataclass(frozen=True)
class Recipe:
    """Numbers of `width` characters: a pattern of those that are chosen, and what closes them.

    The pattern is one of `pipeline.datasets.code_patterns` for the positions that no closing sets.
    """

    pattern: str
    width: int
    closings: tuple[Closing, ...] = field(default=())

    @property
    def chosen(self) -> list[int]:
        """Positions that are chosen freely."""
        closed = {position for closing in self.closings for position in (*closing.at, closing.yields)}
        return [position for position in range(self.width) if position not in closed]

    def derive(
        self, task: ColumnTask, real: np.ndarray, space: str = "", rows: np.ndarray | None = None
    ) -> np.ndarray:
        """Numbers (object array of texts) for all rows or some, none of them among `real`.

        Real values come without separators, in capitals.
        """
        template = read_template(self.pattern)
        chosen = self.chosen
        # A spreadsheet drops leading zeros.
        whole = [text.zfill(self.width) if text.isdecimal() else text for text in real]
        payloads = ["".join([text[at] for at in chosen]) for text in whole if len(text) == self.width]
        codes = task.pick(task.scattered(template, template.read(payloads), space), rows)
        points = np.full((len(codes), self.width), ord("0"), dtype=np.uint32)
        points[:, chosen] = template.render_points(codes)
        for closing in self.closings:
            closing.apply(points, codes)
        return as_texts(points)


@lru_cache(maxsize=256)
def read_template(pattern: str) -> Template:
    """The template of a pattern of `pipeline.datasets.code_patterns`."""
    return Template(tuple(template_fields(parse_code(pattern))))


def spaced(values: np.ndarray, form: str) -> np.ndarray:
    """Numbers with the separators of `form`, in which every # stands for a character; as they are without."""
    if not form or not len(values):
        return values
    slots = [at for at, character in enumerate(form) if character == "#"]
    fits = np.array([len(value) == len(slots) for value in values])
    plain = values[fits].astype(str)
    points = np.empty((len(plain), len(form)), dtype=np.uint32)
    points[:] = [ord(character) for character in form]
    points[:, slots] = plain.view(np.uint32).reshape(len(plain), -1)
    written = values.copy()
    written[fits] = as_texts(points)
    return written

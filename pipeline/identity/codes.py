"""Codes of a learned template: right in form, width, prefix and check digit, and none of them real."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.check_digits import character_values, check_points
from pipeline.datasets.code_patterns import DIGITS, CodeField
from pipeline.datasets.code_template import COUNTED_UP, CodeShape, CodeTemplate
from pipeline.datasets.commands import columns_command
from pipeline.errors import MetadataError, SamplingError
from pipeline.identity.permutation import LARGEST_SIZE, Codes, Permutation, spread
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import Template, as_texts, digit_fields

_MOST_INTEGER_DIGITS = 18
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SPARE = 2  # codes for each row that a shape is expected to have, where rows draw their shapes
_CASE = np.uint32(32)  # between a capital letter of ASCII and its small one


def code(task: ColumnTask) -> np.ndarray:
    """Codes of the template that the options hold (`CodeTemplate.as_options`); int64 where it says so.

    A unique column holds every code once: counted up from a seeded start, or scattered. SamplingError
    where the template has too few codes besides the real ones.
    """
    template = fitting_template(task)
    spaces = [CodeSpace(task, template, shape) for shape in template.shapes]
    values = np.empty(task.rows, dtype=np.int64 if _gives_integers(template) else object)
    for rows, rendered in _draw(task, template, spaces):
        values[rows] = _as_integers(rendered) if _gives_integers(template) else as_texts(rendered)
    return values


def fitting_template(task: ColumnTask) -> CodeTemplate:
    """The column's template, with as many more digits as the rows of the job need where it may grow."""
    try:
        template = CodeTemplate.from_options(task.column.options)
    except MetadataError as error:
        raise SamplingError(f'Column "{task.column.name}": {error.message}', error.hint) from error
    while task.column.is_unique and template.grows and template.width < _MOST_INTEGER_DIGITS:
        spaces = (CodeSpace(task, template, shape) for shape in template.shapes)
        if sum(space.capacity for space in spaces) >= task.request.job_rows:
            break
        template = template.with_width(max(shape.digits for shape in template.shapes) + 1)
    return template


Rendered = list[tuple[np.ndarray, np.ndarray]]
"""Rows and their codes as code points, by space."""


def _draw(task: ColumnTask, template: CodeTemplate, spaces: Sequence[CodeSpace]) -> Rendered:
    """Codes of the column, each row in a space by its share."""
    advice = _advice(task, template)
    kept = _with_room(task, spaces) if task.column.is_unique else list(range(len(spaces)))
    if not kept:
        return _draw_jointly(task, spaces, advice)
    shares = np.array([spaces[number].shape.share for number in kept]) + 1e-12
    draws = task.shared_stream(f"{task.pool[0]}\0shapes").random(task.rows)
    picked = np.array(kept)[np.searchsorted(np.cumsum(shares / shares.sum())[:-1], draws, side="right")]
    picked = _of_their_years(task, spaces, kept, picked)
    rendered: Rendered = []
    for number in kept:
        rows = np.flatnonzero(picked == number)
        codes = task.pick(spaces[number].codes, rows if len(kept) > 1 else None, advice)
        rendered.append((rows, spaces[number].render(codes)))
    return rendered


def _of_their_years(
    task: ColumnTask, spaces: Sequence[CodeSpace], kept: Sequence[int], picked: np.ndarray
) -> np.ndarray:
    """The space that names the year of each row's date (option `year_of`), where there is one."""
    dates = task.request.modelled.get(str(task.column.options.get("year_of", "")))
    if dates is None or not pd.api.types.is_datetime64_any_dtype(dates):
        return picked
    years = dates.dt.year.to_numpy()
    chosen = picked.copy()
    of_year: dict[int, list[int]] = {}
    for number in kept:
        for year in _YEAR.findall(spaces[number].shape.pattern):
            of_year.setdefault(int(year), []).append(number)
    for year, numbers in of_year.items():
        is_other = (years == year) & ~np.isin(picked, numbers)
        chosen[is_other] = numbers[0]
    return chosen


def _with_room(task: ColumnTask, spaces: Sequence[CodeSpace]) -> list[int]:
    """The spaces that have codes enough for their rows; none where only all of them together may have.

    A part of a job draws from every space by its global row numbers, so that it needs as many codes as
    the job has rows.
    """
    if len(spaces) == 1:
        return [0]
    is_whole = task.rows == task.request.job_rows
    total = sum(space.shape.share for space in spaces) or 1.0
    return [
        number
        for number, space in enumerate(spaces)
        if space.capacity >= task.request.job_rows
        or (is_whole and space.capacity >= _SPARE * space.shape.share / total * task.rows + 100)
    ]


def _draw_jointly(task: ColumnTask, spaces: Sequence[CodeSpace], advice: str) -> Rendered:
    """Codes of all spaces as if they were one, each code once."""
    ends = np.cumsum([space.codes.capacity for space in spaces])
    order = Permutation.seeded(max(1, int(ends[-1])), task.job_seed("joint"))
    numbers = task.pick(Codes(order), advice=advice)
    picked = np.searchsorted(ends, numbers.astype(np.int64), side="right")
    rendered: Rendered = []
    for number, space in enumerate(spaces):
        rows = np.flatnonzero(picked == number)
        first = np.uint64(ends[number] - space.codes.capacity)
        rendered.append((rows, space.render(space.codes.at(numbers[rows] - first))))
    return rendered


@dataclass(frozen=True, eq=False)
class CodeSpace:
    """The codes of one shape without those of real values.

    Where a shape has more codes than numbers can count, its first characters are counted and the others
    drawn.
    """

    task: ColumnTask
    template: CodeTemplate
    shape: CodeShape

    @property
    def capacity(self) -> int:
        """How many distinct codes may be used."""
        return self.codes.capacity

    @cached_property
    def codes(self) -> Codes:
        """The codes that may be used, in the order of the column."""
        counted = self.segments[0]
        if self.template.order == COUNTED_UP and len(self.segments) == 1:
            return self.task.consecutive(counted, self._excluded)
        return self.task.scattered(counted, self._excluded, self.shape.pattern)

    @cached_property
    def segments(self) -> list[Template]:
        """The freely chosen characters, cut where numbers of 62 bits end."""
        segments: list[list[np.ndarray]] = [[]]
        for part in template_fields(self.template.payload(self.shape).fields):
            if Template((*segments[-1], part)).size > LARGEST_SIZE:
                segments.append([])
            segments[-1].append(part)
        return [Template(tuple(fields)) for fields in segments]

    def render(self, codes: np.ndarray) -> np.ndarray:
        """Code points (rows × width, uint32) of whole codes, check digits included."""
        rng = self.task.shared_stream(f"{self.task.column.name}\0{self.shape.pattern}\0rest")
        parts = [self.segments[0].render_points(codes)]
        for segment in self.segments[1:]:
            drawn = rng.integers(0, segment.size, len(codes), dtype=np.uint64)
            parts.append(segment.render_points(drawn))
        points = np.empty((len(codes), self.shape.width), dtype=np.uint32)
        points[:, self._chosen_columns] = np.hstack(parts)
        self._vary_case(points, rng)
        return self._close(points, codes) if self.template.scheme else points

    def _vary_case(self, points: np.ndarray, rng: np.random.Generator) -> None:
        """Draw the case of letters that may be in both; codes differ in more than that."""
        characters = self.shape.characters
        for column in self._chosen_columns:
            small = [
                sign for sign in characters[column] if sign.islower() and sign.upper() in characters[column]
            ]
            if small:
                is_both = np.isin(points[:, column], [ord(sign.upper()) for sign in small])
                points[is_both & (rng.random(len(points)) < 0.5), column] += _CASE

    def _close(self, points: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Set the check digits, and before them the digit that keeps the check number below 10."""
        scheme = self.template.scheme
        columns = self.shape.columns_of(self.template.scope, scheme.width) if scheme else None
        if scheme is None or columns is None:
            raise SamplingError(
                f'Column "{self.task.column.name}": the pattern "{self.shape.pattern}" holds characters that '
                f"may be digits or letters, which the check digit `{self.template.check}` cannot read.",
                "remove the option `check` of the column, or set its `scope` to all.",
            )
        if self._yielding is not None:
            choices = np.array(
                [ord(text) for text in self.shape.singles[self.template.yielding(self.shape) or 0].choices]
            )
            turn = spread(codes, len(choices))
            points[:, self._yielding] = choices[turn.astype(np.int64)]
            numbers = scheme.compute(character_values(points[:, columns]))
            barred = np.flatnonzero(numbers > 9)
            following = (turn[barred].astype(np.int64) + 1) % len(choices)
            points[barred, self._yielding] = choices[following]
        numbers = scheme.compute(character_values(points[:, columns]))
        points[:, self.shape.width - scheme.width :] = check_points(scheme, numbers)
        return points

    @cached_property
    def _yielding(self) -> int | None:
        at = self.template.yielding(self.shape)
        return None if at is None else sum(field.width for field in self.shape.singles[:at])

    @cached_property
    def _chosen_columns(self) -> np.ndarray:
        end = self.shape.width - (self.template.scheme.width if self.template.scheme else 0)
        return np.array([at for at in range(end) if at != self._yielding], dtype=np.int64)

    @cached_property
    def _reader(self) -> Template:
        """The counted characters in capitals, without separators."""
        fields = (np.array([_compact(text) for text in part.tolist()]) for part in self.segments[0].fields)
        return Template(tuple(field for field in fields if field[0]))

    @cached_property
    def _excluded(self) -> np.ndarray:
        """The codes of the counted characters of real values."""
        reader = self._reader
        alphabet = self.shape.characters
        spelt = [at for at, characters in enumerate(alphabet) if any(map(str.isalnum, characters))]
        texts = self._real_texts(len(spelt), all(alphabet[at] <= set(DIGITS) for at in spelt))
        chosen = set(self._chosen_columns.tolist())
        kept = [at for at, column in enumerate(spelt) if column in chosen][: reader.width]
        if not len(texts):
            return np.empty(0, dtype=np.uint64)
        points = texts.astype(f"U{len(spelt)}").view(np.uint32).reshape(len(texts), -1)[:, kept]
        return reader.read(as_texts(points).tolist())

    def _real_texts(self, width: int, has_digits_only: bool) -> np.ndarray:
        """Real values of this width, letters and digits alone; leading zeros of mere digits do not count."""
        decimals = r"\.0$|" if _gives_integers(self.template) else ""
        texts = pa.array(self.task.protected(rf"{decimals}[^\pL\pN]", ""), type=pa.string())
        if has_digits_only:
            texts = texts.filter(pc.utf8_is_decimal(texts))
            texts = pc.utf8_lpad(pc.utf8_ltrim(texts, "0"), width, "0")
        # Other alphabets' characters take one place each as well.
        return texts.filter(pc.equal(pc.utf8_length(texts), width)).to_numpy(zero_copy_only=False)


def template_fields(fields: Sequence[CodeField]) -> list[np.ndarray]:
    """Fields of a template, in the order of their capitals; of texts that differ in case alone, one."""
    parts: list[np.ndarray] = []
    run = 0
    for field in (*fields, None):
        if field is not None and field.choices == DIGITS:
            run += field.repeat
            continue
        parts.extend(digit_fields(run) if run else ())
        run = 0
        if field is not None:
            folded = {_compact(text) or text: text for text in reversed(field.choices)}
            options = np.array([folded[text] for text in sorted(folded)])
            parts.extend([options] * field.repeat)
    return parts


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _gives_integers(template: CodeTemplate) -> bool:
    return template.is_integer and template.width <= _MOST_INTEGER_DIGITS


def _as_integers(points: np.ndarray) -> np.ndarray:
    numbers = np.zeros(len(points), dtype=np.int64)
    is_negative = points[:, 0] == ord("-")
    for column in points.T:
        numbers = numbers * 10 + np.where(column == ord("-"), 0, column.astype(np.int64) - ord("0"))
    return np.where(is_negative, -numbers, numbers)


def _advice(task: ColumnTask, template: CodeTemplate) -> str:
    digits = max(shape.digits for shape in template.shapes)
    asked, change = task.request, f"{task.column.name}.width={digits + 1}"
    command = columns_command(asked.dataset, f"{asked.table}.{change}" if asked.table else change)
    wider = f", or allow more digits: {command}"
    return f"ask for fewer rows{wider if digits else ''}."

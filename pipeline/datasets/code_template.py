r"""The template of a code: what stays, which characters change, and whether a check digit closes it.

A shape is written as a small part of regular expressions, for people and for `dataset.yaml`:
`BR-\d{4}`, `[A-Z]{2}\d{6}`, `INV-(2024|2025)-\d{5}`. Nothing in it is a whole value of the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from pipeline.datasets.check_digits import CHECK_SCHEMES, CheckScheme
from pipeline.datasets.code_patterns import DIGITS, PATTERN_HINT, CodeField, parse_code
from pipeline.errors import MetadataError

COUNTED_UP, SCATTERED = "up", "scattered"
CHECK_SCOPES = ("all", "digits", "tail")
_UNPADDED = r"(?:0|[1-9]\d{0,17})"


@dataclass(frozen=True)
class CodeShape:
    """Fields side by side, and the share (0–1) of the codes that look like this."""

    fields: tuple[CodeField, ...]
    share: float = 1.0

    @property
    def pattern(self) -> str:
        """The shape as a regular expression."""
        return "".join(field.pattern for field in self.fields)

    @property
    def width(self) -> int:
        """Characters of a code."""
        return sum(field.width for field in self.fields)

    @property
    def size(self) -> int:
        """Distinct texts, check digits not counted off."""
        return prod(field.size for field in self.fields)

    @property
    def singles(self) -> tuple[CodeField, ...]:
        """The fields with every repetition as a field of its own."""
        return tuple(replace(field, repeat=1) for field in self.fields for _ in range(field.repeat))

    @property
    def characters(self) -> list[set[str]]:
        """The characters that each position of a code may hold."""
        return [
            {choice[at] for choice in field.choices} for field in self.singles for at in range(field.width)
        ]

    def columns_of(self, scope: str, check_width: int) -> np.ndarray | None:
        """Positions that a scheme reads before the check digits; None where one may be digit or letter."""
        kinds = [_kind(characters) for characters in self.characters][:-check_width]
        if scope == "all":
            return np.array([at for at, kind in enumerate(kinds) if kind != "other"], dtype=np.int64)
        if "mixed" in kinds:
            return None
        digits = np.array([at for at, kind in enumerate(kinds) if kind == "digit"], dtype=np.int64)
        if scope == "digits" or not len(digits):
            return digits
        breaks = np.flatnonzero(np.diff(digits) > 1)
        # A check digit behind a separator belongs to the run before it.
        return digits[breaks[-1] + 1 :] if len(breaks) else digits

    def with_digits(self, width: int) -> CodeShape:
        """The shape with `width` digits in its last run of digits that change."""
        at = self._number()
        if at is None:
            return self
        first, last = at
        run = self.fields[first : last + 1]
        wanted = max(0, width - 1) if run[0].choices != DIGITS else width
        lead = (replace(run[0], repeat=1),) if run[0].choices != DIGITS else ()
        digits = (CodeField(DIGITS, wanted),) if wanted else ()
        before, behind = self._around(first, last)
        return replace(self, fields=(*before, *lead, *digits, *behind))

    @property
    def grown(self) -> str:
        """A regular expression for the shape with a last number of any length that is not padded."""
        at = self._number()
        if at is None:
            return self.pattern
        before, behind = (replace(self, fields=part) for part in self._around(*at))
        return f"{before.pattern}{_UNPADDED}{behind.pattern}"

    def _around(self, first: int, last: int) -> tuple[tuple[CodeField, ...], tuple[CodeField, ...]]:
        return self.fields[:first], self.fields[last + 1 :]

    @property
    def digits(self) -> int:
        """Width of the last run of digits that change; 0 where there is none."""
        at = self._number()
        return 0 if at is None else sum(field.width for field in self.fields[at[0] : at[1] + 1])

    def _number(self) -> tuple[int, int] | None:
        """First and last position of the last run of digits that change."""
        positions = [position for position, field in enumerate(self.fields) if field.is_digits]
        if not positions:
            return None
        first = last = positions[-1]
        while first - 1 in positions:
            first -= 1
        return first, last


@dataclass(frozen=True)
class CodeTemplate:
    """The shapes of a column of codes.

    `check` names a scheme of `CHECK_SCHEMES` (empty: none) over the characters of `scope`: all letters and
    digits, the digits, or the last run of digits. `order` says whether rows count up or are scattered;
    `grows`, whether numbers without leading zeros may get more digits; `is_integer`, whether codes are
    whole numbers and no texts.
    """

    shapes: tuple[CodeShape, ...]
    check: str = ""
    scope: str = "all"
    order: str = SCATTERED
    grows: bool = False
    is_integer: bool = False

    @property
    def scheme(self) -> CheckScheme | None:
        """The scheme of the check digit."""
        return CHECK_SCHEMES[self.check] if self.check else None

    @property
    def capacity(self) -> int:
        """How many distinct codes there are, those of the real table included."""
        return sum(self.payload(shape).size for shape in self.shapes)

    @property
    def width(self) -> int:
        """Characters of the longest code."""
        return max(shape.width for shape in self.shapes)

    @property
    def pattern(self) -> str:
        """A regular expression (Python and RE2) for every code of the template."""
        return "|".join(shape.pattern for shape in self.shapes)

    def payload(self, shape: CodeShape) -> CodeShape:
        """What of a shape is chosen freely: all but its check digits and the digit that gives way to them."""
        fields = shape.singles
        end = len(fields) - (self.scheme.width if self.scheme else 0)
        yielding = self.yielding(shape)
        return replace(shape, fields=tuple(f for at, f in enumerate(fields[:end]) if at != yielding))

    def yielding(self, shape: CodeShape) -> int | None:
        """Position in `shape.singles` of the digit that is set so that the check number is below 10.

        None where every check number can be written.
        """
        if self.scheme is None or not self.scheme.gives_x or "X" in shape.fields[-1].choices:
            return None
        return max(at for at, field in enumerate(shape.singles[:-1]) if field.is_digits)

    def with_width(self, width: int) -> CodeTemplate:
        """The template with `width` digits in the last number of every shape."""
        return replace(self, shapes=tuple(shape.with_digits(width) for shape in self.shapes))

    def as_options(self) -> dict[str, Any]:
        """Plain values for `dataset.yaml`; `from_options` reads them."""
        options: dict[str, Any] = {"patterns": [shape.pattern for shape in self.shapes]}
        if len(self.shapes) > 1:
            options["shares"] = [round(shape.share, 4) for shape in self.shapes]
        if self.check:
            options |= {"check": self.check, "scope": self.scope}
        options |= {"order": self.order} if self.order != SCATTERED else {}
        options |= {"grows": True} if self.grows else {}
        return options | ({"integer": True} if self.is_integer else {})

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> CodeTemplate:
        """The template that options describe; `width` sets the digits of the last number of each shape.

        Raises MetadataError where they describe none.
        """
        patterns = options.get("patterns") or ()
        patterns = [patterns] if isinstance(patterns, str) else list(patterns)
        shares = options.get("shares") or [1.0 / max(1, len(patterns))] * len(patterns)
        if not patterns or len(shares) != len(patterns) or not all(share >= 0 for share in shares):
            raise MetadataError(
                "A code needs `patterns`, and one share per pattern if `shares` is set.", PATTERN_HINT
            )
        template = cls(
            tuple(
                CodeShape(parse_code(text), float(share))
                for text, share in zip(patterns, shares, strict=True)
            ),
            _one_of(options, "check", ("", *CHECK_SCHEMES)),
            _one_of(options, "scope", CHECK_SCOPES),
            _one_of(options, "order", (SCATTERED, COUNTED_UP)),
            bool(options.get("grows", False)),
            bool(options.get("integer", False)),
        )
        template = template.with_width(int(options["width"])) if options.get("width") else template
        _require_room_for_check(template)
        return template


def accepted_pattern(options: Mapping[str, Any]) -> str:
    """A regular expression (Python and RE2) for the codes that options describe, made or real.

    Numbers that may grow have any length, shorter ones of the table included; where `width` was set to
    another number of digits, codes have either.
    """
    patterns = options.get("patterns") or ()
    written = [patterns] if isinstance(patterns, str) else list(patterns)
    if options.get("grows"):
        template = CodeTemplate.from_options({"patterns": written})
        written = [shape.grown for shape in template.shapes]
    elif options.get("width"):
        template = CodeTemplate.from_options({"patterns": written, "width": options["width"]})
        written += [shape.pattern for shape in template.shapes]
    return "|".join(f"(?:{pattern})" for pattern in dict.fromkeys(written))


def _one_of(options: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
    value = str(options.get(name) or allowed[0])
    if value not in allowed:
        raise MetadataError(
            f'The option `{name}` of a code is "{value}".',
            f"use one of {', '.join(word for word in allowed if word)}.",
        )
    return value


def _require_room_for_check(template: CodeTemplate) -> None:
    scheme = template.scheme
    if scheme is None:
        return
    for shape in template.shapes:
        # Letters count where a scheme reads them (ISO 17442: 18 letters and digits before the two of an LEI).
        counted = [
            field
            for field in shape.fields
            if _may_hold_check(field) or (scheme.reads_letters and not field.is_literal)
        ]
        width = sum(field.width for field in counted)
        ends = shape.singles[-scheme.width :]
        if not all(map(_may_hold_check, ends)) or width <= scheme.width + scheme.gives_x:
            raise MetadataError(f'The pattern "{shape.pattern}" does not end in a check digit.', PATTERN_HINT)


def _may_hold_check(field: CodeField) -> bool:
    return not field.is_literal and set(field.choices) <= {*DIGITS, "X"}


def _kind(characters: set[str]) -> str:
    if characters <= set(DIGITS):
        return "digit"
    if any(character in DIGITS for character in characters):
        return "mixed"
    return "letter" if all(character.isalnum() for character in characters) else "other"

r"""The template of a code: what stays, which characters change, and whether a check digit closes it.

A shape is written as a small part of regular expressions, for people and for `dataset.yaml`:
`BR-\d{4}`, `[A-Z]{2}\d{6}`, `INV-(2024|2025)-\d{5}`. Nothing in it is a whole value of the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from pipeline.datasets.check_digits import CHECK_SCHEMES, CheckScheme
from pipeline.errors import MetadataError

DIGITS = tuple("0123456789")
COUNTED_UP, SCATTERED = "up", "scattered"
CHECK_SCOPES = ("all", "digits", "tail")

_SPECIAL = frozenset(r"\.^$|?*+()[]{}")
_TOKEN = re.compile(r"(?:(\\d)|\[((?:\\.|[^\]\\])+)\]|\(((?:\\.|[^()\\])+)\)|\\(.)|([^\\\[\](){}]))(?:\{(\d+)\})?")
_HINT = r"write it like BR-\d{4}, [A-Z]{2}\d{6} or INV-(2024|2025)-\d{5}."
_LONGEST = 200


@dataclass(frozen=True)
class CodeField:
    """One of `choices` (sorted, equally long), `repeat` times in a row, each time anew."""

    choices: tuple[str, ...]
    repeat: int = 1

    @property
    def is_literal(self) -> bool:
        """Whether it always reads the same."""
        return len(self.choices) == 1

    @property
    def is_digits(self) -> bool:
        """Whether it holds digits that change."""
        return len(self.choices) > 1 and all(len(text) == 1 and text in DIGITS for text in self.choices)

    @property
    def width(self) -> int:
        """Characters."""
        return len(self.choices[0]) * self.repeat

    @property
    def size(self) -> int:
        """Distinct texts."""
        return len(self.choices) ** self.repeat

    @property
    def pattern(self) -> str:
        """The field as a regular expression."""
        if self.is_literal:
            return _escape(self.choices[0] * self.repeat)
        text = r"\d" if self.choices == DIGITS else _written(self.choices)
        return text if self.repeat == 1 else f"{text}{{{self.repeat}}}"


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

    def without_end(self, width: int) -> CodeShape:
        """The shape less its last characters, which have to be fields of single characters."""
        fields = list(self.fields)
        while width > 0:
            last = fields.pop()
            if len(last.choices[0]) > 1:
                last = CodeField((last.choices[0][:-1],)) if last.is_literal else last
                fields.append(last)
            elif last.repeat > 1:
                fields.append(replace(last, repeat=last.repeat - 1))
            width -= 1
        return replace(self, fields=tuple(fields))

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
        return replace(self, fields=(*self.fields[:first], *lead, *digits, *self.fields[last + 1 :]))

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
    digits, the digits, or the last run of digits. `order` tells whether rows count up or are scattered;
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
        """What of a shape is chosen freely.

        Where a check number of 10 cannot be written, one digit gives way, so that none comes up.
        """
        if self.scheme is None:
            return shape
        return shape.without_end(self.scheme.width + self.yields_digit(shape))

    def yields_digit(self, shape: CodeShape) -> bool:
        """Whether a digit before the check digit is set so that the check number is below 10."""
        if self.scheme is None or not self.scheme.gives_x:
            return False
        return "X" not in shape.fields[-1].choices

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
            raise MetadataError("A code needs `patterns`, and as many `shares` where it has them.", _HINT)
        template = cls(
            tuple(CodeShape(parse_code(text), float(share)) for text, share in zip(patterns, shares, strict=True)),
            _one_of(options, "check", ("", *CHECK_SCHEMES)),
            _one_of(options, "scope", CHECK_SCOPES),
            _one_of(options, "order", (SCATTERED, COUNTED_UP)),
            bool(options.get("grows", False)),
            bool(options.get("integer", False)),
        )
        template = template.with_width(int(options["width"])) if options.get("width") else template
        _require_room_for_check(template)
        return template


def parse_code(pattern: str) -> tuple[CodeField, ...]:
    """The fields of a pattern; MetadataError where it uses more than literals, classes and choices."""
    fields: list[CodeField] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or not 0 < int(token[6] or 1) <= _LONGEST:
            raise MetadataError(f'The pattern "{pattern}" of a code cannot be read.', _HINT)
        fields.append(CodeField(_choices(token, pattern), int(token[6] or 1)))
        position = token.end()
    if not any(len(field.choices) > 1 for field in fields):
        raise MetadataError(f'The pattern "{pattern}" of a code gives one value only.', _HINT)
    return merge_fields(fields)


def merge_fields(fields: Iterable[CodeField]) -> tuple[CodeField, ...]:
    """Equal neighbours as one field; literals joined."""
    merged: list[CodeField] = []
    for field in fields:
        last = merged[-1] if merged else None
        if last is not None and last.is_literal and field.is_literal:
            merged[-1] = CodeField((last.choices[0] * last.repeat + field.choices[0] * field.repeat,))
        elif last is not None and last.choices == field.choices:
            merged[-1] = replace(last, repeat=last.repeat + field.repeat)
        else:
            merged.append(field)
    return tuple(merged)


def _choices(token: re.Match[str], pattern: str) -> tuple[str, ...]:
    if token[1]:
        return DIGITS
    if token[2]:
        return _class_members(token[2])
    if token[3]:
        words = tuple(sorted({re.sub(r"\\(.)", r"\1", word) for word in re.split(r"(?<!\\)\|", token[3])}))
        if len({len(word) for word in words}) > 1 or not words[0]:
            raise MetadataError(f'The choices of "{pattern}" are not equally long.', _HINT)
        return words
    return (token[4] or token[5],)


def _class_members(text: str) -> tuple[str, ...]:
    characters = re.findall(r"\\.|.", text)
    plain = [character[-1] for character in characters]
    members: set[str] = set()
    position = 0
    while position < len(plain):
        if position + 2 < len(plain) and characters[position + 1] == "-":
            members |= {chr(point) for point in range(ord(plain[position]), ord(plain[position + 2]) + 1)}
            position += 3
        else:
            members.add(plain[position])
            position += 1
    return tuple(sorted(members or {""}))


def _written(choices: Sequence[str]) -> str:
    if len(choices[0]) > 1:
        return f"({'|'.join(map(_escape, choices))})"
    runs: list[list[str]] = []
    for character in choices:
        if runs and ord(character) == ord(runs[-1][-1]) + 1 and character.isalnum():
            runs[-1].append(character)
        else:
            runs.append([character])
    return f"[{''.join(f'{run[0]}-{run[-1]}' if len(run) > 2 else ''.join(map(_in_class, run)) for run in runs)}]"


def _escape(text: str) -> str:
    return "".join(f"\\{character}" if character in _SPECIAL else character for character in text)


def _in_class(character: str) -> str:
    return character if character.isalnum() else f"\\{character}"


def _one_of(options: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
    value = str(options.get(name) or allowed[0])
    if value not in allowed:
        raise MetadataError(
            f'The option `{name}` of a code is "{value}".',
            f"use one of {', '.join(word for word in allowed if word)}.",
        )
    return value


def _require_room_for_check(template: CodeTemplate) -> None:
    scheme: CheckScheme | None = template.scheme
    if scheme is None:
        return
    fits: Callable[[CodeField], bool] = lambda field: field.is_digits or set(field.choices) <= {*DIGITS, "X"}
    for shape in template.shapes:
        end = sum(field.width for field in shape.fields if fits(field))
        if not fits(shape.fields[-1]) or end <= scheme.width + scheme.gives_x:
            raise MetadataError(f'The pattern "{shape.pattern}" does not end in a check digit.', _HINT)

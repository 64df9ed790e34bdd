r"""Patterns of codes: a small part of regular expressions, read into fields and written back.

Literals, `\d`, classes such as `[A-HJ-N]`, choices such as `(2024|2025)`, and `{n}` behind any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import MetadataError

DIGITS = tuple("0123456789")
PATTERN_HINT = r"write it like BR-\d{4}, [A-Z]{2}\d{6} or INV-(2024|2025)-\d{5}."

_SPECIAL = frozenset(r"\.^$|?*+()[]{}")
_TOKEN = re.compile(
    r"(?:(\\d)|\[((?:\\.|[^\]\\])+)\]|\(((?:\\.|[^()\\])+)\)|\\(.)|([^\\\[\](){}]))(?:\{(\d+)\})?"
)
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


def parse_code(pattern: str) -> tuple[CodeField, ...]:
    """The fields of a pattern; MetadataError where it uses more than literals, classes and choices."""
    fields: list[CodeField] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or not 0 < int(token[6] or 1) <= _LONGEST:
            raise MetadataError(f'The pattern "{pattern}" of a code cannot be read.', PATTERN_HINT)
        fields.append(CodeField(_choices(token, pattern), int(token[6] or 1)))
        position = token.end()
    if not all(field.is_literal or "".join(field.choices).isalnum() for field in fields):
        raise MetadataError(
            f'A class or choice of "{pattern}" contains characters other than letters and digits.',
            PATTERN_HINT,
        )
    if not any(len(field.choices) > 1 for field in fields):
        raise MetadataError(f'The pattern "{pattern}" of a code gives one value only.', PATTERN_HINT)
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
            raise MetadataError(f'The choices of "{pattern}" are not equally long.', PATTERN_HINT)
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
    return f"[{''.join(map(_written_run, runs))}]"


def _written_run(run: Sequence[str]) -> str:
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else "".join(map(_in_class, run))


def _escape(text: str) -> str:
    return "".join(f"\\{character}" if character in _SPECIAL else character for character in text)


def _in_class(character: str) -> str:
    return character if character.isalnum() else f"\\{character}"

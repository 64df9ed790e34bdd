"""Patterns of dates, times and periods: one small language for reading shapes and for writing.

Directives are those of strftime (`%d %m %Y %y %H %I %M %S %p %b %B`), with `%-d %-m %-H %-I` for
numbers without a leading zero and `%P` for am and pm as in the C library, `%3f` for a fraction of three
digits, `%z` for an offset, `%q` for the quarter, and `%j` for the day of the year in
three digits. `%G` and `%V` are the year and week of ISO 8601, `%u` the day of that week from 1, `%h` the
half of a year, and `%N` (two digits) and `%L` (four) the year after `%y` or `%Y`, as fiscal years name both.
`%o` and `%O` are the day with its ending: 2nd, or 2ND.
`%C` is the century before `%y` as mainframes write it in one digit: 0 from 1900, 1 from 2000 on.
`%a` and `%A` are names of days of the week, `%Z` that of a time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.datasets.forms.form import refuse_unless
from pipeline.datasets.forms.month_names import month_numbers
from pipeline.datasets.forms.zone_names import ZONES, day_words

_DIRECTIVE = re.compile(r"%(-[dmHIV]|[1-9]f|[dmYyHIMSpPbBzZqjaAGVuhNLCoO])")
_NUMERIC = "dmYyHIMSqjGVuhNLC"
_TWO = "99"
_ONE_OR_TWO = "99?"
_MERIDIEM = r"[AaPp]\.?[Mm]\.?"
_ORDINAL = r"99?(?:[sS][tT]|[nN][dD]|[rR][dD]|[tT][hH])"
_OFFSET = r"Z|z|(?:[+-]|−)99(?::?99)?"


@dataclass(frozen=True)
class Token:
    """A directive (`name` without padding mark, `width` of a fraction) or a literal (`name` empty)."""

    name: str
    text: str
    is_padded: bool = True
    width: int = 0


@lru_cache(maxsize=512)
def parse_pattern(pattern: str) -> tuple[Token, ...]:
    """The tokens of a pattern."""
    tokens, at = [], 0
    for found in _DIRECTIVE.finditer(pattern):
        if found.start() > at:
            tokens.append(Token("", pattern[at : found.start()]))
        tokens.append(_token(found[1]))
        at = found.end()
    if at < len(pattern):
        tokens.append(Token("", pattern[at:]))
    return tuple(tokens)


def directives(pattern: str) -> list[str]:
    """The names of the directives of a pattern, in order."""
    return [token.name for token in parse_pattern(pattern) if token.name]


def check_pattern(kind: str, pattern: str, needed: tuple[set[str], ...], allowed: str) -> None:
    """Raise MetadataError unless a pattern has one of the needed sets of directives, each once, no others."""
    names = directives(pattern)
    literals = "".join(token.text for token in parse_pattern(pattern) if not token.name)
    hint = f"use directives such as {' '.join('%' + name for name in allowed)}, each once."
    is_known = len(names) == len(set(names)) and set(names) <= set(allowed) and "%" not in literals
    refuse_unless(is_known and not re.search("[0-9]", literals), kind, "pattern", pattern, hint)
    refuse_unless(any(directives_ <= set(names) for directives_ in needed), kind, "pattern", pattern, hint)


@lru_cache(maxsize=1024)
def shape_pattern(pattern: str, language: str) -> re.Pattern[bytes]:
    """The shapes that a pattern reads, with a group for each directive.

    Numbers may have a leading zero or not, fractions any number of digits, offsets any style; a number
    that follows another one directly has its full width.
    """
    tokens = parse_pattern(pattern)
    parts = []
    for at, token in enumerate(tokens):
        is_tight = _is_number(tokens, at - 1) or _is_number(tokens, at + 1)
        parts.append(_part(token, language, is_tight))
    return re.compile("".join(parts).encode(), re.DOTALL)


@lru_cache(maxsize=16384)
def match_shape(shape: bytes, pattern: str, language: str) -> dict[str, tuple[int, int]] | None:
    """Where the directives of a pattern are in a shape, in bytes, or None when it does not fit."""
    found = shape_pattern(pattern, language).fullmatch(shape)
    return None if found is None else {name: found.span(name) for name in found.groupdict()}


def _token(text: str) -> Token:
    if text.endswith("f"):
        return Token("f", "%" + text, width=int(text[0]))
    return Token(text[-1], "%" + text, is_padded=text[0] != "-")


def _is_number(tokens: tuple[Token, ...], at: int) -> bool:
    return 0 <= at < len(tokens) and tokens[at].name in _NUMERIC and tokens[at].name != ""


def _part(token: Token, language: str, is_tight: bool) -> str:
    if not token.name:
        return re.escape(token.text)
    return f"(?P<{token.name}>{_expression(token, language, is_tight)})"


def _expression(token: Token, language: str, is_tight: bool) -> str:
    match token.name:
        case "Y" | "G" | "L":
            return "9999"
        case "j":
            return "999"
        case "q" | "h" | "C" | "u":
            return "9"
        case "f":
            return "9{1,9}"
        case "o" | "O":
            return _ORDINAL
        case "z":
            return _OFFSET
        case "p" | "P":
            return _MERIDIEM
        case "Z":
            return "|".join(sorted(ZONES, key=len, reverse=True))
        case "a" | "A":
            return _words(dict.fromkeys(day_words(token.name, language, "lower"), 0))
        case "b" | "B":
            return _words(month_numbers(token.name, language))
        case "d" | "m" | "H" | "I" | "V" if not is_tight:
            return _ONE_OR_TWO
    return _TWO


def _words(words: dict[str, int]) -> str:
    """Names of months in any case; bytes know case only for ASCII, so the usual cases are spelled out."""
    spelled = {case(word) for word in words for case in (str.lower, str.title, str.upper)}
    return "|".join(re.escape(word) for word in sorted(spelled, key=len, reverse=True))

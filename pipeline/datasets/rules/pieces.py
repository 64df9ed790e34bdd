"""The text of one rule, piece by piece, and what is wrong with it where it is."""

from __future__ import annotations

import re

from pipeline.datasets.rules.expression import NAME, unquote
from pipeline.errors import MetadataError

_MOMENT = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?"
_PIECE = re.compile(rf"\s*(?P<piece>{_MOMENT}|\d+(?:\.\d+)?|{NAME}|>=|<=|[-+*/().,|=<>])")
MOST_CHARACTERS = 1_000
EXAMPLE = "accounts.closed >= accounts.opened"
SINGLE_EXAMPLE = "closed >= opened"


class Pieces:
    """Names, numbers, dates and signs of a text, with the place that reading has come to."""

    def __init__(self, text: str, example: str = EXAMPLE) -> None:
        self._text = text
        self._example = example
        self._pieces = self._split(text)
        self._place = 0

    def _split(self, text: str) -> list[str]:
        pieces, end = [], 0
        while text[end:].strip() and end < MOST_CHARACTERS:
            found = _PIECE.match(text, end)
            if found is None:
                raise self.reject(f'"{text[end:].strip()[:20]}" cannot be read')
            pieces.append(found["piece"])
            end = found.end()
        if text[end:].strip():
            raise self.reject(f"it is longer than {MOST_CHARACTERS} characters")
        return pieces

    def reject(self, reason: str, hint: str = "") -> MetadataError:
        """The error for a rule that cannot be used."""
        return MetadataError(
            f"The rule {self._text.strip()[:200]!r} cannot be used: {reason}.",
            hint or f'write for example "{self._example}"; docs/rules.md lists every kind.',
        )

    def peek(self, ahead: int = 0) -> str:
        """The piece that comes next, or later; "" at the end."""
        place = self._place + ahead
        return self._pieces[place] if place < len(self._pieces) else ""

    def next(self) -> str:
        """Take the next piece."""
        piece = self.peek()
        self._place += 1
        return piece

    def rest(self) -> str:
        """What has not been read."""
        return " ".join(self._pieces[self._place :])

    def expect(self, piece: str, where: str) -> None:
        """Take one piece; MetadataError where another comes."""
        if self.peek() != piece:
            raise self.reject(
                f'"{piece}" is missing {where}' + (f', before "{self.rest()}"' if self.peek() else "")
            )
        self.next()

    def read_name(self, what: str) -> str:
        """Take a name; MetadataError where something else comes."""
        if not re.fullmatch(NAME, self.peek()):
            raise self.reject(
                f"{what} is missing" + (f' before "{self.rest()}"' if self.peek() else " at the end")
            )
        return unquote(self.next())

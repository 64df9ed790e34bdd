"""What people call a run: a title and tags, and how they are read and stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import DataError

LONGEST_TITLE = 80
MOST_TAGS = 10
_TAG = re.compile(r"[\w.-]{1,32}")


@dataclass(frozen=True)
class Labels:
    """The title of a run, None where it has none, and its tags in alphabetical order."""

    title: str | None = None
    tags: tuple[str, ...] = ()


def read_title(text: str) -> str | None:
    """A title without surrounding space, None where nothing is left; DataError where it cannot be used."""
    title = " ".join(text.split())
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise DataError(
            f"The title has {len(title)} characters, or some that cannot be printed.",
            f"write at most {LONGEST_TITLE} printable characters.",
        )
    return title or None


def read_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Tags in lower case and alphabetical order, each once; DataError where one cannot be used."""
    tags = sorted({text.strip().lower() for text in texts if text.strip()})
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise DataError(
                f'"{tag}" is not a valid tag.', "write 1 to 32 letters, digits, dots, dashes and underscores."
            )
    if len(tags) > MOST_TAGS:
        raise DataError(f"{len(tags)} tags were given.", f"give a run at most {MOST_TAGS}.")
    return tuple(tags)


def write_tags(tags: tuple[str, ...]) -> str | None:
    """Tags as the table of runs keeps them; each stands in quotes, by which `quote_tag` finds it."""
    return json.dumps(tags, ensure_ascii=False) if tags else None


def quote_tag(tag: str) -> str:
    """A tag as it stands in what `write_tags` gives."""
    return json.dumps(tag.strip().lower(), ensure_ascii=False)

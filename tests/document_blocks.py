"""The code blocks of README and docs: their language, why one is not run, and the commands in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
_FENCE = re.compile(r"^( *)```(.*)$")


@dataclass(frozen=True)
class Block:
    """One block: its language, its text, and the reason given where it is not to be run."""

    document: Path
    line: int
    language: str
    reason: str
    text: str


def list_blocks(document: Path) -> list[Block]:
    """The blocks of a document in order; ValueError for one that is not closed."""
    found: list[Block] = []
    opened: tuple[int, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and opened is None:
            opened, lines = (number, fence[2]), []
        elif fence and opened is not None:
            language, _, reason = opened[1].partition(" no-run: ")
            found.append(Block(document, opened[0], language, reason, "\n".join(lines)))
            opened = None
        elif opened is not None:
            lines.append(line)
    if opened is not None:
        raise ValueError(f"{document.name}:{opened[0]}: this block is not closed.")
    return found


def list_commands(block: Block) -> list[str]:
    """The commands of a shell block, each on one line, without comments."""
    joined = block.text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if shlex.split(line, comments=True)]

"""Files as responses, in pieces, with their checksum."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from fastapi.responses import StreamingResponse

_CHUNK_BYTES = 2**16
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


def stream(content: bytes, filename: str, mime: str, headers: Mapping[str, str]) -> StreamingResponse:
    """A file with its name, length and checksum, and further headers."""
    described = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Content-Length": str(len(content)),
        "X-SHA256": hashlib.sha256(content).hexdigest(),
        **headers,
    }
    return StreamingResponse(_cut(content), media_type=mime, headers=described)


def tell_headline(said: Mapping[str, Any]) -> dict[str, str]:
    """The verdict of what a file holds, as headers; column names in it may be of any script."""
    figure = said["figure"]
    scores = {"X-Quality": figure["score"], "X-Floor": figure["floor"], "X-Ceiling": figure["ceiling"]}
    return {
        **{name: "" if score is None else f"{score:.4f}" for name, score in scores.items()},
        "X-Verdict": said["verdict"],
        "X-Reason": quote(said["reason"], safe=_PRINTABLE),
        "X-Next-Step": quote(said["next_step"], safe=_PRINTABLE),
        "X-Warnings": str(len(said["findings"])),
    }


async def _cut(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _CHUNK_BYTES):
        yield content[start : start + _CHUNK_BYTES]

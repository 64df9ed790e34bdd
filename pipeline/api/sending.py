"""Files as responses, in pieces, with their checksum."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping

from fastapi.responses import StreamingResponse

_CHUNK_BYTES = 2**16


def stream(content: bytes, filename: str, mime: str, headers: Mapping[str, str]) -> StreamingResponse:
    """A file with its name, length and checksum, and further headers."""
    described = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Content-Length": str(len(content)),
        "X-SHA256": hashlib.sha256(content).hexdigest(),
        **headers,
    }
    return StreamingResponse(_cut(content), media_type=mime, headers=described)


async def _cut(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _CHUNK_BYTES):
        yield content[start : start + _CHUNK_BYTES]

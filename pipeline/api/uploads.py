"""Uploaded files, and the fields that say how they are read."""

from __future__ import annotations

from typing import Annotated, BinaryIO

from fastapi import Form, UploadFile

from pipeline.datasets.source import ReadOptions, parse_header

_Word = Annotated[str | None, Form(max_length=64)]
_Words = Annotated[list[str] | None, Form(max_length=100)]


def take(upload: UploadFile | None) -> tuple[str | None, BinaryIO] | None:
    """The name and the content of an upload; None stays None."""
    return (upload.filename, upload.file) if upload else None


def read_options(
    header: Annotated[
        str | None, Form(max_length=9, description="Row of the header, from 1 and after skip_rows, or none.")
    ] = None,
    skip_rows: Annotated[int | None, Form(ge=0, le=10**6)] = None,
    sheet: _Word = None,
    separator: _Word = None,
    encoding: _Word = None,
    decimal: _Word = None,
    day_first: Annotated[bool | None, Form()] = None,
    missing: _Words = None,
    public: _Words = None,
) -> ReadOptions:
    """How an uploaded file is read; what is absent or empty is guessed."""
    return ReadOptions(
        parse_header(header),
        skip_rows,
        sheet or None,
        separator or None,
        encoding or None,
        decimal or None,
        day_first,
        tuple(word for word in missing or () if word),
        tuple(name for name in public or () if name),
    )

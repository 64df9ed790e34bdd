"""Blanks that do not break within codes: templates are learned in ASCII, with a sign in their place."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.code_patterns import CodeField
from pipeline.datasets.code_template import CodeTemplate

_HARD_BLANKS, _STAND_IN = ("\u00a0", "\u202f"), "~"


def hide_hard_blanks(texts: pa.Array) -> tuple[pa.Array, str]:
    """Texts with a sign in place of the blank that does not break, and that blank; "" without one."""
    blank = next((one for one in _HARD_BLANKS if pc.any(pc.match_substring(texts, one)).as_py()), "")
    if not blank or pc.any(pc.match_substring(texts, _STAND_IN)).as_py():
        return texts, ""
    return pc.replace_substring(texts, blank, _STAND_IN), blank


def put_back(template: CodeTemplate, blank: str) -> CodeTemplate:
    """The template with the blank in place of the sign; as it is where there is no blank."""
    if not blank:
        return template
    shapes = (
        replace(shape, fields=tuple(_put_back(field, blank) for field in shape.fields))
        for shape in template.shapes
    )
    return replace(template, shapes=tuple(shapes))


def _put_back(field: CodeField, blank: str) -> CodeField:
    return replace(field, choices=tuple(text.replace(_STAND_IN, blank) for text in field.choices))

"""Whether codes are counted up from row to row, and whether their numbers may get more digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.code_template import COUNTED_UP, SCATTERED, CodeShape, CodeTemplate

_DENSE = 0.5  # of the numbers between the lowest and the highest are there, where rows are counted


def ordered(template: CodeTemplate, texts: pa.Array) -> CodeTemplate:
    """The template with its order; numbers that rows count up without leading zeros may grow."""
    bodies = {_without_number(shape) for shape in template.shapes}
    if len(bodies) != 1 or None in bodies:
        return template
    numbers = _last_numbers(texts, template.shapes[0])
    if numbers is None or len(numbers) < 2:
        return template
    spread = int(numbers.max()) - int(numbers.min()) + 1
    is_dense = len(numbers) >= _DENSE * spread
    is_up = is_dense and (np.diff(numbers) > 0).mean() >= 0.95
    is_unpadded = all("0" not in _number_lead(shape) or shape.digits == 1 for shape in template.shapes)
    order = COUNTED_UP if is_up else SCATTERED
    if not (is_dense and is_unpadded):
        return replace(template, order=order if len(template.shapes) == 1 else SCATTERED)
    widest = max(template.shapes, key=lambda shape: shape.width)
    whole = replace(widest, share=1.0).with_digits(widest.digits)
    return replace(template, shapes=(whole,), order=order, grows=True)


def _without_number(shape: CodeShape) -> tuple[str, str] | None:
    """The literals around the only number that changes; None where something else changes too."""
    changing = [at for at, field in enumerate(shape.fields) if len(field.choices) > 1]
    if not changing or not all(shape.fields[at].is_digits for at in range(changing[0], changing[-1] + 1)):
        return None
    before, behind = shape.fields[: changing[0]], shape.fields[changing[-1] + 1 :]
    return "".join(f.choices[0] for f in before), "".join(f.choices[0] for f in behind)


def _number_lead(shape: CodeShape) -> tuple[str, ...]:
    return next(field.choices for field in shape.fields if len(field.choices) > 1)


def _last_numbers(texts: pa.Array, shape: CodeShape) -> np.ndarray | None:
    """The numbers that change, in row order; None where they are too long to be counted."""
    around = _without_number(shape)
    if around is None or not len(texts):
        return None
    plain = pc.utf8_slice_codeunits(texts, len(around[0]))
    if around[1]:
        plain = pc.utf8_slice_codeunits(plain, 0, -len(around[1]))
    if pc.max(pc.utf8_length(plain)).as_py() > 18:
        return None
    return pc.cast(plain, pa.int64()).to_numpy()

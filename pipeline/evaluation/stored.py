"""An evaluation as text that is read back whole: what was measured once is not measured again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.evaluation.results import Evaluation

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def write_evaluation(evaluation: Evaluation) -> str:
    """The evaluation as JSON; `read_evaluation` gives an equal one."""
    from pydantic_core import to_json

    return to_json(evaluation, fallback=_simplify).decode()


def read_evaluation(text: str) -> Evaluation | None:
    """An evaluation as it was written; None where a version with other fields has written it."""
    from pydantic import ValidationError

    try:
        evaluation: Evaluation = _adapter().validate_json(text)
    except ValidationError:
        return None
    return evaluation


def _simplify(value: Any) -> Any:
    """Plain values of mappings that are no dictionaries, and of numbers of numpy."""
    return dict(value) if isinstance(value, Mapping) else value.item()


@cache
def _adapter() -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(Evaluation)

"""Evidence as text that is read back whole: what was measured once is not measured again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pipeline.evaluation.results import Evaluation

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Evidence = TypeVar("Evidence")


def write_evaluation(evaluation: Any) -> str:
    """The evaluation of a table, or of several, as JSON; `read_evaluation` gives an equal one."""
    from pydantic_core import to_json

    return to_json(evaluation, fallback=_simplify).decode()


def read_evaluation(text: str) -> Evaluation | None:
    """An evaluation as it was written; None where a version with other fields has written it."""
    return read_evidence(text, Evaluation)


def read_evidence(text: str, kind: type[Evidence]) -> Evidence | None:
    """Evidence of a type as it was written; None where a version with other fields has written it."""
    from pydantic import ValidationError

    try:
        evidence: Evidence = _adapter(cast("Hashable", kind)).validate_json(text)
    except ValidationError:
        return None
    return evidence


def _simplify(value: Any) -> Any:
    """Plain values of mappings that are no dictionaries, and of numbers of numpy."""
    return dict(value) if isinstance(value, Mapping) else value.item()


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)

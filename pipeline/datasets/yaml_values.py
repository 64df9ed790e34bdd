"""Values as files in YAML hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_yaml(value: Any) -> Any:
    """Mappings and tuples as YAML types."""
    if isinstance(value, Mapping):
        return {key: as_yaml(item) for key, item in value.items()}
    return [as_yaml(item) for item in value] if isinstance(value, (list, tuple)) else value


def without_empty(**content: Any) -> dict[str, Any]:
    """What is not an empty list, mapping or text."""
    return {key: value for key, value in content.items() if value not in ([], {}, "")}

"""Lists to choose from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


def tell_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by key, equal ones with the beginning of their id: Streamlit takes a choice by its label."""
    seen = Counter(labels.values())
    return {
        key: text if seen[text] == 1 else f"{text} ({key.rpartition(':')[2][:8]})"
        for key, text in labels.items()
    }

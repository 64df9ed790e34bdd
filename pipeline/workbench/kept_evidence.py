"""Evidence that was measured once: found again by its content, after a restart and on other servers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.evaluation.stored import read_evaluation, write_evaluation

if TYPE_CHECKING:
    from pipeline.evaluation.results import Evaluation
    from pipeline.store.cache.cache import Cache

_LIBRARIES = ("sdmetrics", "scikit-learn", "scipy", "numpy", "pandas")
_PACKAGE = Path(__file__).resolve().parents[1]


def obtain_evaluation(
    cache: Cache, content: tuple[object, ...], measure: Callable[[], Evaluation]
) -> Evaluation:
    """What is known of `content`, else what `measure` gives now.

    `content` names all that decides the numbers; versions of libraries and the code itself come on top.
    """
    name = hashlib.sha256(repr(("evaluation", _compute_release(), *content)).encode()).hexdigest()
    return cache.results.obtain(name, measure, write_evaluation, read_evaluation)


@cache
def _compute_release() -> str:
    """Which code and libraries measure: what an earlier release has measured may differ."""
    digest = hashlib.sha256(repr([(one, version(one)) for one in _LIBRARIES]).encode())
    for file in sorted(_PACKAGE.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()

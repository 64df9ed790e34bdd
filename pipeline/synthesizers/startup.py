"""The libraries of a training, loaded before its time is taken: the first one of a process pays for them."""

from __future__ import annotations

import time
from importlib import import_module

_OF_SDV = frozenset({"gaussian_copula", "tvae", "copulagan"})


def load_libraries(synthesizer: str = "", has_hma: bool = False, is_refined: bool = False) -> float:
    """Load what a training of a synthesizer uses, with HMA or refinement; the seconds that took.

    None once it is loaded.
    """
    began = time.perf_counter()
    import torch

    # The first step of an optimizer loads half of torch.
    torch.optim.Adam([torch.zeros(1, requires_grad=True)]).step()
    wanted = {
        "sdv.multi_table": has_hma,
        "sdv.single_table": synthesizer in _OF_SDV,
        "sklearn.ensemble": is_refined,
    }
    for library in (name for name, is_used in wanted.items() if is_used):
        import_module(library)
    return round(time.perf_counter() - began, 3)

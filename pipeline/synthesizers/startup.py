"""The libraries of a training, loaded before its time is taken: the first one of a process pays for them."""

from __future__ import annotations

import time


def load_libraries(has_hma: bool = False, is_refined: bool = False) -> float:
    """Load what a training uses, with HMA or refinement; the seconds that took, none once it is loaded."""
    began = time.perf_counter()
    import torch

    # The first step of an optimizer loads half of torch.
    torch.optim.Adam([torch.zeros(1, requires_grad=True)]).step()
    if has_hma:
        import sdv.multi_table  # noqa: F401
    if is_refined:
        import sklearn.ensemble  # noqa: F401
    return round(time.perf_counter() - began, 3)

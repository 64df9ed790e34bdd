"""Turns at SDV, which draws from the generators of the whole process, numpy's and torch's.

Two threads that fit or draw at once would take each other's numbers, so that equal orders gave other rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

# A waiting thread holds this lock, so that a fit that steps aside comes back behind it, not before.
_DOOR, _ROOM = Lock(), Lock()


@contextmanager
def sdv_turn() -> Iterator[None]:
    """Wait until nobody else uses SDV in this process, and keep the others out; turns do not nest."""
    _enter()
    try:
        yield
    finally:
        _ROOM.release()


@contextmanager
def step_aside() -> Iterator[None]:
    """Within a turn, let those who wait come first; both generators go on from where they are now."""
    import torch

    numpy_state, torch_state = np.random.get_state(), torch.get_rng_state()
    _ROOM.release()
    try:
        yield
    finally:
        _enter()
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)


def _enter() -> None:
    with _DOOR:
        _ROOM.acquire()

"""Serialised access to SDV, which draws from the generators of the whole process, numpy's and torch's.

Two threads that fit or draw together would take each other's numbers, so equal orders would differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

# A waiting thread holds the queue lock, so that a fit that steps aside continues after it, not before.
_QUEUE_LOCK, _SDV_LOCK = Lock(), Lock()


@contextmanager
def sdv_turn() -> Iterator[None]:
    """Wait until no other thread uses SDV in this process, and lock it; turns do not nest."""
    _enter()
    try:
        yield
    finally:
        _SDV_LOCK.release()


@contextmanager
def step_aside() -> Iterator[None]:
    """Within a turn, let waiting threads run first; both generators continue from their present state."""
    import torch

    numpy_state, torch_state = np.random.get_state(), torch.get_rng_state()
    _SDV_LOCK.release()
    try:
        yield
    finally:
        _enter()
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)


def _enter() -> None:
    with _QUEUE_LOCK:
        _SDV_LOCK.acquire()

"""Turns at the generators of the process."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from pipeline.synthesizers import turns
from pipeline.synthesizers.turns import sdv_turn, step_aside


def draw():
    return np.random.random(), float(torch.rand(1))


def seed(number):
    np.random.seed(number)
    torch.manual_seed(number)


@pytest.fixture(autouse=True)
def generators():
    """Puts the generators of the process back, which these tests seed."""
    before = np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        yield
    np.random.set_state(before)


def test_a_fit_that_steps_aside_goes_on_with_the_numbers_that_come_next():
    seed(7)
    alone = [draw(), draw()]

    def another():
        with sdv_turn():
            seed(1)
            draw()

    drawn = []
    with sdv_turn():
        seed(7)
        drawn.append(draw())
        with step_aside():
            thread = threading.Thread(target=another)
            thread.start()
            thread.join()
        drawn.append(draw())
    assert drawn == alone


def test_those_who_wait_come_before_one_who_steps_aside_only_for_a_moment():
    order, is_waiting = [], threading.Event()

    def another():
        is_waiting.set()
        with sdv_turn():
            order.append("waiting")

    thread = threading.Thread(target=another)
    with sdv_turn():
        thread.start()
        is_waiting.wait()
        while not turns._QUEUE_LOCK.locked():
            pass
        with step_aside():
            pass
        order.append("came back")
    thread.join()
    assert order == ["waiting", "came back"]


def test_an_error_ends_the_turn():
    with pytest.raises(KeyError, match="broken"), sdv_turn(), step_aside():
        raise KeyError("broken")
    with sdv_turn():
        pass

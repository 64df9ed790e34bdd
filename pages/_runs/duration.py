"""How long something takes, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.runs.estimates import Estimate

_THERE = "the model is there already"


def show_estimate(estimate: Callable[[], Estimate]) -> None:
    """What an order takes, before it is sent; nothing for settings that contradict each other."""
    try:
        st.caption(describe_estimate(estimate()))
    except WorkbenchError:
        # They are refused, in words, when the order is sent.
        return


def describe_estimate(estimate: Estimate) -> str:
    """What an order takes, before it is sent."""
    total = tell_about(estimate.total_s)
    if not estimate.training_s:
        return f"Takes {total}: {_THERE}."
    source = _name_source(estimate.is_measured)
    if not estimate.table_s:
        return f"Takes {total} (estimated {source})."
    training = tell_about(estimate.training_s)
    part = "nearly all of it training" if training == total else f"{training} of it training"
    return f"Takes {total}, {part} (estimated {source})."


def describe_trainings(names: Sequence[str], estimates: Sequence[Estimate]) -> str:
    """What each of several trainings takes, and all of them one after the other."""
    if len(estimates) == 1:
        return describe_estimate(estimates[0])
    is_measured = all(one.is_measured for one in estimates)
    total = tell_about(sum(one.total_s for one in estimates))
    each = "; ".join(
        f"{name}: {tell_about(one.training_s) if one.training_s else _THERE}"
        for name, one in zip(names, estimates, strict=True)
    )
    return f"{len(estimates)} trainings take {total} in all (estimated {_name_source(is_measured)}). {each}."


def describe_evaluation(estimate: Estimate) -> str:
    """What measuring everything takes."""
    source = "from earlier evaluations" if estimate.is_measured else "from a short calibration"
    return f"Everything takes {tell_about(estimate.total_s)} for each table (estimated {source})."


def tell_about(seconds: float) -> str:
    """A rough time: no more digits than an estimate has."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 100:
        return f"about {round(seconds / 5) * 5:.0f} seconds"
    if seconds < 5_400:
        return f"about {seconds / 60:.0f} minutes"
    return f"about {seconds / 3_600:.1f} hours"


def _name_source(is_measured: bool) -> str:
    return "from earlier trainings on this machine" if is_measured else "from a short calibration"

"""How long something takes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.runs.estimates import Estimate


def describe_estimate(estimate: Estimate) -> str:
    """What an order takes, before it is sent."""
    total = tell_about(estimate.total_s)
    if not estimate.training_s:
        return f"Takes {total}: the model is there already."
    source = "from earlier trainings on this machine" if estimate.is_measured else "from a short calibration"
    training = tell_about(estimate.training_s)
    part = "nearly all of it training" if training == total else f"{training} of it training"
    return f"Takes {total}, {part} (estimated {source})."


def tell_about(seconds: float) -> str:
    """A rough time: no more digits than an estimate has."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 100:
        return f"about {round(seconds / 5) * 5:.0f} seconds"
    if seconds < 5_400:
        return f"about {seconds / 60:.0f} minutes"
    return f"about {seconds / 3_600:.1f} hours"

"""How long the stages of a table take."""

from __future__ import annotations

from pipeline.generation.table import Stopwatch


def test_a_stopwatch_gives_each_stage_the_time_since_the_last() -> None:
    ticks = iter([0.0, 1.5, 4.0])
    watch = Stopwatch(lambda: next(ticks))
    watch.lap("train")
    watch.lap("sample")
    assert watch.seconds == {"train": 1.5, "sample": 2.5}

"""The progress bar of notebooks: epochs of a training, then the stages after it."""

from __future__ import annotations

import pytest

from pipeline import ProgressBar
from pipeline.progress import Progress, Stage


@pytest.mark.filterwarnings("ignore:IProgress not found")
def test_a_bar_shows_epochs_and_quality_and_then_the_next_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar() as bar:
        bar(Progress(Stage.TRAIN, epoch=3, epochs=10, quality=0.8765))
        bar(Progress(Stage.EVALUATE))
    said = capsys.readouterr().err
    assert "3/10" in said
    assert "quality=0.876" in said
    assert Stage.EVALUATE.description in said

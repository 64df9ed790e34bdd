"""A progress bar for notebooks: epochs of a training, then what is done with the model."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.evaluation.score_text import format_score
from pipeline.progress import Progress, Stage

if TYPE_CHECKING:
    from pipeline.progress import Signal


class ProgressBar:
    """A bar over the epochs of a training; give it as `on_progress`, within a `with` statement.

    Interrupting the kernel ends the work; the next call with the same recipe resumes a training.
    """

    def __init__(self) -> None:
        from tqdm.auto import tqdm

        self._bar: Any = tqdm(unit="epoch", total=1, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def __call__(self, progress: Progress) -> Signal | None:
        """Show one report."""
        self._bar.set_description(progress.stage.description, refresh=False)
        if progress.stage is Stage.TRAIN and progress.epochs:
            self._bar.total = progress.epochs
            self._bar.n = progress.epoch
        if progress.quality is not None:
            self._bar.set_postfix({"quality": format_score(progress.quality)}, refresh=False)
        self._bar.refresh()
        return None

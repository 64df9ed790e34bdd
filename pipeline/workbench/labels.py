"""The use cases of names: what people call their runs, and the models that these trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import NotFoundError
from pipeline.evaluation.figure import Figure
from pipeline.models.related.model import RelatedModelSummary
from pipeline.runs.labels import Labels, read_tags, read_title
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.models.store import ModelSummary
    from pipeline.runs.records import ModelRun, Run
    from pipeline.workbench.models import ModelService
    from pipeline.workbench.runs import RunService

_NONE = Labels()


@dataclass(frozen=True)
class NamedModel:
    """A stored model with what its training run says of it.

    Models are everybody's, so that owner, title and tags of the training are shown to all. `run` is the run
    that trained it, where the actor may see that; `owner` is None where no run of it is left.
    """

    summary: ModelSummary | RelatedModelSummary
    owner: str | None = None
    labels: Labels = _NONE
    run: Run | None = None

    @property
    def is_related(self) -> bool:
        """Whether it is a model of several tables."""
        return isinstance(self.summary, RelatedModelSummary)

    @property
    def figure(self) -> Figure:
        """Its quality against the holdout between its ends; not measured of models of several tables."""
        if isinstance(self.summary, RelatedModelSummary):
            return Figure(None)
        return self.summary.info.figure

    @property
    def quality(self) -> float | None:
        """Its quality against the holdout, 0–1; None of models of several tables, and where not measured."""
        return None if isinstance(self.summary, RelatedModelSummary) else self.summary.info.quality


class LabelService:
    """Titles and tags of runs. A model has those of the run that trained it, and none of its own."""

    def __init__(self, context: Context, models: ModelService, open_runs: Callable[[], RunService]) -> None:
        self.context = context
        self._models = models
        self._open_runs = open_runs

    @needs(AccountRole.ANALYST)
    def label(self, run_id: str, title: str | None = None, tags: Sequence[str] | None = None) -> Run:
        """Set the title of one's own run, its tags, or both; an empty title or no tags remove them.

        None leaves what is there. Administrators name every run. DataError where a title or tag cannot be
        used, NotFoundError for a run that there is not or that another user does not share, AccessError for
        one that is shared.
        """
        run = self._open_runs().get_own(run_id)
        new = Labels(
            run.title if title is None else read_title(title), run.tags if tags is None else read_tags(tags)
        )
        with self.context.together():
            self.context.stores.runs.label(run_id, new)
            self.context.record(AuditEvent.RUN_LABELLED, run_id, dataset=run.dataset, kind=run.kind)
        return self._open_runs().get(run_id)

    @needs(AccountRole.ANALYST)
    def label_model(self, model: str, title: str | None = None, tags: Sequence[str] | None = None) -> Run:
        """Label the run that trained a model, as `label` does, and with it the model.

        NotFoundError where no training that the actor may name is left of it.
        """
        made = self.context.stores.runs.list_naming().get(model)
        run = self._open_runs().find([made.id]).get(made.id) if made else None
        if run is None or run.is_shared:
            raise NotFoundError(
                f'No training of yours made the model "{model}".',
                "train the same recipe: the run finds the model at once, and its name is the model's.",
            )
        return self.label(run.id, title, tags)

    @needs(AccountRole.VIEWER)
    def list_tags(self) -> tuple[str, ...]:
        """Every tag of the runs that the actor sees, in alphabetical order."""
        return tuple(sorted({tag for run in self._open_runs().list(limit=1_000) for tag in run.tags}))

    @needs(AccountRole.VIEWER)
    def list_models(self) -> tuple[NamedModel, ...]:
        """Every fitted model, of one table and of several, the newest first, with who trained it."""
        every: list[ModelSummary | RelatedModelSummary] = [
            *self._models.list(),
            *self._models.list_related(),
        ]
        every.sort(key=lambda one: one.info.created_at, reverse=True)
        # Without a model there may be no database yet, and looking makes none.
        trainings = self.context.stores.runs.list_naming() if every else {}
        named = {one.info.id: trainings[one.info.id] for one in every if one.info.id in trainings}
        seen = self._open_runs().find([made.id for made in named.values()]) if named else {}
        return tuple(_name(one, named.get(one.info.id), seen) for one in every)


def _name(
    summary: ModelSummary | RelatedModelSummary, made: ModelRun | None, seen: Mapping[str, Run]
) -> NamedModel:
    if made is None:
        return NamedModel(summary)
    return NamedModel(summary, made.owner, Labels(made.title, made.tags), seen.get(made.id))

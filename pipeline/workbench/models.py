"""The use cases of fitted models: the recipes that lead to them, train, list, look up, delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.generation.paths import prepare_state
from pipeline.generation.results import Training
from pipeline.generation.table import Stopwatch
from pipeline.models.model import compute_model_id
from pipeline.synthesizers import SYNTHESIZERS, configure_recipe
from pipeline.synthesizers.recipe import AUTO, settle_device
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.datasets.dataset import Dataset
    from pipeline.models.model import FittedModel, ModelInfo
    from pipeline.models.related.model import RelatedModelInfo, RelatedModelSummary
    from pipeline.models.store import ModelSummary
    from pipeline.progress import OnProgress
    from pipeline.synthesizers.recipe import Recipe


class ModelService:
    """Fitted models, as one actor may see and make them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @needs(AccountRole.VIEWER)
    def list_synthesizers(self) -> tuple[str, ...]:
        """Names that a recipe may use."""
        return (AUTO, *SYNTHESIZERS)

    @needs(AccountRole.VIEWER)
    def default_recipe(self, dataset: str | None = None, **changes: Any) -> Recipe:
        """The configured recipe with changes (None: no change); only `ctgan` has HMA before it by default.

        For a dataset that is not built in, the synthesizer is that of `training.own_tables`. DataError for a
        synthesizer that there is not, NotFoundError for such a dataset.
        """
        is_own = dataset is not None and not self.context.stores.catalog.get(dataset).spec.is_builtin
        return configure_recipe(self.context.settings.training, is_own, **changes)

    @needs(AccountRole.VIEWER)
    def list(self) -> tuple[ModelSummary, ...]:
        """Every fitted model of one table, the newest first."""
        return self.context.stores.library.store.list_models()

    @needs(AccountRole.VIEWER)
    def list_related(self) -> tuple[RelatedModelSummary, ...]:
        """Every fitted model of several tables, the newest first."""
        return self.context.stores.related_models.store.list_models()

    @needs(AccountRole.VIEWER)
    def list_damaged(self) -> tuple[str, ...]:
        """Ids of stored models that cannot be read any more; `delete` removes them."""
        stores = self.context.stores
        return stores.library.store.list_damaged() + stores.related_models.store.list_damaged()

    @needs(AccountRole.VIEWER)
    def is_related(self, model_id: str) -> bool:
        """Whether a stored model is one of several tables."""
        return Path(model_id).name == model_id and self.context.stores.related_models.store.has(model_id)

    @needs(AccountRole.VIEWER)
    def get(self, model_id: str) -> ModelInfo:
        """Where one fitted model of a table comes from; NotFoundError where there is none of that id."""
        library = self.context.stores.library
        if library.fetch_model(model_id):
            library.store.require_intact(model_id)
        return library.store.get_info(model_id)

    @needs(AccountRole.VIEWER)
    def get_related(self, model_id: str) -> RelatedModelInfo:
        """Where one fitted model of several tables comes from; NotFoundError for an unknown id."""
        store = self.context.stores.related_models.store
        store.require_intact(model_id)
        return store.get_info(model_id)

    @needs(AccountRole.VIEWER)
    def compute_id(self, dataset: str, recipe: Recipe) -> str:
        """The id of the model that a recipe gives for a dataset as it is now, trained or not."""
        return compute_model_id(self.fingerprint(dataset), settle_device(recipe))

    @needs(AccountRole.VIEWER)
    def is_stored(self, model_id: str) -> bool:
        """Whether a model of one table is stored as it was trained."""
        return self.context.stores.library.store.is_intact(model_id)

    @needs(AccountRole.VIEWER)
    def fingerprint(self, dataset: str) -> str:
        """The fingerprint of a dataset as it is now, which its current models were trained on."""
        return self.context.stores.catalog.get(dataset).fingerprint

    @needs(AccountRole.ANALYST)
    def delete(self, *model_ids: str) -> None:
        """Delete fitted models, of one table or of several; the next request for a recipe trains again.

        NotFoundError where there is none of an id; those before it are deleted then.
        """
        for model_id in model_ids:
            self._delete(model_id)

    def _delete(self, model_id: str) -> None:
        self.context.record_begun(AuditEvent.MODEL_DELETED, model_id)
        if self.is_related(model_id):
            self.context.stores.related_models.store.delete(model_id)
        else:
            self.context.stores.library.delete_model(model_id)
        self.context.record(AuditEvent.MODEL_DELETED, model_id)

    @needs(AccountRole.ANALYST)
    def train(
        self, dataset: str, recipe: Recipe | None = None, on_progress: OnProgress | None = None
    ) -> Training:
        """Fit a model, or find the one that an equal request has fitted."""
        recipe = recipe or self.default_recipe(dataset)
        watch = Stopwatch()
        model, reused = self.obtain(self.context.stores.catalog.get(dataset), recipe, on_progress)
        watch.lap("train")
        info = model.info
        return Training(
            model=info.id,
            synthesizer=info.recipe.synthesizer,
            epochs=info.epochs_trained,
            # The first training of a process loads libraries for all others: that tells nothing of this one.
            seconds=max(watch.seconds["train"] - (0.0 if reused else info.startup_s), 0.0),
            reused=reused,
            treatments=info.treatments,
            was_stopped=info.was_stopped,
            kept_epoch=info.kept_epoch,
            figure=info.figure,
            reason=info.choice.reason if info.choice else "",
        )

    @needs(AccountRole.ANALYST)
    def obtain(
        self, dataset: Dataset, recipe: Recipe, on_progress: OnProgress | None = None
    ) -> tuple[FittedModel, bool]:
        """The fitted model of a recipe, and whether it was there already; a training is recorded."""
        prepare_state(self.context.settings.state_folder)
        model, reused = self.context.stores.library.obtain_model(dataset, recipe, on_progress)
        if not reused:
            self.context.record(
                AuditEvent.MODEL_TRAINED,
                model.info.id,
                dataset=dataset.spec.name,
                synthesizer=model.info.recipe.synthesizer,
                epochs=model.info.epochs_trained,
                seed=recipe.seed,
            )
        return model, reused
